"""The whole author kit: what runs say of their progress, groups and items in their logs, and files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from webapp.db import UTCDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
ITEM_STATES = ("running", "success", "failure", "skipped", "interrupted")


def upgrade() -> None:
    # Plain ALTER TABLE, as in 0002, so that triggers and rows stay.
    _add_progress_and_groups()
    _add_files()
    _add_declarations()
    _add_secrets()


def downgrade() -> None:
    op.drop_column("run", "sealed")
    for column in reversed(_declared_columns()):
        op.drop_column("job", column.name)
    for table in ("run_file", "file_chunk", "file"):
        op.drop_table(table)
    _drop_progress_and_groups()


def _add_progress_and_groups() -> None:
    for column in _progress_columns():
        op.add_column("run", column)
    op.add_column("log_line", sa.Column("path", sa.String(length=100), nullable=False, server_default=""))
    op.create_table(
        "log_group",
        sa.Column("run_number", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("is_item", sa.Boolean(), nullable=False),
        sa.Column("path", sa.String(length=100), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("url", sa.String(length=255), nullable=False),
        sa.Column("state", sa.Enum(*ITEM_STATES, name="itemstate", native_enum=False, length=20), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("started_us", sa.BigInteger(), nullable=False),
        sa.Column("ended_us", sa.BigInteger(), nullable=True),
        sa.Column("end_seq", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["run_number"], ["run.number"], name="fk_log_group_run_number_run", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_number", "seq", name="pk_log_group"),
        sqlite_with_rowid=False,
    )


def _add_files() -> None:
    op.create_table(
        "file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("bound", sa.Boolean(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("needed_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name="fk_file_user_id_user_account", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_file"),
    )
    op.create_index("ix_file_user_id", "file", ["user_id"])
    op.create_index("ix_file_needed_at", "file", ["needed_at"])
    sealed = sa.text("sealed IS NOT NULL")
    op.create_index("ix_file_sealed", "file", ["id"], sqlite_where=sealed, postgresql_where=sealed)
    op.create_table(
        "file_chunk",
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["file.id"], name="fk_file_chunk_file_id_file", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("file_id", "n", name="pk_file_chunk"),
    )
    op.create_table(
        "run_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_number", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("variable", sa.Text(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["run_number"], ["run.number"], name="fk_run_file_run_number_run", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["file_id"], ["file.id"], name="fk_run_file_file_id_file"),
        sa.PrimaryKeyConstraint("id", name="pk_run_file"),
        sa.UniqueConstraint("run_number", "variable", name="uq_run_file_run_number_variable"),
    )
    op.create_index("ix_run_file_file_id", "run_file", ["file_id"])


def _drop_progress_and_groups() -> None:
    op.drop_table("log_group")
    op.drop_column("log_line", "path")
    for column in reversed(_progress_columns()):
        op.drop_column("run", column.name)


def _progress_columns() -> list[sa.Column]:
    counts = ("group_count", "item_count", "item_success_count", "item_failure_count", "item_skipped_count")
    return [
        sa.Column("progress_done", sa.Double(), nullable=True),
        sa.Column("progress_total", sa.Double(), nullable=True),
        sa.Column("progress_text", sa.String(length=200), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=False, server_default="0") for name in counts),
    ]


def _add_declarations() -> None:
    for column in _declared_columns():
        op.add_column("job", column)


def _declared_columns() -> list[sa.Column]:
    return [
        sa.Column("approval_required", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("is_job_hook_receiver", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("is_job_button_receiver", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("fieldsets", JSON, nullable=False, server_default="[]"),
        sa.Column("notes", JSON, nullable=False, server_default="[]"),
    ]


def _add_secrets() -> None:
    op.add_column("run", sa.Column("sealed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE run SET sealed = sensitive")
