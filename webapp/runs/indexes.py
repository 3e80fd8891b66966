"""By what runs are found: the indexes over their table, and the conditions of those that hold only some of the rows."""

from __future__ import annotations

import sqlalchemy as sa

HOLDS_A_SLOT = "concurrency_key IS NOT NULL AND state IN ('claimed', 'running')"
WAITS_FOR_A_SLOT = "concurrency_key IS NOT NULL AND state = 'queued'"
IS_LET_GO = "let_go_at IS NOT NULL"
IS_UNINDEXED = "indexed_at IS NULL"
IS_SUCCESS = "state = 'success'"
IS_AGAIN = "again_of IS NOT NULL"
# Not as a list of those that it is: SQLite would take the index over states for it instead of the small one.
DID_NOT_SUCCEED = "state NOT IN ('queued', 'claimed', 'running', 'success', 'cancelled')"


def of_runs() -> list[sa.Index]:
    """All of them, for one table."""
    return [
        sa.Index("ix_run_state_number", "state", "number"),
        sa.Index("ix_run_job_id_number", "job_id", "number"),
        sa.Index("ix_run_user_id_state", "user_id", "state"),
        sa.Index("ix_run_user_id_number", "user_id", "number"),
        # A place among runs that exclude each other is free again the moment its run ends, however it ends.
        _only("uq_run_concurrency_key_slot", "concurrency_key", "slot", where=HOLDS_A_SLOT, unique=True),
        _only("ix_run_waiting_for_key", "concurrency_key", "number", where=WAITS_FOR_A_SLOT),
        # How old the runs of a job are: what is asked of each job when runs are deleted that nobody needs any more.
        sa.Index("ix_run_job_id_ended_at", "job_id", "ended_at"),
        # How many have failed lately: what everybody who looks at the list of runs is told.
        _only("ix_run_did_not_succeed", "created_at", where=DID_NOT_SUCCEED),
        # What has failed since somebody was here last.
        _only("ix_run_did_not_succeed_ended_at", "ended_at", where=DID_NOT_SUCCEED),
        _only("ix_run_let_go", "number", where=IS_LET_GO),
        # Whose logs are still to be taken into the index over all logs; see fulltext/.
        _only("ix_run_unindexed", "number", where=IS_UNINDEXED),
        # The last success before a run that failed: however many failures lie between the two.
        _only("ix_run_success", "job_id", "number", where=IS_SUCCESS),
        _only("ix_run_again_of", "again_of", where=IS_AGAIN),
    ]


def _only(name: str, *columns: str, where: str, unique: bool = False) -> sa.Index:
    """An index over no rows but those that where holds of."""
    rows = sa.text(where)
    return sa.Index(name, *columns, unique=unique, sqlite_where=rows, postgresql_where=rows)
