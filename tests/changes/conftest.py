"""A row with a past, and somebody who may see little."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from webapp.accounts import service
from webapp.accounts.models import Permission
from webapp.changes import acting
from webapp.changes.models import Change
from webapp.db import transaction
from webapp.inventory.models import Role


@pytest.fixture
def role(app, person):
    """A role that ann made and the shell renamed; nothing else has ever happened."""
    with transaction() as session:
        session.execute(sa.delete(Change))
    with acting(person("ann")), transaction() as session:
        row = Role(name="leaf", content_types=[])
        session.add(row)
    with transaction():
        row.name = "spine"
    return row


@pytest.fixture
def of_queues(app):
    """Somebody who may see changes and queues, and nothing else: quinn."""
    user = service.create_user("quinn", "correct horse")
    with transaction() as session:
        kinds = ["extras.objectchange", "extras.jobqueue"]
        session.add(Permission(name="queues only", kinds=kinds, actions=["view"], users=[user]))
    return user
