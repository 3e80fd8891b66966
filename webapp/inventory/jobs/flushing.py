"""What a job writes, and the database refuses: a sentence, at the end of a block or where the job asks inside of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from webapp.errors import NotPossible
from webapp.inventory import conflicts

REFUSED = "Nothing of this block is kept, as what it says does not go together: {reason}"


class JobSession(Session):
    """That of a thread of a job."""

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        """Write what was set.

        :raises NotPossible: the database refuses it. :raises InvalidInputs: the rules do.
        """
        try:
            super().flush(objects)
        except (StatementError, StaleDataError) as problem:
            if isinstance(problem, DBAPIError) and not isinstance(problem, DataError | IntegrityError):
                raise  # nothing is wrong with the values; others are in the way, or the database is
            # Without what SQLAlchemy says of its own statements, which authors have not written.
            raise NotPossible(REFUSED.format(reason=conflicts.in_words(problem))) from None
