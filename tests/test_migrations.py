"""Migrations go up, agree with the models, go down, and up again, on both databases."""

from __future__ import annotations

import os
import subprocess
import sys
from uuid import uuid4

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from flask import current_app
from flask_migrate import check, downgrade, upgrade

from tests.product import DATABASES, settings_for
from webapp.accounts import roles
from webapp.app import create_app
from webapp.config import PROJECT
from webapp.db import SCHEMA, WRITING, db, schema, utcnow
from webapp.migrating import prepare
from webapp.runs.models import Run, State

UNMODELLED = ("alembic_version", "log_words")
"""Tables that no model is like: Alembic's own; and of SQLite that of FTS5, with those that it keeps itself in."""


@pytest.fixture(params=DATABASES)
def empty(request, tmp_path):
    """The application on a database without any table."""
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgres_database")()
    app = create_app(settings_for(tmp_path, database_url=url, redis_url=f"unix://{tmp_path}/nobody.sock"))
    with app.app_context():
        prepare()
        yield app
        db.session.remove()
        db.engine.dispose()


def tables() -> set[str]:
    db.session.remove()
    return {name for name in sa.inspect(db.engine).get_table_names() if not name.startswith(UNMODELLED)}


def test_up_check_down_and_up_again(empty):
    upgrade()
    assert tables() == set(db.metadata.tables)
    check()
    roles.ensure_roles()
    downgrade(revision="base")
    assert tables() == set()
    upgrade()
    assert tables() == set(db.metadata.tables)
    check()
    upgrade()


def unmodelled() -> list[str]:
    """Those tables, but Alembic's, and the triggers of the tables of the product, that are in a database of SQLite."""
    db.session.remove()
    names = sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger' OR name LIKE 'log\\_words%' ESCAPE '\\'")
    return sorted(db.session.scalars(names)) if db.engine.dialect.name == "sqlite" else []


def test_sqlite_has_what_takes_words_into_its_index_and_nothing_of_it_stays(empty):
    upgrade()
    kept_in = ["log_words_config", "log_words_data", "log_words_idx"]
    triggers = ["log_words_come", "log_words_go", "run_is_over"]
    assert unmodelled() == (sorted(["log_words", *kept_in, *triggers]) if db.engine.dialect.name == "sqlite" else [])
    downgrade(revision="0005")
    assert unmodelled() == (["run_is_over"] if db.engine.dialect.name == "sqlite" else [])


@pytest.mark.parametrize("empty", ["sqlite"], indirect=True)
def test_a_sqlite_that_cannot_search_texts_is_told_of(empty, caplog):
    @sa.event.listens_for(db.engine, "before_cursor_execute", retval=True)
    def be_older(_connection, _cursor, statement, parameters, _context, _many):
        return statement.replace("USING fts5", "USING fts6"), parameters

    with pytest.raises(SystemExit):
        upgrade()
    assert "built without FTS5" in caplog.text
    assert schema() != SCHEMA
    assert "format" not in [column["name"] for column in sa.inspect(db.engine).get_columns("log_line")]


def test_the_code_knows_the_newest_migration(empty):
    scripts = ScriptDirectory.from_config(current_app.extensions["migrate"].migrate.get_config())
    assert scripts.get_heads() == [SCHEMA]
    upgrade()
    assert schema() == SCHEMA


def test_constraints_have_names_that_migrations_can_rely_on(empty):
    upgrade()
    inspector = sa.inspect(db.engine)
    unnamed = [
        (table, constraint)
        for table in tables()
        for constraint in (*inspector.get_foreign_keys(table), *inspector.get_unique_constraints(table))
        if not constraint["name"]
    ]
    assert unnamed == []


def test_deletions_do_not_walk_whole_tables(empty):
    """Every foreign key is the beginning of an index or key, or the table is a small one."""
    upgrade()
    inspector, bare = sa.inspect(db.engine), []
    for table in tables():
        led = [index["column_names"][0] for index in inspector.get_indexes(table)]
        led += [unique["column_names"][0] for unique in inspector.get_unique_constraints(table)]
        led += inspector.get_pk_constraint(table)["constrained_columns"][:1]
        for key in inspector.get_foreign_keys(table):
            if key["constrained_columns"][0] not in led:
                bare.append((table, key["constrained_columns"][0]))
    assert sorted(bare) == [
        ("membership", "group_id"),
        ("permission_group", "group_id"),
        ("permission_user", "user_id"),
    ]


def test_a_run_whose_inputs_were_sealed_stays_sealed(empty):
    upgrade(revision="0002")
    columns = sa.inspect(db.engine).get_columns("run")
    needed = {each["name"] for each in columns if not each["nullable"] and each["default"] is None}
    run = sa.table("run", *(sa.column(name, Run.__table__.c[name].type) for name in needed))
    texts = {"job_name": "J", "class_path": "m.J", "user_name": "ann", "queue": "default", "fingerprint": ""}
    moments = dict.fromkeys((name for name in needed if name.endswith("_at")), utcnow())
    with db.engine.connect().execution_options(**{WRITING: True}) as connection:
        for number, sensitive in ((1, True), (2, False)):
            own = {"number": number, "id": uuid4(), "state": State.SUCCESS, "sensitive": sensitive, "dry_run": False}
            row = {**dict.fromkeys(needed, 0), **moments, **texts, **own}
            connection.execute(run.insert().values(row))
        connection.commit()
    upgrade()
    db.session.remove()
    assert db.session.execute(sa.select(Run.number, Run.sealed).order_by(Run.number)).all() == [(1, True), (2, False)]


def test_the_commands_of_flask_migrate_work_under_their_names(empty):
    told = empty.test_cli_runner().invoke(args=["db", "upgrade"])
    assert told.exit_code == 0, told.output
    assert schema() == SCHEMA
    assert "upgrade" in empty.test_cli_runner().invoke(args=["db", "--help"]).output


def test_who_does_not_migrate_does_not_load_what_migrates(tmp_path):
    look = "import sys, wsgi; print([name for name in ('alembic', 'mako', 'flask_migrate') if name in sys.modules])"
    environ = {**os.environ, "JOBDECK_DATA_DIR": str(tmp_path)}
    told = subprocess.run(
        [sys.executable, "-c", look], env=environ, cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert told.stdout == "[]\n"
