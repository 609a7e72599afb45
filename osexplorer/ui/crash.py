"""What is left of an unexpected error: a report in a file, two lines on the terminal, and an exit status.

The report holds the traceback without the values of variables, for those may be secrets (the environment is one).
Needs neither Textual nor a screen.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
import traceback

from osexplorer import __version__
from osexplorer.model.display import display

EXIT_STATUS = 70
"""``EX_SOFTWARE`` of sysexits.h: an internal error."""

_LONGEST = 300


def report_text(error: BaseException) -> str:
    """What the report says: versions and the traceback, every line free of control characters."""
    lines = [
        f"osexplorer {__version__}",
        f"Python {platform.python_version()} on {platform.platform()}",
        f"TERM={os.environ.get('TERM', '')}",
        "",
    ]
    for chunk in traceback.TracebackException.from_exception(error, capture_locals=False).format():
        lines += chunk.rstrip("\n").split("\n")
    return "".join((line if line.isprintable() else display(line)) + "\n" for line in lines)


def state_directory() -> str:
    """Where reports go: the platform's state directory, or the one for temporary files where there is no home."""
    from platformdirs import user_state_dir

    place = user_state_dir("osexplorer")
    return place if os.path.isabs(place) else tempfile.gettempdir()


def write_report(error: BaseException) -> str:
    """Write a report, readable by its owner only, and return its path.

    Raises:
        OSError: neither the state directory nor the one for temporary files could be written.
    """
    name = f"crash-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt"
    place = state_directory()
    try:
        os.makedirs(place, mode=0o700, exist_ok=True)
        return _write(os.path.join(place, name), error)
    except OSError:
        return _write(os.path.join(tempfile.gettempdir(), f"osexplorer-{name}"), error)


def _write(path: str, error: BaseException) -> str:
    stem, extension = os.path.splitext(path)
    for number in range(1, 100):
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            path = f"{stem}-{number}{extension}"
            continue
        with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(report_text(error))
        return path
    raise FileExistsError(path)


def summary(error: BaseException) -> str:
    """The error in one line that any terminal may print."""
    text = display(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def tell(error: BaseException) -> int:
    """Write the report, say in two lines what happened and where it is, and return the exit status.

    The terminal must have been restored before.
    """
    try:
        where = f"A report without your data is in {display(write_report(error))}"
    except OSError as failed:
        where = f"No report could be written: {display(str(failed))}"
    if sys.__stderr__ is not None:
        try:
            sys.__stderr__.write(f"osexplorer ended by an error of its own: {summary(error)}\n{where}\n")
            sys.__stderr__.flush()
        except OSError:  # the terminal is gone; the report is all there is
            pass
    return EXIT_STATUS
