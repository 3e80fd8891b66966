"""Who holds a permission, and how they came by it."""

from __future__ import annotations

import sqlalchemy as sa

from tests.product import on_sqlite
from webapp.accounts import service
from webapp.accounts.holders import groups_with, holders, ways_of
from webapp.accounts.models import Group, Permission
from webapp.accounts.permissions import may
from webapp.db import db, transaction


def told(permission: str) -> dict[str, list[str]]:
    return {holder.user.username: [str(way) for way in holder.ways] for holder in holders(permission)}


def test_holders_come_by_name_and_with_all_their_ways(app, person):
    service.create_user("root", "correct horse", superuser=True)
    with transaction() as session:
        session.add(Permission(name="Ann's own", kinds=["extras.job"], actions=["*"], users=[person("ann")]))
    assert told("extras.run_job") == {
        "admin": ["as a member of Admin (permission “Admin”)"],
        "ann": ["in person (permission “Ann's own”)", "as a member of Operator (permission “Operator (2)”)"],
        "root": ["as a superuser"],
    }
    assert groups_with("extras.run_job") == ["Admin", "Operator"]


@on_sqlite
def test_who_cannot_sign_in_holds_nothing(app, person):
    with transaction():
        person("ann").is_active = False
    assert "ann" not in told("extras.run_job")
    assert ways_of(person("ann"), "extras.run_job") == []


@on_sqlite
def test_a_permission_that_is_switched_off_gives_nothing(app):
    with transaction() as session:
        session.execute(sa.update(Permission).values(enabled=False))
    assert told("extras.run_job") == {}
    assert groups_with("extras.run_job") == []


def test_a_group_without_members_is_named_all_the_same(app):
    with transaction() as session:
        permission = session.scalars(sa.select(Permission).where(Permission.name == "Operator (2)")).one()
        permission.groups.append(Group(name="Night shift"))
    assert groups_with("extras.run_job") == ["Admin", "Night shift", "Operator"]


PERMISSIONS = (
    *("extras.run_job", "extras.view_job", "extras.change_job", "extras.approve_job"),
    "users.view_user",
)


def test_nobody_is_told_to_hold_what_is_refused_to_them_or_the_other_way_round(app, person):
    people = ("admin", "ann", "bob", "vic", "sam")
    for permission in PERMISSIONS:
        allowed = [name for name in people if may(person(name), permission)]
        assert list(told(permission)) == allowed
        assert [name for name in people if ways_of(person(name), permission)] == allowed
        db.session.rollback()
