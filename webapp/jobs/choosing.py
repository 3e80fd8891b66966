"""Variables whose values stand in a list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, ClassVar

from webapp.jobs import choices as choice_lists
from webapp.jobs import computing
from webapp.jobs.plain import text_of
from webapp.jobs.variable import Variable


class ChoiceVar(Variable):
    """One of a list: (value, label) pairs, plain values, groups of these, or a callable that gives them.

    Values keep their type. None is an empty list. A callable is asked whenever the form is shown or sent; it may take
    the values of other inputs.
    """

    kind = "ChoiceVar"
    options: ClassVar[Mapping[str, type]] = {"choices": list}

    def __init__(self, choices: Any = None, **common: Any) -> None:
        super().__init__(**common)
        self._given = choices
        self._normal: list[choice_lists.Choice] | None = None
        self._by_key: dict[str, choice_lists.Value] | None = None

    @property
    def choices(self) -> list[choice_lists.Choice]:
        """The choices in their normal shape.

        :raises TypeError: what the author gave is no list of choices.
        """
        if self._normal is None:
            self._normal = self._listed()
        return self._normal

    def computed(self) -> dict[str, computing.Function]:
        """The functions of its author, by the name of the option that they compute."""
        # An Enum can be called as well.
        is_function = callable(self._given) and not isinstance(self._given, type)
        return {**({computing.CHOICES: self._given} if is_function else {}), **super().computed()}

    def _listed(self) -> list[choice_lists.Choice]:
        """The choices where no input has a value yet; none if they are made of the values."""
        function = self.computed().get(computing.CHOICES)
        if function is None:
            return choice_lists.normal([] if self._given is None else self._given)
        alone = computing.source_of(computing.CHOICES, function) == computing.OF_NOTHING
        return self.compute(computing.CHOICES, {}) if alone else []

    def notes(self) -> list[str]:
        """That there is nothing to choose, or that a form cannot tell some choices apart."""
        if computing.CHOICES in self.computed():
            return []
        if not self.choices:
            return ["choices is empty, so that no value will ever fit."]
        times = Counter(choice_lists.key(value) for value, _, _ in choice_lists.flat(self.choices))
        return [
            f"choices has “{key}” {many} times; only the last one counts." for key, many in times.items() if many > 1
        ]

    def _read(self, raw: object) -> Any:
        if raw is None or isinstance(raw, str | int | float):
            return "" if raw is None else raw
        raise ValueError("Select one choice.")

    def _checked(self, value: Any) -> Any:
        return self._known([value])[0]

    def _known(self, wanted: list[Any]) -> list[Any]:
        """The values that wanted stands for, each once.

        :raises ValueError: one of them is no choice.
        """
        if self._by_key is None:
            self._by_key = {choice_lists.key(known): known for known, _, _ in choice_lists.flat(self.choices)}
        by_key = self._by_key
        keys = ["" if one is None else text_of(one) for one in wanted]
        for key in keys:
            if key not in by_key:
                raise ValueError(f"Select a valid choice. {key[:100]} is not one of the available choices.")
        return [by_key[key] for key in dict.fromkeys(keys)]


class MultiChoiceVar(ChoiceVar):
    """Any number of a list, in the order in which they are given, each once; choices as for ChoiceVar."""

    kind = "MultiChoiceVar"
    multiple = True

    def _read(self, raw: object) -> Any:
        if raw is None:
            return []
        if isinstance(raw, list | tuple) and all(isinstance(one, str | int | float | None) for one in raw):
            return list(raw)
        raise ValueError("Enter a list of values.")

    def _checked(self, value: Any) -> Any:
        return self._known(value)
