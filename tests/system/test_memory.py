"""What the C library is told about memory."""

from __future__ import annotations

import subprocess
import sys

import pytest

_SCRIPT = """
from osexplorer.system.memory import economize
def held():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS:"))
economize()
begin = held()
pieces = [bytearray(100_000) for _ in range(400)]
most, kept = held(), pieces[::20]
del pieces
print(most - begin, held() - begin)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, and is about glibc")
def test_what_is_freed_is_given_back_at_once() -> None:
    argv = [sys.executable, "-c", _SCRIPT]
    most, left = map(int, subprocess.run(argv, capture_output=True, check=True, text=True).stdout.split())
    assert most > 38_000, "KiB, of 40 MB"
    assert left < 6_000, "a twentieth is kept, from all over the place"
