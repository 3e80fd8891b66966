"""Runs and lines of logs as JSON, in the reference's shapes; clients get all texts without colours."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid5

from flask import url_for

from webapp.api import choice, common, depth, nested, when
from webapp.jobs.plain import without_colours
from webapp.runs import files, items, progress, waiting
from webapp.runs.log.models import LogGroup, LogLine
from webapp.runs.models import Run, State

STATUS = {
    State.QUEUED: "PENDING",
    State.CLAIMED: "STARTED",
    State.RUNNING: "STARTED",
    State.SUCCESS: "SUCCESS",
    State.CANCELLED: "REVOKED",
}
OTHER_STATUS = "FAILURE"


def status_of(state: State) -> str:
    """The reference's word for state."""
    return STATUS.get(state, OTHER_STATUS)


def runs_json(runs: Sequence[Run]) -> list[dict[str, object]]:
    """Runs in the reference's shape of a JobResult; asks once for what all of them wait for."""
    depth.prepare({run.job_id for run in runs if run.job_id}, "extras.job")
    reasons = waiting.reasons(runs)
    made = files.made_by(runs)
    return [_run_json(run, reasons.get(run.number), made.get(run.number, [])) for run in runs]


def run_json(run: Run) -> dict[str, object]:
    """A run in the reference's shape of a JobResult."""
    return _run_json(run, waiting.why(run), files.made_by([run]).get(run.number, []))


def _run_json(run: Run, waits_for: waiting.Reason | None, made: Sequence[UUID]) -> dict[str, object]:
    status = status_of(run.state)
    display = f"{run.job_name} created at {run.created_at:%Y-%m-%d %H:%M:%S} ({status})"
    return {
        **common(run.id, "extras.jobresult", display, "job_results_api.detail"),
        "status": choice(status),
        "name": run.job_name,
        "task_name": run.class_path,
        "date_created": when(run.created_at),
        "date_started": when(run.started_at),
        "date_done": when(run.ended_at),
        "result": run.result if run.error is None else run.error,
        "worker": run.worker,
        "task_args": [],
        "task_kwargs": {} if run.sensitive else run.inputs,
        "celery_kwargs": {
            "queue": run.queue,
            "soft_time_limit": run.soft_time_limit,
            "time_limit": run.time_limit,
        },
        "traceback": _readable(run.traceback),
        "meta": _meta(run) | {"waiting": waits_for.text if waits_for else None},
        "debug_log_count": run.debug_count,
        "success_log_count": run.success_count,
        "info_log_count": run.info_count,
        "warning_log_count": run.warning_count,
        "error_log_count": run.error_count,
        "job_model": nested(run.job_id, "extras.job", "jobs_api.detail"),
        "user": nested(run.user_id, "users.user", "users_api.detail"),
        "scheduled_job": None,
        "files": [nested(id, "extras.fileproxy", "file_proxies_api.detail") for id in made],
        "custom_fields": {},
    }


def _meta(run: Run) -> dict[str, object]:
    """What the reference does not know."""
    return {
        "number": run.number,
        "state": run.state,
        "reason": _readable(run.reason),
        "dry_run": run.dry_run,
        "attempt": run.attempt,
        "max_attempts": run.max_attempts,
        "start_after": when(run.start_after),
        "cancel_requested_at": when(run.cancel_requested_at),
        "cancel_by": run.cancel_by,
        "cancel_reason": _readable(run.cancel_reason),
        "kill_at": when(run.kill_at),
        "dropped_lines": run.dropped_lines,
        "progress": progress.of(run),
        "items": items.told(run),
        "pinned": run.pinned_at is not None,
        "pinned_at": when(run.pinned_at),
        "pinned_by": run.pinned_by,
    }


def _readable(text: str | None) -> str | None:
    return None if text is None else without_colours(text)


def line_json(run: Run, line: LogLine) -> dict[str, object]:
    """A line in the reference's shape of a JobLogEntry. Its id is derived, as lines have none of their own."""
    id, message = uuid5(run.id, str(line.seq)), without_colours(line.message)
    return {
        **common(id, "extras.joblogentry", message[:100], "job_results_api.detail"),
        "url": url_for("job_results_api.lines", id=run.id, _external=True),
        "log_level": line.level,
        "grouping": without_colours(line.grouping),
        "message": message,
        "created": when(line.at),
        "log_object": without_colours(line.object_text),
        "absolute_url": without_colours(line.object_url),
        "format": line.format or "text",
        "job_result": nested(run.id, "extras.jobresult", "job_results_api.detail"),
    }


def item_json(run: Run, item: LogGroup) -> dict[str, object]:
    """An item of a run. The reference knows none."""
    return {
        "id": str(uuid5(run.id, f"item {item.seq}")),
        "display": item.title,
        "key": item.key,
        "absolute_url": item.url,
        "state": item.shown_state(run),
        "message": without_colours(item.message),
        "started": when(item.started_at),
        "ended": when(item.ended_at),
        "seconds": item.seconds,
        "attempt": item.attempt,
        "first_line": item.seq,
        "last_line": item.end_seq,
        "job_result": nested(run.id, "extras.jobresult", "job_results_api.detail"),
    }
