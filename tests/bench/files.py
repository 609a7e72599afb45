"""Files at size: first screens and memory beside other file managers, keys, the filter."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from statistics import median, quantiles

import pyte

from tests.bench.figures import Goal, table
from tests.bench.large import name_of
from tests.bench.measures import Result
from tests.bench.programs import OURS, file_managers, ours
from tests.bench.watch import NotMeasured, Watched

SIZE = (160, 50)
"""Columns and rows of the screen."""

_SHOWN = 15
"""Names in order that make a sorted first screen."""

_PATIENCE = 40.0
"""Seconds after which another program is given up."""


_NAME = re.compile(r"file[0-9]{7}\.txt")
_TYPED = "973"

_CURSOR = "7aa2f7"
"""The colour behind the row under the cursor, in the default theme."""

_LOADING = 1.5
"""Seconds for which keys are typed while a million files are listed."""

_BETWEEN = 0.07
"""Seconds from one of them to the next."""


# -- the first screen, and memory


def first_screen(place: str, home: str, entries: int, repeats: int) -> Result:
    """From the start to the first names of all on the screen, in their order; and the most memory until all is done.

    Ours and nnn in turn; every other program once, and no longer than it is waited for.
    """
    programs = {OURS: ours(place), **file_managers()}
    seconds: dict[str, list[float]] = {name: [] for name in programs}
    memory: dict[str, list[float]] = {name: [] for name in programs}
    failures: dict[str, str] = {}
    for number in range(repeats):
        for name, argv in programs.items():
            if name in failures or (number and name not in (OURS, "nnn") and seconds[name][0] > 2):
                continue
            try:
                with Watched(argv, SIZE, place, home) as program:
                    seconds[name].append(program.until_listed([name_of(at) for at in range(_SHOWN)], _PATIENCE))
                    program.until_quiet(3.0 if name == OURS else 0.2, _PATIENCE)  # until all is in order
                    memory[name].append(program.most_memory())
            except NotMeasured as failed:
                failures[name] = str(failed)
    lines = table(f"Sorted first screen of {entries:,} files", seconds, "nnn")
    lines += table("  and the most memory until it was ready", memory, "nnn", "MiB", 1 / (1 << 20))
    lines += [f"  {name}: {why}" for name, why in failures.items()]
    goals = _screen_goals(entries, {name: median(values) for name, values in seconds.items() if values})
    if entries > 500_000:
        most = max(memory[OURS]) / (1 << 20) if memory[OURS] else None
        goals.append(Goal(f"most memory with {entries:,} files", most, 160, " MiB"))
    return lines, goals


def _screen_goals(entries: int, middle: dict[str, float]) -> list[Goal]:
    def beside(name: str) -> float | None:
        return middle[OURS] / middle[name] if OURS in middle and name in middle else None

    what = f"sorted first screen of {entries:,} files beside"
    if entries > 500_000:
        return [Goal(f"{what} nnn", beside("nnn"), 0.5, " times")]
    return [Goal(f"{what} {name}", beside(name), 1, " times") for name in ("mc", "lf", "ranger") if name in middle]


# -- keys


def keys_at_size(place: str, home: str, entries: int, presses: int) -> Result:
    """From a key to the end of what it repaints, when all is listed; and from keys that are typed while it loads."""
    programs = {OURS: ours(place), **{name: argv for name, argv in file_managers().items() if name in ("nnn", "lf")}}
    down: dict[str, list[float]] = {name: [] for name in programs}
    page: dict[str, list[float]] = {name: [] for name in programs}
    failures: dict[str, str] = {}
    for name, argv in programs.items():
        try:
            with Watched(argv, SIZE, place, home) as program:
                program.until_listed([name_of(at) for at in range(_SHOWN)], _PATIENCE)
                program.until_quiet(1.5)
                down[name] = _pressed(program, b"", presses)
                page[name] = _pressed(program, b"\x1b[6~", presses // 3)
        except NotMeasured as failed:
            failures[name] = str(failed)
    loading = _while_loading(place, home)
    lines = table(f"Cursor key to repaint among {entries:,} files", down, OURS)
    lines += table("  page down", page, OURS)
    lines += table("  cursor keys while it loads", {OURS: loading}, OURS)
    lines += [f"  {name}: {why}" for name, why in failures.items()]
    ours_down, ours_page = down[OURS], page[OURS]
    what = f"among {entries:,} files"
    return lines, [
        Goal(f"cursor key {what}, median", _ms(median, ours_down), 5, " ms"),
        Goal(f"cursor key {what}, 95 of 100", _ms(lambda times: quantiles(times, n=20)[-1], ours_down), 16, " ms"),
        Goal(f"page down {what}, median", _ms(median, ours_page), 25, " ms"),
        Goal("longest wait for a key while it loads", _ms(max, loading), 50, " ms"),
    ]


def _ms(figure: Callable[[list[float]], float], times: list[float]) -> float | None:
    return figure(times) * 1000 if len(times) > 1 else None


def _pressed(program: Watched, key: bytes, presses: int) -> list[float]:
    """How long each press takes; of the cursor key for ``b""``."""
    times = []
    for _ in range(presses):
        if (seconds := program.key(key or program.down)) is not None:
            times.append(seconds)
        program.until_quiet(0.03)
    return times


def _while_loading(place: str, home: str) -> list[float]:
    """How long each cursor key waits until the cursor has moved, from the first names on the screen on."""
    typed = []
    with Watched(ours(place), SIZE, place, home) as program:
        program.until(b"file0")
        begin = time.perf_counter()
        while (now := time.perf_counter()) - begin < _LOADING:
            typed.append(now)
            program.type(b"k" if len(typed) % 2 == 0 else b"j")
            while (left := now + _BETWEEN - time.perf_counter()) > 0:
                program.read(left)
        program.until_quiet(0.5)
        moved, before = [], (-1, "")
        for when, screen in program.screens():
            if (line := _cursor_line(screen)) != before:
                moved.append(when)
                before = line
    return [next((when for when in moved if when > key), float("inf")) - key for key in typed]


def _cursor_line(screen: pyte.Screen) -> tuple[int, str]:
    """Where the cursor of our list stands, and on what."""
    for at, text in enumerate(screen.display):
        column = text.find("file0")
        if column >= 0 and screen.buffer[at][column].bg == _CURSOR:
            return at, text
    return -1, ""


# -- filter


def filtering(place: str, home: str, entries: int, repeats: int = 5) -> Result:
    """From a letter of the filter to the first names that fit it on the screen, and until all were found."""
    letters = [_TYPED[: at + 1] for at in range(len(_TYPED))]
    fits = {typed: re.compile(".*".join(typed)) for typed in letters}
    names = [name_of(at) for at in range(entries)]
    counts = {typed: sum(fits[typed].search(name) is not None for name in names) for typed in letters}
    first: dict[str, list[float]] = {typed: [] for typed in letters}
    complete: dict[str, list[float]] = {typed: [] for typed in letters}
    with Watched(ours(place), SIZE, place, home) as program:
        program.until_listed(names[:_SHOWN], _PATIENCE)
        program.until_quiet(1.5)
        for _ in range(repeats):
            program.type(b"/")
            program.until_quiet(0.5)
            for typed in letters:
                begin = time.perf_counter()
                program.type(typed[-1].encode())
                program.until_quiet(1.0, _PATIENCE)
                total = f"{counts[typed]:,} of {entries:,}"
                shown = [
                    (when - begin, _first_name(screen), total in "".join(screen.display))
                    for when, screen in program.screens()
                    if when > begin
                ]
                first[typed].append(next((when for when, name, _ in shown if fits[typed].search(name)), math.inf))
                complete[typed].append(next((when for when, _, whole in shown if whole), math.inf))
            for key in (b"\x1b", b"g"):  # all names again, from the first, which holds none of the letters
                program.type(key)
                program.until_quiet(1.0, _PATIENCE)
    lines = table(f"From a letter of the filter to the first names among {entries:,}", first, _TYPED)
    lines += table("  and to all", complete, _TYPED)
    return lines, [
        Goal("first names that fit a filter", max(map(median, first.values())) * 1000, 100, " ms"),
        Goal("all names that fit a filter", max(map(median, complete.values())), 1.5, " s"),
    ]


def _first_name(screen: pyte.Screen) -> str:
    """Of our list."""
    for line in screen.display:
        if (found := _NAME.search(line[screen.columns // 8 : screen.columns // 2])) is not None:
            return found.group()
    return ""
