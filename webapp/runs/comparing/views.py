"""*Compare*, on the page of a run: two runs side by side, or a choice of what to compare with."""

from __future__ import annotations

import re

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.accounts.gate import SIGNED_IN, needs
from webapp.accounts.permissions import visible
from webapp.db import db
from webapp.runs import comparing, key_inputs
from webapp.runs.comparing import facts, files, inputs, items, lines, results
from webapp.runs.models import Run
from webapp.runs.routes import RUN, bp
from webapp.ui.pages import LARGEST, find

RECENT = 20
"""Runs of the same job that are offered."""
WITH, EXACT = "with", "exact"
NO_NUMBER = "Give the number of a run, like 4170."
ITSELF = "Choose another run than #{number} itself."


@bp.get(f"{RUN}/compare")
@needs(SIGNED_IN)
def compare(number: int) -> ResponseReturnValue:
    """The run beside the one that ?with= names; without it beside the last success before it, or what to choose."""
    run: Run = find(visible(Run), number=number)
    wanted = request.args.get(WITH)
    if wanted is None and (success := comparing.last_success(run, current_user)) is not None:
        return redirect(f"{url_for('runs.compare', number=number)}?{WITH}={success}")
    if not wanted:
        return _choose(run)
    problem, text = "", wanted.strip().removeprefix("#")
    if not re.fullmatch(r"[0-9]{1,10}", text, re.ASCII) or int(text) > LARGEST:
        problem = NO_NUMBER
    elif int(text) == number:
        problem = ITSELF.format(number=number)
    if problem:
        return _choose(run, wanted, problem), 400
    return _compared(find(visible(Run), number=int(text)), run)


def _choose(run: Run, wanted: str = "", problem: str = "") -> str:
    query = visible(Run).where(Run.job_id == run.job_id, Run.number != run.number)
    recent = db.session.scalars(query.order_by(Run.number.desc()).limit(RECENT)).all() if run.job_id else []
    success = comparing.last_success(run, current_user)
    given = key_inputs.shown(recent, current_user)
    told = {"run": run, "recent": recent, "key_inputs": given, "success": success, "wanted": wanted, "problem": problem}
    return render_template("runs/comparing/choose.html", **told)


def _compared(left: Run, right: Run) -> str:
    exact, made = request.args.get(EXACT) == "true", files.of(left, right)
    return render_template(
        "runs/comparing/show.html",
        left=left,
        right=right,
        exact=exact,
        facts=facts.of(left, right),
        same_code=facts.same_code(left, right),
        goes_on=facts.GOES_ON,
        going_on=[run for run in (left, right) if not run.finished],
        longer=facts.longer(left, right),
        inputs=inputs.of(left, right, current_user),
        items=items.of(left, right),
        files=made,
        result=results.of(left, right, made),
        log=lines.compare(left, right, exact=exact),
        most_lines=lines.MOST,
        most_characters=lines.MOST_CHARACTERS,
        most_leaves=results.MOST_LEAVES,
    )
