"""Programs in pseudo-terminals: whatever a test opens is killed at its end."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.pty.terminal import Terminal

ROOT = Path(__file__).parents[2]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker("pty")


@pytest.fixture
def open_terminal() -> Iterator[Callable[..., Terminal]]:
    """Opens terminals, with the arguments of `Terminal`, and closes them."""
    terminals: list[Terminal] = []

    def open_one(*args: Any, **kwargs: Any) -> Terminal:
        terminals.append(Terminal(*args, **kwargs))
        return terminals[-1]

    yield open_one
    for terminal in terminals:
        terminal.close()


@pytest.fixture
def sample(open_terminal: Callable[..., Terminal]) -> Callable[..., Terminal]:
    """Starts the small app of `sample.py` in a terminal and waits until it is painted."""

    def start(*args: str, env: dict[str, str | None] | None = None, **kwargs: Any) -> Terminal:
        kwargs.setdefault("columns", 60)
        kwargs.setdefault("rows", 10)
        argv = [sys.executable, "-m", "tests.pty.sample", *args]
        terminal = open_terminal(argv, env={"PYTHONPATH": str(ROOT), **(env or {})}, **kwargs)
        terminal.wait_for("READY")
        return terminal

    return start


@pytest.fixture
def program(open_terminal: Callable[..., Terminal]) -> Callable[..., Terminal]:
    """Starts osexplorer in a terminal."""

    def start(*args: str | bytes, env: dict[str, str | None] | None = None, **kwargs: Any) -> Terminal:
        kwargs.setdefault("columns", 120)
        kwargs.setdefault("rows", 40)
        argv = [sys.executable, "-m", "osexplorer", *args]
        return open_terminal(argv, env={"PYTHONPATH": os.fspath(ROOT), **(env or {})}, **kwargs)

    return start
