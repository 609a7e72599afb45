"""Notices from what goes on in the background: shown wherever the person is, with the terminal's bell."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from osexplorer.ui.host import Host


async def follow_notices(app: Host) -> None:
    """Show each notice once, as long as the program lives."""
    shown = 0
    async for notices in app.session.child_waits.notices.watch():
        new = [notice for notice in notices if notice.serial > shown]
        for notice in new:
            shown = notice.serial
            app.say(notice.text, notice.problem)
        if new:
            app.bell()
