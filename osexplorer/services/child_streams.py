"""What children read and write: typed input, output that is kept, terminals of their own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from osexplorer.model.errors import Refused
from osexplorer.model.output import OutputView
from osexplorer.model.terminal import TerminalView
from osexplorer.services.child_input import ChildInput
from osexplorer.services.child_list import ChildList
from osexplorer.services.feed import Feed
from osexplorer.services.output import Output


class ChildStreams(ChildList):
    """The list of children, and their streams."""

    _output: Output

    def input(self, id: int) -> ChildInput | None:
        """Where to write what a child is to read; None when it reads a file, or nothing, or has ended."""
        held = self._held.get(id)
        return held.input if held is not None else None

    def terminal(self, id: int) -> TerminalView | None:
        """What is on a child's own terminal; None when it has none. :meth:`output_feed` tells when to look again."""
        held = self._held.get(id)
        return held.terminal.view() if held is not None and held.terminal is not None else None

    def resize_terminal(self, id: int, size: tuple[int, int]) -> None:
        """Give a child's terminal this many columns and rows; its foreground processes get SIGWINCH."""
        held = self._held.get(id)
        if held is not None and held.terminal is not None:
            held.terminal.resize(size)
            if held.input is not None:
                held.input.resize(size)

    def answerer(self, id: int) -> Callable[[bytes], None]:
        """What a terminal has to say to its program, from the thread that reads."""
        loop = asyncio.get_running_loop()

        def write(data: bytes) -> None:
            held = self._held.get(id)
            if held is not None and held.input is not None:
                with contextlib.suppress(Refused):  # it asks and does not listen
                    held.input.write(data)

        def answer(data: bytes) -> None:
            with contextlib.suppress(RuntimeError):  # the loop was closed
                loop.call_soon_threadsafe(write, data)

        return answer

    @property
    def outputs(self) -> Output:
        """What all of them have written: to be searched, saved, read back into memory."""
        return self._output

    def output(self, id: int) -> OutputView:
        """What a child has written, as far as it is kept."""
        return self._output.view(id)

    def output_feed(self, id: int) -> Feed[int]:
        """The number of bytes a child has written: tells a reader when to call :meth:`output` again."""
        held = self._held.get(id)
        return held.news if held is not None else Feed(0)
