"""Who may do something to a file, as lines for people and as plain data for programs."""

from __future__ import annotations

from typing import Any

from osexplorer.model.display import display
from osexplorer.model.who_can import Holder, WhoCan

_NAMED = 6
"""So many users are named in a line; the rest is counted."""


def title(found: WhoCan) -> str:
    """``Who may read /srv/x``, fit for a screen."""
    return f"Who may {found.question.value} {display(found.path)}"


def about(found: WhoCan) -> str:
    """How much it is about, or why it cannot be told; fit for a screen."""
    if found.unknown:
        return f"It cannot be told: {display(found.unknown)}"
    may = sum(len(holder.users) for holder in found.holders if holder.allowed)
    return f"{may:,} of {found.listed:,} users that the system lists may"


def users_text(holder: Holder) -> str:
    """``ada, bob``, ``ada, bob and 40 more``, ``nobody listed``; fit for a screen."""
    if not holder.users:
        return "no user listed"
    if holder.who == "everybody else" and len(holder.users) > _NAMED:
        return f"{len(holder.users):,} users"
    named = ", ".join(map(display, holder.users[:_NAMED]))
    more = len(holder.users) - _NAMED
    return f"{named} and {more:,} more" if more > 0 else named


def rule_text(holder: Holder) -> str:
    """The rule, and where it denies; fit for a screen."""
    return display(f"at {holder.place}: {holder.rule}" if holder.place else holder.rule)


def lines(found: WhoCan) -> list[str]:
    """The answer as lines of text, fit for a screen."""
    shown = [f"{title(found)}: {about(found)}"]
    for holder in found.holders:
        users = "" if holder.users == (holder.who,) else f" ({users_text(holder)})"
        shown.append(f"{'✓' if holder.allowed else '✗'} {display(holder.who)}{users}: {rule_text(holder)}")
    return [*shown, *(f"Note: {display(note)}" for note in found.notes)]


def plain(found: WhoCan) -> dict[str, Any]:
    """The answer as plain data, for JSON."""
    return {
        "question": found.question.value,
        "path": found.path,
        "users_listed": found.listed,
        "unknown": found.unknown or None,
        "notes": list(found.notes),
        "holders": [
            {
                "who": holder.who,
                "allowed": holder.allowed,
                "rule": holder.rule,
                "denied_at": holder.place or None,
                "users": list(holder.users),
            }
            for holder in found.holders
        ],
    }
