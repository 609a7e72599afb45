"""Our terminal driver: every workaround for a fault of Textual 8.2.8 in how a program lives in a terminal.

================================================  =================  ==============================================
fault                                             Textual's issue    test in tests/pty/test_driver.py
================================================  =================  ==============================================
a byte that is not UTF-8 on stdin ends the app    textual#6456       test_a_byte_that_is_not_utf8
a key code out of range ends the app              -                  test_a_key_code_out_of_range
an exception or await in suspend() kills the app  textual#6692       test_lending_*
Ctrl+Z leaves a raw terminal or a blank screen    textual#6298       test_stop_*
SIGTERM, SIGHUP leave the terminal raw            -                  test_signal_*
a terminal that goes away leaves a spinning       -                  test_the_terminal_goes_away
process behind
a crash prints all local variables                -                  test_crash_*
the size is asked of $COLUMNS and of stdout       -                  test_size_*
of many sizes at once the last told is not the    -                  test_sizes_in_a_storm
last
a terminal made smaller and as large again at     -                  test_size_that_comes_back
once stays cut off (with _check_resize in life)
mouse reports in pixels stay on                   -                  test_quit_restores
Esc and a key soon after it are one key, Alt and  -                  test_a_key_soon_after_esc
that key, which a field takes for another letter
what follows an Esc in a pasted text is keys      -                  test_a_paste_is_no_keys
================================================  =================  ==============================================
"""

from __future__ import annotations

import errno
import os
import selectors
import signal
import sys
import termios
import time
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, TypeVar, cast

from textual._time import get_time
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Resize
from textual.geometry import Size
from textual.message import Message

from osexplorer.ui import crash
from osexplorer.ui.ending import Ended, Ending
from osexplorer.ui.output import Output
from osexplorer.ui.typed import Typed

if TYPE_CHECKING:
    from textual.app import App

T = TypeVar("T")

RESTORE = (
    "\x1b[<u"  # kitty's keyboard flags, on the stack of the alternate screen, so before leaving it
    "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?1016l"  # mouse
    "\x1b[?1004l\x1b[?2004l\x1b[?2048l\x1b[?2026l"  # focus, bracketed paste, size reports, synchronised output
    "\x1b[?1049l\x1b[?7h\x1b[?25h\x1b[0m"  # the ordinary screen, line wrap, cursor, colours
)
"""All that puts a terminal back, in one write, for an end in which Textual has no part."""

_TRAILING_INPUT_SECONDS = 0.02
"""How long answers of the terminal may still be on their way when the program stops reading."""
_SIGNAL_TURN, _SIGNAL_TURNS = 0.01, 5
"""Seconds, and how often, before a program that may not have the terminal stops."""


