"""An answer about access, as lines for people and as plain data for programs."""

from __future__ import annotations

import errno
from typing import Any, NamedTuple

from osexplorer.model.display import display
from osexplorer.model.errors import errno_name
from osexplorer.model.remedies import Remedy
from osexplorer.model.why import Answer, Attempt, Step


def verdict(answer: Answer) -> str:
    """``ada may not read /srv/x: EACCES at /srv``, fit for a screen."""
    who, path, what = display(answer.who.name), display(answer.path), answer.question.value
    if answer.verdict is None:
        return f"Whether {who} may {what} {path} cannot be told: {display(answer.unknown)}"
    step = answer.decisive
    if answer.attempt is not None and answer.allowed is None:
        may = "may" if answer.attempt.allowed else "may not"
        unknown = display(answer.unknown)
        return f"{who} {may} {what} {path}: so says the kernel, and by the rules it cannot be told: {unknown}"
    if answer.attempt is not None and not answer.agrees:
        may = "may" if answer.attempt.allowed else "may not"
        return f"{who} {may} {what} {path}: so says the kernel, and the rules known here say otherwise"
    if step is None:
        return f"{who} may {what} {path}"
    return f"{who} may not {what} {path}: {step.code} at {display(step.path)}"


class Line(NamedTuple):
    """One line of an answer."""

    text: str
    """Fit for a screen."""
    good: bool | None = None
    """Whether it says that something is allowed; None where it says neither."""
    remedy: Remedy | None = None
    """The change that the line offers."""


def answer_lines(answer: Answer) -> list[Line]:
    """The verdict, every step, what would help, and what a real attempt said."""
    found = [Line(verdict(answer), answer.verdict)]
    found += [Line(step_line(step), step.allowed) for step in answer.steps]
    for step in answer.steps:
        if step.remedies:
            found.append(Line(f"To allow to {step.action} {display(step.path)}, one of:"))
            found += [Line(f"  {display(one.command)}   {display(one.effect)}", remedy=one) for one in step.remedies]
    found += [Line(f"Note: {display(note)}") for note in answer.notes]
    if answer.attempt is not None:
        said = attempt_text(answer.attempt)
        found.append(
            Line(f"A real {answer.attempt.call} says {_same(answer, answer.attempt)}: {said}")
            if answer.agrees
            else Line(f"But a real {answer.attempt.call} says: {said}. {_otherwise(answer.attempt)}", False)
        )
    return found


def _same(answer: Answer, attempt: Attempt) -> str:
    if answer.allowed is None:
        return "what the rules here cannot"
    return "the same" if attempt.allowed == answer.allowed else "without looking at that"


def _otherwise(attempt: Attempt) -> str:
    if attempt.errno == errno.ETXTBSY:
        return "Somebody has it open for writing, or executes it"
    return "Something else decides: a security module, or the file system"


def lines(answer: Answer) -> list[str]:
    """The answer as lines of text, fit for a screen."""
    return [line.text for line in answer_lines(answer)]


def step_line(step: Step) -> str:
    """``✗ search /srv: others have ---``."""
    code = f" ({step.code})" if step.errno else ""
    name = f" for {display(step.name)}" if step.name else ""
    return f"{'✓' if step.allowed else '✗'} {step.action} {display(step.path)}{name}: {display(step.rule)}{code}"


def attempt_text(attempt: Attempt) -> str:
    """``allowed``, ``denied``, ``denied, EACCES``."""
    if attempt.allowed:
        return "allowed"
    return f"denied, {errno_name(attempt.errno)}" if attempt.errno else "denied"


def plain(answer: Answer) -> dict[str, Any]:
    """`answer` as plain data, for JSON; null is "not known"."""
    decisive = answer.decisive
    return {
        "question": answer.question.value,
        "path": answer.path,
        "user": answer.who.name,
        "uid": answer.who.uid,
        "gid": answer.who.gid,
        "groups": sorted(answer.who.groups),
        "capabilities": sorted(answer.who.capabilities),
        "allowed": answer.verdict,
        "by_the_rules": answer.allowed,
        "unknown": answer.unknown or None,
        "decisive": answer.steps.index(decisive) if decisive is not None else None,
        "steps": [_plain_step(step) for step in answer.steps],
        "notes": list(answer.notes),
        "attempt": None
        if answer.attempt is None
        else {
            "call": answer.attempt.call,
            "allowed": answer.attempt.allowed,
            "errno": errno_name(answer.attempt.errno) if answer.attempt.errno else None,
        },
    }


def _plain_step(step: Step) -> dict[str, Any]:
    return {
        "action": step.action,
        "path": step.path,
        "name": step.name or None,
        "allowed": step.allowed,
        "rule": step.rule,
        "errno": step.code or None,
        "remedies": [{"effect": one.effect, "command": one.command} for one in step.remedies],
    }
