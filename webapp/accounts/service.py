"""Accounts: make users, check and change passwords, switch accounts off."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from werkzeug.security import check_password_hash, generate_password_hash

from webapp.accounts import credentials
from webapp.accounts.models import Group, User
from webapp.db import db, transaction
from webapp.errors import InvalidInputs, NotFound, NotSignedIn

LEAST_PASSWORD = 8
LONGEST_PASSWORD = 1000
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


def check_password(username: str, password: str) -> User:
    """The active user whose name and password these are.

    :raises NotSignedIn: they are not; the message does not tell which of the two is wrong.
    """
    user = by_name(username) if len(password) <= LONGEST_PASSWORD and "\0" not in username else None
    fits = check_password_hash(user.password_hash if user else NOBODY, password[:LONGEST_PASSWORD])
    if user is None or not fits or not user.is_active:
        raise NotSignedIn("The user name or the password is wrong, or the account is switched off.")
    return user


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
        credentials.end_sessions(user)


def deactivate(user: User) -> None:
    """Switch the account off: sessions end at once, tokens count no more."""
    with transaction():
        user.is_active = False
        credentials.end_sessions(user)


def _name_problems(username: str) -> dict[str, list[str]]:
    usable = 0 < len(username) <= 150 and username.isprintable() and username == username.strip()
    return {} if usable else {"username": ["Give a name of 1 to 150 printable characters."]}


def _password_problems(password: str, field: str = "password") -> dict[str, list[str]]:
    if not LEAST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        return {field: [f"Give a password of {LEAST_PASSWORD} to {LONGEST_PASSWORD} characters."]}
    return {}
