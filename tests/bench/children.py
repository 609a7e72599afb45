"""From a launch to the first byte of the child's output, beside `sh -c` and the other ways Python has."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from statistics import median

from osexplorer.model.command_line import parse_command
from osexplorer.model.launch import Launch
from osexplorer.services.children import Children
from osexplorer.services.door import Door
from osexplorer.ui.app import SWITCH_SECONDS
from tests.bench.figures import Goal, table
from tests.bench.measures import Result

_LINE = "echo x"
_SHELL = "sh -c, nothing around it"
_OURS = "osexplorer, on pipes"
_APART = 0.06
"""Seconds between two runs: readers are told of output every 50 ms at most, and each run is to be the first."""


async def _plain() -> float:
    """A shell, its first byte read, and its end waited for, by the shortest way there is."""
    begin = time.perf_counter()
    reader, writer = os.pipe()
    pid = os.posix_spawn("/bin/sh", ["sh", "-c", _LINE], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, writer, 1)])
    os.close(writer)
    os.read(reader, 1)
    seconds = time.perf_counter() - begin
    os.close(reader)
    os.waitpid(pid, 0)
    return seconds


async def _asyncio() -> float:
    begin = time.perf_counter()
    process = await asyncio.create_subprocess_shell(_LINE, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    await process.stdout.read(1)
    seconds = time.perf_counter() - begin
    await process.wait()
    return seconds


async def _popen() -> float:
    begin = time.perf_counter()
    with subprocess.Popen(["sh", "-c", _LINE], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        seconds = time.perf_counter() - begin
        process.wait()
    return seconds


def _ours(children: Children, launch: Launch) -> Callable[[], Awaitable[float]]:
    async def run() -> float:
        begin = time.perf_counter()
        child = await children.begin(launch)
        async for total in children.output_feed(child.id).watch():
            if total:
                break
        seconds = time.perf_counter() - begin
        await children.wait([child.id])
        while (now := children.get(child.id)) is not None and now.output_open:
            await asyncio.sleep(0)
        await children.remove(child.id)
        return seconds

    return run


async def _measure(repeats: int) -> dict[str, list[float]]:
    children = Children(Door())
    command = parse_command(_LINE, "shell")
    ways: dict[str, Callable[[], Awaitable[float]]] = {
        _SHELL: _plain,
        "subprocess.Popen": _popen,
        "asyncio.subprocess": _asyncio,
        _OURS: _ours(children, Launch(command)),
        "osexplorer, on a terminal": _ours(children, Launch(command, terminal=True)),
    }
    if os.geteuid() == 0:
        ways["osexplorer, as another user"] = _ours(children, Launch(command, user="65534", group="65534", cwd="/"))
    runs: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(repeats + 1):
        for name, way in ways.items():
            await asyncio.sleep(_APART)
            seconds = await way()
            if number:  # the first fills caches, and starts threads
                runs[name].append(seconds)
    await children.close()
    return runs


def first_output(repeats: int = 60) -> Result:
    """Launch to first output, runs interleaved, and the difference to `sh -c` on its own."""
    sys.setswitchinterval(SWITCH_SECONDS)  # as the program does
    with contextlib.suppress(KeyboardInterrupt):
        runs = asyncio.run(_measure(repeats))
    lines = table(f"From launch to first output of `{_LINE}` by a shell ({repeats} runs each)", runs, _SHELL)
    over = (median(runs[_OURS]) - median(runs[_SHELL])) * 1000
    return lines, [Goal("first output on pipes, beyond sh -c on its own", over, 5, " ms")]
