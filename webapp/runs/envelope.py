"""Inputs of a run at rest: in its row, or sealed in an envelope as far as they may be sensitive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webapp.db import db
from webapp.jobs.secret import GIVEN
from webapp.jobs.variables import Variable
from webapp.runs.models import Envelope, Run
from webapp.sealing import seal, unseal


def parted(
    variables: Mapping[str, Variable], inputs: dict[str, Any], *, sensitive: bool
) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """The dumped inputs for the row, None if all of them may be sensitive; and those for the envelope."""
    if sensitive:
        return None, inputs
    secrets = {name: value for name, value in inputs.items() if variables[name].secret and value}
    return {**inputs, **dict.fromkeys(secrets, GIVEN)}, secrets


def put(run: Run, inputs: Mapping[str, Any]) -> None:
    """Seal these inputs of run; belongs into the transaction that makes it, after it got its number."""
    db.session.add(Envelope(run_number=run.number, sealed=seal(inputs)))


def inputs_of(run: Run) -> dict[str, Any]:
    """The dumped inputs of run, opened as far as they are sealed.

    :raises Unreadable: the keys at hand do not open them, or they are gone.
    """
    readable = {} if run.sensitive else run.inputs
    # The web process of an earlier version, which may still be at work, says of a sensitive run only that it is one.
    envelope = db.session.get(Envelope, run.number) if run.sealed or run.sensitive else None
    if envelope is None and not run.sealed:
        return dict(readable)
    return {**readable, **unseal(envelope.sealed if envelope else b"")}
