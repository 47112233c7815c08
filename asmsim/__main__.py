"""`python -m asmsim` is `asmsim`."""

from asmsim.cli import main

if __name__ == "__main__":
    main()
