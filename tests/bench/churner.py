"""``python -m tests.bench.churner DIRECTORY SECONDS RATE``: makes, renames and removes files, so many a second."""

from __future__ import annotations

import os
import random
import sys
import time

_TICK = 0.02


def main() -> None:
    place, seconds, rate = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
    names = os.listdir(place)
    directory = os.open(place, os.O_RDONLY)
    choose = random.Random(1)
    begin, done, made = time.monotonic(), 0, 0
    while (passed := time.monotonic() - begin) < seconds:
        while done < passed * rate:
            kind, at = done % 3, choose.randrange(len(names))
            if kind == 0:
                made += 1
                names.append(f"churn{os.getpid()}-{made:07d}")
                os.mknod(names[-1], 0o100644, dir_fd=directory)
            elif kind == 1:
                names[at], names[-1] = names[-1], names[at]
                os.unlink(names.pop(), dir_fd=directory)
            else:
                made += 1
                other = f"moved{os.getpid()}-{made:07d}"
                os.rename(names[at], other, src_dir_fd=directory, dst_dir_fd=directory)
                names[at] = other
            done += 1
        time.sleep(_TICK)
    print(done)


if __name__ == "__main__":
    main()
