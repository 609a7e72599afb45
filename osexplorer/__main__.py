"""``python -m osexplorer``: the same program as the ``osexplorer`` command."""

from osexplorer.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
