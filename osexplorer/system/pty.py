"""Terminals for children: pseudo-terminals, pty(7)."""

from __future__ import annotations

import fcntl
import os
import struct
import termios

from osexplorer.system import calls

TERM = "xterm-256color"
"""What the emulator of the children's terminals understands; terminfo(5)."""

FOREIGN = frozenset(
    ("COLUMNS", "LINES", "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "TERMCAP", "WINDOWID", "TMUX", "TMUX_PANE", "STY")
)
"""Variables that tell of the terminal this program is in, not of the child's."""


def variables() -> dict[str, str]:
    """What tells a program on which kind of terminal it is."""
    return {"TERM": TERM, "COLORTERM": "truecolor"}


def open_terminal(size: tuple[int, int], owner: int | None = None) -> tuple[int, int]:
    """A terminal of this many columns and rows: our end, which never blocks a writer, and the child's.

    Args:
        owner: the user whose it is to be, so that their programs can open it by its name.

    Raises:
        CallError: there is none left, or no /dev/pts.
    """
    master, slave = calls.read(os.openpty)
    try:
        resize(master, size)
        os.set_blocking(master, False)
        if owner is not None:
            calls.change(os.fchown, slave, owner, -1)
            calls.change(os.fchmod, slave, 0o620)
    except BaseException:
        os.close(master)
        os.close(slave)
        raise
    return master, slave


def resize(master: int, size: tuple[int, int]) -> None:
    """Give the terminal another size; its foreground processes get SIGWINCH. See ioctl_tty(2). Never blocks."""
    columns, rows = size
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
