"""Reading what children write: one thread, all pipes, bounded memory and a bounded share of the processor."""

from __future__ import annotations

import contextlib
import os
import queue
import selectors
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from osexplorer.model.errors import errno_name
from osexplorer.model.output import OutputStream, OutputView
from osexplorer.system.output_store import SPILL, OutputStore
from osexplorer.system.spill import SpillFile

NOTIFY_SECONDS = 0.05
"""Readers are told of new output at most this often, but for the first of a child."""

BUDGET = 4 * 1024 * 1024
"""Bytes read from one pipe in that time. A child that writes faster waits, as it would for a terminal."""

_READ = 256 * 1024


class OutputNews(NamedTuple):
    """What has changed about one child's output."""

    id: int
    total: int
    dropped: int
    open: bool
    """Whether somebody can still write to one of its pipes."""
    problem: str = ""
    """Why the file that all of it goes to as well gets no more; ``""`` while it does."""


Tap = Callable[[bytes], None]
"""Is called in the pumping thread with all that a child writes, as it comes. Slow ones slow their child down, and no
other: the time they take counts as if that much had been read."""

TAP_READ = 16 * 1024
"""Bytes read at once for a tap."""

TAP_SECONDS = 0.02
"""How long a tap may work in the time of a budget."""


class _Source:
    """One child's pipes and what came out of them."""

    __slots__ = ("inodes", "lock", "open", "problem", "store", "tap", "tee", "told", "written")

    def __init__(self, directory: str | None) -> None:
        self.lock = threading.Lock()
        self.store = OutputStore(spill=SpillFile(SPILL, directory))
        self.open: dict[int, OutputStream] = {}
        self.tee = -1
        self.tap: Tap | None = None
        self.written = 0
        """Bytes that the file has got."""
        self.problem = ""
        self.told = False
        self.inodes: frozenset[int] = frozenset()

    def close_tee(self) -> None:
        """Close the file that the output goes to as well."""
        if self.tee >= 0:
            os.close(self.tee)
            self.tee = -1

    def hand_on(self, data: bytes) -> int:
        """Give the file and the tap what was read; returns for how many bytes more that counts."""
        if self.tee >= 0:
            try:
                rest = memoryview(data)
                while rest:
                    wrote = os.write(self.tee, rest)
                    self.written += wrote
                    rest = rest[wrote:]
            except OSError as error:  # the disk is full: the output is kept here
                self.problem = f"{errno_name(error.errno or 0)} after {self.written:,} bytes"
                self.close_tee()
        if self.tap is None:
            return 0
        begin = time.monotonic()
        self.tap(data)
        return int((time.monotonic() - begin) / TAP_SECONDS * BUDGET)


