"""Keys of submissions: what is sent again with the same key is the same run, and not another one."""

from __future__ import annotations

import sqlalchemy as sa

from webapp.accounts.models import User
from webapp.db import db
from webapp.errors import AlreadyUsed, InvalidInputs, NotPossible
from webapp.runs.models import Run

LONGEST_KEY = 255
# Built once: building it takes longer than asking it.
EARLIER = sa.select(Run.number).where(Run.user_id == sa.bindparam("user_id"), Run.idem_key == sa.bindparam("idem_key"))


def check_key(key: str) -> None:
    """Go on only if key can stand for a submission.

    :raises InvalidInputs: it is empty, too long, or holds what cannot be printed.
    """
    if not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
        raise InvalidInputs({"idempotency_key": [f"Give 1 to {LONGEST_KEY} printable characters."]})


def refuse_used(user: User, idem_key: str | None) -> None:
    """Go on only if that key is new.

    :raises AlreadyUsed: user has made a run with that key.
    """
    if (number := earlier(user, idem_key)) is not None:
        raise AlreadyUsed(number)


def earlier(user: User, idem_key: str | None) -> int | None:
    """The number of the run that user has made with that key; None if there is none."""
    number: int | None = db.session.scalar(EARLIER, {"user_id": user.id, "idem_key": idem_key})
    return number


def replayed(number: int, mark: str) -> Run:
    """Run number, which was made before of the same; mark is the fingerprint of what is sent now.

    :raises AlreadyUsed: run number had other inputs. :raises NotPossible: it has been deleted.
    """
    run = db.session.get_one(Run, number)
    if run.let_go_at is not None:
        raise NotPossible(f"This was sent before and became run #{number}, which has been deleted. Send it anew.")
    if run.fingerprint != mark:
        raise AlreadyUsed(number)
    run.replayed = True
    return run
