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


# The most memory a program had is asked of itself: ru_maxrss of a child begins with what its parent has.
_PEAK = """
import sys
from osexplorer.cli import main
code = main(sys.argv[1:])
with open("/proc/self/status") as file:
    print(next(line.split()[1] for line in file if line.startswith("VmHWM:")))
sys.exit(code)
"""


def _timed(command: list[str], environment: dict[str, str] | None = None) -> float:
    """Seconds that it takes."""
    begin = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, env=environment, check=True)
    return time.perf_counter() - begin


def _peak(arguments: list[str], environment: dict[str, str]) -> float:
    """The most memory that osexplorer has, in MiB."""
    command = [sys.executable, "-c", _PEAK, *arguments]
    said = subprocess.run(command, stdout=subprocess.PIPE, env=environment, check=True).stdout
    return int(said.split()[-1]) / 1024


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
    names = ("chmod -R", "osexplorer chmod -R", "osexplorer undo")
    names += ("find -printf", "osexplorer chmod -Rn", "osexplorer chown -Rn")
    runs: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(repeats):
        runs["find -printf"].append(_timed(["find", root, "-printf", "%m %p\n"]))
        runs["osexplorer chmod -Rn"].append(_timed([*ours, "chmod", "-Rn", "go=", root], environment))
        runs["osexplorer chown -Rn"].append(_timed([*ours, "chown", "-Rn", "12345:12345", root], environment))
        runs["chmod -R"].append(_timed(["chmod", "-R", "go=", root]))
        _timed(["chmod", "-R", "u=rwX,go=rX", root])
        runs["osexplorer chmod -R"].append(_timed([*ours, "chmod", "-R", "go=", root], environment))
        runs["osexplorer undo"].append(_timed([*ours, "undo"], environment))
    small = f"{place}/small"
    os.mkdir(small)
    bare = _peak(["chmod", "-R", "go=", small], environment)
    memory = _peak(["chmod", "-R", "go=", root], environment)
    back = _peak(["undo"], environment)
    middle = {name: median(values) for name, values in runs.items()}
    lines = table(f"modes of {entries:,} files", {name: runs[name] for name in names[:3]}, "chmod -R")
    lines += table(f"dry run on {entries:,} files", {name: runs[name] for name in names[3:]}, "find -printf")
    goals = [
        Goal("change of modes beside chmod -R", middle["osexplorer chmod -R"] / middle["chmod -R"], 2.5, " times"),
        Goal("its undo beside chmod -R", middle["osexplorer undo"] / middle["chmod -R"], 2.5, " times"),
        Goal("dry run beside find -printf", middle["osexplorer chmod -Rn"] / middle["find -printf"], 3, " times"),
        Goal(
            "dry run of chown, capabilities read, beside it",
            middle["osexplorer chown -Rn"] / middle["find -printf"],
            3,
            " times",
        ),
        Goal(f"memory for the journal, beyond the {bare:.0f} MiB of a small change", memory - bare, 100, " MiB"),
        Goal("memory for its undo, beyond the same", back - bare, 100, " MiB"),
    ]
    return lines, goals
