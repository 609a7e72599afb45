"""Bookmarks on disk, history of the files service, and typed paths on a real tree."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from osexplorer.model.errors import CallError, NotFound, Refused
from osexplorer.services.bookmarks import Bookmarks
from osexplorer.services.door import Door
from osexplorer.services.session import Session
from osexplorer.system import name_file
from tests.full_disk import nothing_written

HOSTILE = "/tmp/a\n\x1b[31m\udcff\\n"


async def test_bookmarks_are_there_in_the_next_run(tmp_path: Path) -> None:
    place = str(tmp_path / "state" / "osexplorer")
    bookmarks = Bookmarks(Door(), place)
    assert await bookmarks.read() == ()
    assert await bookmarks.toggle("/usr")
    assert await bookmarks.toggle(HOSTILE)
    assert bookmarks.feed.value == ("/usr", HOSTILE)
    assert await Bookmarks(Door(), place).read() == ("/usr", HOSTILE)
    assert not await bookmarks.toggle("/usr")
    assert await Bookmarks(Door(), place).read() == (HOSTILE,)
    assert (os.stat(place).st_mode & 0o777, os.stat(f"{place}/bookmarks").st_mode & 0o777) == (0o700, 0o600)


async def test_another_run_s_bookmarks_are_kept(tmp_path: Path) -> None:
    one, other = (Bookmarks(Door(), str(tmp_path)) for _ in range(2))
    await asyncio.gather(*(one.toggle(f"/one{at}") for at in range(5)), *(other.toggle(f"/two{at}") for at in range(5)))
    assert sorted(await one.read()) == sorted([*(f"/one{at}" for at in range(5)), *(f"/two{at}" for at in range(5))])


async def test_comments_stay(tmp_path: Path) -> None:
    file = tmp_path / "bookmarks"
    file.write_text("# mine\n/usr\n\n")
    await Bookmarks(Door(), str(tmp_path)).toggle("/var")
    assert file.read_text() == "# mine\n/usr\n\n/var\n"


async def test_no_home_no_bookmarks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("osexplorer.services.bookmarks.state_directory", lambda: None)
    bookmarks = Bookmarks(Door())
    assert await bookmarks.read() == ()
    with pytest.raises(Refused):
        await bookmarks.toggle("/usr")


async def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CallError, match="ENOTDIR"):
        await Bookmarks(Door(), str(tmp_path / "file" / "x")).toggle("/usr")


async def test_back_and_forward_through_the_files_service(tmp_path: Path) -> None:
    session = Session()
    files, visited = session.files, session.visited
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        await files.show(str(tmp_path / name))
        visited.entered(files.state.path)
    await visited.go(-1)
    visited.entered(files.state.path)
    assert files.state.path == str(tmp_path / "b")
    await visited.go(1)
    visited.entered(files.state.path)
    assert files.state.path == str(tmp_path / "c")
    (tmp_path / "b").rmdir()
    with pytest.raises(NotFound):
        await visited.go(-1)
    await visited.go(-1)
    visited.entered(files.state.path)
    assert files.state.path == str(tmp_path / "a")
    await visited.go(-1)
    assert files.state.path == str(tmp_path / "a")
    files.close()


async def test_completion_on_a_real_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACE", str(tmp_path))
    (tmp_path / "sub dir").mkdir()
    (tmp_path / "sub file").touch()
    (tmp_path / "link").symlink_to("sub dir")
    typed = Session().typed_paths
    found = await typed.complete("$PLACE/sub", "/")
    assert found.common == "$PLACE/sub "
    assert list(found.candidates) == [("sub dir", True), ("sub file", False)]
    assert (await typed.complete("l", str(tmp_path))).common == "link/"
    assert (await typed.complete("$PLACE/none/x", "/")).problem.startswith("ENOENT")
    assert (await typed.complete("~root", "/")).common == "~root/"
    monkeypatch.setenv("PLACEMENT", "left")
    assert list((await Session().typed_paths.complete("$pla", "/")).candidates) == [("$PLACE", True)]
    assert (await Session().typed_paths.complete("$PLA", "/")).common == "$PLACE/"
    assert await typed.resolve("$PLACE/../x", "/") == str(tmp_path.parent / "x")
    (tmp_path / "$HOME").touch()
    assert await typed.resolve("$HOME", str(tmp_path)) == str(tmp_path / "$HOME")
    assert await typed.resolve("$HOME", "/") == os.environ["HOME"]


async def test_a_last_line_without_its_newline_is_one(tmp_path: Path) -> None:
    (tmp_path / "bookmarks").write_text("/usr\n/etc")
    bookmarks = Bookmarks(Door(), str(tmp_path))
    assert await bookmarks.read() == ("/usr", "/etc")
    await bookmarks.toggle("/tmp")
    assert (tmp_path / "bookmarks").read_text() == "/usr\n/etc\n/tmp\n"


async def test_a_file_too_large_for_bookmarks_is_left_as_it_is(tmp_path: Path) -> None:
    text = "/usr\n" * 300_000
    (tmp_path / "bookmarks").write_text(text)
    with pytest.raises(Refused, match="larger than 1 MiB"):
        await Bookmarks(Door(), str(tmp_path)).toggle("/tmp")
    assert (tmp_path / "bookmarks").read_text() == text


async def test_a_directory_in_the_place_of_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "bookmarks").mkdir()
    with pytest.raises(CallError, match="EISDIR"):
        await Bookmarks(Door(), str(tmp_path)).read()


async def test_a_full_disk_is_told_and_takes_nothing_away(tmp_path: Path) -> None:
    bookmarks = Bookmarks(Door(), str(tmp_path))
    await bookmarks.toggle("/usr")
    with nothing_written(), pytest.raises(CallError, match="EFBIG"):
        await bookmarks.toggle("/etc")
    assert (tmp_path / "bookmarks").read_text() == "/usr\n"
    assert sorted(os.listdir(tmp_path)) == ["bookmarks", "bookmarks.lock"]


def test_names_for_an_editor_on_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with nothing_written(), pytest.raises(CallError, match="EFBIG"):
        name_file.write("apple\n")
    assert os.listdir(tmp_path) == []


async def test_a_link_to_the_file_stays_one(tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    kept = tmp_path / "dotfiles" / "marks"
    kept.write_text("/usr\n")
    (tmp_path / "bookmarks").symlink_to("dotfiles/marks")
    await Bookmarks(Door(), str(tmp_path)).toggle("/etc")
    assert os.readlink(tmp_path / "bookmarks") == "dotfiles/marks"
    assert kept.read_text() == "/usr\n/etc\n"
