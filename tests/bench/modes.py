"""A change of modes of a whole tree, its dry run and its undo, beside chmod(1) and find(1)."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from statistics import median

from tests.bench.figures import Goal, table
from tests.bench.measures import Result

_WIDTH = 500  # entries in a directory


def make_tree(root: str, entries: int) -> None:
    """About `entries` empty files, 500 to a directory."""
    for at in range(0, entries, _WIDTH):
        directory = f"{root}/directory-{at // _WIDTH:05}"
        os.mkdir(directory)
        fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        for number in range(min(_WIDTH, entries - at)):
            os.close(os.open(f"a-file-named-{number:04}", os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=fd))
        os.close(fd)


def _timed(command: list[str], environment: dict[str, str] | None = None) -> tuple[float, float]:
    """Seconds, and the most memory that it had, in MiB."""
    begin = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
    _, status, used = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - begin
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{command} ended with {child.returncode}")
    return seconds, used.ru_maxrss / 1024


def modes(place: str, home: str, entries: int, repeats: int) -> Result:
    """Change ``go=`` and back, each the same way and in turn.

    Args:
        place: an empty directory on the disk to measure.
        home: where the journal goes.
    """
    root = f"{place}/modes"
    os.mkdir(root)
    make_tree(root, entries)
    ours = [sys.executable, "-m", "osexplorer"]
    environment = {**os.environ, "HOME": home, "XDG_STATE_HOME": f"{home}/state"}
    names = ("chmod -R", "osexplorer chmod -R", "osexplorer undo", "find -printf", "osexplorer chmod -Rn")
    runs: dict[str, list[float]] = {name: [] for name in names}
    memory = bare = 0.0
    for _ in range(repeats):
        runs["find -printf"].append(_timed(["find", root, "-printf", "%m %p\n"])[0])
        seconds, _most = _timed([*ours, "chmod", "-Rn", "go=", root], environment)
        runs["osexplorer chmod -Rn"].append(seconds)
        runs["chmod -R"].append(_timed(["chmod", "-R", "go=", root])[0])
        _timed(["chmod", "-R", "u=rwX,go=rX", root])
        seconds, most = _timed([*ours, "chmod", "-R", "go=", root], environment)
        runs["osexplorer chmod -R"].append(seconds)
        memory = max(memory, most)
        runs["osexplorer undo"].append(_timed([*ours, "undo"], environment)[0])
        bare = _timed([*ours, "undo", "--list"], environment)[1]
    middle = {name: median(values) for name, values in runs.items()}
    lines = table(f"modes of {entries:,} files", {name: runs[name] for name in names[:3]}, "chmod -R")
    lines += table(f"dry run on {entries:,} files", {name: runs[name] for name in names[3:]}, "find -printf")
    goals = [
        Goal("change of modes beside chmod -R", middle["osexplorer chmod -R"] / middle["chmod -R"], 2.5, " times"),
        Goal("its undo beside chmod -R", middle["osexplorer undo"] / middle["chmod -R"], 2.5, " times"),
        Goal("dry run beside find -printf", middle["osexplorer chmod -Rn"] / middle["find -printf"], 3, " times"),
        Goal("memory for the journal", memory - bare, 100, " MiB"),
    ]
    return lines, goals
