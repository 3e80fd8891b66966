"""What can go wrong in the domain's own words; nothing in here knows HTTP.

WebappError
 ├── NotAllowed       this user may not do that
 │    └── NotSignedIn     nobody knows who asks
 ├── NotFound         there is no such thing, or this user may not see it
 ├── NotPossible      the thing's present state does not allow it
 │    ├── NotEnabled      a job that nobody has switched on
 │    ├── NotInstalled    a job whose code is missing or does not load
 │    └── TooMany         this user has as many of them waiting as may be
 ├── InvalidInputs    values that do not fit, with messages by name
 │    └── UnknownQueue    a queue that the job may not run on
 ├── AlreadyUsed      an idempotency key that stands for another submission
 └── Unreadable       something sealed that the keys at hand do not open
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class WebappError(Exception):
    """A refusal that its text explains to the person who asked."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotAllowed(WebappError):
    """The user lacks the permission."""


class NotSignedIn(NotAllowed):
    """No credentials, or ones that count no more."""


class NotFound(WebappError):
    """Nothing by that name within what the user may see."""


class NotPossible(WebappError):
    """The present state rules it out; the message says what would have to be different."""


class NotEnabled(NotPossible):
    """The job is switched off."""


class NotInstalled(NotPossible):
    """The job's code is not there, or could not be loaded."""


class TooMany(NotPossible):
    """There are as many as one user may have; the message says what would make room."""


class InvalidInputs(WebappError):
    """Values that do not fit; errors has the messages by the name of the variable."""

    def __init__(self, errors: Mapping[str, Sequence[str]]) -> None:
        super().__init__("; ".join(f"{name}: {' '.join(texts)}" for name, texts in errors.items()))
        self.errors = {name: list(texts) for name, texts in errors.items()}


class UnknownQueue(InvalidInputs):
    """A queue that the job may not run on."""

    def __init__(self, queue: str) -> None:
        super().__init__({"task_queue": [f'"{queue}" is not a valid choice.']})


class AlreadyUsed(WebappError):
    """An idempotency key that already stands for run number, which had other inputs."""

    def __init__(self, number: int) -> None:
        super().__init__(f"This submission was already used for run #{number}, with other inputs.")
        self.number = number


class Unreadable(WebappError):
    """Sealed bytes that none of the keys opens."""
