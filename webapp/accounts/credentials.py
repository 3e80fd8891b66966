"""What is shown instead of a password: sessions of browsers, and tokens of programs."""

from __future__ import annotations

import hashlib
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import aliased

from webapp.accounts import preferences, visits
from webapp.accounts.models import Preference, Token, User, UserSession
from webapp.accounts.permissions import SAID, remember
from webapp.db import Kept, db, transaction, utcnow
from webapp.errors import NotSignedIn
from webapp.ui import zones

SEEN_EVERY = timedelta(minutes=1)
KEYS, ZONE, VISIT = aliased(Preference), aliased(Preference), aliased(Preference)
MINE = (KEYS.value.label("keys"), ZONE.value.label("zone"), VISIT.value.label("visit"))
WHOLE = User.__table__.c
"""The columns of a user: another version of the row is another row of these."""
# Built once: building them takes longer than asking them.
OF_SESSION = (
    sa.select(*WHOLE, UserSession.id.label("session_id"), UserSession.last_seen_at, SAID, *MINE)
    .select_from(UserSession)
    .join(User)
    .outerjoin(KEYS, sa.and_(KEYS.user_id == User.id, KEYS.name == preferences.KEYS))
    .outerjoin(ZONE, sa.and_(ZONE.user_id == User.id, ZONE.name == preferences.ZONE))
    .outerjoin(VISIT, sa.and_(VISIT.user_id == User.id, VISIT.name == visits.NAME))
    .where(UserSession.token_hash == sa.bindparam("hash"), UserSession.expires_at > sa.bindparam("now"), User.is_active)
)
OF_TOKEN = (
    sa.select(*WHOLE, Token.id.label("token_id"), Token.write_enabled, Token.expires_at, Token.last_used_at, SAID)
    .select_from(Token)
    .join(User)
    .where(Token.key_hash == sa.bindparam("hash"))
)

users = Kept(User, lambda user: tuple(getattr(user, column.key) for column in WHOLE))


@dataclass(frozen=True)
class Bearer:
    """Who shows a token, and whether it lets them change something."""

    user: User
    write_enabled: bool


def create_token(user: User, description: str = "", *, write_enabled: bool = True) -> str:
    """A new token of user: 40 hex digits, shown this once, of which only a hash is kept."""
    key = secrets.token_hex(20)
    with transaction():
        token = Token(
            key_hash=digest(key),
            hint=key[-4:],
            user_id=user.id,
            description=description,
            write_enabled=write_enabled,
        )
        db.session.add(token)
    return key


def begin_session(user: User, agent: str, days: int) -> str:
    """A new session of user for days at most; gives the token that the browser keeps."""
    token = secrets.token_urlsafe(32)
    with transaction():
        expires_at = utcnow() + timedelta(days=days)
        db.session.add(UserSession(token_hash=digest(token), user_id=user.id, expires_at=expires_at, agent=agent[:200]))
        db.session.execute(sa.delete(UserSession).where(UserSession.expires_at < utcnow()))
    return token


def end_session(token: str) -> None:
    """The browser that keeps token is signed out from now on."""
    with transaction():
        db.session.execute(sa.delete(UserSession).where(UserSession.token_hash == digest(token)))


def user_of_session(token: str, *, looked_at: bool = True) -> User | None:
    """Whose session token stands for, if it counts: not ended, not expired, its user active.

    What is asked for by a page that nobody looks at belongs to no visit.
    """
    now = utcnow()
    found = db.session.connection().execute(OF_SESSION, {"hash": digest(token), "now": now}).first()
    user = _user(found) if found else None
    if found is None or user is None:
        return None
    visit = visits.going_on(found.visit, now) if looked_at else visits.NEVER
    user.wants_keys, user.visit = found.keys is not False, visit
    # A zone may go from the machine that somebody has chosen.
    user.zone = zones.called(found.zone or "") or zones.DEFAULT
    if now - found.last_seen_at > SEEN_EVERY:
        _stamp(sa.update(UserSession).where(UserSession.id == found.session_id).values(last_seen_at=now))
    if looked_at and visits.is_news(found.visit, visit, SEEN_EVERY):
        preferences.note(user, visits.NAME, visit.kept())
    return user


def bearer_of(key: str) -> Bearer:
    """Who shows the token whose key this is.

    :raises NotSignedIn: there is none, it has expired, or its user is switched off.
    """
    now = utcnow()
    found = db.session.connection().execute(OF_TOKEN, {"hash": digest(key)}).first()
    user = _user(found) if found else None
    if found is None or user is None:
        raise NotSignedIn("Invalid token")
    if found.expires_at is not None and found.expires_at <= now:
        raise NotSignedIn("Token expired")
    if not user.is_active:
        raise NotSignedIn("User inactive")
    if found.last_used_at is None or now - found.last_used_at > SEEN_EVERY:
        _stamp(sa.update(Token).where(Token.id == found.token_id).values(last_used_at=now))
    return Bearer(user, found.write_enabled)


def end_sessions(user: User) -> None:
    """All browsers of user are signed out; belongs inside a transaction."""
    db.session.execute(sa.delete(UserSession).where(UserSession.user_id == user.id))


def digest(secret: str) -> str:
    """What is kept of a token: enough to know it again. Tokens are random, so a fast hash is safe."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _user(found: Any) -> User | None:
    """The user whose columns found begins with; None if they have just been deleted."""
    user = users.get(found.id, tuple(found[: len(WHOLE)]))
    if user is not None:
        remember(user, found.said)
    return user


def _stamp(statement: sa.Executable) -> None:
    """Past the session: what it holds stays as it is, also if the row has just been deleted."""
    with suppress(OperationalError), db.engine.begin() as connection:
        connection.execute(statement)
