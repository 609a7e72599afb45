"""Running a function as a user without rights, in a forked child."""

from __future__ import annotations

import ctypes  # noqa: F401 - imported when first used, which nobody could not where Python lies below /root
import os
import pickle
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")

NOBODY = 65534

IS_ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not IS_ROOT, reason="needs root, to make files of other users and devices")


def as_nobody(function: Callable[[], T]) -> T:
    """What `function` returns, or raises, as nobody; as ourselves when we are not root."""
    if not IS_ROOT:
        return function()
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            answer: tuple[bool, object] = (True, function())
        except BaseException as error:  # noqa: BLE001 - raised again by the parent
            answer = (False, error)
        with os.fdopen(writer, "wb") as file:
            pickle.dump(answer, file)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        data = file.read()
    os.waitpid(pid, 0)
    good, value = pickle.loads(data)
    if not good:
        raise value
    return value  # type: ignore[no-any-return]


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A directory that everybody can reach, unlike pytest's own."""
    place = Path(tempfile.mkdtemp(prefix="osexplorer-"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)
