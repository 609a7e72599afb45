"""The ``osexplorer`` command."""

from __future__ import annotations


def main(argv: list[str] | None = None) -> int:
    """Run the program; returns its exit status."""
    return 0