class Driver(LinuxDriver):
    """Textual's driver for Linux and macOS, made to survive what happens to programs in a terminal."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        self._may_stop = signal.getsignal(signal.SIGTSTP) is not signal.SIG_IGN
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        # Textual's handlers stop with SIGSTOP (textual#6298); ours are set by start_application_mode.
        signal.signal(signal.SIGTSTP, signal.SIG_DFL if self._may_stop else signal.SIG_IGN)
        signal.signal(signal.SIGCONT, signal.SIG_DFL)
        self.given_back = True
        """Whether the terminal is not ours now; what is painted then is dropped, for a queue would fill up."""
        self.was_resized = False
        """Whether the terminal's size has changed, if only for a moment: what was painted may be cut off."""
        self._frame: list[str] | None = None
        self._first_attributes: list[Any] | None = None
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._woken, False)
        self.ending = Ending(self._loop, self._end_app, self.restore_now)
        stderr = sys.__stderr__
        assert stderr is not None
        self._output = Output(stderr.fileno(), stderr.encoding or "utf-8", self.ending.hang_up)
        self._file = cast(TextIOWrapper, self._output)
        self._size = self._size or self._get_terminal_size()

    def _end_app(self, status: int) -> None:
        if not self._app._exit:
            self._app.exit(return_code=status)

    # -- size

    def _get_terminal_size(self) -> tuple[int, int]:
        """The size of the terminal itself; Textual believes ``$COLUMNS``, then asks stdout, which may be a pipe."""
        for descriptor in (self.fileno, self._output.fileno()):
            with suppress(OSError):
                width, height = os.get_terminal_size(descriptor)
                if width and height:
                    return width, height
        return 80, 24

    def _resized(self) -> None:
        """The size is asked for here, on the loop. Textual's handler of the signal asks, and may be interrupted by that
        of the next signal, which is then the first to tell: the size that was told last was not the last one."""
        self.was_resized = True
        if not self._in_band_window_resize:
            size = Size(*self._get_terminal_size())
            self._app.post_message(Resize(size, size))

    # -- output

    def write(self, data: str) -> None:
        if self._frame is not None:
            self._frame.append(data)
        elif not self.given_back:
            super().write(data)

    @contextmanager
    def one_write(self) -> Iterator[None]:
        """Hand what is written meanwhile to the writer's thread in one piece: each piece wakes it."""
        pieces: list[str] = []
        self._frame = pieces
        try:
            yield
        finally:
            self._frame = None
        if pieces:
            self.write("".join(pieces))

    # -- input

    def _run_input_thread(self) -> None:
        try:
            self.run_input_thread()
        except Exception as error:  # noqa: BLE001 - handed to the app, which ends with a report
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._app._handle_exception, error)

    def run_input_thread(self) -> None:
        """Read keys until told to stop. What cannot be understood is left out (textual#6456: it ended the app)."""
        decode = getincrementaldecoder("utf-8")(errors="replace").decode
        self._typed = Typed(self._alt_is_bound, self._debug)
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while self._woken not in (ready := {key.fd for key, _ in selector.select(self._patience())}):
                if self.fileno in ready:
                    if (data := self._read()) is None:
                        return
                    self._pass_on(self._typed.feed(decode(data)))
                self._pass_on(self._typed.tick())
            selector.unregister(self._woken)
            while selector.select(_TRAILING_INPUT_SECONDS) and self._read():
                pass

    def _alt_is_bound(self) -> bool:
        """Whether the settings give an action a key such as Alt+X."""
        keys = (key for keys in self._app._keymap.values() for key in keys.split(","))
        return any(key.startswith("alt+") and len(key.split("+")[-1]) == 1 for key in keys)

    def _patience(self) -> float | None:
        """Seconds until an Esc that nothing followed counts as the key; None to sleep till something is typed."""
        due = self._typed.due
        return None if due is None else max(0.0, due - get_time())

    def _read(self) -> bytes | None:
        """What was typed; None when the terminal is gone."""
        try:
            data = os.read(self.fileno, 4096)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if data:
            return data
        self.ending.hang_up()
        return None

    def _pass_on(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self.process_message(message)

    def disable_input(self) -> None:
        """As Textual's, with a thread that sleeps until it is woken instead of looking ten times a second."""
        if self.given_back:  # done; again, from the background, it would stop us (tcflush)
            return
        os.write(self._wake, b"!")
        super().disable_input()

    # -- taking the terminal and giving it back

    def start_application_mode(self) -> None:
        if not self._wait_for_foreground():
            return
        self.given_back = False
        with suppress(BlockingIOError):
            os.read(self._woken, 64)
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._loop.add_signal_handler(signal.SIGWINCH, self._resized)
        if self._first_attributes is None:
            self._first_attributes = self.attrs_before
        if self._may_stop:
            self._loop.add_signal_handler(signal.SIGTSTP, self._stop_alone)
        self._loop.add_signal_handler(signal.SIGCONT, self._continued)

    def stop_application_mode(self) -> None:
        if self.given_back:
            return
        for number in (signal.SIGTSTP, signal.SIGCONT, signal.SIGWINCH):
            self._loop.remove_signal_handler(number)
        if not self._may_stop:
            signal.signal(signal.SIGTSTP, signal.SIG_IGN)
        if self._mouse_pixels:
            self.write("\x1b[?1016l")
            self._mouse_pixels = False
        super().stop_application_mode()
        self.given_back = True
        if not self._app.is_running:
            self.ending.request(crash.EXIT_STATUS if self._app._exception else self._app.return_code or 0)

    def restore_now(self) -> None:
        """Put the terminal back without Textual's help: its writer thread or the loop may be stuck."""
        if self.given_back:
            return
        self.given_back = True
        if self._first_attributes is not None:
            with suppress(termios.error):
                termios.tcsetattr(self.fileno, termios.TCSANOW, self._first_attributes)
        self._output.gone = False
        self._output.write(RESTORE)
        self._output.flush()

    def release(self) -> None:
        """The app has ended: whatever it left undone."""
        os.write(self._wake, b"!")
        if not self.given_back:
            self.ending.request(crash.EXIT_STATUS)
            self.close()
            self.restore_now()
        self.ending.release()

    def _wait_for_foreground(self) -> bool:
        """Take no terminal that is not ours: stop here, as SIGTTOU does, until the shell's ``fg``.

        False when the program is to end instead. A signal that came while we were stopped may go to any thread, and
        Python calls its handler in this one: it gets the time for that before we stop again, or ``kill %1`` of a
        stopped job would be lost.
        """
        while not self.ending.asked():
            if self._may_set_attributes():
                return True
            self._let_signals_come()
            if not self.ending.asked() and not self._in_foreground():
                os.kill(os.getpid(), signal.SIGTTOU)
                self._let_signals_come()
        return False

    def _may_set_attributes(self) -> bool:
        """Whether the kernel lets us; where it never will again, the terminal is gone, and the program ends."""
        before = signal.signal(signal.SIGTTOU, lambda number, frame: None)  # the call is interrupted, and we go on
        try:
            termios.tcsetattr(self.fileno, termios.TCSANOW, termios.tcgetattr(self.fileno))
            return True
        except termios.error as error:
            if error.args[0] != errno.EINTR:
                self.ending.hang_up()
            return False
        finally:
            signal.signal(signal.SIGTTOU, before)

    def _in_foreground(self) -> bool:
        try:
            return os.tcgetpgrp(self.fileno) == os.getpgrp()
        except OSError:  # the terminal is gone; setting its attributes tells
            return True

    def _let_signals_come(self) -> None:
        for _ in range(_SIGNAL_TURNS):  # several: being stopped uses one of them up
            time.sleep(_SIGNAL_TURN)

    # -- Ctrl+Z (textual#6298)

    def stop(self, group: bool = True) -> bool:
        """Give the terminal back, stop until the shell continues us, take the terminal again.

        Args:
            group: stop the whole process group, as Ctrl+Z does, or only this process.

        Returns:
            False when there is no shell to stop for.
        """
        if not self._may_stop or os.getsid(0) == os.getpid():
            return False
        self._app._suspend_signal()
        self.suspend_application_mode()
        os.kill(0 if group else os.getpid(), signal.SIGTSTP)  # the default action: returns when continued
        self.resume_application_mode()
        self._repaint()
        return True

    def _stop_alone(self) -> None:
        self.stop(group=False)

    def _continued(self) -> None:
        """Continued after a SIGSTOP, which cannot be caught: the shell has had the terminal meanwhile."""
        before = self.attrs_before
        self.suspend_application_mode()
        self.resume_application_mode()
        self.attrs_before = before
        self._repaint()

    def _repaint(self) -> None:
        if not self.given_back:
            self._app._resume_signal()
            self._app.refresh(layout=True)

    # -- lending the terminal (textual#6692)

    def lend(self, function: Callable[[], T]) -> T | Exception:
        """Give the terminal back, call `function`, take the terminal again; see :func:`suspended`."""
        self._app._suspend_signal()
        self.suspend_application_mode()
        result: T | Exception
        try:
            with self.ending.lent(), redirect_stdout(sys.__stdout__), redirect_stderr(sys.__stderr__):
                result = function()
        except Exception as error:  # noqa: BLE001 - becomes the result, whatever it is: raised here it kills the app
            result = error
        except Ended:
            return InterruptedError(errno.EINTR, "the program was asked to end meanwhile")
        self._take_back()
        self.resume_application_mode()
        self._repaint()
        return result

    def _take_back(self) -> None:
        """Undo what a program that crashed leaves: itself in the foreground, and a raw terminal."""
        ignored = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        try:
            if os.tcgetpgrp(self.fileno) != os.getpgrp():
                os.tcsetpgrp(self.fileno, os.getpgrp())
            if self.attrs_before is not None:
                termios.tcsetattr(self.fileno, termios.TCSANOW, self.attrs_before)
        except (OSError, termios.error):  # the terminal is gone; reading it will tell
            return
        finally:
            signal.signal(signal.SIGTTOU, ignored)


def suspended(app: App[Any], function: Callable[[], T]) -> T | Exception:
    """Call a blocking function with the terminal given back, and take the terminal again whatever happens.

    The event loop stands still meanwhile: nothing may be awaited, and painting would reach the other program's screen.
    Ctrl+C and Ctrl+\\ go to that program only; a signal that ends us interrupts the function.

    Returns:
        What the function returned, or the exception it raised.
    """
    driver = app._driver
    if isinstance(driver, Driver):
        return driver.lend(function)
    try:
        return function()  # without a terminal (in tests) there is nothing to give back
    except Exception as error:  # noqa: BLE001 - as in Driver.lend
        return error
