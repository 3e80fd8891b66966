"""What a fresh demonstration holds: users of each role, the example jobs switched on, and what scripts need to know."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from webapp.accounts import credentials, roles
from webapp.accounts import service as accounts
from webapp.catalogue.models import Job
from webapp.catalogue.refreshing import refresh
from webapp.changes import acting
from webapp.config import Settings
from webapp.db import db, transaction
from webapp.demo import objects
from webapp.migrating import upgrade

USERS: dict[str, tuple[str, ...]] = {
    "admin": (),
    "ann": ("Operator",),
    "bob": ("Approver",),
    "vic": ("Viewer",),
}
SUPERUSER = "admin"
DEMONSTRATION = "the demonstration"

Signs = dict[str, dict[str, str]]
"""By user name: `password` and `token`."""


def prepare(settings: Settings) -> Signs:
    """Bring the database up to date and fill it; what is there already stays as people left it."""
    upgrade()
    roles.ensure_roles()
    objects.load()
    refreshed = refresh(settings.jobs_root, by=DEMONSTRATION)
    _enable(refreshed.made)
    return _users(settings.data_dir / "demo.json")


def write(settings: Settings, url: str, signs: Signs) -> None:
    """Write demo.json, for its owner's eyes only."""
    path = settings.data_dir / "demo.json"
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    draft.write_text(json.dumps({"url": url, "users": signs}, indent=2) + "\n")
    draft.replace(path)


def read(data_dir: Path) -> tuple[str, Signs]:
    """The address and the sign-ins that demo.json tells of."""
    told = json.loads((data_dir / "demo.json").read_text())
    return told["url"], told["users"]


def _enable(class_paths: list[str]) -> None:
    with acting(None, DEMONSTRATION), transaction() as session:
        for job in session.scalars(sa.select(Job)):
            job.enabled = job.enabled or job.class_path in class_paths


def _users(demo_file: Path) -> Signs:
    """The sign-ins of the demo's users; ones that are not known any more are made anew."""
    known: dict[str, Any] = json.loads(demo_file.read_text())["users"] if demo_file.exists() else {}
    return {name: known.get(name) or _user(name, groups) for name, groups in USERS.items()}


def _user(name: str, groups: tuple[str, ...]) -> dict[str, str]:
    password = secrets.token_urlsafe(9)
    user = accounts.by_name(name)
    if user is None:
        user = accounts.create_user(name, password, superuser=name == SUPERUSER, groups=groups)
    else:
        accounts.set_password(user, password)
    token = credentials.create_token(user, "demonstration")
    db.session.rollback()
    return {"password": password, "token": token}
