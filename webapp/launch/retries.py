"""Starting again what failed of a run: the same inputs, with the objects that failed alone."""

from __future__ import annotations

from webapp.accounts.models import User
from webapp.errors import InvalidInputs, NotPossible
from webapp.jobs.variables import variables_of
from webapp.launch import filling, service
from webapp.runs import retrying
from webapp.runs.models import Run, Trigger

NOTHING = "There is nothing in this run that failed and could be started again."
INPUTS_GONE = "Some of its inputs were secret, and nobody can give them again for you: start the job anew, on its form."


def whole(run: Run) -> bool:
    """Whether all inputs of run can still be read."""
    return not (run.sensitive or run.sealed)


def start(run: Run, user: User, idem_key: str | None) -> Run:
    """The new run that works on what failed of run.

    :raises NotPossible: it cannot be started; the text says why. What start() of the service raises is raised as well.
    """
    retry = retrying.of(run, user)
    if retry is None or run.job is None:
        raise NotPossible(NOTHING)
    if retry.problem or not whole(run):
        raise NotPossible(retry.problem or INPUTS_GONE)
    given = filling.kept(variables_of(run.job.variables), run.job, run)
    queue = run.queue if run.queue in run.job.queues else None
    given |= {retry.name: retry.keys}
    try:
        return service.start(
            run.job, user, given, queue=queue, idem_key=idem_key, trigger=Trigger.RETRY, again_of=run.number
        )
    except InvalidInputs as refusal:
        raise NotPossible(f"The job does not take these inputs any more. {refusal.message}") from None
