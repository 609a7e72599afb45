"""Inode flags: what lsattr(1) shows and chattr(1) sets; see ioctl_iflags(2)."""

from __future__ import annotations

INODE_FLAGS: dict[int, tuple[str, str]] = {
    0x00000001: ("s", "secure deletion"),
    0x00000002: ("u", "undeletable"),
    0x00000008: ("S", "synchronous"),
    0x00010000: ("D", "synchronous directory"),
    0x00000010: ("i", "immutable"),
    0x00000020: ("a", "append-only"),
    0x00000040: ("d", "no dump"),
    0x00000080: ("A", "no access times"),
    0x00000004: ("c", "compressed"),
    0x00000800: ("E", "encrypted"),
    0x00004000: ("j", "data journalled"),
    0x00001000: ("I", "indexed directory"),
    0x00008000: ("t", "no tail merging"),
    0x00020000: ("T", "top of a hierarchy"),
    0x00080000: ("e", "extents"),
    0x00800000: ("C", "no copy on write"),
    0x02000000: ("x", "direct access"),
    0x40000000: ("F", "case folded"),
    0x10000000: ("N", "inline data"),
    0x20000000: ("P", "project hierarchy"),
    0x00100000: ("V", "verity"),
    0x00000400: ("m", "do not compress"),
}
"""By bit, the letter that lsattr(1) and chattr(1) use, and the meaning in words."""


SETTABLE = sum(bit for bit, (letter, _) in INODE_FLAGS.items() if letter in "aAcCdDeFijmPsStTux")
"""Those that chattr(1) sets; the file system itself sets the others. Which of them it takes is its own affair."""

MEANINGS = {
    "i": "nobody may write, rename, link or remove it, root neither",
    "a": "opened for appending only; not renamed or removed",
    "d": "dump(8) leaves it out",
    "A": "reading leaves the access time as it is",
    "S": "each write is on the disk before it returns",
    "D": "each change of the directory is on the disk before it returns",
    "c": "kept compressed (btrfs, f2fs)",
    "C": "written in place, not copied (btrfs); for an empty file",
    "j": "data goes through the journal too (ext3, ext4)",
    "e": "blocks are mapped by extents (ext4)",
    "F": "names differ not by case alone (ext4, f2fs); for an empty directory",
    "P": "new entries get the directory's project",
    "T": "directories below are spread over the disk (ext4)",
    "x": "reads and writes go past the page cache to memory-like storage",
    "m": "not compressed (btrfs, f2fs)",
    "s": "meant to be overwritten when removed; no Linux file system does it",
    "u": "meant to be recoverable when removed; no Linux file system does it",
    "t": "the end of the file is not packed with others (reiserfs)",
}
"""By letter, what a flag does."""


def flag_words(flags: int) -> tuple[str, ...]:
    """``immutable (i)`` for each flag that is set."""
    return tuple(f"{words} ({letter})" for bit, (letter, words) in INODE_FLAGS.items() if flags & bit)
