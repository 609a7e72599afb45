"""No module needs, directly or by others, a module that needs it: not even for the names of types."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def imports(root: Path, package: str) -> dict[str, set[str]]:
    """By module of `package`, which lies in `root`, the modules of it that it imports, wherever in its text."""
    files = (root / package).rglob("*.py")
    paths = {".".join(path.relative_to(root).with_suffix("").parts): path for path in files}
    modules = {name.removesuffix(".__init__"): path for name, path in paths.items()}
    found: dict[str, set[str]] = {name: set() for name in modules}
    for name, path in modules.items():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found[name].update(alias.name for alias in node.names if alias.name in modules)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                for alias in node.names:
                    whole = f"{node.module}.{alias.name}"
                    found[name].update([whole if whole in modules else node.module] if node.module in modules else [])
    return found


def test_modules_form_no_circle() -> None:
    found = imports(ROOT, "osexplorer")
    assert len(found) > 300 and "osexplorer.services.files" in found["osexplorer.services.session"]
    TopologicalSorter(found).prepare()


def test_a_circle_is_found(tmp_path: Path) -> None:
    (tmp_path / "some").mkdir()
    (tmp_path / "some" / "one.py").write_text("import some.two\n")
    (tmp_path / "some" / "two.py").write_text("def later():\n    from some.one import something\n")
    with pytest.raises(CycleError):
        TopologicalSorter(imports(tmp_path, "some")).prepare()
