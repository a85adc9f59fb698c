"""`python -m anbudslots`."""

from anbudslots.main import main

if __name__ == "__main__":
    main()
