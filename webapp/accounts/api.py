"""The API's roots, where clients find out what there is, and the users that results point to."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.accounts.gate import SIGNED_IN, needs
from webapp.accounts.models import User
from webapp.accounts.permissions import visible
from webapp.api import answer, common, find
from webapp.api.roots import steps_below
from webapp.errors import NotFound

bp = Blueprint("users_api", __name__, url_prefix="/api")


@bp.get("/")
@bp.get("/<group>/")
@needs(SIGNED_IN)
def root(group: str = "") -> ResponseReturnValue:
    """What stands one step below this address, with absolute addresses; a 404 if nothing does."""
    steps = steps_below(request.path)
    if not steps:
        raise NotFound("Not found.")
    return answer({step: f"{request.base_url}{step}/" for step in steps})


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
