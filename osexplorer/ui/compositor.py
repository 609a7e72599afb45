"""Paints the lines that have changed, and asks no widget for others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import cast

from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.strip import Strip

Chops = dict[int, dict[int, Strip | None]]
"""By line, by where a piece of it begins, what is seen there."""


class LineCompositor(Compositor):
    """Textual's compositor (8.2.8), whose part of a screen is cheap.

    For one row that has changed, Textual's asks every widget that the row crosses for all of its lines, and those
    behind it too. This one asks only for the lines that have changed, and only widgets of which something can be seen.
    """

    def render_partial_update(self) -> ChopsUpdate | None:
        screen = self.size.region
        regions = [part for region in self._dirty_regions if (part := region.intersection(screen))]
        self._dirty_regions.clear()
        if not regions:
            return None
        spans = list(self._regions_to_spans(regions))
        cuts = self.cuts
        chops: Chops = {}
        open_pieces: dict[int, set[int]] = {}
        for y, x1, x2 in spans:
            chops.setdefault(y, dict.fromkeys(cuts[y][:-1]))
            ends = cuts[y][1:]
            pieces = open_pieces.setdefault(y, set())
            pieces.update(cut for cut, end in zip(cuts[y], ends, strict=False) if cut < x2 and end > x1)
        self._fill(chops, open_pieces)
        ends_of = {y: cuts[y][1:] for y in chops}
        return ChopsUpdate(cast(Sequence[Mapping[int, Strip | None]], chops), spans, cast("list[list[int]]", ends_of))

    def _fill(self, chops: Chops, open_pieces: dict[int, set[int]]) -> None:
        """Find what is seen in the open pieces, widget after widget from front to back."""
        cuts = self.cuts
        for widget, (region, clip) in self.visible_widgets.items():
            seen = region.intersection(clip)
            wanted = {
                y: own
                for y, pieces in open_pieces.items()
                if seen.y <= y < seen.bottom and (own := [cut for cut in pieces if seen.x <= cut < seen.right])
            }
            for run in _runs(list(wanted)):
                left = min(min(wanted[y]) for y in run)
                right = max(cuts[y][cuts[y].index(max(wanted[y])) + 1] for y in run)
                crop = Region(left - region.x, run[0] - region.y, right - left, len(run))
                for y, strip in zip(run, widget.render_lines(crop), strict=False):
                    own = [cut for cut in cuts[y] if left <= cut <= right]
                    parts = [strip] if len(own) == 2 else strip.divide([cut - left for cut in own[1:]])
                    pieces, line = open_pieces[y], chops[y]
                    for cut, part in zip(own, parts, strict=False):
                        if cut in pieces:
                            line[cut] = part
                            pieces.discard(cut)
            for y in wanted:
                if not open_pieces[y]:
                    del open_pieces[y]
            if not open_pieces:
                return


def _runs(lines: list[int]) -> list[list[int]]:
    """Lines in runs without a gap."""
    lines.sort()
    return [[y for _, y in run] for _, run in groupby(enumerate(lines), lambda item: item[1] - item[0])]
