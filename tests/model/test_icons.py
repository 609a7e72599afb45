"""Icons of entries."""

from __future__ import annotations

import pytest

from osexplorer.model.entry import Kind
from osexplorer.model.icons import icon


def test_none_unless_asked_for() -> None:
    assert icon("none", "a.py", Kind.FILE) == ""


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.FILE and kind is not Kind.OTHER])
def test_each_kind_has_its_own(kind: Kind) -> None:
    others = {icon("nerd", "a.py", other) for other in Kind if other is not kind and other is not Kind.OTHER}
    assert icon("nerd", "a.py", kind) not in others


def test_of_files_the_extension_decides_and_then_whether_they_can_be_executed() -> None:
    assert icon("emoji", "A.PNG", Kind.FILE) == "🎨"
    assert icon("emoji", "run", Kind.FILE, executable=True) == "🚀"
    assert icon("emoji", "run.sh", Kind.FILE, executable=True) == "📜"
    assert icon("emoji", "Makefile", Kind.FILE) == "📄"


def test_each_takes_the_cells_of_its_kind() -> None:
    assert all(len(icon("nerd", f"a.{name}", Kind.FILE)) == 1 for name in ("txt", "py", "zip"))
