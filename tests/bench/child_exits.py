"""From the exit of a child to the service's event and to the changed row on the screen; many children at once."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from osexplorer.model.children import Child, ChildState
from osexplorer.model.command_line import command_of
from osexplorer.model.launch import Launch
from osexplorer.services.children import Children
from osexplorer.services.door import Door
from osexplorer.ui.app import SWITCH_SECONDS
from tests.bench.figures import Goal
from tests.bench.heartbeat import Heart
from tests.bench.measures import Result
from tests.bench.programs import ours
from tests.bench.watch import NotMeasured, Watched

_DEADLINE = 60.0
_REST = 0.03
"""Seconds without output: what was painted before is painted."""


def child_exits(home: str, children: int = 200, on_screen: int = 200) -> Result:
    """A child is killed: how long until the service has told its end, and until its row on the screen shows it."""
    sys.setswitchinterval(SWITCH_SECONDS)  # as the program does
    events = sorted(asyncio.run(_events(children)))
    rows = sorted(_rows(home, on_screen))
    lines = [
        f"From the death of a child, ms ({children} to the event of the service, {on_screen} to the row on the screen)",
        f"  {'':28}{'median':>10}{'95 %':>10}{'most':>10}",
        _line("pidfd alone, without a service", sorted(asyncio.run(_floor(children)))),
        _line("event of the service", events),
        _line("changed row on the screen", rows),
    ]
    return lines, [
        Goal("event of the service, 95th percentile", _percentile(events) * 1000, 5, " ms"),
        Goal("changed row on the screen, 95th percentile", _percentile(rows) * 1000, 50, " ms"),
    ]


def _percentile(values: list[float], of: float = 0.95) -> float:
    return values[min(int(len(values) * of), len(values) - 1)]


def _line(name: str, values: list[float]) -> str:
    numbers = (_percentile(values, 0.5), _percentile(values), values[-1])
    return f"  {name:28}{''.join(f'{value * 1000:10.2f}' for value in numbers)}"


async def _events(count: int) -> list[float]:
    service = Children(Door())
    told: dict[int, float] = {}
    news = asyncio.Event()  # to spin would take the processor from the child that has to die

    def observe(child: Child) -> None:
        if not child.alive and child.id not in told:
            told[child.id] = time.perf_counter()
            news.set()

    service.observe(observe)
    children = [await service.launch("sleep 600") for _ in range(count)]
    seconds = []
    for child in children:
        begin = time.perf_counter()
        os.kill(child.pid, signal.SIGKILL)
        while child.id not in told:
            news.clear()
            await news.wait()
        seconds.append(told[child.id] - begin)
        await asyncio.sleep(0.005)
    await service.close()
    return seconds


async def _floor(count: int) -> list[float]:
    """What kernel and event loop take by themselves, on this machine at this time."""
    loop = asyncio.get_running_loop()
    seconds = []
    for _ in range(count):
        pid = os.posix_spawn("/bin/sleep", ["sleep", "600"], os.environ)
        fd = os.pidfd_open(pid)
        told: asyncio.Future[float] = loop.create_future()

        def ready(fd: int = fd, told: asyncio.Future[float] = told) -> None:
            loop.remove_reader(fd)
            told.set_result(time.perf_counter())

        loop.add_reader(fd, ready)
        await asyncio.sleep(0.005)
        begin = time.perf_counter()
        os.kill(pid, signal.SIGKILL)
        seconds.append(await told - begin)
        os.waitpid(pid, 0)
        os.close(fd)
    return seconds


def _rows(home: str, count: int) -> list[float]:
    seconds = []
    with Watched(ours(home), (120, 40), home, home) as program:
        program.until(b"Children")
        program.type(b"6z")
        program.until(b"Nothing was launched yet")
        for number in range(count):
            command = f"sleep {700_000 + number}"
            program.type(f"!{command}\r".encode())
            pid = _launched(program, command)
            program.until_quiet(_REST)
            begin, so_far = time.perf_counter(), len(program.data)
            os.kill(pid, signal.SIGKILL)
            while program.data.find(b"SIGKILL", so_far) < 0:
                program.read(0.5)
                if time.perf_counter() - begin > _DEADLINE:
                    raise NotMeasured(f"the end of {command} was not shown")
            seconds.append(time.perf_counter() - begin)
            program.type(b"D")
            program.until_quiet(_REST)
    return seconds


def _launched(program: Watched, command: str) -> int:
    """The pid of a child of the program, once it has executed this command."""
    wanted = b"".join(word.encode() + b"\0" for word in command.split())
    end = time.perf_counter() + _DEADLINE
    while time.perf_counter() < end:
        program.read(0.01)
        for pid in _children_of(program.pid):
            with suppress(OSError):  # it has ended
                if Path(f"/proc/{pid}/cmdline").read_bytes() == wanted:
                    return pid
    raise NotMeasured(f"{command} was not launched")


def child_crowd(at_once: int = 500) -> Result:
    """Many children at once: none lost, none told twice."""
    return asyncio.run(_crowd(at_once))


def child_leaks(launches: int = 5_000) -> Result:
    """Many children one after the other: nothing is left of them."""
    sys.setswitchinterval(SWITCH_SECONDS)
    return asyncio.run(_leaks(launches))


def child_flood(seconds: float = 10.0) -> Result:
    """What a child costs that writes all the time."""
    sys.setswitchinterval(SWITCH_SECONDS)
    return asyncio.run(_flood(seconds))


def child_terminal(seconds: float = 5.0) -> Result:
    """How the event loop fares beside a flooded terminal."""
    sys.setswitchinterval(SWITCH_SECONDS)
    return asyncio.run(_terminal_flood(seconds))


def child_idle(count: int = 500, seconds: float = 10.0) -> Result:
    """What it costs to watch children that do nothing."""
    return asyncio.run(_idle(count, seconds))


async def _until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + _DEADLINE
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        await asyncio.sleep(0.01)


def _descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def _counted(service: Children) -> dict[int, int]:
    """How often the end of each child was told, by its id."""
    ends: dict[int, int] = {}

    def observe(child: Child) -> None:
        if not child.alive and not child.output_open and child.state is not ChildState.FAILED:
            ends[child.id] = ends.get(child.id, 0) + 1

    service.observe(observe)
    return ends


async def _crowd(at_once: int) -> Result:
    service = Children(Door())
    ends = _counted(service)
    with tempfile.TemporaryDirectory() as place:
        gate = f"{place}/gate"
        os.mkfifo(gate)
        begin = time.perf_counter()
        commands = [f"{f'seq 1 {n}; ' if n < 50 else ''}read x < {gate}; exit {n % 7}" for n in range(at_once)]
        crowd = [await service.launch(command) for command in commands]
        running = service.running
        while len(ends) < at_once:  # each opens the gate at its own time
            _open_gate(gate)
            await asyncio.sleep(0.05)
        took = time.perf_counter() - begin
    wrong = sum(now.code != n % 7 for n, child in enumerate(crowd) if (now := service.get(child.id)) is not None)
    printed = sum(len(service.output(child.id)) != n for n, child in enumerate(crowd[:50]))
    zombies = sum(_zombie(pid) for pid in _children_of(os.getpid()))
    twice = sum(count > 1 for count in ends.values())
    await service.close()
    lost = at_once - len(ends)
    return [
        f"{at_once} children at once, 50 of them printing: {running} ran together, {took:.1f} s in all, "
        f"{lost} lost, {twice} told twice, {wrong} wrong statuses, {printed} incomplete outputs, {zombies} zombies",
    ], [Goal("children lost, told twice or wrong, or left as zombies", lost + twice + wrong + printed + zombies, 0, "")]


async def _leaks(launches: int) -> Result:
    service = Children(Door())
    ends = _counted(service)
    await _in_turn(service, ends, 100)  # threads start, and take what they need for good
    before = _descriptors()
    begin = time.perf_counter()
    await _in_turn(service, ends, launches)
    each = (time.perf_counter() - begin) / launches
    leaked = _descriptors() - before
    zombies = sum(_zombie(pid) for pid in _children_of(os.getpid()))
    await service.close()
    return [
        f"{launches} launches in turn: {each * 1000:.2f} ms each with their end; {leaked} descriptors more than "
        f"before, {zombies} zombies; {launches + 100 - len(ends)} lost",
    ], [
        Goal(
            "descriptors leaked, zombies left, children lost",
            max(leaked, 0) + zombies + launches + 100 - len(ends),
            0,
            "",
        )
    ]


async def _in_turn(service: Children, ends: dict[int, int], launches: int) -> None:
    for start in range(0, launches, 100):
        batch = [await service.launch("true") for _ in range(min(100, launches - start))]
        await _until(lambda batch=batch: all(child.id in ends for child in batch))
        for child in batch:
            await service.remove(child.id)


def _open_gate(gate: str) -> None:
    with suppress(OSError):  # nobody waits at it
        os.close(os.open(gate, os.O_WRONLY | os.O_NONBLOCK))


def _children_of(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            with suppress(OSError):  # the thread has ended
                found += map(int, Path(f"/proc/{pid}/task/{task}/children").read_text().split())
    return found


def _zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:  # it is gone altogether
        return False


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


async def _flood(seconds: float) -> Result:
    service = Children(Door())
    resident, cpu = _resident(), _cpu()
    child = await service.launch("yes")
    begin = time.perf_counter()
    await asyncio.sleep(seconds)
    span = time.perf_counter() - begin
    now = service.get(child.id)
    assert now is not None
    speed, cpu, grown = now.output_bytes / span, (_cpu() - cpu) / span, _resident() - resident
    await service.signal(child.id, signal.SIGKILL)
    await _until(lambda: not service.running)
    await service.close()
    pipe = await asyncio.create_subprocess_shell(
        f"timeout {min(seconds, 2):g} yes | cat | wc -c", stdout=asyncio.subprocess.PIPE
    )
    counted = int((await pipe.communicate())[0])
    return [
        f"yes for {seconds:g} s: {speed / 1e6:.0f} MB/s read (at most 84 by design; yes | cat alone: "
        f"{counted / min(seconds, 2) / 1e6:.0f} MB/s), {cpu * 100:.0f} % of a core, "
        f"{grown / 1e6:.1f} MB of memory more, {now.output_bytes - now.dropped_bytes:,} bytes kept"
    ], [
        Goal("memory that a flood takes", grown / 1e6, 24, " MB"),
        Goal("share of a core that a flood takes", cpu * 100, 30, " %"),
    ]


async def _terminal_flood(seconds: float) -> Result:
    """How late the event loop is while a child floods a terminal of its own, which somebody looks at."""
    service = Children(Door())
    child = await service.begin(Launch(command_of(["yes"]), terminal=True))
    looks = 0

    async def look() -> None:
        nonlocal looks
        async for _ in service.output_feed(child.id).watch():
            if (view := service.terminal(child.id)) is not None:
                looks += bool(view.lines)

    looking = asyncio.create_task(look())
    heart, cpu = Heart(), _cpu()
    begin = time.perf_counter()
    await asyncio.sleep(seconds)
    span = time.perf_counter() - begin
    late, cpu = heart.take(), (_cpu() - cpu) / span
    now = service.get(child.id)
    assert now is not None
    looking.cancel()
    heart.stop()
    await service.signal(child.id, signal.SIGKILL)
    await _until(lambda: not service.running)
    await service.close()
    return [
        f"yes on a terminal of its own for {seconds:g} s: {now.output_bytes / span / 1e6:.1f} MB/s, {looks} screens, "
        f"{cpu * 100:.0f} % of a core; the event loop late by {late['late'] * 1000:.0f} ms at most, "
        f"{late['own'] * 1000:.0f} ms of it our own"
    ], [Goal("lateness of the event loop beside a flooded terminal, our own", late["own"] * 1000, 50, " ms")]


async def _idle(count: int, seconds: float) -> Result:
    service = Children(Door())
    for _ in range(count):
        await service.launch("sleep 600")

    async def watch() -> None:
        async for _ in service.feed.watch():
            pass

    unwatched = await _share(seconds)
    watching = asyncio.create_task(watch())
    await asyncio.sleep(2)
    watched = await _share(seconds)
    watching.cancel()
    for child in service.feed.value:
        await service.signal(child.id, signal.SIGKILL)
    await _until(lambda: not service.running)
    await service.close()
    return [f"{count} idle children, % of a core: {watched * 100:.2f} watched, {unwatched * 100:.2f} not watched"], [
        Goal(f"watching {count} idle children", watched * 100, 2.5, " %")
    ]


async def _share(seconds: float) -> float:
    cpu, begin = _cpu(), time.perf_counter()
    await asyncio.sleep(seconds)
    return (_cpu() - cpu) / (time.perf_counter() - begin)
