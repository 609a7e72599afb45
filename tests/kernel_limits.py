"""Limits of the kernel, lowered for the time of a test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def short_queue() -> Iterator[None]:
    """The kernel keeps few events, of watchers that are made meanwhile."""
    setting = Path("/proc/sys/fs/inotify/max_queued_events")
    before = setting.read_text()
    try:
        setting.write_text("8")
    except OSError as error:
        pytest.skip(f"needs the right to change {setting}: {error.strerror}")
    try:
        yield
    finally:
        setting.write_text(before)
