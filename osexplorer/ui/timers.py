"""A workaround for a fault of Textual's timers (8.2.8): one that fires once may never fire."""

from __future__ import annotations

from textual.timer import Timer


def sure(timer: Timer) -> Timer:
    """Have a timer that was made just now fire, however late.

    Textual's timers leave out beats that are late. When the machine is busy in the moment in which one begins, that is
    the only beat of a timer that does not repeat: whoever waits for it waits for ever.
    """
    timer._skip = False
    return timer
