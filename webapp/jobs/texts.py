"""Variables that hold text."""

from __future__ import annotations

import re
from typing import Any

from webapp.jobs import patterns
from webapp.jobs.plain import has_surrogates
from webapp.jobs.variable import Variable

NULL = "Null characters are not allowed."
HALF_A_PAIR = "Characters that are half of a pair (surrogates) are not allowed."
LONGEST_TEXT = 65_536
LONGEST_PATTERN = 500
BEGINS = re.compile(r"(\(\?[aiLmsux]+\))?(\^|\\A)")
ENDS = re.compile(r"(?<!\\)(\\\\)*(\$|\\Z)\Z")
"""Of patterns that hold the text at its beginning, and at its end."""


class TextVar(Variable):
    """Text of several lines, as it was typed; at most 65,536 characters."""

    kind = "TextVar"
    longest: int = LONGEST_TEXT

    def load(self, stored: Any) -> Any:
        """What dump() was given."""
        if stored is not None and not isinstance(stored, str):
            raise TypeError("this is no text")
        return stored

    def _read(self, raw: object) -> str:
        if raw is None:
            return ""
        if not isinstance(raw, str):
            raise ValueError("Enter text.")
        if "\0" in raw:
            raise ValueError(NULL)
        if has_surrogates(raw):
            raise ValueError(HALF_A_PAIR)
        return raw

    def _says_nothing(self, value: str) -> bool:
        return not value or self.required and not value.strip()

    def _checked(self, value: str) -> str:
        if len(value) > self.longest:
            raise ValueError(f"Ensure this value has at most {self.longest} characters (it has {len(value)}).")
        return value


class StringVar(TextVar):
    """A line of text without space around it; regex, if given, must be found somewhere in it."""

    kind = "StringVar"
    options = {"min_length": int, "max_length": int, "regex": str}

    def __init__(
        self,
        *,
        min_length: int | None = None,
        max_length: int | None = None,
        regex: str | None = None,
        **common: Any,
    ) -> None:
        super().__init__(**common)
        self.min_length = min_length
        self.max_length = max_length
        self.regex = regex
        self.longest = LONGEST_TEXT if max_length is None else max_length

    def _read(self, raw: object) -> str:
        return super()._read(raw).strip()

    def _checked(self, value: str) -> str:
        if self.min_length is not None and len(value) < self.min_length:
            raise ValueError(f"Ensure this value has at least {self.min_length} characters (it has {len(value)}).")
        value = super()._checked(value)
        if self.regex is not None and not self._found(self.regex, value):
            raise ValueError(f"Invalid value. Must match regex: {self.regex}")
        return value

    @staticmethod
    def _found(regex: str, value: str) -> bool:
        try:
            return patterns.search(regex, value)
        except TimeoutError:
            raise ValueError(f"This value takes too long to check. Must match regex: {regex}") from None

    def notes(self) -> list[str]:
        """That regex is searched, if it leaves either end of the text open."""
        if self.regex is None or BEGINS.match(self.regex) and ENDS.search(self.regex):
            return []
        return ["regex is searched anywhere in the text; to describe all of it, begin it with ^ and end it with $."]

    def _check_options(self) -> None:
        super()._check_options()
        self._check_counts("min_length", "max_length")
        self._check_range("length")
        if self.regex is None:
            return
        if len(self.regex) > LONGEST_PATTERN:
            raise ValueError(f"regex should have at most {LONGEST_PATTERN} characters")
        try:
            re.compile(self.regex)
        except (re.error, OverflowError, RecursionError) as error:
            raise ValueError(f"regex cannot be read: {error}") from None
