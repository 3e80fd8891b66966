r"""Characters that nobody sees, and that make a text another one than it seems: they stand there as `\u200b`."""

from __future__ import annotations

import re

ALWAYS = (
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff"
)
"""Blanks without a width, controls of the writing direction and of layout, fillers, tags; for a class of characters."""
JOINING = "\u180b-\u180d\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef"
"""What changes the character before it, or joins it to the next: scripts and emoji need it, ASCII does not."""
KEY = "\u20e3"
"""What makes a key of a digit, with a variant between them."""
UNSEEN = re.compile(
    f"[{ALWAYS}]|(?<![^\\x00-\\x7f{ALWAYS}{JOINING}])(?<![^\\x00-\\x7f{ALWAYS}{JOINING}]\ufe0f)[{JOINING}](?!{KEY})"
)
MARK = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U(000[0-9a-f]{5}))")


def marked(text: str) -> str:
    """text with an escape in the place of each character that nobody sees."""
    # Most texts are like that, and a page has hundreds.
    return text if text.isascii() else UNSEEN.sub(lambda found: _mark(found[0]), text)


def unmarked(text: str) -> str:
    """text with the characters for which escapes stand in it, as far as marked() writes such."""
    return MARK.sub(_character, text) if "\\" in text else text


def _mark(character: str) -> str:
    code = ord(character)
    if code > 0xFFFF:
        return f"\\U{code:08x}"
    return f"\\u{code:04x}" if code > 0xFF else f"\\x{code:02x}"


def _character(found: re.Match[str]) -> str:
    character = chr(int(found[found.lastindex or 0], 16))
    return character if UNSEEN.fullmatch(character) else found[0]
