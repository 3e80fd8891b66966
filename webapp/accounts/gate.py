"""Deny by default: every route names what it needs, and this is checked before the view runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from flask import Flask, current_app, g, request
from flask_login import current_user

from webapp.accounts import signin
from webapp.accounts.models import User
from webapp.accounts.permissions import require
from webapp.errors import NotAllowed, NotSignedIn

View = TypeVar("View", bound=Callable[..., Any])

ANYBODY = "anybody"
SIGNED_IN = "signed in"
SAFE = ("GET", "HEAD", "OPTIONS")


Needed = str | Callable[[Mapping[str, Any]], str]
"""The name of a permission; or what gives it for the values in an address."""


def needs(permission: Needed) -> Callable[[View], View]:
    """Mark a view with the permission without which nobody gets in; or with ANYBODY, or SIGNED_IN."""

    def mark(view: View) -> View:
        view.needs = permission  # type: ignore[attr-defined]
        return view

    return mark


def needed_by(endpoint: str, values: Mapping[str, Any]) -> str | None:
    """What the view of endpoint needs where the address has these values; None lets nobody in: it does not say."""
    needed: Needed | None = getattr(current_app.view_functions[endpoint], "needs", None)
    return needed(values) if callable(needed) else needed


def asker() -> User:
    """The user who asks: the row itself, where current_user finds out at each touch who that is."""
    user: User = current_user._get_current_object()
    return user


def init_app(app: Flask) -> None:
    """Check every request of app."""
    app.before_request(_check)


def _check() -> None:
    """
    :raises NotSignedIn: nobody knows who asks.
    :raises NotAllowed: the permission is missing, or the token is for reading only.
    """
    if request.endpoint is None:
        return
    needed = needed_by(request.endpoint, request.view_args or {})
    if needed is None:
        raise NotAllowed("This page names no permission, so nobody may open it.")
    if needed != ANYBODY:
        _check_user(needed)
    if request.method not in SAFE and not signin.by_token():
        signin.csrf.protect()


def _check_user(needed: str) -> None:
    if not current_user.is_authenticated:
        raise g.get("refusal") or NotSignedIn("Authentication credentials were not provided.")
    if signin.by_token() and request.method not in SAFE and not g.token.write_enabled:
        raise NotAllowed("This token is for reading only.")
    if needed != SIGNED_IN:
        require(current_user, needed)
