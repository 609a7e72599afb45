"""``python -m tests.bench.counting DIRECTORY``: counts disk use as the program does, and prints KiB and seconds."""

from __future__ import annotations

import asyncio
import sys
import time

from osexplorer.services.session import Session


async def main() -> None:
    session = Session()
    path = sys.argv[1]
    begin = time.perf_counter()
    counted = await session.measure.start(path).result()
    seconds = time.perf_counter() - begin
    use = counted.use(path)
    assert use is not None
    print(use.allocated // 1024, seconds)


if __name__ == "__main__":
    asyncio.run(main())
