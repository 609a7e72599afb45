"""What every test gets: no animations, signals as at a terminal, and a home, settings and an environment of its own."""

from __future__ import annotations

import os
import signal

os.environ["TEXTUAL_ANIMATIONS"] = "none"  # read when textual is imported, so before anything here imports it

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
    if signal.getsignal(number) is signal.SIG_IGN:  # what a shell does to a job in the background, and nohup
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)

settings.register_profile("any machine", deadline=None)  # a busy machine is no failure
settings.load_profile("any machine")


@pytest.fixture(autouse=True)
def isolated_environment(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A HOME below the test's own directory; nothing of the developer's settings or colours leaks in."""
    before = dict(os.environ)
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name in [name for name in os.environ if name.startswith("OSEXPLORER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    yield home
    for name in {*os.environ, *before} - {"PYTEST_CURRENT_TEST"}:  # what a test has set through the program
        if name in before:
            os.environ[name] = before[name]
        else:
            del os.environ[name]
