"""A disk that takes nothing more, for the time of a test: the kernel refuses what is written to files, setrlimit(2)."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def nothing_written() -> Iterator[None]:
    """Every write to a file of this process fails with EFBIG; pipes and terminals go on."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
