"""How scripts tell a job in the style of 1.x whether to keep its changes: by `commit` beside the data, or `dryrun`."""

from __future__ import annotations

from typing import Any

from webapp.catalogue.models import Job
from webapp.errors import InvalidInputs
from webapp.jobs.variables import COMMIT

NO_BOOLEAN = "Must be a valid boolean."
NO_COMMIT = "This job knows no commit. If it offers dry runs, say “dryrun” in “data”."
AT_ODDS = "commit and dryrun say the opposite of each other here."


def understood(job: Job, data: Any, commit: object = None) -> Any:
    """data with what else was said in the input that job has for it; of a job that has none, as it was.

    :raises InvalidInputs: commit is neither true nor false, or the two do not agree; or somebody wants nothing to be
        changed by a job that does not know how.
    """
    names = {variable["name"] for variable in job.variables}
    if COMMIT not in names and commit is False:
        raise InvalidInputs({"commit": [NO_COMMIT]})
    if COMMIT not in names or not isinstance(data, dict):
        return data
    said = [] if commit is None else [commit]
    if not all(isinstance(one, bool) for one in said):
        raise InvalidInputs({"commit": [NO_BOOLEAN]})
    if "dryrun" not in names and isinstance(data.get("dryrun"), bool):
        said.append(not data["dryrun"])
        data = {name: value for name, value in data.items() if name != "dryrun"}
    if len(set(said)) > 1:
        raise InvalidInputs({"commit": [AT_ODDS]})
    return {**data, COMMIT: said[0]} if said else data
