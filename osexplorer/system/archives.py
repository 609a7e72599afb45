"""Looking into archives and compressed files by the standard library alone, within bounds that hold for hostile ones.

A zip file's list is read only when it is of a sensible size; a tar file is read entry after entry through a reader that
counts what was unpacked and ends the reading; a compressed file that holds no archive is shown as what is packed in it.
"""

from __future__ import annotations

import io
import os
import stat
import struct
import time
import zlib
from typing import IO, TYPE_CHECKING

from osexplorer.model.entry import Kind
from osexplorer.model.preview import Content, Item, ItemsContent, NoContent, text_or_bytes
from osexplorer.system import calls
from osexplorer.system.preview_bound import MOST_BYTES, MOST_ENTRIES, Bound

if TYPE_CHECKING:
    import tarfile
    import zipfile

MOST_UNPACKED = 32 * 1024 * 1024
"""Bytes that are unpacked to list an archive."""

_MOST_AT_ONCE = 1024 * 1024
_MOST_LIST = 4 * 1024 * 1024
_ZIP_END = b"PK\x05\x06"
_ZIP_END_SIZE = 22
_ZIP_COMMENT = 65536
_TAR_MAGIC = slice(257, 262)


class _Enough(Exception):
    """The bound was reached."""


class _Bounded(io.RawIOBase):
    """Reads from another file until the bound is reached, or too much was read."""

    def __init__(self, file: IO[bytes], bound: Bound, most: int = MOST_UNPACKED) -> None:
        super().__init__()
        self._file, self._bound, self._left = file, bound, most

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._file.seekable()

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def read(self, size: int = -1) -> bytes:
        if size < 0 or size > min(_MOST_AT_ONCE, self._left) or self._bound.reached():
            raise _Enough
        data = self._file.read(size)
        self._left -= len(data)
        return data


def archive(fd: int, path: str, size: int, head: bytes, bound: Bound) -> Content | None:
    """The entries of the archive that `fd` is open on, or what is packed in it; None when it is neither.

    Args:
        size: bytes the file has.
        head: its first bytes, 512 if there are so many.
    """
    started, begin = time.time_ns(), time.perf_counter_ns()
    if head.startswith((b"PK\x03\x04", _ZIP_END)):
        found: Content | None = _zip(fd, size)
        reader = "zipfile.ZipFile"
    elif head[_TAR_MAGIC] == b"ustar":
        with os.fdopen(os.dup(fd), "rb", buffering=0) as file:
            file.seek(0)
            found = _tar(_Bounded(file, bound), "r:", "tar archive")
        reader = "tarfile.open"
    elif (packing := _packing(head)) is not None:
        found, reader = _packed(fd, size, packing, bound), "tarfile.open"
    else:
        return None
    spent = time.perf_counter_ns() - begin
    calls.record(reader, path, started=started, duration=spent, note="for the preview")
    return found


# -- zip


def _zip(fd: int, size: int) -> Content | None:
    import zipfile

    tail = os.pread(fd, _ZIP_END_SIZE + _ZIP_COMMENT, max(size - _ZIP_END_SIZE - _ZIP_COMMENT, 0))
    at = tail.rfind(_ZIP_END)
    if at < 0 or len(tail) - at < _ZIP_END_SIZE:
        return NoContent("A damaged zip archive: its list is missing", "warn")
    entries, length = struct.unpack_from("<HL", tail, at + 10)
    if length > _MOST_LIST:
        count = f"{entries:,}" if entries < 0xFFFF else "very many"
        return NoContent(f"A zip archive of {count} entries: its list is too long to be shown here")
    try:
        with os.fdopen(os.dup(fd), "rb") as file, zipfile.ZipFile(file) as opened:
            return _zip_items(opened)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, struct.error, EOFError) as error:
        return NoContent(f"A damaged zip archive: {error}", "warn")


def _zip_items(opened: zipfile.ZipFile) -> ItemsContent:
    items: list[Item] = []
    entries = opened.infolist()
    for entry in entries[:MOST_ENTRIES]:
        link = stat.S_ISLNK(entry.external_attr >> 16)
        kind = Kind.DIRECTORY if entry.is_dir() else Kind.SYMLINK if link else Kind.FILE
        items.append(Item(entry.filename.rstrip("/"), kind, None if entry.is_dir() else entry.file_size))
    note = f"the first {MOST_ENTRIES:,} of {len(entries):,} entries" if len(entries) > MOST_ENTRIES else ""
    return ItemsContent("zip archive", tuple(items), note)


# -- tar, and what is compressed


def _packing(head: bytes) -> str | None:
    if head.startswith(b"\x1f\x8b\x08"):
        return "gzip"
    if head.startswith(b"BZh") and head[4:10] in (b"1AY&SY", b"\x17\x72\x45\x38\x50\x90"):
        return "bzip2"
    return "xz" if head.startswith(b"\xfd7zXZ\x00") else None


def _unpacker(packing: str, file: IO[bytes]) -> IO[bytes]:
    if packing == "gzip":
        import gzip

        return gzip.GzipFile(fileobj=file)  # type: ignore[return-value]
    if packing == "bzip2":
        import bz2

        return bz2.BZ2File(file)
    import lzma

    return lzma.LZMAFile(file)


def _packed(fd: int, size: int, packing: str, bound: Bound) -> Content | None:
    import lzma

    try:
        with os.fdopen(os.dup(fd), "rb") as file:
            file.seek(0)
            with _unpacker(packing, file) as unpacked:
                head = unpacked.read(512)
                if head[_TAR_MAGIC] == b"ustar":
                    unpacked.seek(0)
                    return _tar(_Bounded(unpacked, bound), "r|", f"tar archive, {packing}")
                rest = bytearray(head)
                while len(rest) <= MOST_BYTES and not bound.reached():
                    part = unpacked.read(min(65536, MOST_BYTES + 1 - len(rest)))
                    if not part:
                        break
                    rest += part
    except ModuleNotFoundError:
        return None
    except (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError) as error:
        return NoContent(f"Damaged, or not {packing}: {error}", "warn")
    if not rest:
        return NoContent(f"Nothing is packed in it ({packing})")
    return text_or_bytes(bytes(rest[:MOST_BYTES]), len(rest) <= MOST_BYTES, size, packing)


def _tar(file: _Bounded, mode: str, what: str) -> Content:
    import tarfile

    items: list[Item] = []
    note = ""
    try:
        with tarfile.open(fileobj=file, mode=mode, errors="surrogateescape") as opened:  # type: ignore[call-overload]
            for entry in opened:
                if len(items) == MOST_ENTRIES:
                    note = f"the first {MOST_ENTRIES:,} entries"
                    break
                items.append(_tar_item(entry))
    except _Enough:
        note = "listing it was ended here: it is large"
    except (tarfile.TarError, OSError, EOFError, zlib.error, ValueError, OverflowError) as error:
        if not items:
            return NoContent(f"A damaged {what}: {error}", "warn")
        note = f"damaged after these: {error}"
    return ItemsContent(what, tuple(items), note)


def _tar_item(entry: tarfile.TarInfo) -> Item:
    if entry.isdir():
        return Item(entry.name.rstrip("/"), Kind.DIRECTORY)
    if entry.issym() or entry.islnk():
        return Item(entry.name, Kind.SYMLINK, None, entry.linkname)
    if entry.isfifo():
        return Item(entry.name, Kind.FIFO)
    if entry.isdev():
        return Item(entry.name, Kind.CHARACTER_DEVICE if entry.ischr() else Kind.BLOCK_DEVICE)
    return Item(entry.name, Kind.FILE, entry.size)
