"""Ask for a pattern, and mark the rows of a list whose names match it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from osexplorer.model.display import display
from osexplorer.model.find import part, pattern
from osexplorer.model.units import count_text
from osexplorer.ui.dialogs.prompt import Prompt
from osexplorer.ui.rowlist import RowList
from osexplorer.ui.rowlist.marks import NAMED

if TYPE_CHECKING:
    from osexplorer.ui.host import Host

_DETAIL = "* any text, ? one character, [a-z] one of these; other words are looked for within names"


def ask_to_mark(rows: RowList, mark: bool) -> None:
    """Ask for a pattern; rows whose name matches it are marked, or with `mark` False their marks are taken away."""
    app = cast("Host", rows.app)

    def answered(text: str | None) -> None:
        if text:
            rows.run_worker(_mark(app, rows, text, mark), exit_on_error=True)

    title = "Mark by a pattern" if mark else "Unmark by a pattern"
    app.push_screen(Prompt(title, "*", detail=_DETAIL, check=_wrong, replace=True), answered)


def _wrong(text: str) -> str:
    return "" if text else "Type a pattern such as *.log"


async def _mark(app: Host, rows: RowList, text: str, mark: bool) -> None:
    matches = pattern(text) if any(sign in text for sign in "*?[") else part(text)
    column = next((column.id for column in rows.columns if column.id in NAMED), rows.columns[0].id)
    changed = 0
    for some in rows.marks.mark_matching(matches, mark, column):
        changed += some
        await asyncio.sleep(0)  # keys are heard meanwhile
    rows.redraw()
    rows.post_message(RowList.MarksChanged(rows))
    if not changed:
        app.say(f"No {'other' if mark else 'marked'} row matches {display(text)}")
    elif not mark:
        app.say(f"{count_text(changed, 'row')} unmarked")
