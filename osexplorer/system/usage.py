"""What a process uses right now: processor time and memory, from ``/proc`` (proc(5)), or from psutil elsewhere."""

from __future__ import annotations

import os
import resource
import sys
import time

from osexplorer.model.children import Sample

if sys.platform == "linux":
    _TICK = os.sysconf("SC_CLK_TCK")
    _PAGE = os.sysconf("SC_PAGE_SIZE")

    def sample(pid: int) -> Sample | None:
        """What `pid` uses now; None when it is gone or a zombie."""
        try:
            stat = _read(f"/proc/{pid}/stat")
            peak = peak_rss(pid)
        except OSError:
            return None
        fields = stat[stat.rfind(b")") + 2 :].split()  # the name before it may hold anything
        if fields[0] in b"ZX":
            return None
        ticks = int(fields[11]) + int(fields[12])
        return Sample(
            at=time.monotonic_ns(),
            stopped=fields[0] in b"Tt",
            cpu_time=ticks / _TICK,
            rss=int(fields[21]) * _PAGE,
            peak_rss=peak,
        )

    def peak_rss(pid: int | None = None) -> int | None:
        """``VmHWM``: the most memory that `pid`, or this process, has had resident, bytes; None for a zombie.

        Raises:
            OSError: there is no such process, or no ``/proc``, without which only this process is told of.
        """
        try:
            status = _read(f"/proc/{'self' if pid is None else pid}/status")
        except FileNotFoundError:
            if pid is not None:
                raise
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        for line in status.splitlines():
            if line.startswith(b"VmHWM:"):
                return int(line.split()[1]) * 1024
        return None

    def _read(path: str) -> bytes:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return os.read(fd, 8192)
        finally:
            os.close(fd)

else:

    def sample(pid: int) -> Sample | None:
        """What `pid` uses now; None when it is gone or a zombie."""
        import psutil

        try:
            process = psutil.Process(pid)
            with process.oneshot():
                times = process.cpu_times()
                return Sample(
                    at=time.monotonic_ns(),
                    stopped=process.status() == psutil.STATUS_STOPPED,
                    cpu_time=times.user + times.system,
                    rss=process.memory_info().rss,
                    peak_rss=None,
                )
        except psutil.Error:
            return None

    def peak_rss(pid: int | None = None) -> int | None:
        """The most memory that this process has had resident, bytes; None for another, of which nothing tells."""
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss if pid is None else None


def samples(pids: list[int]) -> dict[int, Sample]:
    """What each of `pids` uses now; those that are gone are left out."""
    return {pid: taken for pid in pids if (taken := sample(pid)) is not None}
