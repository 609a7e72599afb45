"""What can be done with what was found: all that a listing can do."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeVar, cast

from textual.binding import Binding, BindingType

from osexplorer.model.display import display
from osexplorer.model.entry import Kind
from osexplorer.model.operations import Target
from osexplorer.services.find import Find
from osexplorer.services.session import Session
from osexplorer.ui.carrying import Carrying, targets_of
from osexplorer.ui.dialogs.base import Dialog
from osexplorer.ui.outside import Outside
from osexplorer.ui.panes.file_modes import toggle_execute
from osexplorer.ui.renaming import Renaming
from osexplorer.ui.rowlist import RowList

if TYPE_CHECKING:
    from osexplorer.ui.dialogs.link import LinkWish
    from osexplorer.ui.host import Host

T = TypeVar("T")


class Answer(NamedTuple):
    """What to do with what was found."""

    paths: tuple[str, ...]
    modes: bool = False
    """Show their modes."""
    preview: bool = False
    """Show what is in the first; otherwise go to it."""


class FoundActions(Dialog[Answer], Renaming, Carrying):
    """The keys of a listing, for the find dialog."""

    KEYS: ClassVar[str] = (
        "* execute bit · m modes · w why · v preview · e edit · V pager · o open · S shell · c count · U disk use · "
        "y copy · x cut · r rename · L link · X run over each · d trash · D delete · u undo · Ctrl+R again"
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("asterisk", "execute", show=False),
        Binding("m", "modes", show=False),
        Binding("w", "why", show=False),
        Binding("v,f3", "preview", show=False),
        Binding("e,f4", "run('editor')", show=False),
        Binding("V", "run('pager')", show=False),
        Binding("S", "run('shell')", show=False),
        Binding("o", "open", show=False),
        Binding("P", "pick", show=False),
        Binding("c", "count", show=False),
        Binding("U", "disk_use", show=False),
        Binding("y", "copy", show=False),
        Binding("x", "cut", show=False),
        Binding("d,delete,f8", "trash", show=False),
        Binding("D", "delete", show=False),
        Binding("r,f2", "rename", show=False),
        Binding("L", "link", show=False),
        Binding("X", "each", show=False),
        Binding("u", "undo", show=False),
    ]
    session: Session
    find: Find

    @property
    def explorer(self) -> Host:
        """The app, with its type."""
        return cast("Host", self.app)

    @property
    def rows(self) -> RowList:
        """What was found."""
        return self.query_one(RowList)

    @property
    def outside(self) -> Outside:
        """The ways to other programs."""
        return Outside(self.explorer, self.changed_by_us)

    @property
    def keys(self) -> list[int]:
        """The identities of the marked rows in their order, or else of the one under the cursor."""
        return [key for key in self.rows.chosen if isinstance(key, int)]

    @property
    def directory(self) -> str:
        """Where it was searched."""
        return self.find.feed.value.root

    @property
    def chosen(self) -> tuple[str, ...]:
        """The paths of those rows."""
        return tuple(map(self.find.path_of, self.keys))

    @property
    def under_cursor(self) -> str | None:
        """The path under the cursor."""
        key = self.rows.cursor_key
        return self.find.path_of(key) if isinstance(key, int) else None

    def changed_by_us(self, paths: Iterable[str]) -> None:
        """Something of ours has changed these."""
        self.find.look_again()
        self.session.files.changed(paths)

    # -- what Carrying needs

    def work(self, job: Coroutine[Any, Any, T], then: Callable[[T], None] | None = None) -> asyncio.Task[T]:
        return self.explorer.work(job, then)

    def say(self, text: str, problem: bool = False) -> None:
        self.explorer.say(text, problem)

    async def targets(self) -> list[Target]:
        return targets_of(await self.find.stats_of(self.keys))

    async def carried(self) -> None:
        self.find.look_again()
        await self.session.files.refresh()

    # -- without leaving

    def action_undo(self) -> None:
        """Take back the last change."""
        self.work(self._undo())

    async def _undo(self) -> None:
        self.say(await self.session.undo.undo())
        await self.carried()

    async def rename_one(self, target: Target, name: str) -> None:
        await self.session.operations.rename(target, name)
        self.say(f"{display(target.name)} is {display(name)} now: Ctrl+R searches again, u gives the old name back")
        await self.carried()

    async def rename_several(self, targets: list[Target], names: Sequence[str]) -> None:
        """Directory by directory; one undo each."""
        places: dict[str, list[tuple[Target, str]]] = {}
        for target, name in zip(targets, names, strict=True):
            places.setdefault(os.path.dirname(target.path), []).append((target, name))
        changed = 0
        try:
            for both in places.values():
                some, wanted = zip(*both, strict=True)
                changed += await self.session.operations.rename_all(some, wanted)
        finally:
            self.rows.clear_marks()
            await self.carried()
        self.say(f"{changed:,} renamed: Ctrl+R searches again, u gives the old names back")

    def action_link(self) -> None:
        """Make a link to the one under the cursor, beside it."""
        from osexplorer.ui.dialogs.link import LinkDialog

        if (path := self.under_cursor) is None:
            return

        def answered(wish: LinkWish | None) -> None:
            if wish is not None:
                self.work(self._link(path, wish))

        above, name = os.path.split(path)
        self.app.push_screen(LinkDialog(self.session, path, above, f"{name}-link"), answered)

    async def _link(self, source: str, wish: LinkWish) -> None:
        made = await self.session.operations.link(source, wish.path, wish.kind)
        self.say(f"{display(made)} is a link to it: Ctrl+R searches again")
        await self.carried()

    def action_each(self) -> None:
        """Run a command over what is chosen, a child each."""
        from osexplorer.ui.dialogs.over_files import ask_to_run_over

        if chosen := self.chosen:
            ask_to_run_over(self.explorer, chosen, self.directory)

    def action_execute(self) -> None:
        """Turn the owner's execute bit on or off: of several on, unless all have it."""
        self.explorer.work(self._toggle_execute(self.keys))

    async def _toggle_execute(self, keys: Sequence[int]) -> None:
        done = await toggle_execute(self.session, await self.find.stats_of(keys))
        self.find.look_again()
        if done is not None:
            self.explorer.say(done.report, problem=bool(done.failures or done.differing))

    def action_why(self) -> None:
        """May I, or another user, do something to it, and which rule says so."""
        from osexplorer.ui.dialogs.why import WhyDialog

        if (path := self.under_cursor) is not None:
            self.app.push_screen(WhyDialog(self.session, path))

    def action_count(self) -> None:
        """Count what lies below, as tasks."""
        for key in self.keys:
            if self.find.kind_of(key) is Kind.DIRECTORY:
                path = self.find.path_of(key)
                self.session.measure.start(path)
                self.explorer.say(f"Counting what lies below {display(path)}")
        self.begin(self._follow_measures())

    async def _follow_measures(self) -> None:
        async for _ in self.session.measure.feed.watch():
            self.rows.redraw()

    def action_disk_use(self) -> None:
        """What takes the room below the directory under the cursor, or that of the file."""
        from osexplorer.ui.dialogs.disk_use import DiskUseDialog

        def answered(path: str | None) -> None:
            if path is not None:
                self.dismiss(Answer((path,)))

        if (path := self.under_cursor) is not None:
            key = self.keys[0] if not self.rows.marks else self.rows.cursor_key
            inside = isinstance(key, int) and self.find.kind_of(key) is Kind.DIRECTORY
            self.app.push_screen(DiskUseDialog(self.session, path if inside else os.path.dirname(path)), answered)

    def action_run(self, purpose: str) -> None:
        """The editor or the pager on what is chosen; a shell where the one under the cursor is."""
        if (path := self.under_cursor) is None:
            return
        if purpose == "shell":
            self.outside.run("shell", os.path.dirname(path))
        else:
            self.outside.run("editor" if purpose == "editor" else "pager", self.find.feed.value.root, self.chosen)

    def action_open(self) -> None:
        """Open what is chosen as the desktop does."""
        self.outside.open(self.find.feed.value.root, self.chosen)

    # -- leaving

    def action_modes(self) -> None:
        """To the permission grid of what is chosen."""
        self._leave(modes=True)

    def action_preview(self) -> None:
        """To what is in the one under the cursor."""
        if (path := self.under_cursor) is not None:
            self.find.cursor = self.rows.cursor
            self.dismiss(Answer((path,), preview=True))

    def action_pick(self) -> None:
        """Choose, and leave the program, where it is used to choose."""
        if self.explorer.picking:
            self.outside.pick(self.chosen)

    def _leave(self, modes: bool) -> None:
        if chosen := self.chosen:
            self.find.cursor = self.rows.cursor
            self.dismiss(Answer(chosen, modes=modes))
