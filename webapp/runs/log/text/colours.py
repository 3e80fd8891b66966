"""The sixteen colours of terminals, for which pages have readable ones, and the nearest of them to any other."""

from __future__ import annotations

from functools import cache, lru_cache

STEPS = (0, 95, 135, 175, 215, 255)
"""Of red, green and blue in the cube of 6 x 6 x 6 colours."""
SIXTEEN = (
    *((0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205), (0, 205, 205), (229, 229, 229)),
    *((127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0)),
    *((92, 92, 255), (255, 0, 255), (0, 255, 255), (255, 255, 255)),
)
"""As xterm shows them: eight, and eight bright ones."""
CUBE, GREYS, LAST = 16, 232, 255
"""Where the cube and the greys begin among 256 colours, and the last of these."""


@cache
def of_256(number: int) -> int | None:
    """Which of the sixteen is nearest to this one of 256; None if there is no such colour."""
    if number < CUBE:
        return number
    if number > LAST:
        return None
    if number >= GREYS:
        grey = 8 + 10 * (number - GREYS)
        return nearest(grey, grey, grey)
    red, rest = divmod(number - CUBE, 36)
    return nearest(STEPS[red], STEPS[rest // 6], STEPS[rest % 6])


@lru_cache(1024)
def nearest(red: int, green: int, blue: int) -> int:
    """Which of the sixteen is nearest to the colour of these parts, each of 0 to 255."""

    def distance(number: int) -> int:
        r, g, b = SIXTEEN[number]
        return (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2

    return min(range(len(SIXTEEN)), key=distance)
