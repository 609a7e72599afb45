"""Users and groups as the system lists them."""

from __future__ import annotations

from typing import NamedTuple


class Account(NamedTuple):
    """A user or a group."""

    name: str
    """Raw."""
    id: int
    about: str = ""
    """The person's name; for a group its further members. Raw."""
