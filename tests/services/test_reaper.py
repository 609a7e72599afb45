"""The ends of processes that others have started."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from osexplorer.services import reaper
from osexplorer.services.door import Door
from tests.waiting import until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="no other system tells of others' children")


async def test_an_end_waits_for_the_status_while_the_parent_is_slow_to_take_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """An init that looks only now and then takes it after one or two seconds: 200 times it was asked in vain."""
    answers = iter([*[None] * 200, 15])
    monkeypatch.setattr(reaper, "_AGAIN_SECONDS", 0)
    monkeypatch.setattr(reaper.system, "status_of_other", lambda fd: next(answers))
    ends: list[reaper.End] = []
    watching = reaper.Reaper(Door(), lambda: None)
    with subprocess.Popen(["true"]) as process:
        fd = os.pidfd_open(process.pid)
        try:
            watching.watch(
                process.pid, fd, 0, sampled_peak=lambda: None, on_end=ends.append, on_stop=lambda _: None, own=False
            )
            await until(lambda: ends, "the end")
        finally:
            watching.close()
            os.close(fd)
    assert ends[0].status == 15
