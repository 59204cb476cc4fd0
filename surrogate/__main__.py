"""`python -m surrogate` is the `surrogate` command."""

from surrogate.cli import main

if __name__ == "__main__":
    main()
