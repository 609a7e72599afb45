"""The measurements. Each returns its lines of text and the goals it bears on."""

from __future__ import annotations

import subprocess
import sys
import time
from statistics import median

import psutil

from tests.bench.figures import Goal, table
from tests.bench.programs import MINIMAL, OURS, file_managers, minimal, ours, process_viewers
from tests.bench.watch import NotMeasured, Watched

Result = tuple[list[str], list[Goal]]

_FIRST = b"entry-000"
_IDLE_SECONDS = 20.0
_PROCESSES = 100


def start_up(directory: str, home: str, repeats: int) -> Result:
    """From the start to the first entry of a directory of 200 on the screen, at 120x40; runs interleaved."""
    programs = {MINIMAL: minimal(), OURS: ours(directory), **file_managers()}
    runs: dict[str, list[float]] = {name: [] for name in programs}
    failures: dict[str, str] = {}
    for number in range(repeats + 1):
        for name, argv in programs.items():
            if name in failures:
                continue
            try:
                with Watched(argv, (120, 40), directory, home) as program:
                    seconds = program.until(_FIRST)
                if number:  # the first fills caches
                    runs[name].append(seconds)
            except NotMeasured as failed:
                failures[name] = str(failed)
    lines = table("Start-up to the first entry of a directory of 200", runs, MINIMAL)
    ratio = median(runs[OURS]) / median(runs[MINIMAL]) if runs[OURS] and runs[MINIMAL] else None
    return lines + _told(failures), [Goal("start-up beside a minimal Textual app", ratio, 1.6, " times")]


def help_text(repeats: int) -> Result:
    """``--help`` beside an interpreter that does nothing."""
    commands = {"python -c pass": [sys.executable, "-c", "pass"], "osexplorer --help": ours("--help")}
    runs: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(repeats * 4):
        for name, argv in commands.items():
            begin = time.perf_counter()
            subprocess.run(argv, stdout=subprocess.DEVNULL, check=True)
            runs[name].append(time.perf_counter() - begin)
    ratio = median(runs["osexplorer --help"]) / median(runs["python -c pass"])
    return table("Help", runs, "python -c pass"), [Goal("--help beside python -c pass", ratio, 4, " times")]


def keys(directory: str, home: str, presses: int) -> Result:
    """From a cursor key to the end of what it repaints, at 160x50."""
    programs = {OURS: ours(directory), **file_managers()}
    runs: dict[str, list[float]] = {name: [] for name in programs}
    failures: dict[str, str] = {}
    for name, argv in programs.items():
        try:
            with Watched(argv, (160, 50), directory, home) as program:
                program.until(_FIRST)
                program.until_quiet(0.5)
                for _ in range(presses):
                    if (seconds := program.key(program.down)) is not None:
                        runs[name].append(seconds)
                    program.until_quiet(0.03)  # what follows, as details of the new item
        except NotMeasured as failed:
            failures[name] = str(failed)
    value = median(runs[OURS]) * 1000 if runs[OURS] else None
    return (
        table(f"Cursor key to repaint, {presses} keys", runs, OURS) + _told(failures),
        [Goal("cursor key to repaint", value, 8, " ms")],
    )


def idling(directory: str, home: str) -> Result:
    """Share of a core while nothing is typed, with every pane visited, at 200x60."""
    programs = {OURS: ours(directory), **process_viewers()}
    runs: dict[str, list[float]] = {}
    failures: dict[str, str] = {}
    idle: list[subprocess.Popen[bytes]] = []
    try:
        while len(psutil.pids()) < _PROCESSES:
            idle.append(subprocess.Popen(["sleep", "600"]))
        for name, argv in programs.items():
            try:
                with Watched(argv, (200, 60), directory, home) as program:
                    program.until(_FIRST if name == OURS else b"PID" if name == "htop" else b"cpu")
                    for key in b"12345678" if name == OURS else b"":
                        program.type(bytes([key]))
                        program.until_quiet(0.3, deadline=2)
                    program.until_quiet(0.5, deadline=3)
                    runs[name] = [_idle_share(program)]
            except NotMeasured as failed:
                failures[name] = str(failed)
        count = len(psutil.pids())
    finally:
        for process in idle:
            process.kill()
            process.wait()
    lines = table(f"Idling for {_IDLE_SECONDS:g} s beside {count} processes, % of a core", runs, OURS, "%", 100.0)
    value = runs[OURS][0] * 100 if OURS in runs else None
    return lines + _told(failures), [Goal("idling with every pane visited", value, 1, " %")]


def _idle_share(program: Watched) -> float:
    before, begin = program.cpu_seconds(), time.perf_counter()
    while (left := begin + _IDLE_SECONDS - time.perf_counter()) > 0:
        program.read(left)
    return (program.cpu_seconds() - before) / (time.perf_counter() - begin)


def _told(failures: dict[str, str]) -> list[str]:
    return [f"  {name}: {why}" for name, why in failures.items()]
