"""What is shown instead of a password: sessions of browsers, and tokens of programs."""

from __future__ import annotations

import hashlib
import secrets
from contextlib import suppress
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import aliased

from webapp.accounts import preferences, visits
from webapp.accounts.models import Permission, Preference, Token, User, UserSession
from webapp.accounts.permissions import COUNTS, remember
from webapp.db import db, transaction, utcnow
from webapp.errors import NotSignedIn
from webapp.ui import zones

SEEN_EVERY = timedelta(minutes=1)
KEYS, ZONE, VISIT = aliased(Preference), aliased(Preference), aliased(Preference)
MINE = (KEYS.value.label("keys"), ZONE.value.label("zone"), VISIT.value.label("visit"))
# Built once: building them takes longer than asking them.
OF_SESSION = (
    sa.select(UserSession, Permission.kinds, Permission.actions, *MINE)
    .select_from(UserSession)
    .join(User)
    .outerjoin(Permission, COUNTS)
    .outerjoin(KEYS, sa.and_(KEYS.user_id == User.id, KEYS.name == preferences.KEYS))
    .outerjoin(ZONE, sa.and_(ZONE.user_id == User.id, ZONE.name == preferences.ZONE))
    .outerjoin(VISIT, sa.and_(VISIT.user_id == User.id, VISIT.name == visits.NAME))
    .options(sa.orm.contains_eager(UserSession.user))
    .where(UserSession.token_hash == sa.bindparam("hash"), UserSession.expires_at > sa.bindparam("now"), User.is_active)
)
OF_TOKEN = (
    sa.select(Token, Permission.kinds, Permission.actions)
    .join(User)
    .outerjoin(Permission, COUNTS)
    .options(sa.orm.contains_eager(Token.user))
    .where(Token.key_hash == sa.bindparam("hash"))
)


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


def session_of(token: str, *, looked_at: bool = True) -> UserSession | None:
    """The session that token stands for, if it counts: not ended, not expired, its user active.

    What is asked for by a page that nobody looks at belongs to no visit.
    """
    now = utcnow()
    rows = db.session.execute(OF_SESSION, {"hash": digest(token), "now": now}).all()
    if not rows:
        return None
    found: UserSession = rows[0].UserSession
    remember(found.user, rows)
    visit = visits.going_on(rows[0].visit, now) if looked_at else visits.NEVER
    found.user.wants_keys, found.user.visit = rows[0].keys is not False, visit
    # A zone may go from the machine that somebody has chosen.
    found.user.zone = zones.called(rows[0].zone or "") or zones.DEFAULT
    if now - found.last_seen_at > SEEN_EVERY:
        _stamp(sa.update(UserSession).where(UserSession.id == found.id).values(last_seen_at=now))
    if looked_at and visits.is_news(rows[0].visit, visit, SEEN_EVERY):
        preferences.note(found.user, visits.NAME, visit.kept())
    return found


def token_of(key: str) -> Token:
    """The token whose key this is.

    :raises NotSignedIn: there is none, it has expired, or its user is switched off.
    """
    rows = db.session.execute(OF_TOKEN, {"hash": digest(key)}).all()
    if not rows:
        raise NotSignedIn("Invalid token")
    token: Token = rows[0].Token
    remember(token.user, rows)
    if token.expires_at is not None and token.expires_at <= utcnow():
        raise NotSignedIn("Token expired")
    if not token.user.is_active:
        raise NotSignedIn("User inactive")
    if token.last_used_at is None or utcnow() - token.last_used_at > SEEN_EVERY:
        _stamp(sa.update(Token).where(Token.id == token.id).values(last_used_at=utcnow()))
    return token


def end_sessions(user: User) -> None:
    """All browsers of user are signed out; belongs inside a transaction."""
    db.session.execute(sa.delete(UserSession).where(UserSession.user_id == user.id))


def digest(secret: str) -> str:
    """What is kept of a token: enough to know it again. Tokens are random, so a fast hash is safe."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _stamp(statement: sa.Executable) -> None:
    """Past the session: what it holds stays as it is, also if the row has just been deleted."""
    with suppress(OperationalError), db.engine.begin() as connection:
        connection.execute(statement)
