"""A change of modes, or of owner and group, of a whole tree: the rules, and what was done."""

from __future__ import annotations

import stat
from typing import NamedTuple

from osexplorer.model.mode_change import ModeChange
from osexplorer.model.owner import Owner, mode_after_chown
from osexplorer.model.units import count_text


class Rules(NamedTuple):
    """What becomes of each entry. Symbolic links have no mode; their owner is their own."""

    files: ModeChange | None = None
    """For everything that is neither directory nor link; None leaves the mode."""
    directories: ModeChange | None = None
    owner: Owner = Owner()
    umask: int = 0
    """Counts where an expression names no class, as in ``+w``."""
    keep: bool = False
    """Whether setuid, setgid and capabilities are put back where a change of owner takes them."""
    below: bool = True
    """Whether everything below is changed too."""
    follow: bool = True
    """Whether a symbolic link that was named itself is followed. Links below never are."""

    @property
    def owners(self) -> bool:
        """Whether owner or group change."""
        return self.owner != Owner()

    def mode_after(self, mode: int) -> int:
        """The twelve bits that the `st_mode` of an entry becomes by the expressions alone."""
        if stat.S_ISLNK(mode):
            return stat.S_IMODE(mode)
        directory = stat.S_ISDIR(mode)
        change = self.directories if directory else self.files
        if change is None:
            return stat.S_IMODE(mode)
        return change.apply(mode, directory=directory, umask=self.umask)

    def after(self, mode: int, uid: int, gid: int) -> tuple[int, int, int]:
        """Mode (twelve bits), owner and group that an entry gets."""
        new_uid, new_gid = self.owner.after(uid, gid)
        if (new_uid, new_gid) != (uid, gid) and not self.keep and not stat.S_ISLNK(mode):
            mode = mode_after_chown(mode)
        return self.mode_after(mode), new_uid, new_gid


class Changed(NamedTuple):
    """What became of a change."""

    entries: int
    """How many were looked at."""
    changed: int
    failed: int
    journal: str | None = None
    """The path of the journal by which it can be undone; None where there is nothing to undo."""

    @property
    def text(self) -> str:
        """``12 of 40 entries changed, 1 failed``."""
        failed = f", {self.failed:,} failed" if self.failed else ""
        return f"{self.changed:,} of {count_text(self.entries, 'entry', 'entries')} changed{failed}"


class PutBack(NamedTuple):
    """What became of an undo."""

    done: int
    already: int
    """Entries that were as before already."""
    refused: int
    """Entries left alone, for they were changed, replaced or removed since."""
    failed: int

    @property
    def text(self) -> str:
        """``12 entries put back, 1 changed since and left alone``."""
        parts = [f"{count_text(self.done, 'entry', 'entries')} put back"]
        if self.already:
            parts.append(f"{count_text(self.already, 'was', 'were')} as before already")
        if self.refused:
            parts.append(f"{self.refused:,} changed since and left alone")
        if self.failed:
            parts.append(f"{self.failed:,} failed")
        return ", ".join(parts)


class Journal(NamedTuple):
    """A change on disk that can be undone."""

    path: str
    title: str
    """What was done; foreign text in it has passed ``display()``."""
    began: int
    """Nanoseconds since the epoch."""
