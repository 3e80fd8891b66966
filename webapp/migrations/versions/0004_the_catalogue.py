"""The catalogue: what administrators decide about jobs, queues as records, changes, favourites, and runs that are kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from webapp.db import UTCDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
IS_LET_GO = sa.text("let_go_at IS NOT NULL")


def upgrade() -> None:
    # Plain ALTER TABLE, as in 0002, so that triggers and rows stay.
    for column in _job_columns():
        op.add_column("job", column)
    for column in _run_columns():
        op.add_column("run", column)
    op.create_index("ix_run_job_id_ended_at", "run", ["job_id", "ended_at"])
    op.create_index("ix_run_let_go", "run", ["number"], sqlite_where=IS_LET_GO, postgresql_where=IS_LET_GO)
    _add_queues()
    _add_refreshes()
    _add_favourites()
    _add_changes()


def downgrade() -> None:
    for table in ("change", "favourite", "refresh", "job_queue_assignment", "job_queue"):
        op.drop_table(table)
    for index in ("ix_run_let_go", "ix_run_job_id_ended_at"):
        op.drop_index(index, table_name="run")
    for column in reversed(_run_columns()):
        op.drop_column("run", column.name)
    for column in reversed(_job_columns()):
        op.drop_column("job", column.name)


def _job_columns() -> list[sa.Column]:
    return [
        sa.Column("declared", JSON, nullable=False, server_default="{}"),
        sa.Column("overridden", JSON, nullable=False, server_default="[]"),
        sa.Column("source", sa.String(length=100), nullable=False, server_default="local"),
        sa.Column("variable_words", sa.Text(), nullable=False, server_default=""),
        sa.Column("file", sa.Text(), nullable=False, server_default=""),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("version", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("keep_days", sa.Integer(), nullable=True),
        sa.Column("keep_runs", sa.Integer(), nullable=True),
    ]


def _run_columns() -> list[sa.Column]:
    return [
        sa.Column("pinned_at", UTCDateTime(), nullable=True),
        sa.Column("pinned_by", sa.Text(), nullable=True),
        sa.Column("let_go_at", UTCDateTime(), nullable=True),
    ]


def _add_queues() -> None:
    op.create_table(
        "job_queue",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=False),
        sa.Column("queue_type", sa.String(length=50), nullable=False),
        sa.Column("paused_at", UTCDateTime(), nullable=True),
        sa.Column("paused_by", sa.Text(), nullable=True),
        sa.Column("pause_reason", sa.Text(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_job_queue"),
        sa.UniqueConstraint("name", name="uq_job_queue_name"),
    )
    op.create_table(
        "job_queue_assignment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("job_queue_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_job_queue_assignment_job_id_job", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["job_queue_id"],
            ["job_queue.id"],
            name="fk_job_queue_assignment_job_queue_id_job_queue",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_job_queue_assignment"),
        sa.UniqueConstraint("job_id", "job_queue_id", name="uq_job_queue_assignment_job_id_job_queue_id"),
    )
    op.create_index("ix_job_queue_assignment_job_queue_id", "job_queue_assignment", ["job_queue_id"])


def _add_refreshes() -> None:
    op.create_table(
        "refresh",
        sa.Column("number", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("began_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("job_count", sa.Integer(), nullable=False),
        sa.Column("made_count", sa.Integer(), nullable=False),
        sa.Column("gone_count", sa.Integer(), nullable=False),
        sa.Column("error_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_refresh"),
        sqlite_autoincrement=True,
    )


def _add_favourites() -> None:
    op.create_table(
        "favourite",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name="fk_favourite_user_id_user_account", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_favourite_job_id_job", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "job_id", name="pk_favourite"),
    )
    op.create_index("ix_favourite_job_id", "favourite", ["job_id"])


def _add_changes() -> None:
    op.create_table(
        "change",
        sa.Column("number", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("run_number", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=100), nullable=False),
        sa.Column("row_id", sa.String(length=36), nullable=False),
        sa.Column("row_name", sa.String(length=200), nullable=False),
        sa.Column(
            "action", sa.Enum("create", "update", "delete", name="action", native_enum=False, length=20), nullable=False
        ),
        sa.Column("before", JSON, nullable=True),
        sa.Column("after", JSON, nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name="fk_change_user_id_user_account", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("number", name="pk_change"),
        sa.UniqueConstraint("id", name="uq_change_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_change_kind_row_id_number", "change", ["kind", "row_id", "number"])
    op.create_index("ix_change_user_id", "change", ["user_id"])
    op.create_index("ix_change_run_number", "change", ["run_number"])
