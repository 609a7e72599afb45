"""What became of one change of several files."""

from __future__ import annotations

from typing import NamedTuple

from osexplorer.model.tasks import Failure


class FilesChanged(NamedTuple):
    """What became of a change of several files."""

    done: tuple[str, ...]
    """Paths that were changed."""
    unchanged: tuple[str, ...]
    """Paths that were so already."""
    failures: tuple[Failure, ...]
    differing: tuple[str, ...] = ()
    """Those that became something else than was asked for, or stayed as they were, without an error."""
    difference: str = "have another mode than asked for: the kernel dropped a bit"
    """What happened to `differing`."""

    @property
    def text(self) -> str:
        """The counts, as ``3 changed, 1 had it already, 1 failed``."""
        parts = [f"{len(self.done)} changed"]
        if self.unchanged:
            parts.append(f"{len(self.unchanged)} had it already")
        if self.failures:
            parts.append(f"{len(self.failures)} failed")
        return ", ".join(parts)

    @property
    def report(self) -> str:
        """The counts and the first failures, a line each; foreign text in it has passed ``display()``."""
        lines = [self.text, *(failure.reason for failure in self.failures[:3])]
        if self.differing:
            lines.append(f"{len(self.differing)} {self.difference}")
        return "\n".join(lines)
