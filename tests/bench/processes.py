"""``python -m tests.bench.processes``: what one sample of the process table costs, beside the other ways to take it.

Processor time, not wall time, of this process alone, with 600 sleeping children added to the machine.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from statistics import median

import psutil

from osexplorer.model.processes import parse_stat
from osexplorer.system.processes import read_commands
from osexplorer.system.processes_linux import ProcCollector

CHILDREN = 600
REPEATS = 15
COLUMNS = [
    *("pid", "ppid", "name", "status", "username", "cpu_percent", "memory_info"),
    *("num_threads", "nice", "create_time", "cmdline"),
]


def read_each_once() -> int:
    """Open, read and parse every ``stat``: what a reader does that remembers nothing."""
    count = 0
    for name in os.listdir("/proc"):
        if name.isdecimal():
            try:
                with open(f"/proc/{name}/stat", "rb", buffering=0) as file:
                    parse_stat(file.read())
            except (FileNotFoundError, ProcessLookupError):
                continue
            count += 1
    return count


def processor_ms(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """Median processor time of `work`, in milliseconds."""
    times = []
    for _ in range(repeats):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return median(times) * 1000


def main() -> int:
    children = [subprocess.Popen(["sleep", "1000"]) for _ in range(CHILDREN)]
    held, opening = ProcCollector(), ProcCollector(hold=0)
    try:
        for collector in (held, opening):
            first = collector.sample()
            read_commands(first.unnamed, collector.commands)
            count = len(collector.sample().rows)
        figures = {
            "sample, descriptors held": processor_ms(held.sample),
            "sample, files opened": processor_ms(opening.sample),
            "each stat read and parsed": processor_ms(read_each_once),
            "psutil.process_iter": processor_ms(lambda: list(psutil.process_iter(COLUMNS)), 3),
        }
    finally:
        held.close()
        opening.close()
        for child in children:
            child.kill()
        for child in children:
            child.wait()
    base = figures["sample, descriptors held"]
    print(f"One sample of {count} processes: processor time, time a process, times as much as ours")
    for name, value in figures.items():
        print(f"  {name:28} {value:7.2f} ms {value / count * 1000:7.1f} us {value / base:6.1f} x")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
