"""What all variables share: common options, telling themselves as data, the order in which a value is checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from webapp.jobs.plain import text_of

REQUIRED = "This field is required."


class Variable:
    """One input of a job, declared as a class attribute; the kinds below add their own options.

    label is the attribute's name, made readable, unless given. A default that is None means that there is none. widget
    is a hint for the form.
    """

    kind: ClassVar[str]
    """The name of the kit's class; what an author derives from one is of the same kind."""
    options: ClassVar[Mapping[str, type]] = {}
    """The kind's own options and what they must be; describe() tells those that are set."""
    own_types: ClassVar[tuple[type, ...]] = ()
    """Types of values that JSON does not know; a default may be one of these."""
    multiple: ClassVar[bool] = False
    """Whether a form sends any number of values for it, none included."""
    secret: ClassVar[bool] = False
    """Whether its value is never kept where anybody could read it."""

    def __init__(
        self,
        label: str = "",
        description: str = "",
        default: Any = None,
        required: bool = True,
        widget: Any = None,
    ) -> None:
        self.label = label
        self.description = description
        self.default = default
        self.required = required
        self.widget = widget

    def parse(self, raw: object) -> Any:
        """The value that raw, a form's text or a JSON value, stands for.

        :raises ValueError: with the message for whoever typed it.
        """
        value = self._read(raw)
        if self._says_nothing(value):
            if self.required:
                raise ValueError(REQUIRED)
            return value
        return self._checked(value)

    def dump(self, value: Any) -> Any:
        """value as JSON keeps it."""
        return value

    def load(self, stored: Any) -> Any:
        """What dump() was given."""
        return stored

    def notes(self) -> list[str]:
        """What its author may want to know although nothing is wrong, a sentence each."""
        return []

    def describe(self, name: str = "") -> dict[str, Any]:
        """This variable as data; name, the attribute's, gives the label where the author gave none.

        :raises TypeError: an option is of the wrong type, or the default cannot be kept as JSON.
        :raises ValueError: an option makes no sense.
        """
        self._check_options()
        own = {option: getattr(self, option) for option in self.options}
        return {
            "type": self.kind,
            "label": self.label or name[:1].upper() + name[1:].replace("_", " "),
            "description": self.description,
            "required": self.required,
            "default": self._told_default(),
            **({"widget": self.widget} if self.widget is not None and _is_json(self.widget) else {}),
            **{option: value for option, value in own.items() if value is not None},
        }

    def _told_default(self) -> Any:
        return self.dump(self.default) if isinstance(self.default, self.own_types) else self.default

    def _read(self, raw: object) -> Any:
        """What raw says, None, "" or [] where it says nothing."""
        raise NotImplementedError

    def _says_nothing(self, value: Any) -> bool:
        return value is None or value in ("", [])

    def _checked(self, value: Any) -> Any:
        return value

    def _check_options(self) -> None:
        for option, kind in {"label": str, "description": str, "required": bool, **self.options}.items():
            value = getattr(self, option)
            if value is not None and type(value) is not kind and not (kind is str and isinstance(value, str)):
                raise TypeError(f"{option} should be {kind.__name__}, not {type(value).__name__}")
        if not _is_json(self._told_default()):
            raise TypeError(f"default cannot be kept as JSON: {text_of(self.default)[:100]}")


def _is_json(value: object) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return True
