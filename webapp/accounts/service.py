"""Accounts: make users and tokens, check passwords, begin and end sessions."""

from __future__ import annotations

import hashlib
import secrets
from contextlib import suppress
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from werkzeug.security import check_password_hash, generate_password_hash

from webapp.accounts.models import Group, Permission, Token, User, UserSession
from webapp.accounts.permissions import COUNTS, remember
from webapp.db import db, transaction, utcnow
from webapp.errors import InvalidInputs, NotFound, NotSignedIn

LEAST_PASSWORD = 8
LONGEST_PASSWORD = 1000
SEEN_EVERY = timedelta(minutes=1)
# Built once: building them takes longer than asking them.
OF_SESSION = (
    sa.select(UserSession, Permission.kinds, Permission.actions)
    .join(User)
    .outerjoin(Permission, COUNTS)
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
# An unknown name must take as long as a wrong password.
NOBODY = "scrypt:32768:8:1$OHqkxeHTPDlZtQcQ$" + "0" * 128


def create_user(username: str, password: str, *, superuser: bool = False, groups: tuple[str, ...] = ()) -> User:
    """A new user, a member of the named groups.

    :raises InvalidInputs: the name is taken or not usable, the password too short, a group unknown.
    """
    problems = _name_problems(username) | _password_problems(password)
    if problems:
        raise InvalidInputs(problems)
    hashed = generate_password_hash(password)
    try:
        return _add_user(username, hashed, superuser, groups)
    except IntegrityError:
        raise InvalidInputs({"username": [f"There is a user called {username} already."]}) from None


def _add_user(username: str, hashed: str, superuser: bool, groups: tuple[str, ...]) -> User:
    with transaction():
        rows = list(db.session.scalars(sa.select(Group).where(Group.name.in_(groups))))
        if missing := set(groups) - {group.name for group in rows}:
            raise InvalidInputs({"groups": [f"There is no group called {', '.join(sorted(missing))}."]})
        user = User(username=username, password_hash=hashed, is_superuser=superuser, groups=rows)
        db.session.add(user)
    return user


def by_name(username: str) -> User | None:
    """The user of that name, in exactly this spelling."""
    return db.session.scalar(sa.select(User).where(User.username == username))


def named(username: str) -> User:
    """The user of that name.

    :raises NotFound: there is none.
    """
    user = by_name(username)
    if user is None:
        raise NotFound(f"There is no user called {username}.")
    return user


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


def check_password(username: str, password: str) -> User:
    """The active user whose name and password these are.

    :raises NotSignedIn: they are not; the message does not tell which of the two is wrong.
    """
    user = by_name(username) if len(password) <= LONGEST_PASSWORD and "\0" not in username else None
    fits = check_password_hash(user.password_hash if user else NOBODY, password[:LONGEST_PASSWORD])
    if user is None or not fits or not user.is_active:
        raise NotSignedIn("The user name or the password is wrong, or the account is switched off.")
    return user


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


def session_of(token: str) -> UserSession | None:
    """The session that token stands for, if it counts: not ended, not expired, its user active."""
    rows = db.session.execute(OF_SESSION, {"hash": digest(token), "now": utcnow()}).all()
    if not rows:
        return None
    found: UserSession = rows[0].UserSession
    remember(found.user, rows)
    if utcnow() - found.last_seen_at > SEEN_EVERY:
        _stamp(UserSession, found.id, "last_seen_at")
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
        _stamp(Token, token.id, "last_used_at")
    return token


def change_password(user: User, old: str, new: str) -> None:
    """Give user a new password; all their sessions end.

    :raises InvalidInputs: the old one is wrong or the new one too short.
    """
    if not check_password_hash(user.password_hash, old[:LONGEST_PASSWORD]):
        raise InvalidInputs({"old_password": ["This is not your present password."]})
    set_password(user, new)


def set_password(user: User, new: str) -> None:
    """As change_password(), by somebody at the shell who need not know the old one.

    :raises InvalidInputs: it is too short.
    """
    if problems := _password_problems(new, "new_password"):
        raise InvalidInputs(problems)
    hashed = generate_password_hash(new)
    with transaction():
        user.password_hash = hashed
        _end_sessions(user)


def deactivate(user: User) -> None:
    """Switch the account off: sessions end at once, tokens count no more."""
    with transaction():
        user.is_active = False
        _end_sessions(user)


def digest(secret: str) -> str:
    """What is kept of a token: enough to know it again. Tokens are random, so a fast hash is safe."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _end_sessions(user: User) -> None:
    db.session.execute(sa.delete(UserSession).where(UserSession.user_id == user.id))


def _stamp(model: type[UserSession] | type[Token], id_: object, column: str) -> None:
    """Past the session: what it holds stays as it is, also if the row has just been deleted."""
    with suppress(sa.exc.OperationalError), db.engine.begin() as connection:
        connection.execute(sa.update(model).where(model.id == id_).values({column: utcnow()}))


def _name_problems(username: str) -> dict[str, list[str]]:
    usable = 0 < len(username) <= 150 and username.isprintable() and username == username.strip()
    return {} if usable else {"username": ["Give a name of 1 to 150 printable characters."]}


def _password_problems(password: str, field: str = "password") -> dict[str, list[str]]:
    if not LEAST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        return {field: [f"Give a password of {LEAST_PASSWORD} to {LONGEST_PASSWORD} characters."]}
    return {}
