"""Ask for file capabilities as setcap takes them, and say what they mean while they are typed."""

from __future__ import annotations

import re
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.suggester import Suggester

from osexplorer.model.capabilities import NAMES, capabilities_meaning, parse_capability_text
from osexplorer.model.errors import Refused
from osexplorer.ui.dialogs.prompt import Prompt

_TYPED = re.compile(r"[a-z_]+$")


class _CapabilityNames(Suggester):
    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        typed = _TYPED.search(value)
        if typed is None or re.search(r"[=+-][a-z]*$", value):
            return None
        found = next((name for name in NAMES if name.startswith(typed[0])), None)
        return None if found is None else value[: typed.start()] + found


class CapabilitiesDialog(Prompt):
    """Dismisses with the text that was typed; ``""`` for none.

    Args:
        names: which files; foreign text in it has passed ``display()``.
        value: what they have, where they have the same.
    """

    HINTS: ClassVar[str] = "Enter set · → complete · Ctrl+D none · Esc cancel"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+d", "none", show=False, priority=True)]

    def __init__(self, names: str, value: str) -> None:
        super().__init__(
            f"Capabilities of {names}",
            value,
            detail="As setcap takes them: cap_net_raw,cap_net_bind_service=ep",
            check=_wrong,
            preview=lambda text: "\n".join(capabilities_meaning(parse_capability_text(text))),
            suggester=_CapabilityNames(),
        )

    def action_none(self) -> None:
        """Take all of them away."""
        self.dismiss("")


def _wrong(text: str) -> str:
    try:
        parse_capability_text(text)
    except Refused as error:
        return str(error)
    return ""
