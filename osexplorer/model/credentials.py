"""As whom a question about permissions is asked; see credentials(7) and capabilities(7)."""

from __future__ import annotations

from typing import NamedTuple

DAC_OVERRIDE = "CAP_DAC_OVERRIDE"
DAC_READ_SEARCH = "CAP_DAC_READ_SEARCH"
FOWNER = "CAP_FOWNER"

FILE_CAPABILITIES = {1: DAC_OVERRIDE, 2: DAC_READ_SEARCH, 3: FOWNER}
"""By number, the capabilities that bear on access to files."""


class Credentials(NamedTuple):
    """What the kernel knows of a process that touches a file."""

    name: str
    """Raw; the number as text where the user has no name."""
    uid: int
    """The user as the file system sees it: the effective one, unless setfsuid(2) was used."""
    gid: int
    groups: frozenset[int] = frozenset()
    """Supplementary groups."""
    capabilities: frozenset[str] = frozenset()
    """Those of `FILE_CAPABILITIES` that are effective."""

    def in_group(self, gid: int) -> bool:
        """Whether the group is the main one or one of the others."""
        return gid == self.gid or gid in self.groups
