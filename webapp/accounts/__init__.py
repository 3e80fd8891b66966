"""Accounts: who somebody is, and what they may do and see."""

from __future__ import annotations

from flask import Flask

from webapp.accounts import api, cli, gate, permissions, signin, views
from webapp.accounts.models import Group, User
from webapp.accounts.objects import GROUPS, USERS
from webapp.accounts.permissions import Kind
from webapp.config import Settings

KINDS = (
    Kind("users.user", User, "user", lambda user: User.id == user.id, USERS, ("auth.user",)),
    Kind("users.group", Group, "group", lambda user: Group.users.any(User.id == user.id), GROUPS, ("auth.group",)),
)


def init_app(app: Flask, settings: Settings) -> None:
    """Sign-in, the permission check before every request, the account page and the shell commands."""
    signin.init_app(app, settings)
    gate.init_app(app)
    for kind in KINDS:
        permissions.register(app, kind)
    app.jinja_env.globals["may"] = permissions.may_current
    app.register_blueprint(views.bp)
    app.register_blueprint(api.bp)
    cli.init_app(app)
