"""What a child wrote, in files: for keeping, and for a pager."""

from __future__ import annotations

import os
import tempfile
import time

from osexplorer.model.calls import Source
from osexplorer.model.errors import call_error
from osexplorer.model.output import OutputView
from osexplorer.system import calls


def save(view: OutputView, path: str) -> int:
    """Write all that is kept to a new file, as it arrived; returns how many bytes.

    Raises:
        CallError: it exists already, or cannot be written; what was written so far is taken away again.
    """
    fd = calls.change(os.open, path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        return _write(fd, view)
    except BaseException:
        calls.change(os.unlink, path)
        raise
    finally:
        os.close(fd)


def to_read(view: OutputView) -> str:
    """A temporary file with all that is kept, readable by its owner only.

    Raises:
        CallError: it cannot be made or written.
    """
    fd, path = calls.change(tempfile.mkstemp, prefix="osexplorer-output-", suffix=".txt")
    try:
        _write(fd, view)
    except BaseException:
        throw_away(path)
        raise
    finally:
        os.close(fd)
    return path


def throw_away(path: str) -> None:
    """Take a file of :func:`to_read` away.

    Raises:
        CallError: it cannot be.
    """
    calls.change(os.unlink, path)


def _write(fd: int, view: OutputView) -> int:
    started, begin = time.time_ns(), time.perf_counter_ns()
    size = 0
    failed: OSError | None = None
    try:
        for part in view.parts():
            rest = memoryview(part)
            while rest:
                done = os.write(fd, rest)
                rest = rest[done:]
                size += done
    except OSError as error:
        failed = error
        raise call_error(error, "os.write") from error
    finally:
        duration = time.perf_counter_ns() - begin
        calls.record(
            "os.write",
            fd,
            Source("..."),
            started=started,
            duration=duration,
            result=size,
            error=failed,
            change=True,
            note=f"{size} bytes in all",
        )
    return size
