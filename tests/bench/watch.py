"""A program under a pseudo-terminal, timed by its bytes; to emulate a screen would take longer than what is timed."""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

import psutil
import pyte

from tests.pty.emulator import ANSWERS, Emulator

_ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][A-Z0-9]|[=>78])")


class NotMeasured(Exception):
    """The program did not do what was waited for; the text says what."""


class Watched:
    """A running program.

    Attributes:
        started: `time.perf_counter` right before it was started.
        data: all it has printed.
        pieces: for each piece of it when it came, and where in `data` it ends.
    """

    def __init__(self, argv: Sequence[str], size: tuple[int, int], cwd: str, home: str) -> None:
        columns, rows = size
        self.size = size
        self.pieces: list[tuple[float, int]] = []
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": home,
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LC_ALL": "C.UTF-8",
            "SHELL": "/bin/sh",
        }
        self.data = b""
        self.started = time.perf_counter()
        self._process = subprocess.Popen(
            argv,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=cwd,
            env=environment,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._tree():
            with suppress(psutil.Error):
                process.send_signal(signal.SIGKILL)
        self._process.wait()
        os.close(self._master)

    def read(self, timeout: float) -> bytes:
        """What is printed within `timeout` seconds, answering what a terminal answers; ``b""`` for nothing."""
        if not select.select([self._master], [], [], timeout)[0]:
            return b""
        try:
            data = os.read(self._master, 1 << 16)
        except OSError:  # Linux: EIO once the program has closed its side
            raise NotMeasured(f"it ended; its last words: {self._last_words()}") from None
        for query, answer in ANSWERS:
            if query in data:
                os.write(self._master, answer)
        self.data += data
        self.pieces.append((time.perf_counter(), len(self.data)))
        return data

    def until(self, text: bytes, deadline: float = 20.0) -> float:
        """Seconds from the start until `text` was printed."""
        searched = 0
        while self.data.find(text, searched) < 0:
            searched = max(0, len(self.data) - len(text))
            if time.perf_counter() - self.started > deadline:
                raise NotMeasured(f"{text.decode()} was not shown; its last words: {self._last_words()}")
            self.read(0.5)
        return time.perf_counter() - self.started

    def until_listed(self, names: Sequence[str], deadline: float = 20.0) -> float:
        """Seconds from the start until these names stood one below the other on the screen."""
        while True:
            self.until_quiet(0.5, 3.0)
            if all(name.encode() in self.data for name in names):
                for when, screen in self.screens():
                    if _listed(names, screen.display):
                        return when - self.started
            if time.perf_counter() - self.started > deadline:
                raise NotMeasured(f"not listed within {deadline:g} s; its last words: {self._last_words()}")

    def screens(self) -> Iterator[tuple[float, pyte.Screen]]:
        """What was on the screen, and from when on. To emulate it takes time: the program ought to rest."""
        emulator, begin, done = Emulator(*self.size), 0, 0
        while done < len(self.pieces):
            when, end = self.pieces[done]
            emulator.feed(self.data[begin:end])
            begin, done = end, done + 1
            if not emulator.in_update:
                yield when, emulator.screen

    def until_quiet(self, seconds: float, deadline: float = 20.0) -> None:
        """Read until nothing came for so many seconds."""
        end = time.perf_counter() + deadline
        while self.read(seconds) and time.perf_counter() < end:
            pass

    def key(self, keys: bytes, quiet: float = 0.001) -> float | None:
        """Type; seconds until the first frame that it made the program print had come, None when there was none."""
        begin = time.perf_counter()
        os.write(self._master, keys)
        last = None
        wait = 0.5
        while self.read(wait):
            last = time.perf_counter() - begin
            wait = quiet
        return last

    @property
    def down(self) -> bytes:
        """What a terminal sends for the cursor key, in the mode that the program has set."""
        return b"\x1bOB" if self.data.rfind(b"\x1b[?1h") > self.data.rfind(b"\x1b[?1l") else b"\x1b[B"

    def type(self, keys: bytes) -> None:
        os.write(self._master, keys)

    def cpu_seconds(self) -> float:
        """User and system time of the program and its descendants so far."""
        total = 0.0
        for process in self._tree():
            with suppress(psutil.Error):
                times = process.cpu_times()
                total += times.user + times.system
        return total

    def most_memory(self) -> float:
        """Bytes that the program and its descendants have held at most, each for itself (VmHWM, proc_pid_status(5))."""
        total = 0
        for process in self._tree():
            with suppress(OSError), open(f"/proc/{process.pid}/status") as file:
                total += next((int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM:")), 0)
        return total

    @property
    def pid(self) -> int:
        """Of the program."""
        return self._process.pid

    def descendants(self) -> list[psutil.Process]:
        """What the program has started, and what that has started."""
        return self._tree()[:-1]

    def _tree(self) -> list[psutil.Process]:
        try:
            process = psutil.Process(self._process.pid)
            return [*process.children(recursive=True), process]
        except psutil.Error:
            return []

    def _last_words(self) -> str:
        return repr(_ESCAPES.sub(b"", self.data)[-200:].decode("utf-8", "replace"))


def _listed(names: Sequence[str], lines: Sequence[str]) -> bool:
    """Whether the names stand one below the other, the first perhaps elsewhere too."""
    return any(
        all(name in line for name, line in zip(names, lines[first:], strict=False))
        for first in range(len(lines) - len(names) + 1)
    )
