"""Finding one row, and going through many."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.product import on_sqlite
from webapp.accounts.credentials import begin_session
from webapp.accounts.models import User, UserSession
from webapp.errors import NotFound
from webapp.ui.pages import find, page


@on_sqlite
def test_one_row_is_found_by_its_columns(app):
    assert find(select(User), username="ann").username == "ann"


@on_sqlite
def test_what_the_query_does_not_hold_is_not_found(app):
    with pytest.raises(NotFound):
        find(select(User).where(User.username == "bob"), username="ann")


def test_pages_go_back_without_gap_or_overlap(app, person):
    for _ in range(5):
        begin_session(person("ann"), "test", 1)
    seen, before = [], None
    for size in (2, 2, 1):
        rows = page(select(UserSession), UserSession.id, before, size=2)
        assert len(rows.rows) == size
        seen += [row.id for row in rows.rows]
        before = rows.older
    assert before is None
    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == 5


@on_sqlite
def test_a_list_without_rows_is_one_empty_page(app):
    rows = page(select(UserSession), UserSession.id, None)
    assert (rows.rows, rows.older) == ([], None)
