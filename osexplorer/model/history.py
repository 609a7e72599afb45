"""The directories that were visited, as a browser keeps its pages: back, and forward again."""

from __future__ import annotations

from typing import NamedTuple

KEEP = 200


class History(NamedTuple):
    """Where somebody has been. It does not change; each step makes another one."""

    places: tuple[str, ...] = ()
    at: int = -1
    """Which of them is the one we are in; -1 while there is none."""

    @property
    def here(self) -> str | None:
        """The directory we are in."""
        return self.places[self.at] if self.places else None

    def place(self, by: int) -> str | None:
        """The place so many steps further on, back where `by` is negative; None where there is none."""
        at = self.at + by
        return self.places[at] if 0 <= at < len(self.places) else None

    def visit(self, path: str) -> History:
        """Go to `path`. What lay ahead is forgotten, unless `path` is the next of it."""
        if path == self.here:
            return self
        if path == self.place(1):
            return self.step(1)
        places = (*self.places[: self.at + 1], path)[-KEEP:]
        return History(places, len(places) - 1)

    def step(self, by: int) -> History:
        """Go so many steps on or back, as far as there are places."""
        return self._replace(at=max(0, min(self.at + by, len(self.places) - 1))) if self.places else self

    def without(self, path: str) -> History:
        """Forget a place that is there no more; never the one we are in."""
        here = self.here
        if path == here:
            return self
        kept: list[str] = []
        at = self.at
        for index, place in enumerate(self.places):
            if place == path or (kept and kept[-1] == place):  # its neighbours may now be the same
                at -= index <= self.at
            else:
                kept.append(place)
        return History(tuple(kept), at)

    @property
    def recent(self) -> tuple[str, ...]:
        """Every place once, the last visited first, the one we are in left out."""
        return tuple(dict.fromkeys(place for place in reversed(self.places) if place != self.here))
