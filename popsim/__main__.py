"""``python -m popsim``, which is ``popsim``."""

from popsim.cli.main import main

if __name__ == "__main__":
    main()
