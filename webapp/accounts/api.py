"""The API's roots, where clients find out what there is, and the users that results point to."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.accounts.gate import SIGNED_IN, needs
from webapp.accounts.models import User
from webapp.accounts.permissions import visible
from webapp.api import answer, common, find

bp = Blueprint("users_api", __name__, url_prefix="/api")


@bp.get("/")
@bp.get("/extras/")
@needs(SIGNED_IN)
def root() -> ResponseReturnValue:
    """What stands one step below this address, with absolute addresses."""
    here = request.path
    below = (rule.rule.removeprefix(here) for rule in current_app.url_map.iter_rules() if rule.rule.startswith(here))
    steps = sorted({rest.partition("/")[0] for rest in below} - {""})
    return answer({step: f"{request.base_url}{step}/" for step in steps if "<" not in step})


@bp.get("/users/users/<uuid:id>/")
@needs(SIGNED_IN)
def detail(id: UUID) -> ResponseReturnValue:
    """One user: oneself, or anybody for those who may see users."""
    return answer(user_json(find(visible(User, current_user).where(User.id == id))))


def user_json(user: User) -> dict[str, object]:
    """A user in the reference's shape."""
    return {
        **common(user.id, "users.user", user.username, "users_api.detail"),
        "username": user.username,
        "is_active": user.is_active,
        "is_superuser": user.is_superuser,
        "groups": [group.name for group in sorted(user.groups, key=lambda group: group.name)],
        "created": user.created_at.isoformat(),
    }
