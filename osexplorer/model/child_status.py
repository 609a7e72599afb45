"""The status of wait(2), taken apart as the manual does it."""

from __future__ import annotations

import os

from osexplorer.model.signals import signal_name, signals

_SHELL_CODES = {
    126: "by convention: the command was found, but could not be executed",
    127: "by convention: the command was not found",
}


def end_text(status: int) -> str:
    """How what a status of wait(2) is of has ended, in a few words: ``exit 3``, ``SIGSEGV, core dumped``."""
    if os.WIFSIGNALED(status):
        name = signal_name(os.WTERMSIG(status))
        return f"{name}, core dumped" if os.WCOREDUMP(status) else name
    return f"exit {os.WEXITSTATUS(status)}"


def decoded(status: int) -> list[tuple[str, str]]:
    """The 16 bits of a status of wait(2), and what each macro of the manual makes of them."""
    facts = [("raw", f"0x{status:04x}, {status} of 16 bits")]
    if os.WIFEXITED(status):
        code = os.WEXITSTATUS(status)
        facts.append(("WIFEXITED", f"true: it ended itself, WEXITSTATUS {code}"))
        if meaning := code_meaning(code):
            facts.append(("meaning", meaning))
        facts.append(("shell's $?", str(code)))
    elif os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        facts.append(("WIFSIGNALED", f"true: a signal ended it, WTERMSIG {number}, {signal_name(number)}"))
        facts.append(("WCOREDUMP", "true: it left a core file" if os.WCOREDUMP(status) else "false: no core file"))
        known = next((one for one in signals() if one.number == number), None)
        if known is not None:
            facts.append(("meaning", f"{known.description}; by default: {known.action.value}"))
        facts.append(("shell's $?", f"{128 + number}, 128 and the number of the signal"))
    elif os.WIFSTOPPED(status):
        facts.append(("WIFSTOPPED", f"true, WSTOPSIG {os.WSTOPSIG(status)}, {signal_name(os.WSTOPSIG(status))}"))
    elif os.WIFCONTINUED(status):
        facts.append(("WIFCONTINUED", "true: it went on after a stop"))
    return facts


def code_meaning(code: int) -> str:
    """What shells and programs agree that an exit code means; ``""`` for nothing in particular."""
    if code in _SHELL_CODES:
        return _SHELL_CODES[code]
    number = code - 128
    if number > 0 and any(one.number == number for one in signals()):
        return f"by convention of shells: {signal_name(number)} ended what it ran"
    return "success" if code == 0 else ""
