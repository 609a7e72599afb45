"""A file of our own that another program edits: names, a line each."""

from __future__ import annotations

import contextlib
import os
import tempfile

from osexplorer.model.errors import CallError, call_error
from osexplorer.system import calls
from osexplorer.system.json_lines import write_all


def write(text: str) -> str:
    """Put text into a new file that only we can read; returns its path.

    Raises:
        CallError: no temporary file can be made.
    """
    try:
        fd, path = tempfile.mkstemp(prefix="osexplorer-", suffix=".names")
    except OSError as error:
        raise call_error(error, "tempfile.mkstemp", tempfile.tempdir) from error
    try:
        write_all(fd, text.encode("utf-8"), path)
    except CallError:  # a full disk
        with contextlib.suppress(CallError):
            calls.read(os.unlink, path)
        raise
    finally:
        os.close(fd)
    return path


def read(path: str) -> str:
    """What is in the file now.

    Raises:
        CallError: it cannot be read.
    """
    with calls.read(open, path, encoding="utf-8", errors="surrogateescape") as file:
        return str(file.read())


def remove(path: str) -> None:
    """The file has served.

    Raises:
        CallError: it cannot be removed.
    """
    calls.change(os.unlink, path)
