"""What every pane is: a frame with a title, a list, a filter line when one is asked for, and streams to follow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.geometry import Region
from textual.widget import Widget

from osexplorer.model.display import printable
from osexplorer.model.errors import Abandoned, OSExplorerError
from osexplorer.services.feed import Feed
from osexplorer.services.session import Session
from osexplorer.ui.actions import SCOPES, ActionHost, bindings
from osexplorer.ui.arrangement import PANES
from osexplorer.ui.messages import FooterChanged, Say
from osexplorer.ui.rowlist import Column, RowList, TableSource
from osexplorer.ui.rowlist.cells import elide, width_of
from osexplorer.ui.rowlist.sorting import next_sort

if TYPE_CHECKING:
    from osexplorer.ui.filter_line import FilterLine
    from osexplorer.ui.host import Host

T = TypeVar("T")


class Pane(ActionHost, Widget):
    """A pane. A subclass names its `SCOPE`, composes (most often one list), and follows feeds.

    Work that fails with one of the project's errors is told as a notification; any other exception is a fault of the
    program and ends it with a crash report.
    """

    DEFAULT_CSS = """
    Pane {
        border: round $frame; background: $surface;
        border-title-color: $muted; border-subtitle-color: $muted;
    }
    Pane:focus-within { border: round $primary; border-title-color: $primary; border-title-style: bold; }
    Pane:nocolor:focus-within { border: heavy $foreground; }
    """

    FILTER_HINT: ClassVar[str] = "filter"
    """Stands in the empty line of the filter."""

    def __init_subclass__(cls, **options: Any) -> None:
        if cls.SCOPE:
            cls.BINDINGS = [*bindings(cls.SCOPE, "pane")]
        super().__init_subclass__(**options)

    def __init__(self, session: Session) -> None:
        super().__init__(id=self.SCOPE)
        self.session = session
        self.filter_text = ""
        self.title_text = ""
        self._titled: tuple[str, tuple[str, ...], int] | None = None
        """What the title was made of."""
        self._title = ""
        self._status_text = ""
        self._status = ""
        """What stands at the bottom right, the position included."""
        self._followed: list[Callable[[], Coroutine[Any, Any, None]]] = []
        self._following: list[asyncio.Task[None]] = []
        self._jobs: set[asyncio.Task[Any]] = set()
        self._filter_line: FilterLine | None = None

    @property
    def explorer(self) -> Host:
        """The app, with its type."""
        return cast("Host", self.app)

    @property
    def rows(self) -> RowList:
        """The pane's list."""
        return self.query_one(RowList)

    def compose(self) -> ComposeResult:
        yield from self.content()

    def content(self) -> ComposeResult:
        """The widgets of the pane, its list among them."""
        yield Widget()

    def focus_inside(self) -> None:
        """Give the keyboard to the pane."""
        self.rows.focus()

    def show_path(self, path: str) -> None:
        """A jump from another pane leads here with a path."""

    def show_key(self, key: object) -> None:
        """A jump from another pane leads here with a row."""
        self.rows.move_to_key(cast("Any", key))

    # -- title

    def retitle(self, text: str, status: str = "") -> None:
        """Set what stands in the frame: beside the pane's name, and at the bottom right.

        Foreign text in both has passed ``display()``.
        """
        self.title_text = text
        self.refresh_title()
        self._status_text = status
        self.show_status()

    def show_status(self) -> None:
        """The status, and after it where in the list the cursor stands; the status gives way where room is short."""
        position, status = self.position, printable(self._status_text)
        if position and width_of(status) > self.status_room:
            status = elide(status, self.status_room, "end")
        shown = " · ".join(filter(None, (status, position)))
        if shown != self._status:
            self._status = shown
            self._border_subtitle = Content(shown) if shown else None
            self._repaint_border(self.size.height)

    @property
    def status_room(self) -> int:
        """Cells for the status, beside the corners and the position."""
        return max(self.size.width - 4 - (width_of(self.position) + 3 if self.position else 0), 0)

    @property
    def position(self) -> str:
        """Which row the cursor stands on, of how many, as ``12/340``; ``""`` while all of them are in sight."""
        rows = next(iter(self.query(RowList)), None)
        if rows is None or not 1 < rows.size.height <= len(rows.source):
            return ""
        return f"{rows.cursor + 1:,}/{len(rows.source):,}"

    @on(RowList.CursorMoved)
    def _position_changed(self) -> None:
        """Told when the keys rest: a key that is held costs nothing for it."""
        self.show_status()

    def refresh_title(self) -> None:
        """Draw the title anew: the tabs that stand in it may have changed."""
        if not self.size.width:  # before the first layout, which asks again
            return
        tabs = self.explorer.tabs_of(self.SCOPE)
        room = max(self.size.width - 4, 4)  # beside the corners
        if (titled := (self.title_text, tabs, room)) == self._titled:
            return
        self._titled = titled
        named = {scope: f"{PANES.index(scope) + 1} {SCOPES[scope]}" for scope in tabs}
        own = f"{named[self.SCOPE]} · {self.title_text}" if self.title_text else named[self.SCOPE]
        if width_of(own) + sum(len(name) + 3 for scope, name in named.items() if scope != self.SCOPE) > room:
            named = {scope: str(PANES.index(scope) + 1) for scope in tabs}
        rest = sum(len(name) + 3 for scope, name in named.items() if scope != self.SCOPE)
        named[self.SCOPE] = elide(printable(own), max(room - rest, 4), "middle")
        title = " │ ".join(named.values())
        if title != self._title:
            self._title = title
            content = Content(title)
            if len(tabs) > 1:
                at = title.index(named[self.SCOPE])
                content = content.stylize("dim").stylize("not dim bold", at, at + len(named[self.SCOPE]))
            self._border_title = content
            self._repaint_border(-1)

    def _repaint_border(self, y: int) -> None:
        """Draw a line of the frame anew; Textual, told of another title, would draw the whole pane and all in it."""
        self.refresh(Region(-1, y, self.outer_size.width, 1))

    # -- following feeds, and work

    def follow(self, feed: Feed[T], show: Callable[[T], None]) -> None:
        """Call `show` with the feed's value now and with each newer one, while the pane is on the screen."""
        self.follow_stream(feed.watch, show)

    def follow_stream(self, stream: Callable[[], AsyncIterator[T]], show: Callable[[T], None]) -> None:
        """As :meth:`follow`, for any async stream that can be opened again."""

        async def run() -> None:
            iterator = stream()
            try:
                async for value in iterator:
                    if self.is_leaving:
                        return
                    show(value)
                    if self.explorer.focused_scope == self.SCOPE:  # the keys of others are not in the footer
                        self.post_message(FooterChanged())
            finally:
                close: Callable[[], Awaitable[None]] | None = getattr(iterator, "aclose", None)
                if close is not None:
                    await close()

        self._followed.append(run)
        if self.is_on_screen:
            self._start(run)

    @property
    def is_on_screen(self) -> bool:
        """Whether the pane has a place on the screen now."""
        return self.is_attached and self.explorer.is_placed(self.SCOPE)  # is_mounted is False inside on_mount still

    @property
    def is_settling(self) -> bool:
        """Whether keys have to wait a moment, for what they are about to act on is not known yet."""
        return False

    @property
    def is_leaving(self) -> bool:
        """Whether the pane or the program is being closed: its widgets go one by one, and nothing can be shown."""
        return self._pruning or self._closing or self.explorer.is_ending

    def placed(self) -> None:
        """The pane got a place on the screen: begin to follow."""
        if not self._following:
            for run in self._followed:
                self._start(run)
        self.refresh_title()

    def unplaced(self) -> None:
        """The pane lost its place: rest."""
        for task in self._following:
            task.cancel()
        self._following.clear()

    def _start(self, run: Callable[[], Coroutine[Any, Any, None]]) -> None:
        task = asyncio.create_task(run())
        task.add_done_callback(self._ended)
        self._following.append(task)

    def work(self, job: Coroutine[Any, Any, T], then: Callable[[T], None] | None = None) -> asyncio.Task[T]:
        """Run a service call in the background; tell a failure, and hand the result on."""
        task = asyncio.create_task(job)
        self._jobs.add(task)

        def done(task: asyncio.Task[T]) -> None:
            self._jobs.discard(task)
            self._ended(task)
            if self.is_leaving or not self.is_mounted:
                return
            if then is not None and not task.cancelled() and task.exception() is None:
                then(task.result())
            if self.is_mounted:
                self.post_message(FooterChanged())

        task.add_done_callback(done)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        if task.cancelled():
            return
        error = task.exception()
        if error is None or isinstance(error, Abandoned):
            return
        if isinstance(error, OSExplorerError):
            self.say(str(error), problem=True)
        elif isinstance(error, Exception):
            self.app._handle_exception(error)

    def say(self, text: str, problem: bool = False) -> None:
        """Tell the person something; foreign text in it has passed ``display()``."""
        self.post_message(Say(text, problem))

    def on_mount(self) -> None:
        self.call_later(self._begin)

    def _begin(self) -> None:
        """Mounted after it got its place: nobody has told it yet."""
        if self.is_on_screen:
            self.placed()

    def on_unmount(self) -> None:
        self.unplaced()
        for task in self._jobs:
            task.cancel()

    def on_resize(self) -> None:
        self.refresh_title()
        self.show_status()

    # -- filter and sort

    def apply_filter(self, text: str) -> None:
        """Filter the list. The default does so for a table held in memory."""
        source = self.rows.source
        if isinstance(source, TableSource):
            source.set_filter(text)
            self.rows.rows_changed()

    def apply_sort(self, column: Column) -> None:
        """Sort the list as asked. The default does so for a table held in memory."""
        source = self.rows.source
        if isinstance(source, TableSource):
            name, reverse = next_sort(self.rows, column)
            source.set_sort(name, reverse)
            self.rows.set_sort(name, reverse)
            self.rows.rows_changed()

    @on(RowList.FilterRequested)
    def _open_filter(self, event: RowList.FilterRequested) -> None:
        event.stop()
        if (line := self._filter_line) is None:
            from osexplorer.ui.filter_line import FilterLine

            line = self._filter_line = FilterLine(self._filter_changed, self.close_filter, self.FILTER_HINT)
            self.mount(line)
        line.display = True
        line.value = self.filter_text
        line.cursor_position = len(line.value)
        line.focus()

    def _filter_changed(self, text: str) -> None:
        if text != self.filter_text:
            self.filter_text = text
            self.apply_filter(text)

    def close_filter(self) -> None:
        """Leave the filter line; it stays in sight while it filters."""
        if (line := self._filter_line) is not None:
            self._filter_changed(line.value)
            line.display = bool(line.value)
        self.focus_inside()

    def drop_filter(self) -> None:
        """The list is another one: what was typed for the one before does not filter it."""
        self.filter_text = ""
        if (line := self._filter_line) is not None and line.display:
            focused = line.has_focus
            line.value = ""
            line.display = False
            if focused:
                self.focus_inside()

    @on(RowList.SortRequested)
    def _sort_requested(self, event: RowList.SortRequested) -> None:
        event.stop()
        if event.column is not None:
            self.apply_sort(event.column)
            return
        from osexplorer.ui.dialogs.sort import SortMenu

        rows = self.rows

        def chosen(column: Column | None) -> None:
            if column is not None:
                self.apply_sort(column)

        self.app.push_screen(SortMenu(rows.columns, rows.sort_column, rows.sort_reverse), chosen)

    @on(RowList.MarkRequested)
    def _mark_requested(self, event: RowList.MarkRequested) -> None:
        event.stop()
        from osexplorer.ui.dialogs.mark import ask_to_mark

        ask_to_mark(self.rows, event.mark)

    def can_clear(self) -> bool:
        return bool(self.filter_text) or bool(self.rows.marks)

    def action_clear(self) -> None:
        """``Esc``: marks first, then the filter."""
        if self.rows.marks:
            self.rows.clear_marks()
        elif self._filter_line is not None:
            self._filter_line.value = ""
            self.close_filter()
