"""`python -m anbudslots`."""

from anbudslots.main import main

main()
