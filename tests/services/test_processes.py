"""The processes service on the real machine: it samples while watched, and answers for its signals."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator, Sequence

import pytest

from osexplorer.model.children import SignalOutcome
from osexplorer.model.errors import Gone, Refused
from osexplorer.model.processes import ProcessId, ProcessTable
from osexplorer.services.door import Door
from osexplorer.services.processes import Processes
from osexplorer.system import processes as system
from tests.waiting import until


@pytest.fixture
async def processes() -> AsyncIterator[Processes]:
    made = Processes(Door(), refresh_seconds=0.2)
    yield made
    await made.close()


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    started = subprocess.Popen(["sleep", "1000"])
    yield started
    started.kill()
    started.wait()


class Reader:
    """Reads a feed in a task, as a pane does."""

    def __init__(self, processes: Processes) -> None:
        self.tables: list[ProcessTable] = []
        self._task = asyncio.create_task(self._read(processes))

    async def _read(self, processes: Processes) -> None:
        watch = processes.feed.watch()
        try:
            async for table in watch:
                self.tables.append(table)
        finally:
            await watch.aclose()

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.wait({self._task})


async def test_it_samples_while_watched_and_rests_otherwise(processes: Processes) -> None:
    assert processes.feed.value.taken == 0
    reader = Reader(processes)
    await until(lambda: len(reader.tables) >= 4)
    await reader.stop()
    await until(lambda: "processes" not in {task.get_name() for task in asyncio.all_tasks()})
    assert reader.tables[0].rows == ()
    assert reader.tables[1].window == 0
    assert all(row.cpu is None for row in reader.tables[1].rows)
    assert reader.tables[2].window > 0
    again = Reader(processes)
    await until(lambda: len(again.tables) >= 2)
    await again.stop()


async def test_a_new_interval_takes_effect_at_once(processes: Processes) -> None:
    processes.refresh_seconds = 3600
    reader = Reader(processes)
    await until(lambda: processes.feed.value.window > 0)  # the second sample does not wait for the interval
    seen = len(reader.tables)
    processes.refresh_seconds = 0.2
    await until(lambda: len(reader.tables) > seen)
    processes.refresh_seconds = 0
    assert processes.refresh_seconds == 0.2
    await reader.stop()


async def test_a_child_is_in_the_table_with_its_command(processes: Processes, child: subprocess.Popen[bytes]) -> None:
    table = await processes.refresh()
    row = processes.find(child.pid)
    assert row is not None
    assert row in table.rows
    assert row.command == "sleep 1000"
    assert processes.find(0) is None


async def test_a_signal_is_sent_and_then_it_is_gone(processes: Processes, child: subprocess.Popen[bytes]) -> None:
    await processes.refresh()
    row = processes.find(child.pid)
    assert row is not None
    token = await processes.target(row.id)
    assert not processes.exited(token)
    check = await processes.signal(token, 0)
    assert check.outcome is SignalOutcome.SENT
    sent = await processes.signal(token, signal.SIGTERM)
    assert (sent.outcome, sent.text) == (SignalOutcome.SENT, f"SIGTERM sent to {child.pid}")
    await until(lambda: processes.exited(token))
    gone = await processes.signal(token, signal.SIGTERM)
    assert gone.outcome is SignalOutcome.GONE
    assert "already gone" in gone.text
    child.wait()
    assert (await processes.signal(token, signal.SIGTERM)).outcome is SignalOutcome.GONE
    processes.release(token)
    processes.release(token)
    with pytest.raises(Refused):
        await processes.signal(token, signal.SIGTERM)
    with pytest.raises(Gone):
        await processes.target(row.id)
    with pytest.raises(Gone):
        await processes.target(child.pid)


async def test_a_target_before_any_sample(processes: Processes, child: subprocess.Popen[bytes]) -> None:
    token = await processes.target(child.pid)
    await processes.signal(token, signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL


async def test_closing_gives_back_every_descriptor(child: subprocess.Popen[bytes]) -> None:
    before = len(os.listdir("/proc/self/fd"))
    processes = Processes(Door())
    await processes.refresh()
    await processes.target(child.pid)
    assert len(os.listdir("/proc/self/fd")) > before + 1
    await processes.close()
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")
def test_what_is_not_permitted_is_answered_so(child: subprocess.Popen[bytes]) -> None:
    reader, writer = os.pipe()
    Door()  # what it imports is not readable for the other user
    pid = os.fork()
    if not pid:
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)

            async def ask() -> str:
                processes = Processes(Door())
                return (await processes.signal(await processes.target(child.pid), signal.SIGTERM)).text

            os.write(writer, asyncio.run(ask()).encode())
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    os.close(writer)
    said = os.read(reader, 1000).decode()
    os.close(reader)
    assert said == f"SIGTERM to {child.pid} not permitted: EPERM (Operation not permitted)"


async def test_a_failed_sample_keeps_the_rows_and_says_why(
    processes: Processes, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from osexplorer.system.processes_linux import ProcCollector

    good = await processes.refresh()
    assert good.error is None
    await processes.close()
    empty = str(tmp_path_factory.mktemp("proc"))
    monkeypatch.setattr(system, "collector", lambda: ProcCollector(empty))
    bad = await processes.refresh()
    assert bad.rows == good.rows
    assert "not mounted" in str(bad.error)
    assert processes.feed.value is bad
    await processes.close()
    monkeypatch.undo()
    assert (await processes.refresh()).error is None


async def test_a_command_line_that_blocks_holds_up_nothing(
    processes: Processes, child: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the target's memory lock is held: the table comes with the name, and with the command line later."""
    locked = threading.Event()
    real = system.read_commands

    def stuck(wanted: Sequence[ProcessId], into: dict[ProcessId, str]) -> None:
        locked.wait()
        real(wanted, into)

    with monkeypatch.context() as patch:
        patch.setattr(system, "read_commands", stuck)
        await processes.refresh()
        row = processes.find(child.pid)
        assert row is not None
        assert row.command in ("[sleep]", "[python]", "[python3]")
        await processes.refresh()
    locked.set()

    async def named() -> bool:
        await processes.refresh()
        row = processes.find(child.pid)
        return row is not None and row.command == "sleep 1000"

    while not await named():
        await asyncio.sleep(0.001)


async def test_details_and_open_files(processes: Processes, child: subprocess.Popen[bytes]) -> None:
    await processes.refresh()
    row = processes.find(child.pid)
    assert row is not None
    assert (await processes.details(row.id)).argv == ("sleep", "1000")
    assert {file.fd for file in await processes.open_files(row.id)} >= {0, 1, 2}
    with pytest.raises(Gone):
        await processes.details(row.id._replace(born=1))
