"""Counting what lies below a directory."""

from __future__ import annotations

import stat
import time

from osexplorer.model.measure import Measurement, measurement_text
from osexplorer.model.tasks import Progress
from osexplorer.system import calls
from osexplorer.system.walk import walk

_BLOCK = 512  # st_blocks is in these, whatever the file system's own block, stat(2)
_STEP = 512


def measure(progress: Progress, root: str, cross_mounts: bool = False) -> Measurement:
    """Count entries and bytes below `root`, and tell `progress` on the way.

    Raises:
        CallError: `root` cannot be opened; anything below that cannot be read is reported to `progress`.
        Cancelled: the task was cancelled.
    """
    started, begin = time.time_ns(), time.perf_counter_ns()
    files = directories = others = size = allocated = count = 0
    seen: set[tuple[int, int]] = set()
    for visit in walk(root, progress, cross_mounts=cross_mounts):
        status, mode = visit.status, visit.status.st_mode
        count += 1
        if stat.S_ISDIR(mode):
            directories += 1
            allocated += status.st_blocks * _BLOCK
        else:
            again = False
            if status.st_nlink > 1:
                identity = (status.st_dev, status.st_ino)
                again = identity in seen
                seen.add(identity)
            if stat.S_ISREG(mode):
                files += 1
                size += 0 if again else status.st_size
            else:
                others += 1
            allocated += 0 if again else status.st_blocks * _BLOCK
        if count % _STEP == 0:
            progress.advance(_STEP, visit.path)
            progress.say(measurement_text(Measurement(files, directories, others, size, allocated)))
    progress.advance(count % _STEP)
    calls.record(
        "os.walk",
        root,
        started=started,
        duration=time.perf_counter_ns() - begin,
        note=f"by descriptors: {directories} directories read, {count} entries examined",
    )
    return Measurement(files, directories, others, size, allocated)
