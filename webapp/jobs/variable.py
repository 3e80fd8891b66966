"""What all variables share: common options, telling themselves as data, the order in which a value is checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from webapp.jobs import computing
from webapp.jobs.plain import is_json, text_of

REQUIRED = "This field is required."
TYPES: Mapping[str, type] = {"label": str, "description": str, "required": bool, "summary": bool}
"""Options that all variables have, and what they must be."""


class Variable:
    """One input of a job, declared as a class attribute; the kinds below add their own options.

    label is the attribute's name, made readable, unless given. A default that is None means that there is none; it may
    be a function that computes it. visible_when says when the input is asked for: a mapping of names to values, or a
    function. widget is a hint for the form. summary says whether lists of runs show what was given for
    it. Options that are unknown are told when the job is loaded.
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
        visible_when: Any = None,
        summary: bool = False,
        **unknown: Any,
    ) -> None:
        self.label = label
        self.description = description
        self.default = default
        self.required = required
        self.widget = widget
        self.visible_when = visible_when
        self.summary = summary
        self.unknown = tuple(unknown)

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

    def computed(self) -> dict[str, computing.Function]:
        """The functions of its author, by the name of the option that they compute."""
        options = {computing.DEFAULT: self.default, computing.VISIBLE: self.visible_when}
        return {option: given for option, given in options.items() if callable(given)}

    def compute(self, option: str, values: computing.Values) -> Any:
        """What its author's function gives for that option, ready for JSON; whatever that raises comes out.

        :raises TypeError: it gives nothing that option may be.
        """
        result = computing.call(option, self.computed()[option], values)
        return computing.told(option, result, self.own_types, self.dump)

    def describe(self, name: str = "") -> dict[str, Any]:
        """This variable as data; name, the attribute's, gives the label where the author gave none.

        :raises TypeError: an option is of the wrong type, or the default cannot be kept as JSON.
        :raises ValueError: an option makes no sense.
        """
        self._check_options()
        own = {option: getattr(self, option) for option in self.options}
        live = {option: computing.source_of(option, function) for option, function in self.computed().items()}
        return {
            "type": self.kind,
            "label": self.label or name[:1].upper() + name[1:].replace("_", " "),
            "description": self.description,
            "required": self.required,
            "default": self._told_default(),
            **({"widget": self.widget} if self.widget is not None and is_json(self.widget) else {}),
            **({"summary": True} if self.summary else {}),
            **({computing.VISIBLE: self._told_condition()} if isinstance(self.visible_when, Mapping) else {}),
            **({"live": live} if live else {}),
            **{option: value for option, value in own.items() if value is not None},
        }

    def _told_default(self) -> Any:
        if computing.DEFAULT in self.computed():
            if computing.source_of(computing.DEFAULT, self.default) == computing.OF_NOTHING:
                self.compute(computing.DEFAULT, {})  # a mistake shows when the job is loaded
            return None  # what it is now would be another one with each look at the files
        return self.dump(self.default) if isinstance(self.default, self.own_types) else self.default

    def _told_condition(self) -> dict[str, list[Any]]:
        wanted = self.visible_when.items()
        return {name: list(one) if isinstance(one, list | tuple | set) else [one] for name, one in wanted}

    def _read(self, raw: object) -> Any:
        """What raw says, None, "" or [] where it says nothing."""
        raise NotImplementedError

    def _says_nothing(self, value: Any) -> bool:
        return value is None or value in ("", [])

    def _checked(self, value: Any) -> Any:
        return value

    def _check_options(self) -> None:
        for option, kind in {**TYPES, **self.options}.items():
            value = getattr(self, option)
            if value is not None and type(value) is not kind and not (kind is str and isinstance(value, str)):
                raise TypeError(f"{option} should be {kind.__name__}, not {type(value).__name__}")
        if self.summary and self.secret:
            raise ValueError("summary has no place on a secret, as nobody is shown what was given for it")
        self._check_condition()
        if computing.DEFAULT not in self.computed() and not is_json(self._told_default()):
            raise TypeError(f"default cannot be kept as JSON: {text_of(self.default)[:100]}")

    def _check_range(self, of: str, read: Callable[[Any], Any] = int) -> None:
        """Go on only if the option min_… does not exceed max_…; read says what they are as numbers.

        :raises ValueError: it does.
        """
        least, most = getattr(self, f"min_{of}"), getattr(self, f"max_{of}")
        if least is not None and most is not None and read(least) > read(most):
            raise ValueError(f"min_{of} ({text_of(least)}) is greater than max_{of} ({text_of(most)})")

    def _check_counts(self, *options: str, most: int | None = None) -> None:
        """Go on only if none of these options is negative, or greater than most.

        :raises ValueError: one is.
        """
        for option in options:
            given = getattr(self, option)
            if given is not None and given < 0:
                raise ValueError(f"{option} should not be negative")
            if given is not None and most is not None and given > most:
                raise ValueError(f"{option} should be at most {most}")

    def _check_condition(self) -> None:
        given = self.visible_when
        if isinstance(given, Mapping):
            if not given or not all(isinstance(name, str) for name in given) or not is_json(self._told_condition()):
                raise TypeError("visible_when should name inputs, each with a value or a list of values")
        elif given is not None and not callable(given):
            raise TypeError(f"visible_when should be a dict or a function, not {type(given).__name__}")
