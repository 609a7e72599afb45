"""Leaving children running when this program ends: somebody must go on reading their pipes, or writing ends them."""

from __future__ import annotations

import os
import subprocess
import time

from osexplorer.model.calls import Source
from osexplorer.model.errors import call_error
from osexplorer.system import calls
from osexplorer.system.output import OutputReader


def drain(reader: OutputReader, id: int, pid: int, directory: str | None, file: str = "") -> str:
    """Hand the pipes of a child, or its terminal, to one cat(1) each, in a session of its own, which ends with the
    child's output.

    What goes to a file already, beside the pane, goes on to that one.

    Args:
        file: its path.
        directory: where a file is made for what is kept of the output so far and all that follows, made itself where
            it is missing, readable by its owner only; None to throw the output away.

    Returns the file, or ``""``.

    Raises:
        CallError: the file could not be made, or no process; the child's pipes are closed then.
    """
    pipes = reader.release(id)
    path, target = "", reader.take_tee(id)
    try:
        if target >= 0:
            path = file
        elif directory is None:
            target = calls.read(os.open, os.devnull, os.O_WRONLY)
        else:
            calls.change(os.makedirs, directory, 0o700, exist_ok=True)
            path = os.path.join(directory, f"{time.strftime('%Y%m%dT%H%M%S')}-{pid}.log")
            target = calls.change(os.open, path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
            for part in reader.view(id).parts():
                _write(target, part)
        for fd in pipes:
            _cat(fd, target, path or os.devnull)
    finally:
        for fd in (*pipes, target):
            if fd >= 0:
                os.close(fd)
    return path


def _write(fd: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[calls.change(os.write, fd, rest) :]


def _cat(source: int, target: int, path: str) -> None:
    started, begin = time.time_ns(), time.perf_counter_ns()
    os.set_blocking(source, True)  # a terminal was not: cat would take "nothing yet" for an error
    try:
        popen = subprocess.Popen(
            ["cat"],
            stdin=source,
            stdout=target,
            stderr=subprocess.DEVNULL,  # EIO when a terminal's program ends: no output of the child
            start_new_session=True,
            cwd="/",
        )
    except OSError as error:
        raise call_error(error, "subprocess.Popen", "cat") from error
    popen.returncode = 0  # not ours to wait for: this program is about to end
    calls.record(
        "subprocess.Popen",
        ["cat"],
        keywords=(("stdin", Source("pipe")), ("stdout", Source(f"open({path!r}, 'ab')")), ("start_new_session", True)),
        started=started,
        duration=time.perf_counter_ns() - begin,
        result=popen.pid,
        change=True,
        note="reads the output of a child that outlives this program",
    )
