"""The colours of logs: readable on everything that lies behind a line, in both themes."""

from __future__ import annotations

import re

import pytest

from webapp.ui.assets import STYLES

BEHIND = ("surface", "sunken", "accent-tint")
"""What lies behind a line: as it is, under the pointer, and where an address leads."""
READABLE = 4.5
SIGNS = re.compile(r"--([\w-]+): (#[0-9a-f]{3,6})\b")


def colours(theme: str) -> dict[str, str]:
    """The colours of a theme by name; dark says only what differs."""
    found: dict[str, str] = {}
    for sheet in ("base.css", "run/ansi.css"):
        light, dark = (STYLES / sheet).read_text().split('[data-bs-theme="dark"] {', 1)
        found |= SIGNS.findall(light)
        if theme == "dark":
            found |= SIGNS.findall(dark.partition("}")[0])
    return found


def brightness(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, bright = sorted((brightness(one), brightness(other)))
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_of_the_sixteen_colours_can_be_read_behind_and_before_text(theme):
    found = colours(theme)
    inks = {name: colour for name, colour in found.items() if re.fullmatch(r"ansi-\d+", name)}
    assert len(inks) == 16
    inks |= {name: found[name] for name in ("text", "muted")}
    too_close = {
        (name, behind): round(contrast(colour, found[behind]), 2)
        for name, colour in inks.items()
        for behind in BEHIND
        if contrast(colour, found[behind]) < READABLE
    }
    assert too_close == {}


def test_every_class_that_text_can_get_is_in_the_style_sheet():
    sheet = (STYLES / "run" / "ansi.css").read_text()
    numbers = [*range(30, 38), *range(40, 48), *range(90, 98), *range(100, 108)]
    names = [*map(str, numbers), "bold", "dim", "italic", "underline", "inverse"]
    assert [name for name in names if f".ansi-{name} {{" not in sheet] == []
    assert sheet.index(".ansi-97 {") < sheet.index(".ansi-40, "), "the text on a ground has the last word"
