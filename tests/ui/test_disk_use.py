"""Disk use: by size, deeper and up, live, and in the listing."""

from __future__ import annotations

from pathlib import Path

import pytest

from osexplorer.ui.dialogs.disk_use import DiskUseDialog
from tests.ui.test_files import Program, cursor, lines, names, program, ready
from tests.waiting import until


@pytest.fixture
def place(tmp_path: Path) -> Path:
    place = tmp_path / "place"
    for name, size in (("small", 100), ("large", 300_000), ("middle", 60_000)):
        (place / name / "inner").mkdir(parents=True)
        (place / name / "inner" / "file").write_bytes(b"x" * size)
    (place / "alone").write_bytes(b"x" * 20_000)
    return place


def dialog(app: Program) -> DiskUseDialog:
    assert isinstance(app.screen, DiskUseDialog)
    return app.screen


def listed(app: Program) -> list[str]:
    return [row.name for row in dialog(app).source.rows]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_deeper_and_up_by_size(place: Path, size: tuple[int, int]) -> None:
    app = program(place)
    async with app.run_test(size=size) as pilot:
        await ready(app, place)
        await pilot.press("U")
        await until(lambda: isinstance(app.screen, DiskUseDialog))
        await until(lambda: listed(app) == ["large", "middle", "alone", "small"])
        await until(lambda: not app.session.measure.is_counting(str(place)))
        await until(lambda: not any(row.partial for row in dialog(app).source.rows))
        text = dialog(app).rows.render_line(1).text
        assert "large/" in text
        assert "█" in text
        assert "304K" in text  # 300,000 bytes in blocks, and two directories
        await pilot.press("l")
        await until(lambda: dialog(app).path == str(place / "large") and listed(app) == ["inner"])
        await pilot.press("h")
        await until(lambda: dialog(app).path == str(place) and len(listed(app)) == 4)
        await pilot.press("j", "o")
        await ready(app, place)
        await until(lambda: cursor(app) == "middle")
        await until(lambda: any("large/" in line and "293K" in line for line in lines(app)))


async def test_above_what_was_counted_is_counted_too(place: Path) -> None:
    app = program(place / "large")
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place / "large")
        await pilot.press("U")
        await until(lambda: isinstance(app.screen, DiskUseDialog) and listed(app) == ["inner"])
        await pilot.press("h")
        await until(lambda: listed(app)[:1] == ["large"])
        await until(lambda: dialog(app).rows.cursor_key == "large")


async def test_a_change_shows_when_it_is_looked_at_again(place: Path) -> None:
    app = program(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place)
        await pilot.press("U")
        await until(lambda: isinstance(app.screen, DiskUseDialog) and listed(app)[:1] == ["large"])
        await until(lambda: not app.session.measure.is_counting(str(place)))
        await pilot.press("escape")
        (place / "small" / "new").write_bytes(b"x" * 900_000)
        await pilot.press("U")
        await until(lambda: isinstance(app.screen, DiskUseDialog) and listed(app)[:1] == ["small"])
        (place / "alone").write_bytes(b"x" * 5_000_000)  # which no directory tells of
        await pilot.press("r")
        await until(lambda: listed(app)[:1] == ["alone"])


async def test_a_file_that_grows_shows_by_itself(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("osexplorer.ui.dialogs.disk_use.LOOK_AGAIN", 0.01)
    app = program(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place)
        await pilot.press("U")
        await until(lambda: isinstance(app.screen, DiskUseDialog) and listed(app)[:1] == ["large"])
        await until(lambda: not app.session.measure.is_counting(str(place)))
        with (place / "middle" / "inner" / "file").open("ab") as file:  # which no directory tells of
            file.write(b"x" * 900_000)
        await until(lambda: listed(app)[:1] == ["middle"])


async def test_the_listing_shows_what_c_has_counted(place: Path) -> None:
    app = program(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place)
        await pilot.press("c")
        await until(lambda: any("large/" in line and "293K" in line for line in lines(app)))
        (place / "large" / "another").touch()
        await until(lambda: any("large/" in line and "~293K" in line for line in lines(app)))


async def test_an_order_by_size_goes_by_what_was_counted(place: Path) -> None:
    app = program(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place)
        await app.session.files.sort("size", reverse=True)
        before = [name for name in names(app) if name.endswith("/")]
        await pilot.press("U")
        await until(lambda: isinstance(app.screen, DiskUseDialog) and len(listed(app)) == 4)
        await until(lambda: not app.session.measure.is_counting(str(place)))
        await pilot.press("escape")
        counted = {
            f"{name.name}/": app.session.measure.size_of(str(name)) or 0 for name in place.iterdir() if name.is_dir()
        }
        wanted = sorted(before, key=lambda name: -counted[name])
        assert len({*counted.values()}) == len(counted)
        await until(lambda: [name for name in names(app) if name.endswith("/")] == wanted)
        await app.session.files.sort("size", reverse=False)
        await until(lambda: [name for name in names(app) if name.endswith("/")] == wanted[::-1])
        await app.session.files.refresh()
        app.session.files.looks.renew()
        await app.session.files.looks.until_idle()
        assert [name for name in names(app) if name.endswith("/")] == wanted[::-1]


async def test_what_cannot_be_read_is_told(place: Path) -> None:
    app = program(place)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, place)
        await pilot.press("U")
        await until(lambda: isinstance(app.screen, DiskUseDialog) and len(listed(app)) == 4)
        await until(lambda: not app.session.measure.is_counting(str(place)))
        (place / "middle").rename(place / "gone")
        dialog(app).rows.move_to_key("middle")
        await pilot.press("l")
        await until(lambda: "ENOENT" in dialog(app).rows.empty_text.text)
