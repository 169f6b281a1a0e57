"""``python -m genevolve``."""

from genevolve.cli.main import main

if __name__ == "__main__":
    main()
