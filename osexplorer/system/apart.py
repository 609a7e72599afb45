"""Work in a process of its own, forked before anything is large: it has a processor to itself, and not a share of this
interpreter. What it yields comes through a pipe.

Only for a program that has a single thread yet (fork(2) copies no other), and for work that changes nothing. The
process ends by itself when nobody reads the pipe any more, and is killed when this program ends (prctl(2),
PR_SET_PDEATHSIG), so a file system that does not answer holds up nothing.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from queue import Queue
from typing import Any, BinaryIO, Generic, TypeVar

from osexplorer.model.errors import CallError, call_error

T = TypeVar("T")

_PR_SET_PDEATHSIG = 1
_PIPE_SIZE = 1 << 20  # as much as everybody may ask for, pipe(7)
_F_SETPIPE_SZ = 1031  # fcntl.h; the module has it from Python 3.10 on, and takes 1 ms to import
_MOST_READY = 64
"""Items that wait for being read, at most, besides those in the pipe."""
_LENGTH = 8
_ITEM, _ERROR, _END = b"i", b"e", b"."


class Apart(Generic[T]):
    """Some work in a process of its own, begun at once.

    Args:
        work: yields what can be pickled.
        subject: the path that it is about, for errors.

    Raises:
        CallError: no process can be made (os.pipe, os.fork).
    """

    def __init__(self, work: Callable[[], Iterable[T]], subject: str) -> None:
        self._subject = subject
        try:
            self._end, end = os.pipe()
        except OSError as error:
            raise call_error(error, "os.pipe") from error
        parent = os.getpid()
        try:
            self._pid = os.fork()
        except OSError as error:
            os.close(self._end)
            os.close(end)
            raise call_error(error, "os.fork") from error
        if not self._pid:
            os.close(self._end)
            _be_apart(work, end, parent)
        os.close(end)

    def __iter__(self) -> Iterator[T]:
        """What the work yields, once. Closing it ends the process, and waits for that.

        Raises:
            Exception: what the work has raised.
            CallError: it was killed before it was done.
        """
        import pickle

        with os.fdopen(self._end, "rb", 0) as pipe:
            try:
                while (kind := _read(pipe, 1)) == _ITEM:
                    yield pickle.loads(_framed(pipe))
                if kind == _ERROR:
                    raise pickle.loads(_framed(pipe))
            except EOFError:
                raise self._cut_off() from None
            finally:
                pipe.close()  # so that it ends with its next item
                with suppress(ChildProcessError):  # SIGCHLD was ignored when the program was started
                    os.waitpid(self._pid, 0)  # which nobody else knows: it is no child in pane 6

    def _cut_off(self) -> CallError:
        text = "the process that reads was ended before it was done"
        return CallError(errno.ECANCELED, text, "os.scandir", self._subject, "A refresh reads it again")


def can_fork() -> bool:
    """Whether work may be put into a process of its own here and now."""
    return sys.platform == "linux" and threading.active_count() == 1


def _be_apart(work: Callable[[], Iterable[Any]], end: int, parent: int) -> None:
    """What the new process does; it does not return."""
    status = 1
    try:
        _end_with(parent)
        _let_go_of_terminal()
        import fcntl
        import pickle

        with suppress(OSError):  # a limit on pipes: it is as large as it is
            fcntl.fcntl(end, _F_SETPIPE_SZ, _PIPE_SIZE)
        ready: Queue[tuple[bytes, bytes]] = Queue(_MOST_READY)
        sender = threading.Thread(target=_send, args=(end, ready))
        sender.start()
        try:
            for item in work():
                ready.put((_ITEM, pickle.dumps(item, -1)))
            ready.put((_END, b""))
            status = 0
        except Exception as error:  # noqa: BLE001 - raised again where it is waited for
            ready.put((_ERROR, pickle.dumps(error, -1)))
        sender.join()
    finally:
        os._exit(status)


def _send(end: int, ready: Queue[tuple[bytes, bytes]]) -> None:
    """Write what is ready while the work goes on: the program may be too busy to read it at once."""
    try:
        with os.fdopen(end, "wb", 0) as pipe:
            kind = _ITEM
            while kind == _ITEM:
                kind, data = ready.get()
                _write(pipe, kind, data)
    except OSError:  # nobody wants it any more
        os._exit(1)


def _end_with(parent: int) -> None:
    """Be killed when the program ends, whatever this is doing then."""
    import ctypes

    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it has ended already
        os._exit(1)


def _let_go_of_terminal() -> None:
    """Whoever waits for the terminal to be closed does not wait for this."""
    null = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(null, standard)
    os.close(null)


def _write(pipe: BinaryIO, kind: bytes, data: bytes = b"") -> None:
    rest = memoryview(kind + len(data).to_bytes(_LENGTH, "big") + data)
    while rest:
        rest = rest[pipe.write(rest) or 0 :]


def _framed(pipe: BinaryIO) -> bytearray:
    return _read(pipe, int.from_bytes(_read(pipe, _LENGTH), "big"))


def _read(pipe: BinaryIO, size: int) -> bytearray:
    data = bytearray(size)
    rest = memoryview(data)
    while rest:
        count = pipe.readinto(rest)  # type: ignore[attr-defined]
        if not count:
            raise EOFError
        rest = rest[count:]
    return data
