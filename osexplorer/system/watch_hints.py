"""What has happened in watched directories, gathered to one hint each."""

from __future__ import annotations

from collections.abc import Iterator

from osexplorer.model.watch import Hint, Watching

MANY = 256
"""More names than this are not told one by one."""


class Changes:
    """Events of a moment, whatever their number."""

    def __init__(self) -> None:
        self._names: dict[str, set[str]] = {}
        self._entries: set[str] = set()
        self._unsure: set[str] = set()

    @property
    def is_large(self) -> bool:
        """Whether it is time to tell."""
        return any(len(names) > MANY for names in self._names.values())

    def add(self, path: str, name: str, *, entries: bool) -> None:
        """Something has happened to an entry of directory `path`; `entries` says that it came or went."""
        names = self._names.setdefault(path, set())
        if len(names) <= MANY:
            names.add(name)
        if entries:
            self._entries.add(path)

    def itself(self, path: str) -> None:
        """The directory itself is changed: its mode, say."""
        self._names.setdefault(path, set())

    def lost(self, path: str) -> None:
        """Anything may have happened there."""
        self.itself(path)
        self._entries.add(path)
        self._unsure.add(path)

    def hints(self) -> Iterator[Hint]:
        """One hint a directory."""
        for path, names in self._names.items():
            known = frozenset(names) if 0 < len(names) <= MANY and path not in self._unsure else None
            yield Hint(path, Watching.LIVE, entries=path in self._entries, names=known)
