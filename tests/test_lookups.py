"""Lookups become conditions, and what cannot be looked up is refused with words that help."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from webapp.accounts.models import Group, User
from webapp.accounts.permissions import may_be_looked_up
from webapp.db import db
from webapp.lookups import matching

PEOPLE = ["admin", "ann", "bob", "sam", "vic"]


@pytest.fixture
def found(app):
    """Gives the names of the users that fit lookups."""

    def names(**lookups: object) -> list[str]:
        query = sa.select(User.username).where(matching(User, lookups, may_be_looked_up()))
        return sorted(db.session.scalars(query))

    return names


def test_rows_are_found_by_columns_and_by_what_they_are_related_to(found, person):
    ann = person("ann")
    operators = db.session.scalar(sa.select(Group.id).where(Group.name == "Operator"))
    assert found(username="ann") == found(username__exact="ann") == found(pk=str(ann.id)) == ["ann"]
    assert found(id=str(ann.id).upper(), is_active="True") == ["ann"]
    assert found(username__in=["ann", "bob", "nobody"]) == ["ann", "bob"]
    assert found(username__in=[]) == []
    assert found(username__icontains="A") == ["admin", "ann", "sam"]
    assert found(username__icontains="%") == found(username__icontains="_") == []
    assert found(groups__name="Operator") == found(groups=operators) == found(groups__in=[str(operators)]) == ["ann"]
    assert found(groups__name__icontains="OPER", is_superuser=False) == ["ann"]
    assert found(groups__users__username="bob") == ["bob"]
    assert found(username=None) == []
    assert found() == PEOPLE


@pytest.mark.parametrize(
    ("lookups", "message"),
    [
        (
            {"nmae": 1},
            "nmae: there is nothing called “nmae”; what can be looked up is groups, id, is_active, is_superuser",
        ),
        ({"password_hash": "x"}, "password_hash: there is nothing called “password_hash”"),
        (
            {"groups__created": 1},
            "groups__created: there is nothing called “created”; what can be looked up is id, name",
        ),
        (
            {"username__regex": "x"},
            "username__regex: there is nothing called “regex”; compare by exact, in, icontains.",
        ),
        ({"username__in__exact": "x"}, "username__in__exact: there is nothing called “in__exact”"),
        ({"username__in": "ann"}, "username__in: give a list of values."),
        ({"username__in": ["x"] * 5_001}, "username__in: give at most 5,000 values."),
        ({"username": ["ann"]}, "username: give a text."),
        ({"username": "a\0"}, "username: that text has characters that nothing here has."),
        ({"username": "\ud800"}, "username: that text has characters that nothing here has."),
        ({"is_active": 1}, "is_active: give true or false."),
        ({"id": "7"}, "id: give an id."),
        ({"groups": "x"}, "groups: give a whole number."),
        ({"groups": 2**31}, "groups: give a whole number."),
        ({"groups__id__icontains": "1"}, "groups__id__icontains: only texts are searched."),
        ({"__".join(["groups", "users"] * 4): 1}, "that is too far away to be looked up."),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_cannot_be_looked_up_says_why(app, lookups, message):
    with pytest.raises(ValueError) as caught:
        matching(User, lookups, may_be_looked_up())
    assert message in str(caught.value)
