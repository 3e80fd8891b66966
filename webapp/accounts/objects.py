"""Rows that jobs take as inputs: how people find them, and what a job gets of one. Users and groups are such rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import InstrumentedAttribute

from webapp.accounts.models import Group, User
from webapp.db import Model
from webapp.jobs.plain import text_of


@dataclass(frozen=True)
class Objects:
    """What it takes for rows of a kind to be inputs of jobs."""

    search: tuple[InstrumentedAttribute[str], ...]
    """The columns in which people look for words; lists are in the order of the first."""
    lookups: frozenset[str]
    """Columns and relations by which rows may be looked up; whoever may see a row may learn what it says there."""
    facts: tuple[str, ...]
    """Attributes that a job gets besides id and label; JSON can say them."""
    label: Callable[[Any], str] = str
    url: Callable[[Any], str] | None = None
    """The page of a row, if there is one."""
    told_apart: Callable[[Any], str] | None = None
    """What people see of a row where they choose it, if its label is not enough."""
    loads: tuple[Any, ...] = ()
    """Options of queries that bring along what told_apart needs."""
    many: bool = False
    """Whether there may be very many, so that an index finds those whose first column begins with some word."""

    def shown(self, row: Model, display_field: str) -> str:
        """What people see of row: that fact of it, or its label; nothing in it deceives who reads it."""
        return text_of(
            getattr(row, display_field) if display_field in self.facts else (self.told_apart or self.label)(row)
        )


USERS = Objects(
    search=(User.username,),
    lookups=frozenset({"id", "username", "is_active", "is_superuser", "groups"}),
    facts=("username", "is_active", "is_superuser"),
)
GROUPS = Objects(search=(Group.name,), lookups=frozenset({"id", "name", "users"}), facts=("name",))
