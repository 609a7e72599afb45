"""What the README says is true: its keys are those of the program, its files are there."""

from __future__ import annotations

import re
from pathlib import Path

from osexplorer.ui.actions import SCOPES, in_scope, key_text

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"


def key_table() -> str:
    """The table of all keys, as it has to stand in the README."""
    lines = ["| where | keys |", "|---|---|"]
    for scope, place in SCOPES.items():
        shown = []
        for action in in_scope(scope):
            keys = " ".join(f"`{key_text(key)}`".replace("|", "\\|") for key in action.keys)
            if keys:
                title = action.title if action.title[1].isupper() else action.title[0].lower() + action.title[1:]
                shown.append(f"{keys} {title}")
        lines.append(f"| {place} | {'; '.join(shown)} |")
    return "\n".join(lines) + "\n"


def test_the_keys_are_those_of_the_program() -> None:
    assert key_table() in README.read_text(), "the README's table of keys should be:\n" + key_table()


def test_what_it_links_to_is_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README.read_text()):
        if "://" not in target:
            assert (ROOT / target).is_file(), target


def test_set_up_takes_two_commands() -> None:
    section = README.read_text().split("## Set up")[1].split("##")[0]
    commands = [line for line in section.splitlines() if line.startswith("    ")]
    assert len(commands) == 2
