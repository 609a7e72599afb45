"""Looking into files: what is shown of each kind, and what is never opened, read for long or unpacked without end."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import socket
import struct
import tarfile
import threading
import zipfile
import zlib
from pathlib import Path

import pytest

from osexplorer.model.entry import Kind
from osexplorer.model.errors import CallError
from osexplorer.model.preview import BytesContent, ItemsContent, NoContent, PictureContent, TextContent
from osexplorer.system import preview
from osexplorer.system.preview import MOST_BYTES, MOST_ENTRIES, content, open_same


def text(path: Path) -> TextContent:
    found = content(str(path))
    assert isinstance(found, TextContent), found
    return found


def items(path: Path) -> ItemsContent:
    found = content(str(path))
    assert isinstance(found, ItemsContent), found
    return found


def test_text(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("one\ntwo\n")
    assert text(path) == TextContent(("one", "two"), "ASCII", 8, 8, data=b"one\ntwo\n")


def test_a_large_text_is_read_in_part(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"line\n" * 100_000)
    found = text(path)
    assert (found.read, found.size, found.whole) == (MOST_BYTES, 500_000, False)


def test_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"\x7fELF\0\0\0\1")
    assert content(str(path)) == BytesContent(b"\x7fELF\0\0\0\1", 8)


def test_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.touch()
    assert content(str(path)) == NoContent("The file is empty")


def test_a_directory(tmp_path: Path) -> None:
    (tmp_path / "b").touch()
    (tmp_path / "a10").mkdir()
    (tmp_path / "a2").mkdir()
    (tmp_path / "link").symlink_to("b")
    found = items(tmp_path)
    assert [(item.name, item.kind) for item in found.items] == [
        ("a2", Kind.DIRECTORY),
        ("a10", Kind.DIRECTORY),
        ("b", Kind.FILE),
        ("link", Kind.SYMLINK),
    ]


def test_a_large_directory_is_read_in_part(tmp_path: Path) -> None:
    for at in range(MOST_ENTRIES + 10):
        os.close(os.open(tmp_path / str(at), os.O_CREAT))
    found = items(tmp_path)
    assert len(found.items) == MOST_ENTRIES
    assert "more than" in found.note


@pytest.mark.parametrize("kind", ["fifo", "socket", "device"])
def test_what_is_no_file_is_not_opened(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(str(path))
    else:
        path = Path("/dev/zero")

    def opened(*args: object, **kwargs: object) -> int:
        raise AssertionError(f"opened {args}")

    monkeypatch.setattr(os, "open", opened)
    found = content(str(path))
    assert isinstance(found, NoContent)
    assert not found.held_back


def test_what_was_put_in_its_place_meanwhile_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("a")
    status = os.lstat(path)
    path.rename(tmp_path / "y")
    path.write_text("b")
    with pytest.raises(CallError, match="ESTALE"):
        open_same(str(path), status)
    path.unlink()
    os.mkfifo(path)  # opening a FIFO must not wait for its writer
    done = threading.Event()

    def look() -> None:
        with pytest.raises(CallError):
            open_same(str(path), status)
        done.set()

    threading.Thread(target=look, daemon=True).start()
    assert done.wait(20)
    path.unlink()
    path.symlink_to("y")
    with pytest.raises(CallError, match="ELOOP"):
        open_same(str(path), status)


def test_the_time_of_access_stays(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("text")
    os.utime(path, ns=(1, 1))
    text(path)
    assert path.stat().st_atime_ns == 1


@pytest.mark.skipif(not os.path.exists("/sys/kernel/mm"), reason="needs sysfs")
def test_files_that_the_kernel_makes_wait_for_a_person() -> None:
    path = "/sys/kernel/mm/transparent_hugepage/enabled"
    if not os.path.exists(path):
        pytest.skip("has no such file")
    held = content(path)
    assert isinstance(held, NoContent)
    assert held.held_back
    assert isinstance(content(path, asked=True), TextContent)


@pytest.mark.skipif(not os.path.exists("/proc/version"), reason="needs procfs")
def test_files_of_procfs_have_no_size_but_text() -> None:
    found = content("/proc/version")
    assert isinstance(found, TextContent)
    assert found.lines[0].startswith("Linux")


def test_reading_ends_when_nobody_waits(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"x" * 1000)
    assert content(str(path), cancelled=lambda: True) == NoContent("Reading it was given up")


# -- archives


def test_a_zip(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"  # known by what it holds, not by its name
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("dir/", "")
        archive.writestr("dir/x\x1b[31m", "abc")
    found = items(path)
    assert found.what == "zip archive"
    assert [(item.name, item.kind, item.size) for item in found.items] == [
        ("dir", Kind.DIRECTORY, None),
        ("dir/x\x1b[31m", Kind.FILE, 3),
    ]


def make_tar(packing: str = "") -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode=f"w:{packing}") as archive:
        one = tarfile.TarInfo("dir/file")
        one.size = 3
        archive.addfile(one, io.BytesIO(b"abc"))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "dir/file"
        archive.addfile(link)
    return data.getvalue()


@pytest.mark.parametrize(
    ("packing", "what"),
    [("", "tar archive"), ("gz", "tar archive, gzip"), ("bz2", "tar archive, bzip2"), ("xz", "tar archive, xz")],
)
def test_a_tar(tmp_path: Path, packing: str, what: str) -> None:
    path = tmp_path / "a"
    path.write_bytes(make_tar(packing))
    found = items(path)
    assert (found.what, found.note) == (what, "")
    assert [(item.name, item.kind, item.size, item.target) for item in found.items] == [
        ("dir/file", Kind.FILE, 3, ""),
        ("link", Kind.SYMLINK, None, "dir/file"),
    ]


@pytest.mark.parametrize(("pack", "name"), [(gzip.compress, "gzip"), (bz2.compress, "bzip2"), (lzma.compress, "xz")])
def test_compressed_text(tmp_path: Path, pack: object, name: str) -> None:
    path = tmp_path / "a"
    path.write_bytes(pack(b"one\ntwo\n"))  # type: ignore[operator]
    found = text(path)
    assert (found.lines, found.packing) == (("one", "two"), name)


def test_a_bomb_is_unpacked_in_part(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(bytes(200_000_000)))
    found = content(str(path))
    assert isinstance(found, BytesContent)
    assert len(found.data) == MOST_BYTES


def test_a_tar_whose_names_are_endless_is_given_up(tmp_path: Path) -> None:
    head = tarfile.TarInfo("././@LongLink")
    head.type, head.size = tarfile.GNUTYPE_LONGNAME, 8 << 30
    path = tmp_path / "a.tar.gz"
    path.write_bytes(gzip.compress(head.tobuf(tarfile.GNU_FORMAT) + bytes(60_000_000)))
    found = content(str(path))
    assert isinstance(found, ItemsContent)
    assert found.items == ()
    assert "ended here" in found.note


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04" + bytes(40),
        b"PK\x05\x06" + b"\xff" * 18,
        b"PK\x05\x06" + bytes(6) + struct.pack("<HLLH", 1, 46, 0, 0) + bytes(4),
        make_tar()[:700],
        make_tar("gz")[:60],
        make_tar("xz")[:100],
        b"\x1f\x8b\x08" + bytes(100),
        b"BZh91AY&SY" + bytes(100),
        b"\xfd7zXZ\x00" + bytes(100),
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR" + struct.pack(">LLBBBBB", 4, 4, 8, 2, 0, 0, 0) + bytes(100),
        b"P6 4 4 255\nab",
        b"\xff\xd8\xff\xe0" + bytes(30),
    ],
    ids=range(13),
)
def test_what_is_damaged_raises_nothing(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(data)
    assert content(str(path))


# -- pictures


def png(width: int, height: int, rows: bytes, colours: int = 2, palette: bytes = b"") -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))

    head = struct.pack(">LLBBBBB", width, height, 8, colours, 0, 0, 0)
    parts = [chunk(b"IHDR", head), chunk(b"PLTE", palette) if palette else b"", chunk(b"IDAT", zlib.compress(rows))]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"")


RED, BLUE, GREY = b"\xff\0\0", b"\0\0\xff", b"\x40\x40\x40"


@pytest.mark.parametrize(
    ("rows", "pixels"),
    [
        (b"\0" + RED + BLUE + b"\0" + BLUE + RED, RED + BLUE + BLUE + RED),
        (b"\1" + GREY + GREY + b"\1" + RED + bytes(3), GREY + b"\x80\x80\x80" + RED + RED),
        (b"\0" + GREY + RED + b"\2" + GREY + b"\x01\0\0", GREY + RED + b"\x80\x80\x80" + b"\0\0\0"),
        (b"\0" + GREY + GREY + b"\3" + GREY + GREY, GREY + GREY + b"\x60\x60\x60" + b"\x90\x90\x90"),
        (b"\0" + GREY + GREY + b"\4" + bytes(6), GREY + GREY + GREY + GREY),
    ],
)
def test_the_filters_of_png(tmp_path: Path, rows: bytes, pixels: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(png(2, 2, rows))
    assert content(str(path)) == PictureContent("PNG", 2, 2, pixels, (2, 2))


def test_a_palette_and_transparency(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(png(2, 1, b"\0\1\0", 3, RED + BLUE))
    assert content(str(path)) == PictureContent("PNG", 2, 1, BLUE + RED, (2, 1))
    path.write_bytes(png(2, 1, b"\0" + RED + b"\xff" + RED + b"\0", 6))
    assert content(str(path)) == PictureContent("PNG", 2, 1, RED + b"\x80\x80\x80", (2, 1))


def test_a_large_picture_is_shown_smaller(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"P6\n# made by a test\n1000 500\n255\n" + RED * 500_000)
    found = content(str(path))
    assert isinstance(found, PictureContent)
    assert (found.width, found.height) == (1000, 500)
    assert found.shown == (240, 120)
    assert found.pixels == RED * (240 * 120)


def test_a_picture_that_would_fill_the_memory_is_not_decoded(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(png(60_000, 60_000, b""))
    found = content(str(path))
    assert isinstance(found, PictureContent)
    assert "too large" in found.note


def test_the_size_of_a_jpeg(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x11\x08" + struct.pack(">HH", 48, 64) + bytes(30))
    found = content(str(path))
    assert isinstance(found, PictureContent)
    assert (found.what, found.width, found.height) == ("JPEG", 64, 48)


def test_errors_name_the_call(tmp_path: Path) -> None:
    with pytest.raises(CallError, match=r"os\.lstat"):
        content(str(tmp_path / "none"))
    assert preview.step(str(tmp_path)).kind is Kind.DIRECTORY
