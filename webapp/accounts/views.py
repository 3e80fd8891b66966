"""Sign in, sign out, and one's own account."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.accounts import credentials, preferences, service, signin
from webapp.accounts.gate import ANYBODY, SIGNED_IN, needs
from webapp.accounts.models import Token, UserSession
from webapp.db import db
from webapp.errors import InvalidInputs, NotSignedIn
from webapp.ui import zones

bp = Blueprint("accounts", __name__)


@bp.get("/login/")
@needs(ANYBODY)
def login() -> str | Response:
    """The sign-in page; who is signed in already goes on."""
    if current_user.is_authenticated:
        return redirect(_next())
    return _login_page()


@bp.post("/login/")
@needs(ANYBODY)
def begin() -> Response | tuple[str, int]:
    """Sign in, then go where one wanted to."""
    try:
        signin.sign_in(_text("username"), _text("password"), request.headers.get("User-Agent", ""))
    except NotSignedIn as refusal:
        return _login_page(refusal.message), 401
    return redirect(_next())


@bp.post("/logout/")
@needs(SIGNED_IN)
def logout() -> Response:
    """Sign out."""
    signin.sign_out()
    flash("You have signed out.", "success")
    return redirect(url_for("accounts.login"))


@bp.get("/account/")
@needs(SIGNED_IN)
def show() -> str:
    """One's own sessions and tokens, and the form for a new password."""
    return _account_page({})


@bp.post("/account/keys")
@needs(SIGNED_IN)
def choose_keys() -> Response:
    """Whether single keys do something."""
    wanted = bool(_text("keys"))
    preferences.put(current_user, preferences.KEYS, None if wanted else False)
    flash(f"Single keys are switched {'on' if wanted else 'off'}.", "success")
    return redirect(url_for("accounts.show"))


@bp.post("/account/zone")
@needs(SIGNED_IN)
def choose_zone() -> Response | tuple[str, int]:
    """The time zone in which pages tell moments."""
    try:
        name = preferences.choose_zone(current_user, _text("zone"))
    except InvalidInputs as refusal:
        return _account_page(refusal.errors), 400
    flash(f"Times are shown in {name}.", "success")
    return redirect(url_for("accounts.show"))


@bp.post("/account/password")
@needs(SIGNED_IN)
def change_password() -> Response | tuple[str, int]:
    """A new password. All sessions end, so one signs in again with it."""
    try:
        service.change_password(current_user, _text("old_password"), _text("new_password"))
    except InvalidInputs as refusal:
        return _account_page(refusal.errors), 400
    flash("Your password is changed and all your sessions have ended. Sign in with the new one.", "success")
    return redirect(url_for("accounts.login"))


def _text(name: str) -> str:
    return request.form.get(name, "")


def _login_page(form_error: str | None = None) -> str:
    return render_template(
        "accounts/login.html",
        form_error=form_error,
        username=_text("username"),
        next=request.values.get("next", ""),
    )


def _account_page(errors: dict[str, list[str]]) -> str:
    mine = current_user.id
    sessions = db.session.scalars(
        sa.select(UserSession).where(UserSession.user_id == mine).order_by(UserSession.last_seen_at.desc())
    ).all()
    tokens = db.session.scalars(sa.select(Token).where(Token.user_id == mine).order_by(Token.created_at)).all()
    current = credentials.digest(signin.current_token() or "")
    zone = preferences.get(current_user, preferences.ZONE)
    browsers = zones.spelled(request.cookies.get(zones.COOKIE, ""))
    return render_template(
        "accounts/show.html",
        sessions=sessions,
        current=current,
        tokens=tokens,
        errors=errors,
        zone=_text("zone") or zone or "UTC",
        zones=zones.offered(),
        browser_zone=browsers if zone is None and browsers != "UTC" else None,
    )


def _next() -> str:
    """Where to go after signing in: only ever an address of this site."""
    wanted = request.values.get("next", "")
    inside = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted
    return wanted if inside and wanted.isprintable() else url_for("home.show")
