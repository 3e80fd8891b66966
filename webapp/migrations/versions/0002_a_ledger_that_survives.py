"""A ledger that survives: retries, slots, cancelling, workers that say who they are, ends that nobody changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from webapp.db import UTCDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
HOLDS_A_SLOT = sa.text("concurrency_key IS NOT NULL AND state IN ('claimed', 'running')")
WAITS_FOR_A_SLOT = sa.text("concurrency_key IS NOT NULL AND state = 'queued'")
FIXED = ("state", "attempt", "ended_at", "result", "reason", "error", "traceback")
"""Columns of a run that stay as they are once it is over."""
OVER = "OLD.state IN ('success', 'failure', 'errored', 'timed_out', 'lost', 'cancelled')"
REFUSAL = "a run that is over does not change"


def upgrade() -> None:
    # Plain ALTER TABLE throughout: where Alembic rebuilds a table of SQLite, triggers, AUTOINCREMENT and the rows
    # that refer to it are lost. So the defaults, which fill the rows that are there, stay.
    for column in _job_columns():
        op.add_column("job", column)
    for column in _run_columns():
        op.add_column("run", column)
    op.drop_index("ix_run_user_id", table_name="run")
    op.create_index("ix_run_user_id_state", "run", ["user_id", "state"])
    op.create_index(
        "uq_run_concurrency_key_slot",
        "run",
        ["concurrency_key", "slot"],
        unique=True,
        sqlite_where=HOLDS_A_SLOT,
        postgresql_where=HOLDS_A_SLOT,
    )
    op.create_index(
        "ix_run_waiting_for_key",
        "run",
        ["concurrency_key", "number"],
        sqlite_where=WAITS_FOR_A_SLOT,
        postgresql_where=WAITS_FOR_A_SLOT,
    )
    kinds = ("moved", "cancel_requested", "kill_requested", "came_late")
    happening = sa.Enum(*kinds, name="happening", native_enum=False, length=20)
    op.add_column("run_event", sa.Column("kind", happening, nullable=False, server_default="moved"))

    # Who lives writes its row anew within seconds.
    op.drop_table("process")
    op.create_table(
        "process",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("queues", JSON, nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("schema", sa.String(length=32), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("beat_at", UTCDateTime(), nullable=False),
        sa.Column("left_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_process"),
    )
    for statement in _fix_ends():
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER run_is_over ON run")
        op.execute("DROP FUNCTION refuse_change_of_run_that_is_over()")
    else:
        op.execute("DROP TRIGGER run_is_over")
    for name in ("host", "pid", "version", "schema", "left_at"):
        op.drop_column("process", name)
    op.drop_column("run_event", "kind")
    for index in ("ix_run_waiting_for_key", "uq_run_concurrency_key_slot", "ix_run_user_id_state"):
        op.drop_index(index, table_name="run")
    op.create_index("ix_run_user_id", "run", ["user_id"])
    for column in reversed(_run_columns()):
        op.drop_column("run", column.name)
    for column in reversed(_job_columns()):
        op.drop_column("job", column.name)


def _job_columns() -> list[sa.Column]:
    return [
        sa.Column("idempotent", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("max_attempts", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("retry_backoff", sa.Integer(), nullable=False, server_default="10"),
        sa.Column("concurrency", JSON, nullable=True),
    ]


def _run_columns() -> list[sa.Column]:
    return [
        sa.Column("starts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("deaths", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("max_attempts", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("retry_backoff", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("start_after", UTCDateTime(), nullable=True),
        sa.Column("concurrency_key", sa.String(length=64), nullable=True),
        sa.Column("concurrency_limit", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("on_conflict", sa.String(length=10), nullable=True),
        sa.Column("slot", sa.Integer(), nullable=True),
        sa.Column("cancel_requested_at", UTCDateTime(), nullable=True),
        sa.Column("cancel_by", sa.Text(), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.Column("kill_at", UTCDateTime(), nullable=True),
        sa.Column("kill_requested_at", UTCDateTime(), nullable=True),
        sa.Column("log_bytes", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("dropped_lines", sa.Integer(), nullable=False, server_default="0"),
    ]


def _fix_ends() -> list[str]:
    """The statements that make the end of a run final, whoever writes to the table."""
    if op.get_bind().dialect.name == "postgresql":
        changed = " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in FIXED)
        return [
            "CREATE FUNCTION refuse_change_of_run_that_is_over() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
            f"CREATE TRIGGER run_is_over BEFORE UPDATE ON run FOR EACH ROW WHEN ({OVER} AND ({changed})) "
            "EXECUTE FUNCTION refuse_change_of_run_that_is_over()",
        ]
    changed = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in FIXED)
    return [
        f"CREATE TRIGGER run_is_over BEFORE UPDATE ON run WHEN {OVER} AND ({changed}) "
        f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    ]
