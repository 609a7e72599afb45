"""Matching names against regular expressions of a person's own, in a process that can be ended.

An expression such as ``(a+)+$`` can take longer than a life on one name, and Python's ``re`` holds the interpreter all
the while, in whatever thread it runs. So it runs in a process of its own, which the kernel ends when it has used
:data:`PATIENCE` seconds of processor time on one request (setitimer(2), ITIMER_VIRTUAL).
"""

from __future__ import annotations

import errno
import marshal
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

from osexplorer.model.calls import Source
from osexplorer.model.errors import CallError, OSExplorerError, Refused, call_error
from osexplorer.model.find import Condition
from osexplorer.system import calls, reaper
from osexplorer.system.readiness import readable

PATIENCE = 2.0
"""Seconds of processor time for the names of one request."""

_TICK = 0.1
_PROGRAM = """
import marshal, re, signal, sys
read, write, flush = sys.stdin.buffer.read, sys.stdout.buffer.write, sys.stdout.buffer.flush
def request():
    return marshal.loads(read(int.from_bytes(read(4), "little")) or b"N")
patience, sources = request()
tests = [(re.compile(source, flags).search, negated) for source, flags, negated in sources]
while (names := request()) is not None:
    signal.setitimer(signal.ITIMER_VIRTUAL, patience)
    write(bytes(all((test(name) is None) is negated for test, negated in tests) for name in names))
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    flush()
"""


class Matcher:
    """The process; ended when the ``with`` block is left.

    Args:
        conditions: each with an :class:`osexplorer.model.find.Expression`; all of them must hold.

    Raises:
        CallError: it cannot be started (subprocess.Popen).
    """

    def __init__(self, conditions: Sequence[Condition]) -> None:
        self._expressions = [one.expression for one in conditions if one.expression is not None]
        command = [sys.executable, "-I", "-S", "-c", _PROGRAM]
        started, begin = time.time_ns(), time.perf_counter_ns()
        try:
            popen = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={},
                cwd="/",
                start_new_session=True,
            )
        except OSError as error:
            raise call_error(error, "subprocess.Popen", sys.executable) from error
        popen.returncode = 0  # the reaper waits for it
        assert popen.stdin is not None
        assert popen.stdout is not None
        self._pid, self._in, self._out = popen.pid, popen.stdin, popen.stdout
        self._exit_fd = reaper.exit_descriptor(popen.pid)
        calls.record(
            "subprocess.Popen",
            [sys.executable, "-I", "-S", "-c", Source("matching")],
            started=started,
            duration=time.perf_counter_ns() - begin,
            result=popen.pid,
            change=True,
            note=f"matches names against {self._words}",
        )
        negated = [one.negated for one in conditions if one.expression is not None]
        self._send((PATIENCE, [(*one, turned) for one, turned in zip(self._expressions, negated, strict=True)]))

    @property
    def _words(self) -> str:
        return ", ".join(f"/{one.source}/" for one in self._expressions)

    def match(self, names: Sequence[str]) -> Iterator[bytes | None]:
        """None every 0.1 s while it works; at last a byte a name: 1 where every condition holds.

        Raises:
            Refused: an expression has taken too long.
            CallError: the process has ended.
        """
        self._send(list(names))
        flags = b""
        while len(flags) < len(names):
            if not readable(_TICK, self._out.fileno()):
                yield None
                continue
            part = os.read(self._out.fileno(), len(names) - len(flags))
            if not part:
                raise self._ended()
            flags += part
        yield flags

    def _send(self, request: Any) -> None:
        data = marshal.dumps(request)
        try:
            self._in.write(len(data).to_bytes(4, "little") + data)
            self._in.flush()
        except OSError as error:
            raise self._ended() from error

    def _ended(self) -> OSExplorerError:
        readable(None, self._exit_fd)
        status = os.waitstatus_to_exitcode(self._reap())
        if status == -signal.SIGVTALRM:
            return Refused(
                f"{self._words} takes too long: more than {PATIENCE:g} s for a few names. "
                "What repeats inside of what repeats, as in (a+)+, can go on for ever"
            )
        how = f"ended by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
        return CallError(errno.EPIPE, f"the process that matches names is gone: {how}", "re.search", self._words)

    def _reap(self) -> int:
        while (reaped := reaper.reap(self._pid, 0, None)) is None:
            readable(None, self._exit_fd)
        self._pid = 0
        return reaped.status

    def close(self) -> None:
        """End the process, whatever it does."""
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            self._reap()
        reaper.close(self._exit_fd)
        for pipe in (self._in, self._out):
            try:
                pipe.close()
            except BrokenPipeError:  # what was not sent yet
                continue

    def __enter__(self) -> Matcher:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
