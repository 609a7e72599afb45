"""How the system layer makes a call that people may want to see: timed, recorded, its error translated.

The recorder belongs to the thread: the service layer's door installs one around each job it runs, so the functions
here need no argument for it and work without one (in a test, or in a script).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, ParamSpec, TypeVar

from osexplorer.model.calls import Call
from osexplorer.model.errors import call_error

P = ParamSpec("P")
T = TypeVar("T")
Recorder = Callable[[Call], None]

_local = threading.local()
_RENAMED = {"posix": "os", "posixpath": "os.path", "nt": "os", "_signal": "signal", "_io": "io"}


@contextmanager
def recording(recorder: Recorder) -> Iterator[None]:
    """Send every call that this thread makes inside the block to `recorder`."""
    outer = getattr(_local, "recorder", None)
    _local.recorder = recorder
    try:
        yield
    finally:
        _local.recorder = outer


def function_name(function: Callable[..., Any]) -> str:
    """The dotted name a reader would type: ``os.chmod``, not ``posix.chmod``."""
    module = getattr(function, "__module__", None) or ""
    name = getattr(function, "__qualname__", None) or repr(function)
    module = _RENAMED.get(module, module)
    return f"{module}.{name}" if module and module != "builtins" else name


def record(
    function: str,
    *arguments: Any,
    started: int,
    duration: int,
    result: Any = None,
    error: OSError | None = None,
    change: bool = False,
    note: str = "",
    keywords: tuple[tuple[str, Any], ...] = (),
) -> None:
    """Put one call, or the one summary of a hot loop, into the log. Times in nanoseconds."""
    recorder: Recorder | None = getattr(_local, "recorder", None)
    if recorder is None:
        return
    recorder(
        Call(
            function=function,
            arguments=arguments,
            keywords=keywords,
            result=result,
            errno=(error.errno or 0) if error else 0,
            error=(error.strerror or str(error)) if error else "",
            started=started,
            duration=duration,
            change=change,
            note=note,
        )
    )


def pass_on(call: Call) -> None:
    """Put a call that another thread has made into the log."""
    recorder: Recorder | None = getattr(_local, "recorder", None)
    if recorder is not None:
        recorder(call)


def read(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Make a call that only looks. Recorded; a failure becomes a :class:`~osexplorer.model.errors.CallError`."""
    return _make(function, args, kwargs, change=False, shown=None, note="")


def change(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Make a call that changes something. Recorded as a change; a failure becomes a ``CallError``."""
    return _make(function, args, kwargs, change=True, shown=None, note="")


class Shown(NamedTuple):
    """How a call is recorded that was made in another way."""

    arguments: tuple[Any, ...]
    keywords: tuple[tuple[str, Any], ...] = ()


def change_as(
    shown: tuple[Any, ...] | Shown, note: str, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
) -> T:
    """As :func:`change`, recorded with other arguments than it was made with, `note` saying why.

    For a call made through a descriptor (``/proc/self/fd/7``) that a reader should see with its path.
    """
    return _make(
        function, args, kwargs, change=True, shown=shown if isinstance(shown, Shown) else Shown(shown), note=note
    )


def _make(
    function: Callable[..., T],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    *,
    change: bool,
    shown: Shown | None,
    note: str,
) -> T:
    name = function_name(function)
    arguments, keywords = shown or (args, tuple(kwargs.items()))
    started, begin = time.time_ns(), time.perf_counter_ns()
    try:
        result = function(*args, **kwargs)
    except OSError as error:
        duration = time.perf_counter_ns() - begin
        record(
            name,
            *arguments,
            keywords=keywords,
            started=started,
            duration=duration,
            error=error,
            change=change,
            note=note,
        )
        path = next((value for value in arguments if isinstance(value, str | bytes)), None)
        raise call_error(error, name, path) from error
    duration = time.perf_counter_ns() - begin
    plain = result if isinstance(result, int | str | bytes | tuple) and not hasattr(result, "n_fields") else None
    record(
        name,
        *arguments,
        keywords=keywords,
        started=started,
        duration=duration,
        result=plain,
        change=change,
        note=note,
    )
    return result
