"""A file of our own that another program edits: names, a line each."""

from __future__ import annotations

import os
import tempfile

from osexplorer.model.errors import call_error
from osexplorer.system import calls


def write(text: str) -> str:
    """Put text into a new file that only we can read; returns its path.

    Raises:
        CallError: no temporary file can be made.
    """
    try:
        fd, path = tempfile.mkstemp(prefix="osexplorer-", suffix=".names")
    except OSError as error:
        raise call_error(error, "tempfile.mkstemp", tempfile.gettempdir()) from error
    with os.fdopen(fd, "w", encoding="utf-8") as file:
        file.write(text)
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
