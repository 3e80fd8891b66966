"""What reading logs takes: counts of groups, Markdown in lines, and what users want of pages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from webapp.db import UTCDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

DID_NOT_SUCCEED = "state NOT IN ('queued', 'claimed', 'running', 'success', 'cancelled')"
IS_UNINDEXED = "indexed_at IS NULL"
IS_SUCCESS, IS_AGAIN = "state = 'success'", "again_of IS NOT NULL"
NO_FTS5 = (
    "The SQLite of this Python cannot search texts: it was built without FTS5. "
    "Use another one, or PostgreSQL (JOBDECK_DATABASE_URL)."
)
LOG_WORDS = (
    "CREATE VIRTUAL TABLE log_words USING fts5(words, content = 'log_chunk', content_rowid = 'id', "
    "tokenize = \"ascii tokenchars '-._:/@'\", detail = none, columnsize = 0)"
)
LOG_WORDS_TRIGGERS = (
    "CREATE TRIGGER log_words_come AFTER INSERT ON log_chunk "
    "BEGIN INSERT INTO log_words (rowid, words) VALUES (NEW.id, NEW.words); END",
    "CREATE TRIGGER log_words_go AFTER DELETE ON log_chunk "
    "BEGIN INSERT INTO log_words (log_words, rowid, words) VALUES ('delete', OLD.id, OLD.words); END",
)
CHUNKS_WITH = (
    "CREATE FUNCTION log_chunks_with(wanted tsquery) RETURNS SETOF bigint LANGUAGE sql STABLE ROWS 100 "
    "SET enable_seqscan = off AS 'SELECT id FROM log_chunk WHERE words @@ wanted'"
)
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    # First of all, as it may be what cannot be done.
    if op.get_bind().dialect.name == "sqlite":
        _create_log_words()
    # Plain ALTER TABLE, as in 0002, so that triggers and rows stay.
    op.add_column("log_line", sa.Column("format", sa.String(length=8), nullable=False, server_default=""))
    for column in _group_columns():
        op.add_column("log_group", column)
    op.add_column("run", sa.Column("trigger", _trigger(), nullable=True))
    op.create_index(
        "ix_run_did_not_succeed",
        "run",
        ["created_at"],
        sqlite_where=sa.text(DID_NOT_SUCCEED),
        postgresql_where=sa.text(DID_NOT_SUCCEED),
    )
    op.add_column("run", sa.Column("again_of", sa.Integer(), nullable=True))
    for name, columns, condition in _run_indexes():
        op.create_index(name, "run", columns, sqlite_where=condition, postgresql_where=condition)
    op.add_column("run", sa.Column("indexed_at", UTCDateTime(), nullable=True))
    op.create_index(
        "ix_run_unindexed",
        "run",
        ["number"],
        sqlite_where=sa.text(IS_UNINDEXED),
        postgresql_where=sa.text(IS_UNINDEXED),
    )
    _create_index_over_logs()
    op.create_table(
        "preference",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("value", JSON, nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name="fk_preference_user_id_user_account", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "name", name="pk_preference"),
    )


def downgrade() -> None:
    op.drop_table("preference")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE log_words")
    else:
        op.execute("DROP FUNCTION log_chunks_with(tsquery)")
    op.drop_table("log_chunk")
    op.drop_index("ix_run_unindexed", "run")
    op.drop_column("run", "indexed_at")
    for name, _, _ in _run_indexes():
        op.drop_index(name, "run")
    op.drop_column("run", "again_of")
    op.drop_index("ix_run_did_not_succeed", "run")
    op.drop_column("run", "trigger")
    for column in reversed(_group_columns()):
        op.drop_column("log_group", column.name)
    op.drop_column("log_line", "format")


def _trigger() -> sa.Enum:
    return sa.Enum("form", "api", "runjob", "again", "retry", name="trigger", native_enum=False, length=20)


def _run_indexes() -> list[tuple[str, list[str], sa.TextClause | None]]:
    return [
        ("ix_run_user_id_number", ["user_id", "number"], None),
        ("ix_run_did_not_succeed_ended_at", ["ended_at"], sa.text(DID_NOT_SUCCEED)),
        ("ix_run_success", ["job_id", "number"], sa.text(IS_SUCCESS)),
        ("ix_run_again_of", ["again_of"], sa.text(IS_AGAIN)),
    ]


def _create_index_over_logs() -> None:
    op.create_table(
        "log_chunk",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(), nullable=False),
        sa.Column("run_number", sa.Integer(), nullable=False),
        sa.Column("first_seq", sa.Integer(), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text().with_variant(postgresql.TSVECTOR(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(["run_number"], ["run.number"], name="fk_log_chunk_run_number_run", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_log_chunk"),
        sa.UniqueConstraint("run_number", "first_seq", name="uq_log_chunk_run_number_first_seq"),
    )
    if op.get_bind().dialect.name == "postgresql":
        # What waits to be sorted in is gone through by each search.
        waiting = {"gin_pending_list_limit": 256}
        op.create_index("ix_log_chunk_words", "log_chunk", ["words"], postgresql_using="gin", postgresql_with=waiting)
        # The words are read by nobody: beside the rows, so that thousands of these are found on few pages.
        op.execute("ALTER TABLE log_chunk SET (toast_tuple_target = 128)")
        # Which makes the planner believe that to look at all words is as quick as to look into their index.
        op.execute(CHUNKS_WITH)
        return
    for trigger in LOG_WORDS_TRIGGERS:
        op.execute(trigger)


def _create_log_words() -> None:
    try:
        op.execute(LOG_WORDS)
    except sa.exc.OperationalError as error:
        if "no such module" not in str(error):
            raise
        raise RuntimeError(NO_FTS5) from None


def _group_columns() -> list[sa.Column]:
    return [
        sa.Column("line_count", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("warning_count", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("error_count", sa.Integer(), nullable=False, server_default="0"),
    ]
