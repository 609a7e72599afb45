"""``python -m osexplorer``: the same program as the ``osexplorer`` command."""

import sys

if __name__ == "__main__":
    if not sys.flags.safe_path:
        del sys.path[0]  # the working directory: what is browsed must not be imported from
    from osexplorer.cli import main

    raise SystemExit(main())
