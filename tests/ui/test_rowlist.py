"""The list widget: cursor, marks, drawing, mouse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.strip import Strip

from osexplorer.ui.rowlist import Cell, Column, RowList, Span, TableSource
from osexplorer.ui.rowlist.painter import Painter
from osexplorer.ui.rowlist.widget import Columns
from tests.waiting import until


class Lists(App[None]):
    """One list of numbers."""

    def __init__(self, count: int = 100, columns: Columns | None = None) -> None:
        super().__init__()
        self.source: TableSource[int] = TableSource(
            lambda row: row,
            lambda row, column: Span(f"{column}{row}", "dim") if column != "long" else "x" * 30 + f"end{row}",
            sort_keys={"n": lambda row: row},
            text=str,
        )
        self.source.set_rows(range(count))
        self.columns = columns or [
            Column("n", "Number", 8, flex=1, descending=True),
            Column("m", "More", 6, priority=1),
        ]
        self.told: list[object] = []

    def get_theme_variable_defaults(self) -> dict[str, str]:
        from osexplorer.ui.theme import VARIABLES

        return VARIABLES

    def compose(self) -> ComposeResult:
        yield RowList(self.columns, self.source)

    @property
    def rows(self) -> RowList:
        return self.query_one(RowList)

    def on_row_list_cursor_moved(self, event: RowList.CursorMoved) -> None:
        self.told.append(event.key)

    def on_row_list_sort_requested(self, event: RowList.SortRequested) -> None:
        self.told.append(event.column and event.column.id)

    def on_row_list_opened(self, event: RowList.Opened) -> None:
        self.told.append(("open", event.key))


async def test_moving() -> None:
    app = Lists()
    async with app.run_test(size=(40, 11)) as pilot:
        await until(lambda: app.rows.size.height and app.rows.has_focus)
        for key, expected in (
            ("down", 1),
            ("j", 2),
            ("k", 1),
            ("pagedown", 10),
            ("end", 99),
            ("pageup", 90),
            ("g", 0),
            ("G", 99),
            ("home", 0),
            ("ctrl+d", 5),
            ("ctrl+d", 10),
            ("ctrl+u", 5),
        ):
            await pilot.press(key)
            assert app.rows.cursor == expected, key
            top = app.rows.scroll_offset.y
            assert top <= expected <= top + 9


async def test_marking_the_others() -> None:
    app = Lists(4)
    async with app.run_test(size=(40, 11)) as pilot:
        await until(lambda: app.rows.size.height and app.rows.has_focus)
        await pilot.press("space", "insert", "I")
        assert list(app.rows.marks) == [2, 3]
        await pilot.press("I")
        assert list(app.rows.marks) == [0, 1]


async def test_the_cursor_stays_on_its_row_and_at_its_height() -> None:
    app = Lists()
    async with app.run_test(size=(40, 11)):
        await until(lambda: app.rows.size.height and app.rows.has_focus)
        app.rows.move_to(50)
        height = 50 - app.rows.scroll_offset.y
        app.source.set_rows([*range(1000, 1020), *range(100)])
        app.rows.rows_changed()
        assert app.rows.cursor_key == 50
        assert app.rows.cursor == 70
        assert app.rows.cursor - app.rows.scroll_offset.y == height
        app.source.set_rows([row for row in range(100) if row != 50])
        app.rows.rows_changed()
        assert app.rows.cursor_key is not None
        app.source.set_rows([])
        app.rows.rows_changed()
        assert app.rows.cursor_key is None
        assert app.rows.chosen == []


async def test_what_comes_before_the_first_row_is_seen_by_who_is_at_the_top() -> None:
    app = Lists()
    async with app.run_test(size=(40, 11)):
        await until(lambda: app.rows.size.height and app.rows.has_focus)
        app.source.set_rows([1000, 1001, *range(100)])
        app.rows.rows_changed()
        assert (app.rows.cursor_key, app.rows.cursor, app.rows.scroll_offset.y) == (0, 2, 0)
        app.source.set_rows([*range(1000, 1020), *range(100)])  # no room for the cursor to go down
        app.rows.rows_changed()
        top = app.rows.scroll_offset.y
        assert app.rows.cursor_key == 0 and 0 < top <= app.rows.cursor < top + app.rows.page


async def test_marks_follow_their_rows_and_vanish_with_them() -> None:
    app = Lists()
    async with app.run_test(size=(40, 11)) as pilot:
        await until(lambda: app.rows.size.height and app.rows.has_focus)
        await pilot.press("space", "space")
        assert app.rows.marks == {0, 1}
        assert "● " in app.rows.render_line(1).text
        app.source.set_sort("n", reverse=True)
        app.rows.rows_changed()
        assert app.rows.chosen == [1, 0]
        app.source.set_rows(range(1, 100))
        app.rows.rows_changed()
        assert app.rows.marks == {1}


async def test_an_empty_list_says_why() -> None:
    app = Lists(0)
    async with app.run_test(size=(30, 8)):
        await until(lambda: app.rows.size.height and app.rows.has_focus)
        app.rows.set_empty("os.scandir: EACCES (Permission denied)", "bad")
        text = " ".join(app.rows.render_line(y).text.strip() for y in range(8))
        assert "os.scandir: EACCES (Permission" in text
        assert "denied)" in text


async def test_values_scroll_sideways_with_a_mark() -> None:
    app = Lists(5, [Column("n", "N", 4), Column("long", "Long", 10, scrolls=True, elide="end")])
    async with app.run_test(size=(20, 8)) as pilot:
        await until(lambda: app.rows.size.height and app.rows.has_focus)
        assert "n0" in app.rows.render_line(1).text
        for _ in range(3):
            await pilot.press("shift+right")
        assert "n0" in app.rows.render_line(1).text
        assert "end0" in app.rows.render_line(1).text
        assert "…" in app.rows.render_line(1).text


async def test_mouse() -> None:
    app = Lists()
    async with app.run_test(size=(40, 11)) as pilot:
        await until(lambda: app.rows.size.height and app.rows.has_focus)
        await pilot.click(RowList, offset=(4, 3))
        assert app.rows.cursor == 2
        await pilot.click(RowList, offset=(4, 4), times=2)
        await until(lambda: ("open", 3) in app.told)
        await pilot.click(RowList, offset=(4, 0))
        await until(lambda: "n" in app.told)


async def test_a_cursor_key_draws_two_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Lists()
    async with app.run_test(size=(40, 30)) as pilot:
        await until(lambda: app.rows.size.height and app.rows.has_focus)
        await pilot.pause()
        drawn: list[tuple[object, str]] = []
        draw = Painter._draw

        def counting(self: Painter, cells: Sequence[Cell], look: str, *more: Any) -> Strip:
            drawn.append((cells[0], look))
            return draw(self, cells, look, *more)

        monkeypatch.setattr(Painter, "_draw", counting)
        await pilot.press("down")
        assert sorted(drawn) == [(Span("n0", "dim"), ""), (Span("n1", "dim"), "cursor")]


async def test_a_filter_without_capitals_ignores_case() -> None:
    source: TableSource[str] = TableSource(lambda row: row, lambda row, column: row, text=lambda row: row)
    source.set_rows(["Alpha", "beta", "ALPHABET"])
    source.set_filter("alpha")
    assert list(source.rows) == ["Alpha", "ALPHABET"]
    source.set_filter("Alpha")
    assert list(source.rows) == ["Alpha"]
    assert source.total == 3


async def test_a_scrollbar_takes_no_cell_of_a_row() -> None:
    columns = [Column("n", "Number", 8, flex=1), Column("long", "Long", 6, align="right", elide="start")]
    app = Lists(5, columns)
    async with app.run_test(size=(40, 11)):
        await until(lambda: app.rows.size.height and app.rows.render_line(1).text.endswith("end0"))
        assert app.rows.render_line(1).cell_length == 40
        app.source.set_rows(range(100))
        app.rows.rows_changed()
        await until(lambda: app.rows.show_vertical_scrollbar)
        assert app.rows.render_line(1).cell_length == 39
        assert app.rows.render_line(1).text.endswith("end0")


async def test_a_change_of_some_rows_draws_only_those() -> None:
    app = Lists(count=5)
    async with app.run_test(size=(40, 11)):
        await until(lambda: app.rows.size.height and app.rows.has_focus)
        drawn: list[int] = []
        values = {3: "old"}
        app.source = TableSource(lambda row: row, lambda row, column: values.get(row, f"{row}"))
        app.source.set_rows(range(5))
        app.rows.source = app.source
        app.rows.rows_changed()
        await until(lambda: "old" in "".join(app.rows.render_line(y).text for y in range(11)))
        draw = app.rows._painter._draw

        def noted(*args: object) -> object:
            drawn.append(1)
            return draw(*args)  # type: ignore[arg-type]

        app.rows._painter._draw = noted  # type: ignore[assignment, method-assign]
        values[3] = "new"
        app.rows.rows_changed()
        await until(lambda: drawn)
        assert [app.rows.render_line(y).text.split() for y in range(1, 6)] == [
            [value, value] for value in ("0", "1", "2", "new", "4")
        ]
        assert len(drawn) <= 2  # the row that changed, and that of the cursor


async def test_who_reads_away_from_the_cursor_is_left_there() -> None:
    app = Lists()
    async with app.run_test(size=(40, 11)):
        await until(lambda: app.rows.size.height and app.rows.has_focus)
        app.rows.scroll_to(y=50, animate=False)
        await until(lambda: app.rows.scroll_offset.y == 50)
        app.source.set_rows([1000, *range(100)])
        app.rows.rows_changed()
        await until(lambda: len(app.rows.source) == 101)
        assert app.rows.cursor_key == 0
        assert app.rows.scroll_offset.y == 50


async def test_columns_fit_the_width_before_the_resize_of_it_has_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RowList, "on_resize", lambda self: None)  # as on a machine too busy to bring it
    app = Lists(columns=lambda width: [Column("n", f"of {width}", 8)])
    async with app.run_test(size=(40, 11)) as pilot:
        await until(lambda: app.rows.size.width == 40)
        assert "of 40" in app.rows.render_lines(Region(0, 0, 40, 11))[0].text
        await pilot.resize_terminal(30, 11)
        await until(lambda: app.rows.size.width == 30)
        assert "of 30" in app.rows.render_lines(Region(0, 0, 30, 11))[0].text