class OutputReader:
    """Reads the pipes of all children. :meth:`pump` runs in a thread of its own; the rest is called from anywhere.

    Args:
        directory: where output goes that memory has no room for; the directory for temporary files when None.
    """

    def __init__(self, directory: str | None = None) -> None:
        self._directory = directory
        self._lock = threading.Lock()
        self._sources: dict[int, _Source] = {}
        self._new: list[tuple[int, int]] = []
        self._closing: list[int] = []
        self._releasing: list[tuple[int, queue.SimpleQueue[list[int]]]] = []
        self._ended = False
        self._waker, self._wake_end = os.pipe()
        os.set_blocking(self._wake_end, False)

    def add(self, id: int, out_fd: int, err_fd: int, *, tee_fd: int = -1, tap: Tap | None = None) -> None:
        """Read these two from now on; they are closed when their writers have gone, or by :meth:`discard`.

        Args:
            err_fd: -1 where errors come with the output, as on a terminal.
            tee_fd: a file that everything is written to as well, closed with them.
            tap: gets everything as well.
        """
        source = _Source(self._directory)
        source.open = {out_fd: OutputStream.OUT} | ({err_fd: OutputStream.ERR} if err_fd >= 0 else {})
        source.tee, source.tap = tee_fd, tap
        source.inodes = frozenset(os.fstat(fd).st_ino for fd in source.open if not os.isatty(fd))
        with self._lock:
            self._sources[id] = source
            self._new += [(fd, id) for fd in source.open]
        self._wake()

    def discard(self, id: int) -> None:
        """Forget a child and close its pipes: who still writes to them gets SIGPIPE."""
        with self._lock:
            source = self._sources.pop(id, None)
            if source is not None:
                with source.lock:
                    self._closing += source.open
                    source.open = {}
                    source.close_tee()
                    source.store.close()
        self._wake()

    def release(self, id: int) -> list[int]:
        """Read the pipes of a child no longer, and return those still open; the caller closes them."""
        answer: queue.SimpleQueue[list[int]] = queue.SimpleQueue()
        with self._lock:
            if self._ended:
                return []
            self._releasing.append((id, answer))
        self._wake()
        return answer.get()  # from the pumping thread, for only that knows that it is not in read(2)

    def take_tee(self, id: int) -> int:
        """The file that a child's output goes to as well, which the caller closes; -1 where there is none, or where it
        could not be written any more."""
        source = self._sources.get(id)
        if source is None:
            return -1
        with source.lock:
            fd, source.tee = source.tee, -1
        return fd

    def view(self, id: int) -> OutputView:
        """What is kept of a child's output now."""
        source = self._sources.get(id)
        if source is None:
            return OutputView()
        return source.store.view()

    def pipes(self, id: int) -> frozenset[int]:
        """The inodes of the pipes of a child that are still open."""
        source = self._sources.get(id)
        return source.inodes if source is not None and source.open else frozenset()

    def stop(self) -> None:
        """Let :meth:`pump` close everything and return."""
        self._ended = True
        self._wake()

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError, OSError):
            os.write(self._wake_end, b"x")

    def pump(self, notify: Callable[[list[OutputNews]], None]) -> None:
        """Read until :meth:`stop`. `notify` is called in this thread, every 50 ms at most."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._waker, selectors.EVENT_READ, None)
            try:
                self._read(selector, notify)
            finally:
                with self._lock:
                    self._ended = True
                    for _, answer in self._releasing:
                        answer.put([])
                    for source in self._sources.values():
                        for fd in source.open:
                            os.close(fd)
                        source.open = {}
                        source.close_tee()
                        source.store.close()
                os.close(self._waker)
                os.close(self._wake_end)

    def _read(self, selector: selectors.BaseSelector, notify: Callable[[list[OutputNews]], None]) -> None:
        changed: set[int] = set()
        spent: dict[int, int] = {}  # bytes read from a pipe since the last notice
        resting: list[tuple[int, int]] = []  # pipes whose budget is used up
        notice = 0.0
        while not self._ended:
            now = time.monotonic()
            if now >= notice and (changed or resting or spent):
                if changed:
                    notify([self._news(id) for id in changed])
                for fd, id in resting:
                    if self._reads(fd, id):
                        selector.register(fd, selectors.EVENT_READ, id)
                changed, spent, resting = set(), {}, []
                notice = now + NOTIFY_SECONDS
            timeout = max(notice - now, 0.0) if changed or resting else None
            for key, _ in selector.select(timeout):
                if key.data is None:
                    os.read(self._waker, 4096)
                    changed |= self._take_requests(selector)
                    continue
                fd, id = key.fd, key.data
                if not self._reads(fd, id):  # closed by a request taken just before
                    continue
                got = self._read_one(fd, id)
                changed.add(id)
                if got and self._is_first(id):
                    notify([self._news(id)])
                if not got:
                    selector.unregister(fd)
                    self._close(fd, id)
                    continue
                spent[fd] = spent.get(fd, 0) + got
                if spent[fd] >= BUDGET:
                    selector.unregister(fd)
                    resting.append((fd, id))

    def _is_first(self, id: int) -> bool:
        """Whether this is the first that a child has written, which is told without delay."""
        source = self._sources.get(id)
        if source is None or source.told:
            return False
        source.told = True
        return True

    def _reads(self, fd: int, id: int) -> bool:
        source = self._sources.get(id)
        return source is not None and fd in source.open

    def _take_requests(self, selector: selectors.BaseSelector) -> set[int]:
        with self._lock:
            new, self._new = self._new, []
            closing, self._closing = self._closing, []
            releasing, self._releasing = self._releasing, []
        for fd in closing:
            with contextlib.suppress(KeyError):  # resting, or not taken up yet
                selector.unregister(fd)
            os.close(fd)
        for id, answer in releasing:
            source = self._sources.get(id)
            released: list[int] = []
            if source is not None:
                with source.lock:
                    released, source.open = list(source.open), {}
            for fd in released:
                with contextlib.suppress(KeyError):
                    selector.unregister(fd)
            answer.put(released)
        for fd, id in new:
            if self._reads(fd, id):
                selector.register(fd, selectors.EVENT_READ, id)
        return {id for _, id in new}

    def _read_one(self, fd: int, id: int) -> int:
        source = self._sources.get(id)
        try:
            data = os.read(fd, TAP_READ if source is not None and source.tap is not None else _READ)
        except BlockingIOError:  # a terminal, which is never waited for
            return 1
        except OSError:  # a terminal whose other end has gone, or a device error: nothing more will come
            return 0
        if not data or source is None:
            return len(data)
        with source.lock:
            source.store.append(data, source.open[fd], time.time_ns())
            return len(data) + source.hand_on(data)

    def _close(self, fd: int, id: int) -> None:
        source = self._sources.get(id)
        if source is not None:
            with source.lock:
                if source.open.pop(fd, None) is not None:
                    os.close(fd)
                if not source.open:
                    source.close_tee()

    def _news(self, id: int) -> OutputNews:
        source = self._sources.get(id)
        if source is None:
            return OutputNews(id, 0, 0, False)
        with source.lock:
            return OutputNews(id, source.store.total, source.store.dropped, bool(source.open), source.problem)
