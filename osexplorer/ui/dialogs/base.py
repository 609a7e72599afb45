"""What every dialog is: a frame with a title over the screen, closed by ``Esc``, with its keys along the bottom."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any, ClassVar, TypeVar

from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from osexplorer.model.display import printable
from osexplorer.ui.life import TerminalApp

Answer = TypeVar("Answer")


class Text(Static):
    """Lines of text, never markup. Foreign text in it has passed ``display()``."""

    DEFAULT_CSS = "Text { height: auto; width: 1fr; }"

    def __init__(self, text: str = "", *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(_content(text), id=id, classes=classes, markup=False)

    def show(self, text: str) -> None:
        """Replace the text. The screen is laid out anew only where that takes another height."""
        content = _content(text)
        width = self.content_size.width
        fixed = width > 0 and self.styles.width is not None and not self.styles.width.is_auto
        fits = fixed and content.get_height(self.styles.get_rules(), width) == self.content_size.height
        self.update(content, layout=not fits)


def _content(text: str) -> Content:
    return Content("\n".join(printable(line) for line in text.split("\n")))


class Dialog(ModalScreen[Answer]):
    """A question. Override :meth:`body`; dismiss with the answer, or with None for "no".

    Attributes:
        HINTS: what its keys do, shown at the bottom.
    """

    HINTS: ClassVar[str] = "Esc close"
    WIDE: ClassVar[bool] = False
    """Whether it takes most of the screen, as a text to read does."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", "Close", show=False)]
    DEFAULT_CSS = """
    Dialog { align: center middle; background: $background 50%; }
    Dialog > #frame {
        width: 72; max-width: 95%; height: auto; max-height: 90%;
        border: round $primary; border-title-color: $primary; border-title-style: bold;
        border-subtitle-color: $muted;
        background: $surface; padding: 0 1;
    }
    Dialog.-wide > #frame { width: 95%; height: 90%; }
    Dialog.-wide > #frame.-short { height: auto; }
    Dialog:nocolor > #frame { border: heavy $foreground; }
    Dialog > ToastRack { dock: top; align: right top; margin-bottom: 0; }
    Dialog Toast { width: auto; max-width: 100%; margin-top: 0; padding: 0 1; }
    Dialog .problem { color: $error; }
    Dialog .hint { color: $muted; }
    """

    def __init__(self, title: str) -> None:
        super().__init__(classes="-wide" if self.WIDE else None)
        self.dialog_title = title
        self.opened_at = time.time()
        """What was told before this moment is not shown over the dialog; see the app."""
        self._jobs: set[asyncio.Task[None]] = set()

    def compose(self) -> ComposeResult:
        with Vertical(id="frame") as frame:
            frame.border_title = Content(printable(self.dialog_title))
            frame.border_subtitle = Content(self.HINTS)
            yield from self.body()

    def body(self) -> ComposeResult:
        """The widgets inside the frame."""
        yield Widget()

    def retitle(self, title: str, hints: str | None = None) -> None:
        """Change the title, and the hints where given."""
        frame = self.query_one("#frame")
        frame.border_title = Content(printable(title))
        if hints is not None:
            frame.border_subtitle = Content(printable(hints))

    def tell(self, problem: str) -> None:
        """Say in the `Text` ``#problem`` what is wrong; ``""`` for nothing."""
        text = self.query_one("#problem", Text)
        text.show(problem)
        text.display = bool(problem)

    # -- work in the background

    def begin(self, job: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a job as long as the dialog is there, and no longer: what it would show has no place any more."""
        task = asyncio.create_task(job)
        self._jobs.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._jobs.discard(task)
        if task.cancelled() or (error := task.exception()) is None:
            return
        app = self.app
        if isinstance(app, TerminalApp) and not (self._closing or self._pruning or app.is_ending):
            app.background_error(task.get_loop(), {"exception": error})

    def _end_jobs(self) -> None:
        current = asyncio.current_task()
        for task in self._jobs:
            if task is not current:
                task.cancel()

    def dismiss(self, result: Answer | None = None) -> AwaitComplete:
        """Close, with the answer; jobs end before the first widget goes."""
        self._end_jobs()
        return super().dismiss(result)

    def on_unmount(self) -> None:
        self._end_jobs()

    def action_close(self) -> None:
        self.dismiss(None)
