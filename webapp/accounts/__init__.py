"""Accounts: who somebody is, and what they may do and see."""

from __future__ import annotations

from flask import Flask

from webapp.accounts import api, cli, gate, permissions, signin, views
from webapp.accounts.models import User
from webapp.config import Settings


def init_app(app: Flask, settings: Settings) -> None:
    """Sign-in, the permission check before every request, the account page and the shell commands."""
    signin.init_app(app, settings)
    gate.init_app(app)
    own = permissions.Kind("users.user", User, "user", own=lambda user: User.id == user.id)
    permissions.register(app, own)
    app.jinja_env.globals["may"] = permissions.may_current
    app.register_blueprint(views.bp)
    app.register_blueprint(api.bp)
    cli.init_app(app)
