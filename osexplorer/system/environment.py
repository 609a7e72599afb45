"""This program's own environment variables, which its children inherit.

They are in this program's memory: nothing here waits for anything. See environ(7), setenv(3).
"""

from __future__ import annotations

import os
import stat
import sys

from osexplorer.model.environment import Limits
from osexplorer.model.errors import errno_name
from osexplorer.system import calls

_PAGES_A_STRING = 32  # MAX_ARG_STRLEN, linux/binfmts.h
_LINUX_MOST = 6 << 20  # three quarters of _STK_LIM: what the kernel caps a quarter of a larger stack limit at


def variables() -> dict[str, str]:
    """All variables as they are now; bytes that are not UTF-8 as lone surrogates (PEP 383)."""
    return dict(os.environ)


def limits() -> Limits:
    """How much a new program may be given; see execve(2)."""
    total = os.sysconf("SC_ARG_MAX")
    if sys.platform != "linux":
        return Limits(total, total)
    return Limits(_PAGES_A_STRING * os.sysconf("SC_PAGE_SIZE"), min(total, _LINUX_MOST))


def put(name: str, value: str) -> None:
    """Set a variable, in C's ``environ`` and in `os.environ`.

    Raises:
        CallError: setenv(3) refused it.
    """
    calls.change(os.putenv, name, value)
    os.environ[name] = value


def unset(name: str) -> None:
    """Delete a variable, from C's ``environ`` and from `os.environ`; one that is not set stays so.

    Raises:
        CallError: unsetenv(3) refused the name.
    """
    calls.change(os.unsetenv, name)
    os.environ.pop(name, None)


def entry_kind(path: str) -> str:
    """What an entry of a list of paths leads to: ``"directory"``, ``"file"``, ``"missing"``, or an errno's name."""
    try:
        mode = os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return "missing"
    except OSError as error:
        return errno_name(error.errno or 0)
    return "directory" if stat.S_ISDIR(mode) else "file"
