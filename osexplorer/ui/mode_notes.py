"""What the inspector says about modes: whose they are, what an edit means, what is risky, why there is none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from osexplorer.model.errors import CallError, Denied, NotFound
from osexplorer.model.identity import Identity
from osexplorer.model.mode_edit import ModeEdit
from osexplorer.model.permissions import class_of, describe_change, warnings
from osexplorer.model.status import Status
from osexplorer.model.units import plural
from osexplorer.ui.permission_grid import GridView
from osexplorer.ui.rowlist import Span


class Target(NamedTuple):
    """A file whose mode can be changed."""

    path: str
    """As selected; a symbolic link when `linked`."""
    status: Status
    """Of what has the mode: what a link leads to, and never a link."""
    linked: bool


def targets_of(found: Iterable[Status | CallError]) -> tuple[Target, ...]:
    """What of `found` has a mode that can be changed. Linux keeps none for symbolic links."""
    targets = []
    for status in found:
        if isinstance(status, CallError):
            continue
        subject = status.target if status.is_link else status
        if subject is not None:
            targets.append(Target(status.path, subject, status.is_link))
    return tuple(targets)


def view_of(edit: ModeEdit, targets: tuple[Target, ...], identity: Identity | None) -> GridView:
    """What the grid shows for an edit of the modes of `targets`."""
    statuses = [target.status for target in targets]
    classes = {class_of(one.uid, one.gid, identity) for one in statuses} if identity else set()
    return GridView(
        edit=edit,
        owner=_only(one.user for one in statuses),
        group=_only(one.group for one in statuses),
        ours=classes.pop() if len(classes) == 1 else None,
        notes=tuple(_notes(edit, targets, identity)),
    )


def mode_notes(found: tuple[Status | CallError, ...]) -> tuple[str, str]:
    """Why there is no mode to edit, and the style of that."""
    if len(found) != 1:
        return "None of them has a mode that can be changed", "bad"
    status = found[0]
    if isinstance(status, CallError):
        return error_words(status), "bad"
    return "A symbolic link has no mode of its own, and this one leads nowhere", "warn"


def error_words(error: CallError) -> str:
    """Why a file cannot be looked at."""
    if isinstance(error, NotFound):
        return f"It is not there any more ({error.code}: {error.strerror})"
    if isinstance(error, Denied):
        return f"You may not look at it ({error.code}: {error.strerror}). {error.hint}"
    return f"It cannot be looked at: {error}"


def _notes(edit: ModeEdit, targets: tuple[Target, ...], identity: Identity | None) -> list[Span]:
    notes = []
    if edit.changed:
        notes.append(Span(_change_text(edit), "accent"))
    notes += [Span(f"! {risk}", "warn") for risk in _risks(edit, targets, identity)]
    notes += [Span(text, "dim") for text in _obstacles(targets, identity)]
    return notes


def _risks(edit: ModeEdit, targets: tuple[Target, ...], identity: Identity | None) -> list[str]:
    """What is risky in the modes; in a selection with how many of the files it is about."""
    counts: Counter[str] = Counter()
    for (subject, old, new), count in Counter(
        (target.status.subject, old, new) for target, old, new in zip(targets, edit.old, edit.new, strict=True)
    ).items():
        counts.update(dict.fromkeys(warnings(subject, old, new, identity), count))
    if len(targets) == 1:
        return list(counts)
    return [f"{count} of {len(targets)}: {risk[0].lower()}{risk[1:]}" for risk, count in counts.items()]


def _change_text(edit: ModeEdit) -> str:
    pairs = set(zip(edit.old, edit.new, strict=True))
    if len(pairs) == 1:
        ((old, new),) = pairs
        return "; ".join(describe_change(old, new, directory=all(edit.directories)))
    changed = sum(old != new for old, new in zip(edit.old, edit.new, strict=True))
    return f"{changed} of {len(edit.old)} files change"


def _counted(count: int, all: int, one: str, more: str) -> str:
    """Subject and verb for what holds of `count` of `all` files."""
    if all == 1:
        return f"It {one}"
    return f"All {more}" if count == all else f"{count} of {all} {plural(count, one, more)}"


def _it(count: int) -> str:
    return plural(count, "it", "them")


def _obstacles(targets: tuple[Target, ...], identity: Identity | None) -> list[str]:
    """What stands in the way of a change, and what it would change in fact."""
    texts = []
    others = [one for one in targets if identity is not None and identity.euid not in (0, one.status.uid)]
    if others:
        owner = _only(one.status.user for one in others) or "their owners"
        may = f"{owner if owner == 'root' else f'{owner} or root'} may change"
        some = len(others) < len(targets)
        texts.append(f"{len(others)} of {len(targets)}: only {may} the mode" if some else f"Only {may} this mode")
    if any(one.status.read_only for one in targets):
        texts.append("The file system is mounted read-only")
    for flag in ("append-only", "immutable"):
        count = sum(flag in one.status.attributes for one in targets)
        if count:
            whose = _counted(count, len(targets), "is", "are")
            texts.append(f"{whose} {flag}: nobody may change {_it(count)} until f takes that flag away")
    count = sum(bool(one.status.subject.acl) for one in targets)
    if count:
        whose = _counted(count, len(targets), "has", "have")
        what = "its mask" if len(targets) == 1 else "the mask there"
        texts.append(f"{whose} an ACL: the group bits shown here are {what}; A shows and edits it")
    links = sum(one.linked for one in targets)
    if links and len(targets) == 1:
        texts.append("This is the mode of what the link leads to; a link has none of its own")
    elif links:
        them = plural(
            links, "is a link: this is the mode of what it leads", "are links: this is the mode of what they lead"
        )
        texts.append(f"{links} of {len(targets)} {them} to")
    return texts


def _only(names: Iterable[str]) -> str:
    """The name that all share; ``""`` where they differ."""
    shared = set(names)
    return shared.pop() if len(shared) == 1 else ""
