"""Making, renaming, linking, pasting and removing with the keys of the files pane."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

import pytest
from textual.pilot import Pilot

from osexplorer.model.tasks import Progress
from osexplorer.system import copying
from osexplorer.ui.dialogs.confirm import Confirm
from osexplorer.ui.dialogs.link import LinkDialog
from osexplorer.ui.dialogs.paste import PasteDialog
from osexplorer.ui.dialogs.prompt import Prompt
from osexplorer.ui.field import Field
from tests.ui.test_files import Program, cursor, lines, names, program, ready
from tests.waiting import until


@pytest.fixture
def place(tmp_path: Path) -> Path:
    place = tmp_path / "place"
    (place / "dir").mkdir(parents=True)
    for name in ("a", "b"):
        (place / name).write_text(name)
    return place


async def dialog(app: Program, kind: type) -> None:
    try:
        await until(lambda: isinstance(app.screen, kind) and app.screen.is_mounted, f"{kind.__name__}")
    except AssertionError as error:
        error.add_note("\n".join(("on the screen:", *lines(app), *app.told)))
        raise


async def type_in(app: Program, pilot: Pilot[int], text: str) -> None:
    app.screen.query_one(Field).value = text
    await pilot.press("enter")


async def test_new_rename_and_undo(place: Path) -> None:
    app = program(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place)
        await pilot.press("n")
        await dialog(app, Prompt)
        await type_in(app, pilot, "x/y/")
        await until(lambda: (place / "x" / "y").is_dir() and cursor(app) == "x", "the new directory")
        await pilot.press("r")
        await dialog(app, Prompt)
        await type_in(app, pilot, "b")
        await until(lambda: any("EEXIST" in one.message for one in app._notifications), "the refusal")
        assert (place / "b").read_text() == "b"
        await pilot.press("r")
        await dialog(app, Prompt)
        await type_in(app, pilot, "z")
        await until(lambda: (place / "z").is_dir() and cursor(app) == "z", "the new name")
        await pilot.press("u")
        await until(lambda: (place / "x").is_dir(), "the old name")
        await pilot.press("u")
        await until(lambda: not (place / "x").exists(), "nothing of it")


async def test_a_name_that_cannot_be_is_not_accepted(place: Path) -> None:
    app = program(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place)
        await pilot.press("j", "r")
        await dialog(app, Prompt)
        await type_in(app, pilot, "with/slash")
        assert isinstance(app.screen, Prompt)
        await pilot.press("escape")
        assert (place / "a").exists()


def says(path: Path, text: str) -> bool:
    """Whether there is a file of that text; amid a swap there is none for a moment."""
    try:
        return path.read_text() == text
    except FileNotFoundError:
        return False


async def test_several_names_are_edited_as_a_text(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", "sed -i -e s/^a$/c/ -e s/^b$/a/ -e s/^c$/b/")  # a becomes b, b becomes a
    monkeypatch.setattr(tempfile, "tempdir", str(place.parent))
    app = program(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place)
        await pilot.press("end", "k", "space", "space")
        await until(lambda: len(app.pane.rows.marks) == 2, "the marks")
        await pilot.press("r")
        await dialog(app, Confirm)
        assert (place / "a").read_text() == "a"
        await pilot.press("y")
        await until(lambda: says(place / "a", "b") and says(place / "b", "a"), "the swap")
        await until(lambda: app.session.undo.feed.value.startswith("rename"), "the way back being known")
        assert list(place.parent.glob("osexplorer-*.names")) == []
        await pilot.press("u")
        await until(lambda: says(place / "a", "a") and says(place / "b", "b"), "the way back")


@pytest.mark.parametrize("mistake", ["$d", "s/^b$/dir/", "s/^b$/fine/", "s/^b$//"])
async def test_names_with_a_mistake_can_be_edited_again(
    place: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory, mistake: str
) -> None:
    """Nothing is renamed, and what was typed is there again; who does not want it leaves no file behind."""
    aside = tmp_path_factory.mktemp("aside")
    editor, seen = aside / "editor", aside / "text"
    editor.write_text(f"sed -i -e 's/^a$/fine/' -e '{mistake}' $1")
    monkeypatch.setenv("EDITOR", f"sh {editor}")
    monkeypatch.setattr(tempfile, "tempdir", str(place.parent))
    app = program(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place)
        await pilot.press("end", "k", "space", "space", "r")
        await dialog(app, Confirm)
        if "dir" in mistake:  # which the text alone does not tell
            assert "Rename 2" in app.screen.dialog_title  # type: ignore[attr-defined]
            await pilot.press("y")
            await until(lambda: "again" in getattr(app.screen, "dialog_title", ""), "the question")
        assert "again" in app.screen.dialog_title  # type: ignore[attr-defined]
        assert {"a", "b", "dir"} == {entry.name for entry in place.iterdir()}
        editor.write_text(f"cp $1 {seen}; printf 'one\\ntwo\\n' > $1")
        await pilot.press("y")
        await until(lambda: "Rename 2" in getattr(app.screen, "dialog_title", ""), "the next question")
        assert "fine" in seen.read_text()
        await pilot.press("y")
        await until(lambda: says(place / "one", "a") and says(place / "two", "b"), "the names")
        assert list(place.parent.glob("osexplorer-*.names")) == []


async def test_a_link_of_each_kind(place: Path) -> None:
    app = program(place)
    async with app.run_test(size=(80, 24)) as pilot:
        for times, name in enumerate(("r", "s", "h")):
            await ready(app, place)
            app.pane.rows.move_to_key(app.session.files.key_of("a") or 0)
            await pilot.press("L")
            await dialog(app, LinkDialog)
            await pilot.press(*["ctrl+t"] * times)
            await type_in(app, pilot, name)
            await until(lambda name=name: os.path.lexists(place / name) and cursor(app) == name, name)
        assert os.readlink(place / "r") == "a"
        assert os.readlink(place / "s") == str(place / "a")
        assert os.path.samestat(os.stat(place / "a"), os.lstat(place / "h"))


async def test_copy_and_paste(place: Path) -> None:
    app = program(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place)
        assert not app.pane.can_paste()
        await pilot.press("a", "y")
        await until(app.pane.can_paste)
        assert "3 to copy" in app.pane._status
        await pilot.press("p")  # here: each beside itself
        await until(lambda: names(app) == ["dir/", "dir", "a", "a", "b", "b"], "the copies")
        assert (place / "a (2)").read_text() == "a"


async def test_cut_and_paste_asks_where_a_name_is_taken(place: Path) -> None:
    (place / "dir" / "a").write_text("old")
    app = program(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place)
        await pilot.press("j", "space", "space", "x")
        await until(app.pane.can_paste)
        await pilot.press("home", "enter")
        await ready(app, place / "dir")
        await pilot.press("p")
        await dialog(app, PasteDialog)
        await pilot.press("escape")
        assert (place / "a").exists()
        await pilot.press("p")
        await dialog(app, PasteDialog)
        await pilot.press("k")
        await until(lambda: not (place / "a").exists() and not (place / "b").exists(), "the move")
        await until(lambda: not app.pane.can_paste())
        assert (place / "dir" / "a").read_text() == "old"
        assert (place / "dir" / "a (2)").read_text() == "a"


async def test_trash_and_delete(place: Path) -> None:
    app = program(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place)
        await pilot.press("j", "d")
        await until(lambda: not (place / "a").exists() and names(app) == ["dir/", "b"], "the trash")
        await pilot.press("u")
        await until(lambda: (place / "a").exists(), "back from it")
        await until(lambda: names(app) == ["dir/", "a", "b"])
        await pilot.press("home", "D")
        await dialog(app, Confirm)
        await pilot.press("enter")  # says nothing
        await pilot.press("n")
        assert (place / "dir").exists()
        await pilot.press("D")
        await dialog(app, Confirm)
        await pilot.press("y")
        await until(lambda: not (place / "dir").exists(), "the deletion")


async def test_what_was_done_before_a_copy_ended_is_told(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, copied = copying.copy_content, []

    def copy(source: int, made: int, size: int, path: str, progress: Progress) -> None:
        if copied:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        copied.append(path)
        real(source, made, size, path, progress)

    monkeypatch.setattr(copying, "copy_content", copy)
    (place / "a").write_bytes(b"x" * 2048)
    app = program(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place)
        await pilot.press("j", "space", "space", "y")
        await until(app.pane.can_paste)
        await pilot.press("home", "enter")
        await ready(app, place / "dir")
        await pilot.press("p")
        await until(lambda: any("Before that: 2.0K copied" in one.message for one in app._notifications), "what was")
        (told,) = (one.message for one in app._notifications if "ENOSPC" in one.message)
        assert f"os.write {place}/dir/b: ENOSPC" in told
