"""What is kept beside a session, and whether its questions still have time."""

from __future__ import annotations

from sqlalchemy.orm import Session

WRITING = "jobdeck.writing"
LEFT = "jobdeck.left"
"""Of a session in a single transaction: how many statements it may still write with."""
AFTER_COMMIT = "jobdeck.after_commit"
READ = "jobdeck.read"
"""Of a session: what was made of what it has read, by name."""


class Limit:
    """Whether somebody waits for the database with a limit, in this process's only thread that may; and whether the
    limit has passed."""

    armed = passed = False


def forget(session: Session) -> None:
    """Take away what a transaction has left at session."""
    for mark in (WRITING, LEFT, AFTER_COMMIT, READ):
        session.info.pop(mark, None)
