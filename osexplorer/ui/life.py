"""The life of the app: how it is run, how it ends, what an unexpected error becomes."""

from __future__ import annotations

import asyncio
import gc
from typing import Any, ClassVar

from rich.console import RenderableType
from textual.app import App, ReturnType
from textual.binding import Binding, BindingType
from textual.css.query import NoMatches
from textual.driver import Driver as TextualDriver
from textual.notifications import Notifications
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import MountError
from textual.worker import WorkerFailed

from osexplorer.model.errors import Abandoned
from osexplorer.services.turns import new_loop
from osexplorer.ui import crash
from osexplorer.ui.driver import Driver
from osexplorer.ui.timers import sure

_COLLECT_AFTER = 3.0
"""Seconds without the garbage collector, at most: a tenth of the time to the first frame went into looking for garbage.
The app enables it when all that stays is there."""
_REPORTS_OF_TASKS = 3
"""Reports written for errors in the background, at most; one that repeats says nothing new."""


class TerminalApp(App[ReturnType]):
    """An app that restores its terminal at every end, and shows nobody a traceback."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+z", "suspend_process", "Stop", show=False, priority=True, id="app.suspend")  # in dialogs too
    ]
    background_errors = 0
    _not_painted: Screen[Any] | None = None

    @property
    def is_ending(self) -> bool:
        """Whether the app was asked to exit, or is being closed."""
        return self._exit or not self.is_running

    def get_driver_class(self) -> type[TextualDriver]:
        return Driver

    async def _process_messages(self, *args: Any, **options: Any) -> None:
        """As Textual's, with tasks that begin at the next turn of the loop, on every Python: from 3.12 on Textual has
        them begin at once, inside ``create_task``, before whoever makes one has kept it."""
        asyncio.get_running_loop().set_task_factory(None)
        await super()._process_messages(*args, **options)

    def set_timer(self, *args: Any, **options: Any) -> Timer:
        """As Textual's, with timers that fire: the one that follows a change of the terminal's size did not when the
        machine was busy, and that size was lost with every later one."""
        return sure(super().set_timer(*args, **options))

    def _check_resize(self) -> None:
        """As Textual's, which paints nothing when the terminal has its old size again: what was cut off on the way
        there is lost."""
        super()._check_resize()
        if isinstance(driver := self._driver, Driver) and driver.was_resized and self._resize_event is None:
            driver.was_resized = False
            self.screen.refresh()

    async def _check_bindings(self, key: str, priority: bool = False) -> bool:
        """As Textual's, except where a widget takes every key: the terminal of a child, whose programs have keys that
        are bound here."""
        if priority and getattr(self.focused, "takes_every_key", False):
            return False
        return await super()._check_bindings(key, priority)

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        if self._batch_count and renderable is not None:
            self._not_painted = screen
        elif isinstance(driver := self._driver, Driver):
            with driver.one_write():
                super()._display(screen, renderable)
        else:
            super()._display(screen, renderable)

    def _end_batch(self) -> None:
        """As Textual's, which forgets a frame that was ready in the meantime (8.2.8): a size that came while widgets
        were being mounted was never painted."""
        super()._end_batch()
        if self._not_painted is not None and not self._batch_count:
            self._not_painted.refresh()
            self._not_painted = None

    def _refresh_notifications(self) -> None:
        """As Textual's, except that a dialog shows only what was told since it was opened: what was told before would
        cover the question, and comes back when the dialog is closed, for the time that it has left."""
        since = getattr(self.screen, "opened_at", 0.0) if self.screen_stack else 0.0
        kept, shown = self._notifications, Notifications()
        for notice in kept:
            if notice.raised_at >= since:
                shown.add(notice)
        self._notifications = shown
        try:
            super()._refresh_notifications()
        finally:
            self._notifications = kept

    def action_suspend_process(self) -> None:
        """Stop, as Ctrl+Z does to other programs; says so where no shell could continue us."""
        if isinstance(self._driver, Driver) and not self._driver.stop():
            self.notify("No shell started this program, so none could continue it", markup=False)

    def _handle_exception(self, error: Exception) -> None:
        """While the app is being closed its widgets go one by one; a handler that misses one, or would add to one, has
        nothing left to do."""
        cause = error.error if isinstance(error, WorkerFailed) else error
        if not (self.is_ending and isinstance(cause, NoMatches | MountError)):
            super()._handle_exception(error)

    async def leave(self) -> None:
        """The app has ended, whatever the reason, and its terminal is restored: see to what goes on without it."""

    def _fatal_error(self) -> None:
        """Textual prints a traceback with all local variables here, secrets included; `run` writes a report."""
        self._close_messages_no_wait()

    def panic(self, *renderables: RenderableType) -> None:
        """Textual's way out after an error; the report stands in for what it would print."""
        if self._exception is None:
            self._exception = RuntimeError(" ".join(map(str, renderables)))
        self._close_messages_no_wait()

    def background_error(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """An error in a task that nobody awaited: asyncio would print it over the screen."""
        error = context.get("exception")
        if isinstance(error, Abandoned):  # a task that was going on at the end: given up, as it should be
            return
        if not isinstance(error, Exception) or self.background_errors >= _REPORTS_OF_TASKS:
            return
        self.background_errors += 1
        try:
            text = f"An error was recorded in {crash.write_report(error)}"
        except OSError:
            text = f"An error could not be recorded: {crash.summary(error)}"
        if self.is_running:
            self.notify(text, severity="error", markup=False)


def run(app: TerminalApp[Any], *, mouse: bool = True) -> int:
    """Run the app to its end and return the exit status.

    That is the app's return code; 128 plus the number of a signal that ended it; 70 after an unexpected error, of which
    a report was then written and two lines printed.
    """

    async def life() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(app.background_error)
        loop.call_later(_COLLECT_AFTER, gc.enable)
        try:
            await app.run_async(mouse=mouse)
        finally:
            await app.leave()

    failure: Exception | None = None
    try:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(life())
    except Exception as caught:  # noqa: BLE001 - the last place where the terminal can be restored and the error told
        failure = caught
    driver = app._driver
    if isinstance(driver, Driver):
        driver.release()
    if (error := app._exception or failure) is not None:
        return crash.tell(error)
    if isinstance(driver, Driver) and driver.ending.status is not None:
        return driver.ending.status
    return app.return_code or 0
