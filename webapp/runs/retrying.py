"""What failed of a run, to be started again: the objects that it was given, and whose items failed or did not end; of a
run that was cut off also those that it never came to.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from webapp.accounts.models import User
from webapp.accounts.permissions import may
from webapp.errors import WebappError
from webapp.inputs.choosable import rows_of
from webapp.jobs.objects import MultiObjectVar
from webapp.jobs.variable import Variable
from webapp.jobs.variables import variables_of
from webapp.runs import items
from webapp.runs.checking import require_runnable
from webapp.runs.groups import MOST_ITEMS
from webapp.runs.models import Run, State


@dataclass(frozen=True)
class Retry:
    """Objects that a new run may be given."""

    name: str
    """Of the variable that takes them."""
    keys: list[str]
    gone: int = 0
    """Of those that failed, how many are not there any more."""
    problem: str = ""
    """Why they cannot be started again; empty if they can."""
    untouched: int = 0
    """How many of them it never came to."""


def of(run: Run, user: User) -> Retry | None:
    """What failed of run, for user; None if there is nothing that failed, or nothing that could be given again."""
    if not run.finished or run.job is None or not may(user, "extras.run_job"):
        return None
    failed, begun = items.failed_keys(run), items.keys(run) if _was_cut_off(run) else set()
    if not failed and not begun:
        return None
    variables = variables_of(run.job.variables)
    given = _given(run, variables, failed, begun)
    if len(given) != 1:
        return None
    [(name, keys)] = given.items()
    variable = variables.get(name)
    if not isinstance(variable, MultiObjectVar):
        return Retry(name, keys, problem=f"The job does not take “{name}” any more.")
    retry = _possible(run, user, name, variable, keys)
    return retry and replace(retry, untouched=sum(key not in begun for key in retry.keys) if begun else 0)


def _was_cut_off(run: Run) -> bool:
    """Whether run did not come to its end, and all its items are known."""
    return run.state not in (State.SUCCESS, State.FAILURE) and 0 < run.item_count < MOST_ITEMS


def _given(
    run: Run, variables: Mapping[str, Variable], failed: Collection[str], begun: Collection[str]
) -> dict[str, list[str]]:
    """What is left of the lists of objects that run was given, by name; what failed, where nobody reads its inputs."""
    objects = [name for name, variable in variables.items() if isinstance(variable, MultiObjectVar)]
    if run.sensitive:
        return {name: list(failed) for name in objects if failed}
    lists, wanted = {name: value for name, value in (run.inputs or {}).items() if isinstance(value, list)}, set(failed)
    among = {
        name: _left([one for one in value if isinstance(one, str)], wanted, begun)
        for name, value in lists.items()
        if name in objects or name not in variables
    }
    return {name: keys for name, keys in among.items() if keys}


def _left(keys: list[str], failed: Collection[str], begun: Collection[str]) -> list[str]:
    """Those of keys that failed, or, if these are what was worked on, were not begun."""
    worked_on = any(key in begun for key in keys)
    return [key for key in keys if key in failed or worked_on and key not in begun]


def _possible(run: Run, user: User, name: str, variable: MultiObjectVar, keys: list[str]) -> Retry | None:
    try:
        if run.job is not None:
            require_runnable(run.job, user)
        rows = rows_of(variable, user, keys)
    except (WebappError, ValueError) as refusal:
        return Retry(name, keys, problem=str(refusal))
    present = [key for key in keys if key in rows]
    if not present and run.sensitive:  # the items were about something else
        return None
    problem = "" if present else "What failed is not there any more, or you may not see it any more."
    return Retry(name, present, len(keys) - len(present), problem)
