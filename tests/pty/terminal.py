"""A program in a real pseudo-terminal, with an emulator that says what a person would see.

    with Terminal(["osexplorer"], columns=100, rows=30) as terminal:
        terminal.wait_for("Files")
        terminal.type("q")
        assert terminal.exit_status() == 0
        assert terminal.unrestored() == []

Nothing sleeps: every wait is for bytes, or for the end of the process, with a deadline as the failure path.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import struct
import subprocess
import termios
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import psutil

from tests.pty.emulator import Emulator, left_set
from tests.waiting import DEADLINE

_MARK = "TERMINAL_TEST"
"""Variable by which everything that a test started is found again, sessions of their own included."""

KEYS = {
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "backtab": "\x1b[Z",
    "backspace": "\x7f",
    "f1": "\x1bOP",
    "ctrl+c": "\x03",
    "ctrl+u": "\x15",
    "ctrl+z": "\x1a",
}


class Terminal:
    """Runs `argv` as the leader of a session of its own, on a terminal of the given size.

    Args:
        env: added to a small environment; a value of None takes a variable out.
        cwd: where it starts.
        preexec: called in the child before `argv` is executed, to give up a user, a limit, a terminal.
    """

    def __init__(
        self,
        argv: Sequence[str | bytes],
        columns: int = 80,
        rows: int = 24,
        env: Mapping[str, str | None] | None = None,
        cwd: str | os.PathLike[str] | None = None,
        preexec: Callable[[], object] | None = None,
    ) -> None:
        self.emulator = Emulator(columns, rows)
        self.raw = b""
        self._mark = uuid.uuid4().hex
        self._master, self._slave = os.openpty()
        self.resize(columns, rows)
        self.before = termios.tcgetattr(self._slave)

        def become_its_terminal() -> None:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
            if preexec is not None:
                preexec()

        self.process: subprocess.Popen[bytes] = subprocess.Popen(
            argv,
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            start_new_session=True,
            env=_environment(env or {}) | {_MARK: self._mark},
            cwd=cwd,
            preexec_fn=become_its_terminal,
        )
        self._exit = os.pidfd_open(self.process.pid) if hasattr(os, "pidfd_open") else -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- what a person does

    def type(self, *keys: str | bytes) -> None:
        """Type text, bytes, or the keys named in `KEYS`, in angle brackets: ``type("!ls", "<enter>")``."""
        for key in keys:
            if isinstance(key, str):
                named = KEYS.get(key[1:-1]) if key.startswith("<") and key.endswith(">") else None
                key = (named or key).encode("utf-8", "surrogateescape")
            while key:
                key = key[os.write(self._master, key) :]

    def resize(self, columns: int, rows: int) -> None:
        """Change the size of the terminal; its foreground processes get SIGWINCH."""
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.emulator.resize(columns, rows)

    def signal(self, number: int) -> None:
        """Send a signal to the process."""
        os.kill(self.process.pid, number)

    def hang_up(self) -> None:
        """Take the terminal away, as a closed window does."""
        self.pump(0)
        os.close(self._master)
        self._master = -1

    # -- what a person sees

    def screen_text(self) -> str:
        """The rows of the screen, without the spaces at their ends."""
        return self.emulator.text()

    def wait_for(self, what: str | Callable[[str], object], deadline: float = DEADLINE, why: str = "") -> str:
        """Wait until a text is on the screen, or a condition on its text holds; returns the text of the screen."""
        seen: Callable[[str], object] = (lambda text: what in text) if isinstance(what, str) else what
        end = time.monotonic() + deadline
        while self.emulator.in_update or not seen(text := self.screen_text()):
            if not self.pump(0.1) and not self.alive() and not self.pump(0):
                raise AssertionError(f"ended with {self.process.returncode} before {why or what!r}:\n{self._framed()}")
            if time.monotonic() > end:
                raise AssertionError(f"waited {deadline:g} s in vain for {why or what!r}:\n{self._framed()}")
        return text

    def wait_until(self, condition: Callable[[], object], what: str, deadline: float = DEADLINE) -> None:
        """Wait for something outside of the screen, showing what arrives meanwhile."""
        end = time.monotonic() + deadline
        while not condition():
            self.pump(0.01)
            if time.monotonic() > end:
                raise AssertionError(f"waited {deadline:g} s in vain for {what}:\n{self._framed()}")

    def wait_for_bytes(self, needle: bytes, since: int = 0, deadline: float = DEADLINE) -> None:
        """Wait until `needle` has arrived after the first `since` bytes."""
        self.wait_until(lambda: self.raw.find(needle, since) >= 0, repr(needle), deadline)

    def exit_status(self, deadline: float = DEADLINE) -> int:
        """Wait for the end of the process; its status, negative for the signal that killed it."""
        end = time.monotonic() + deadline
        while self.alive():
            self.pump(0.1)
            if time.monotonic() > end:
                raise AssertionError(f"still running after {deadline:g} s:\n{self._framed()}")
        while self.pump(0):
            pass
        return self.process.wait()

    def unrestored(self) -> list[str]:
        """What the program has not put back, in words; empty when the terminal is as it was."""
        faults = left_set(self.raw)
        after = termios.tcgetattr(self._slave)
        names = ("input", "output", "control", "local")
        faults += [
            f"{name} flags changed" for name, old, new in zip(names, self.before, after, strict=False) if old != new
        ]
        return faults

    def restored(self) -> bool:
        """Whether the terminal is as it was."""
        return not self.unrestored()

    # -- inner workings

    def alive(self) -> bool:
        """Whether the process has not ended."""
        return self.process.poll() is None

    def pump(self, timeout: float) -> int:
        """Show what the program prints within `timeout` seconds; returns how many bytes came."""
        watched = [descriptor for descriptor in (self._master, self._exit) if descriptor >= 0]
        ready = select.select(watched, [], [], timeout)[0]
        if self._master not in ready:
            return 0
        data = os.read(self._master, 1 << 16)
        self.raw += data
        if answer := self.emulator.feed(data):
            os.write(self._master, answer)
        return len(data)

    def close(self) -> None:
        """Kill all that was started here, and close the terminal."""
        for process in self._all_processes():
            with suppress(psutil.Error):
                process.send_signal(signal.SIGKILL)
        self.process.wait()
        for descriptor in (self._master, self._slave, self._exit):
            if descriptor >= 0:
                os.close(descriptor)

    def _all_processes(self) -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                if process.pid != os.getpid() and process.environ().get(_MARK) == self._mark:
                    found.append(process)
        if self.process.poll() is None:
            found.append(psutil.Process(self.process.pid))
        return found

    def _framed(self) -> str:
        width = self.emulator.screen.columns
        rows = [f"|{row:<{width}}|" for row in self.emulator.screen.display]
        return "\n".join(["+" + "-" * width + "+", *rows, "+" + "-" * width + "+"])


def _environment(extra: Mapping[str, str | None]) -> dict[str, str]:
    names = ("PATH", "HOME", "TZ", "TMPDIR", "VIRTUAL_ENV")
    environment: dict[str, Any] = {name: os.environ[name] for name in names if name in os.environ}
    environment |= {
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LC_ALL": "C.UTF-8",
        "TEXTUAL_ANIMATIONS": "none",
    }
    environment |= extra
    return {name: value for name, value in environment.items() if value is not None}
