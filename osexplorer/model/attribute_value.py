"""Extended attributes as people type them: names with their namespace, values as text, in hex or in base64.

As setfattr(1) takes values: ``0x00ff``, ``0sAP8=``, else text; in quotation marks where text begins like one of these.
"""

from __future__ import annotations

import base64
import binascii
import os

from osexplorer.model.attribute_names import ACL_ATTRIBUTE, CAPABILITY_ATTRIBUTE, DEFAULT_ACL_ATTRIBUTE
from osexplorer.model.display import display
from osexplorer.model.errors import Refused
from osexplorer.model.units import count_text

NAMESPACES = {
    "user": "anybody who may write the file",
    "trusted": "seen and set by root alone",
    "security": "of capabilities and security modules",
}
"""By namespace, whose it is. ``system`` holds ACLs alone, which are edited as such."""

LONGEST_NAME = 255
LONGEST_VALUE = 65_536


def check_name(name: str) -> str:
    """`name`, when the kernel could take it; see xattr(7).

    Raises:
        Refused: it could not, and why.
    """
    space, point, rest = name.partition(".")
    if name in (ACL_ATTRIBUTE, DEFAULT_ACL_ATTRIBUTE):
        raise Refused(f"{name} is the ACL: it is edited as such")
    if not point or space not in NAMESPACES:
        raise Refused(f"A name begins with its namespace: {', '.join(f'{one}.' for one in NAMESPACES)}")
    if not rest:
        raise Refused(f"Something must follow {space}.")
    if "\0" in name:
        raise Refused("A name has no zero byte")
    if len(os.fsencode(name)) > LONGEST_NAME:
        raise Refused(f"A name has at most {LONGEST_NAME} bytes")
    return name


def parse_value(text: str) -> bytes:
    """The bytes that `text` stands for; raw text may hold surrogates for bytes that are no UTF-8.

    Raises:
        Refused: it is not in one of the forms.
    """
    if text[:2] in ("0x", "0X"):
        try:
            value = bytes.fromhex(text[2:])
        except ValueError as error:
            raise Refused("After 0x stand pairs of hex digits, as 0x00ff") from error
    elif text[:2] in ("0s", "0S"):
        try:
            value = base64.b64decode(text[2:], validate=True)
        except (binascii.Error, ValueError) as error:
            raise Refused("After 0s stands base64, as 0sAP8=") from error
    elif text.startswith('"'):
        if len(text) < 2 or not text.endswith('"'):
            raise Refused("The second quotation mark is missing")
        value = os.fsencode(text[1:-1])
    else:
        value = os.fsencode(text)
    if len(value) > LONGEST_VALUE:
        raise Refused(f"{len(value)} bytes: the kernel takes {LONGEST_VALUE} at most")
    return value


def value_source(value: bytes, *, text: bool | None = None) -> str:
    """What :func:`parse_value` makes `value` of: text where it is printable, else hex.

    Args:
        text: True for text in any case, with its escapes; False for hex.
    """
    shown = os.fsdecode(value)
    if text is False or (text is None and not shown.isprintable()):
        return f"0x{value.hex()}"
    return f'"{shown}"' if shown[:2].lower() in ("0x", "0s") or shown.startswith('"') else shown


def value_meaning(name: str, value: bytes) -> str:
    """What a value is, in words: its length, and what it stands for where that is known."""
    length = count_text(len(value), "byte")
    if name == CAPABILITY_ATTRIBUTE:
        from osexplorer.model.capabilities import capabilities_text

        try:
            return f"{length}: {capabilities_text(value)}"
        except Refused as error:
            return f"{length}. {error}"
    shown = os.fsdecode(value.removesuffix(b"\0"))
    return f"{length}: {display(shown)}" if shown and shown.isprintable() else length
