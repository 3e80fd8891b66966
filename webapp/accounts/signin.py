"""Signing in: a browser by its session, a script by its token; Flask-Login knows the user either way."""

from __future__ import annotations

from flask import Flask, Request, current_app, g, session
from flask_login import LoginManager, login_user, logout_user
from flask_wtf.csrf import CSRFProtect

from webapp.accounts import credentials, service
from webapp.accounts.models import User
from webapp.api.errors import is_api
from webapp.config import Settings
from webapp.errors import NotSignedIn
from webapp.ui import zones
from webapp.ui.pages import unseen

SCHEME = "token"

logins = LoginManager()
csrf = CSRFProtect()


def init_app(app: Flask, settings: Settings) -> None:
    """Cookies and the two ways to know who asks."""
    app.config.update(
        SECRET_KEY=settings.secret_key,
        # Browsers send cookies to every port of a host: two installations on one host must not sign each other out.
        SESSION_COOKIE_NAME=f"jobdeck_{credentials.digest(str(settings.data_dir))[:8]}",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.production,
        SESSION_DAYS=settings.session_days,
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
    )
    logins.init_app(app)
    csrf.init_app(app)


def sign_in(username: str, password: str, agent: str) -> User:
    """Begin a session of the user whose name and password these are, in this browser.

    :raises NotSignedIn: they are wrong.
    """
    user = service.check_password(username, password)
    token = credentials.begin_session(user, agent, current_app.config["SESSION_DAYS"])
    session.clear()
    login_user(user)
    session["_user_id"] = token
    return user


def sign_out() -> None:
    """End the session of this browser."""
    if token := current_token():
        credentials.end_session(token)
    logout_user()
    session.clear()


def current_token() -> str | None:
    """The token of this browser's session."""
    token = session.get("_user_id")
    return token if isinstance(token, str) else None


def by_token() -> bool:
    """Whether a token in the request's header, and no cookie, says who asks."""
    return bool(g.get("token"))


@logins.user_loader  # type: ignore[untyped-decorator]
def _user_of_session(token: str) -> User | None:
    user = credentials.user_of_session(token, looked_at=not unseen())
    if user is not None and not is_api():
        zones.read_in(user.zone)
    return user


@logins.request_loader  # type: ignore[untyped-decorator]
def _user_of_token(request: Request) -> User | None:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != SCHEME:
        return None
    try:
        g.token = credentials.bearer_of(key.strip())
    except NotSignedIn as refusal:
        g.refusal = refusal
        return None
    user: User = g.token.user
    return user
