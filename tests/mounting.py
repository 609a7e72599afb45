"""Mounting for the time of a test."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from osexplorer.system import mounts


@contextmanager
def mounted(*arguments: str | os.PathLike[str]) -> Iterator[None]:
    """What ``mount`` is given, the last of it the place; skips the test where that is not allowed."""
    if os.geteuid():
        pytest.skip("needs root, to mount")
    if subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount")
    mounts.mounts(fresh=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", arguments[-1]], check=True)
        mounts.mounts(fresh=True)
