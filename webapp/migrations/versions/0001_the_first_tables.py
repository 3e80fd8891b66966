"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from webapp.db import UTCDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "job",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("module_name", sa.String(length=100), nullable=False),
        sa.Column("job_class_name", sa.String(length=100), nullable=False),
        sa.Column("grouping", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("installed", sa.Boolean(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("read_only", sa.Boolean(), nullable=False),
        sa.Column("is_singleton", sa.Boolean(), nullable=False),
        sa.Column("has_sensitive_variables", sa.Boolean(), nullable=False),
        sa.Column("supports_dryrun", sa.Boolean(), nullable=False),
        sa.Column("dryrun_default", sa.Boolean(), nullable=False),
        sa.Column("soft_time_limit", sa.Integer(), nullable=False),
        sa.Column("time_limit", sa.Integer(), nullable=False),
        sa.Column("task_queues", JSON, nullable=False),
        sa.Column("variables", JSON, nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.Column("last_run_number", sa.Integer(), nullable=True),
        sa.Column("last_run_state", sa.String(length=20), nullable=True),
        sa.Column("last_run_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
        sa.UniqueConstraint("module_name", "job_class_name", name="uq_job_module_name_job_class_name"),
        sa.UniqueConstraint("name", name="uq_job_name"),
    )
    op.create_table(
        "load_error",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("module_name", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("traceback", sa.Text(), nullable=False),
        sa.Column("seen_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_load_error"),
    )
    op.create_index("ix_load_error_module_name", "load_error", ["module_name"], unique=False)

    op.create_table(
        "permission",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("kinds", JSON, nullable=False),
        sa.Column("actions", JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_permission"),
        sa.UniqueConstraint("name", name="uq_permission_name"),
    )
    op.create_table(
        "process",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("queues", JSON, nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=False),
        sa.Column("beat_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_process"),
    )
    op.create_table(
        "user_account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.String(length=150), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("is_superuser", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_user_account"),
        sa.UniqueConstraint("username", name="uq_user_account_username"),
    )
    op.create_table(
        "user_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=150), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_user_group"),
        sa.UniqueConstraint("name", name="uq_user_group_name"),
    )
    op.create_table(
        "membership",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["user_group.id"], name="fk_membership_group_id_user_group", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name="fk_membership_user_id_user_account", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "group_id", name="pk_membership"),
    )
    op.create_table(
        "permission_group",
        sa.Column("permission_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["user_group.id"], name="fk_permission_group_group_id_user_group", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["permission_id"],
            ["permission.id"],
            name="fk_permission_group_permission_id_permission",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("permission_id", "group_id", name="pk_permission_group"),
    )
    op.create_table(
        "permission_user",
        sa.Column("permission_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["permission_id"], ["permission.id"], name="fk_permission_user_permission_id_permission", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name="fk_permission_user_user_id_user_account", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("permission_id", "user_id", name="pk_permission_user"),
    )
    op.create_table(
        "run",
        sa.Column("number", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("job_name", sa.Text(), nullable=False),
        sa.Column("class_path", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("queue", sa.String(length=255), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "claimed",
                "running",
                "success",
                "failure",
                "errored",
                "timed_out",
                "lost",
                "cancelled",
                name="state",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("state_version", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("heartbeat", sa.Integer(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("inputs", JSON, nullable=True),
        sa.Column("sensitive", sa.Boolean(), nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("soft_time_limit", sa.Integer(), nullable=False),
        sa.Column("time_limit", sa.Integer(), nullable=False),
        sa.Column("idem_key", sa.String(length=255), nullable=True),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("code_version", sa.String(length=64), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("rung_at", UTCDateTime(), nullable=False),
        sa.Column("claimed_at", UTCDateTime(), nullable=True),
        sa.Column("started_at", UTCDateTime(), nullable=True),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("result", JSON, nullable=True),
        sa.Column("error", JSON, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("traceback", sa.Text(), nullable=True),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("debug_count", sa.Integer(), nullable=False),
        sa.Column("info_count", sa.Integer(), nullable=False),
        sa.Column("success_count", sa.Integer(), nullable=False),
        sa.Column("warning_count", sa.Integer(), nullable=False),
        sa.Column("error_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_run_job_id_job", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name="fk_run_user_id_user_account", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("number", name="pk_run"),
        sa.UniqueConstraint("id", name="uq_run_id"),
        sa.UniqueConstraint("user_id", "idem_key", name="uq_run_user_id_idem_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_run_job_id_number", "run", ["job_id", "number"], unique=False)
    op.create_index("ix_run_state_number", "run", ["state", "number"], unique=False)
    op.create_index("ix_run_user_id", "run", ["user_id"], unique=False)

    op.create_table(
        "token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("hint", sa.String(length=4), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=False),
        sa.Column("write_enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=True),
        sa.Column("last_used_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name="fk_token_user_id_user_account", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_token"),
        sa.UniqueConstraint("key_hash", name="uq_token_key_hash"),
    )
    op.create_index("ix_token_user_id", "token", ["user_id"], unique=False)

    op.create_table(
        "user_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("last_seen_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name="fk_user_session_user_id_user_account", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_user_session"),
        sa.UniqueConstraint("token_hash", name="uq_user_session_token_hash"),
    )
    op.create_index("ix_user_session_user_id", "user_session", ["user_id"], unique=False)

    op.create_table(
        "envelope",
        sa.Column("run_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_number"], ["run.number"], name="fk_envelope_run_number_run", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_number", name="pk_envelope"),
    )
    op.create_table(
        "log_line",
        sa.Column("run_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("grouping", sa.String(length=100), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("object_text", sa.String(length=200), nullable=False),
        sa.Column("object_url", sa.String(length=255), nullable=False),
        sa.ForeignKeyConstraint(["run_number"], ["run.number"], name="fk_log_line_run_number_run", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_number", "seq", name="pk_log_line"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "run_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_number", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("from_state", sa.String(length=20), nullable=True),
        sa.Column("to_state", sa.String(length=20), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["run_number"], ["run.number"], name="fk_run_event_run_number_run", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_run_event"),
        sa.UniqueConstraint("run_number", "n", name="uq_run_event_run_number_n"),
    )
    op.create_index(
        "uq_run_event_final",
        "run_event",
        ["run_number"],
        unique=True,
        sqlite_where=sa.text("final"),
        postgresql_where=sa.text("final"),
    )


def downgrade() -> None:
    op.drop_index(
        "uq_run_event_final", table_name="run_event", sqlite_where=sa.text("final"), postgresql_where=sa.text("final")
    )

    op.drop_table("run_event")
    op.drop_table("log_line")
    op.drop_table("envelope")
    op.drop_index("ix_user_session_user_id", table_name="user_session")

    op.drop_table("user_session")
    op.drop_index("ix_token_user_id", table_name="token")

    op.drop_table("token")
    op.drop_index("ix_run_user_id", table_name="run")
    op.drop_index("ix_run_state_number", table_name="run")
    op.drop_index("ix_run_job_id_number", table_name="run")

    op.drop_table("run")
    op.drop_table("permission_user")
    op.drop_table("permission_group")
    op.drop_table("membership")
    op.drop_table("user_group")
    op.drop_table("user_account")
    op.drop_table("process")
    op.drop_table("permission")
    op.drop_index("ix_load_error_module_name", table_name="load_error")

    op.drop_table("load_error")
    op.drop_table("job")
