"""Inputs of a run at rest: in its row, or sealed in an envelope if they may be sensitive."""

from __future__ import annotations

from typing import Any

from webapp.db import db
from webapp.runs.models import Envelope, Run
from webapp.sealing import seal, unseal


def put(run: Run, inputs: dict[str, Any]) -> None:
    """Keep the dumped inputs of run; belongs into the transaction that makes it, after it got its number."""
    db.session.add(Envelope(run_number=run.number, sealed=seal(inputs)))


def inputs_of(run: Run) -> dict[str, Any]:
    """The dumped inputs of run, opened if they are sealed.

    :raises Unreadable: the keys at hand do not open them, or they are gone.
    """
    if not run.sensitive:
        return dict(run.inputs)
    envelope = db.session.get(Envelope, run.number)
    return unseal(envelope.sealed if envelope else b"")
