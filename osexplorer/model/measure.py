"""How much lies below a directory."""

from __future__ import annotations

from typing import NamedTuple

from osexplorer.model.units import size_text


class Measurement(NamedTuple):
    """What was counted below a directory, itself not included. Other file systems are left out unless asked for."""

    files: int
    directories: int
    others: int
    """Links, FIFOs, sockets and devices."""
    size: int
    """Bytes that the files say they hold; one with several links below is counted once."""
    allocated: int
    """Bytes that everything below takes on the device, as du(1) counts."""

    @property
    def entries(self) -> int:
        """All of them."""
        return self.files + self.directories + self.others


def measurement_text(measured: Measurement) -> str:
    """In words: ``1,204 entries: 1,100 files, 100 directories, 4 others; 1.2G, on disk 1.3G``."""
    return (
        f"{measured.entries:,} entries: {measured.files:,} files, {measured.directories:,} directories, "
        f"{measured.others:,} others; {size_text(measured.size)}, on disk {size_text(measured.allocated)}"
    )
