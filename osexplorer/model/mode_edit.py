"""Modes while somebody edits them: of one file or of several at once, what they were and what they shall be."""

from __future__ import annotations

from typing import NamedTuple

from osexplorer.model.mode_change import ModeChange


class ModeEdit(NamedTuple):
    """The twelve bits of each file, before and after."""

    old: tuple[int, ...]
    new: tuple[int, ...]
    directories: tuple[bool, ...]
    """Which of the files are directories."""

    @classmethod
    def of(cls, modes: tuple[int, ...], directories: tuple[bool, ...]) -> ModeEdit:
        """Nothing edited yet."""
        return cls(modes, modes, directories)

    @property
    def changed(self) -> bool:
        """Whether anything would change."""
        return self.old != self.new

    def has(self, bit: int) -> bool | None:
        """Whether the files shall have a bit; None when some shall and some not."""
        return _common(self.new, bit)

    def had(self, bit: int) -> bool | None:
        """Whether the files have a bit now; None when some have and some not."""
        return _common(self.old, bit)

    def alters(self, bit: int) -> bool:
        """Whether the bit changes in any of the files."""
        return any((old ^ new) & bit for old, new in zip(self.old, self.new, strict=True))

    def toggled(self, bit: int) -> ModeEdit:
        """On becomes off and off on. Where the files differ, mixed becomes on, then off, then mixed as it was."""
        if self.has(bit) is False and self.had(bit) is None:
            new = tuple(new & ~bit | old & bit for old, new in zip(self.old, self.new, strict=True))
        elif self.has(bit):
            new = tuple(mode & ~bit for mode in self.new)
        else:
            new = tuple(mode | bit for mode in self.new)
        return self._replace(new=new)

    def after(self, change: ModeChange, umask: int) -> ModeEdit:
        """With a mode expression applied to what the files shall be."""
        new = tuple(
            change.apply(mode, directory=directory, umask=umask)
            for mode, directory in zip(self.new, self.directories, strict=True)
        )
        return self._replace(new=new)

    def put_back(self) -> ModeEdit:
        """Nothing edited."""
        return self._replace(new=self.old)

    def rebased(self, modes: tuple[int, ...]) -> ModeEdit:
        """The same bits edited, on modes that have become others meanwhile."""
        new = tuple(
            now & ~(old ^ new) | new & (old ^ new) for now, old, new in zip(modes, self.old, self.new, strict=True)
        )
        return self._replace(old=modes, new=new)


def _common(modes: tuple[int, ...], bit: int) -> bool | None:
    values = {bool(mode & bit) for mode in modes}
    return values.pop() if len(values) == 1 else None
