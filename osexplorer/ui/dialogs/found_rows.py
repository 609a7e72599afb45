"""The rows of what was found: as a listing shows them, the way to each before its name."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from osexplorer.model.display import display
from osexplorer.model.entry import EntryStat
from osexplorer.model.errors import CallError
from osexplorer.model.find import Found
from osexplorer.model.ls_colors import LsColors
from osexplorer.model.settings import Icons
from osexplorer.model.units import count_text, duration_text
from osexplorer.services.find import Find, FindState, FindStatus
from osexplorer.services.session import Session
from osexplorer.ui.panes.file_cells import cells, columns_for
from osexplorer.ui.rowlist import Cell, Column, Span
from osexplorer.ui.rowlist.cells import Matched


def found_columns(width: int, by: str) -> list[Column]:
    """The columns of a listing but the time of birth, which a search does not ask for; the name has the way to it."""
    columns = [column for column in columns_for(width, by) if column.id != "btime"]
    return [columns[0]._replace(title="Found", width=max(20, (width - 8) * 3 // 5)), *columns[1:]]


class FoundSource:
    """What the service found, for the list."""

    def __init__(self, session: Session, find: Find, icons: Icons, colours: LsColors | None) -> None:
        self._session, self._find = session, find
        self._icons, self._colours = icons, colours

    def __len__(self) -> int:
        return len(self._find)

    def key(self, index: int) -> int:
        return self._find.key(index)

    def index(self, key: object) -> int | None:
        return self._find.index(key) if isinstance(key, int) else None

    def names(self, index: int) -> tuple[str, str]:
        """What a pattern is held against: the path below where the search began, and the name."""
        path = self._find.found(index).path
        return path, os.path.basename(path)

    def cells(self, index: int, columns: Sequence[str]) -> Sequence[Cell]:
        find = self._find
        found, stat = find.found(index), find.stats.get(find.key(index))
        directory, name = os.path.split(found.path)
        before = len(directory) + 1 if directory else 0
        matched = find.sieve.letters(found.path)
        kind, use = found.kind, None
        if isinstance(stat, EntryStat):
            kind = stat.kind
        if "measure" in vars(self._session):  # until something was counted nothing is known
            use = self._session.measure.use(os.path.join(find.feed.value.root, found.path))
        inside = tuple(at - before for at in matched if at >= before)
        row = cells(
            name,
            kind,
            _stat_of(found) if stat is None else stat,
            columns,
            use,
            self._colours,
            inside,
            self._icons,
        )
        if directory and columns[0] == "name":
            way = tuple(at for at in matched if at < before)
            lead = Matched(f"{directory}/", "dim", way) if way else Span(f"{directory}/", "dim")
            own = row[0]
            row[0] = [lead, *(own if isinstance(own, list) else [Span(own) if isinstance(own, str) else own])]
        return row


def _stat_of(found: Found) -> EntryStat | CallError:
    """What the search has seen, until a look tells the rest."""
    return EntryStat(
        found.mode,
        found.size,
        found.uid,
        found.gid,
        owner="",
        group="",
        mtime=found.mtime,
        ctime=found.ctime,
        links=found.links,
        device=0,
        inode=0,
        atime=found.atime,
    )


def about(state: FindState, marked: int) -> str:
    """How far a search is, in words."""
    if state.status is FindStatus.NONE:
        return ""
    count = f"{state.found:,} found" if state.shown == state.found else f"{state.shown:,} of {state.found:,} found"
    directories = count_text(state.directories, "directory", "directories")
    parts = [count, f"{count_text(state.entries, 'entry', 'entries')} in {directories}"]
    running = state.status is FindStatus.RUNNING
    took = time.monotonic() - state.since if running else state.took
    parts.append(f"{'searching' if running else state.status.value}, {duration_text(took)}")
    if state.failures:
        first = state.failures[0]
        parts.append(f"{len(state.failures):,} could not be read, the first {display(first.path)}: {first.reason}")
    if state.skipped:
        parts.append(f"{count_text(state.skipped, 'mounted file system')} left out (mounts:enter enters them)")
    if marked:
        parts.append(f"{marked:,} marked")
    return " · ".join(parts)


def empty_text(state: FindState) -> tuple[str, str]:
    """What the list says while it is empty."""
    match state.status:
        case FindStatus.NONE:
            return "Type what to find, then Enter; Enter alone lists everything below", "dim"
        case FindStatus.RUNNING:
            return f"Searching {state.at or state.root}", "dim"
        case FindStatus.FAILED:
            return state.error, "bad"
        case _:
            return (f"Nothing found: {state.words}" if not state.found else "Nothing found matches the filter"), "dim"
