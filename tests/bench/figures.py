"""What was measured, as lines of text, and the goals held against it."""

from __future__ import annotations

from statistics import median
from typing import NamedTuple


class Goal(NamedTuple):
    """A figure to reach."""

    what: str
    value: float | None
    limit: float
    unit: str

    @property
    def met(self) -> bool:
        return self.value is not None and self.value <= self.limit

    def __str__(self) -> str:
        value = "not measured" if self.value is None else f"{self.value:.2f}{self.unit}"
        return f"{'met    ' if self.met else 'NOT MET'}  {self.what}: {value} (goal: at most {self.limit:g}{self.unit})"


def table(title: str, runs: dict[str, list[float]], beside: str, unit: str = "ms", scale: float = 1000.0) -> list[str]:
    """The medians of `runs`, the smallest and largest, and each median as a ratio to that of `beside`."""
    lines = [title, f"  {'':28}{'median':>10}{'least':>10}{'most':>10}   ratio"]
    base = median(runs[beside]) if runs.get(beside) else None
    for name, values in sorted(runs.items(), key=lambda item: median(item[1]) if item[1] else 1e9):
        if not values:
            lines.append(f"  {name:28}{'not measured':>10}")
            continue
        middle = median(values)
        numbers = "".join(f"{value * scale:10.1f}" for value in (middle, min(values), max(values)))
        ratio = f"{middle / base:8.2f}" if base else ""
        lines.append(f"  {name:28}{numbers}{ratio}  {unit if name == beside else ''}".rstrip())
    return lines
