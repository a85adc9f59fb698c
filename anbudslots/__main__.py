"""`python -m anbudslots`."""

if __name__ == "__main__":
    # Within the guard: a sandboxed process imports this file, and shall not wait for the rest.
    from anbudslots.main import main

    main()
