"""A small app on our driver, for the tests of the driver; one key a situation. ``python -m tests.pty.sample``."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import time
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Key, Resize
from textual.screen import ModalScreen
from textual.widgets import Label, Static

from osexplorer.ui.driver import suspended
from osexplorer.ui.life import TerminalApp, run

SECRET = "secret-of-a-local-variable"


class Dialog(ModalScreen[None]):
    def compose(self) -> ComposeResult:
        yield Label("DIALOG")


class Sample(TerminalApp[int]):
    ENABLE_COMMAND_PALETTE = False
    CSS = "Dialog { align: center middle; } #said { height: 2; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "exit"),
        Binding("x", "crash"),
        Binding("t", "crash_in_task"),
        Binding("b", "busy"),
        Binding("n", "nap"),
        Binding("f", "flood"),
        Binding("h", "hang_at_exit"),
        Binding("d", "dialog"),
        Binding("l", "lend_to_child"),
        Binding("e", "lend_to_failure"),
        Binding("r", "lend_to_wrecker"),
        Binding("s", "lend_to_sleep"),
    ]
    said = ""
    before = "none"
    hanging = False

    def compose(self) -> ComposeResult:
        yield Static("", id="ready", markup=False)
        yield Static("", id="said", markup=False)

    def on_mount(self) -> None:
        self.query_one("#ready", Static).update(f"READY {self.size.width}x{self.size.height}")

    def on_resize(self, event: Resize) -> None:
        self.query_one("#ready", Static).update(f"READY {event.size.width}x{event.size.height}")

    def on_key(self, event: Key) -> None:
        self.say(f"key {event.key} after {self.before}")
        self.before = event.key

    def say(self, text: str) -> None:
        self.query_one("#said", Static).update(text)

    def action_exit(self) -> None:
        self.exit()

    def action_crash(self) -> None:
        kept = SECRET  # noqa: F841 - what must not be in the report
        raise ValueError("unexpected\x1b]0;title\x07")

    def action_crash_in_task(self) -> None:
        async def fail() -> None:
            raise KeyError("task")

        asyncio.create_task(fail())  # noqa: RUF006 - its being lost is the point
        asyncio.get_running_loop().call_later(0.05, gc.collect)  # from Python 3.13 on it is part of a circle

    def action_busy(self) -> None:
        self.call_later(self._be_busy, 30)

    def action_nap(self) -> None:
        self.set_timer(0.5, lambda: self._be_busy(1))  # when all is painted

    def _be_busy(self, seconds: float) -> None:
        sys.__stdout__.write("\x1b]0;BUSY\x07")  # type: ignore[union-attr]
        sys.__stdout__.flush()  # type: ignore[union-attr]
        time.sleep(seconds)

    def action_flood(self) -> None:
        while True:
            self._driver.write("FLOOD" * 1000)  # type: ignore[union-attr]

    def action_hang_at_exit(self) -> None:
        self.hanging = True
        self.exit(return_code=5)

    def on_unmount(self) -> None:
        if self.hanging:
            time.sleep(30)

    def action_dialog(self) -> None:
        self.push_screen(Dialog())

    def action_lend_to_child(self) -> None:
        done = suspended(self, lambda: subprocess.run(["sh", "-c", "echo BORROWED; read line; exit 3"], check=False))
        self.say(f"got {done.returncode}" if isinstance(done, subprocess.CompletedProcess) else repr(done))

    def action_lend_to_failure(self) -> None:
        done = suspended(self, lambda: subprocess.run(["/nonexistent"], check=True))
        self.say(f"got {type(done).__name__}")

    def action_lend_to_wrecker(self) -> None:
        wreck = "stty raw -echo; printf '\\033[?1049h\\033[?25l'; echo WRECKED; kill -9 $$"
        done = suspended(self, lambda: subprocess.run(["sh", "-c", wreck], check=False))
        self.say(f"got {getattr(done, 'returncode', done)}")

    def action_lend_to_sleep(self) -> None:
        done = suspended(self, lambda: subprocess.run(["sh", "-c", "echo BORROWED; exec sleep 60"], check=False))
        self.say(f"got {getattr(done, 'returncode', done)}")


if __name__ == "__main__":
    raise SystemExit(run(Sample()))
