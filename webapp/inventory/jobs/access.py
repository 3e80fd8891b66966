"""How code asks for objects: in a job through connections of its own, elsewhere through the application's.

A job reads without a transaction, so that nobody waits for one that sleeps, and each question sees what is committed by
then. Each of its threads has a session, made at first use. A fork of its gets connections of its own.
"""

from __future__ import annotations

import os
import threading
from typing import Any

import sqlalchemy as sa
from flask import has_app_context
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from webapp.db import BUSY_SECONDS, SECRETIVE, db, prepare_sqlite
from webapp.inventory.jobs import guarding
from webapp.inventory.jobs.flushing import JobSession
from webapp.jobs.changing import Late

NOT_HERE = (
    "There is no database here: objects are read in run() and the methods around it, not while the file is loaded or "
    "its form is computed. A test hands them over with run_job(…, inventory=webapp.inventory.testing.at(URL))."
)
CONNECT_SECONDS = 10


class Access:
    """The database of one job."""

    def __init__(self, url: str, *, shared: bool = False) -> None:
        """shared is for one connection of all threads, which may have tables that are its own."""
        self._url, self._shared = url, shared
        self._process = _Process()

    @property
    def engine(self) -> Engine:
        """Where connections come from."""
        process = self._here()
        with process.lock:
            if process.engine is None:
                process.engine = _engine(self._url, shared=self._shared)
        return process.engine

    @property
    def used(self) -> bool:
        """Whether this thread has asked for anything."""
        return hasattr(self._here().threads, "session")

    def session(self) -> Session:
        """That of this thread."""
        process = self._here()
        if not hasattr(process.threads, "session"):
            guarding.begin()
            process.threads.session = JobSession(self.engine, expire_on_commit=False, info={guarding.JOB: True})
            process.keep(process.threads.session)
        session: Session = process.threads.session
        return session

    def close(self) -> None:
        """Let go of all connections; what was read stays readable."""
        process, self._process = self._here(), _Process()
        for session in process.sessions.values():
            session.close()
        if process.engine is not None:
            process.engine.dispose()

    def _here(self) -> _Process:
        if self._process.pid != os.getpid():
            # Closing what is the other process's might end it for both; and a lock may have been held at the fork.
            _OF_PARENTS.append(self._process)
            self._process = _Process()
        return self._process


class _Process:
    """What one process has of an access."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.engine: Engine | None = None
        self.lock = threading.Lock()
        self.threads = threading.local()
        self.sessions: dict[threading.Thread, Session] = {}

    def keep(self, session: Session) -> None:
        """Remember session for this thread, and let go of the connections of threads that have ended."""
        with self.lock:
            for thread in [thread for thread in self.sessions if not thread.is_alive()]:
                self.sessions.pop(thread).close()
            self.sessions[threading.current_thread()] = session


_OF_PARENTS: list[_Process] = []
_appointed: list[Access] = []
"""The job's, while there is one in this process; the last one counts."""
_registries: list[Any] = []
"""Where db.session has found its sessions before."""


class _Registry:
    """Where db.session finds that of the job."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def __call__(self) -> Session:
        return self._access.session()

    def has(self) -> bool:
        """Never: nobody but the job closes it."""
        return False

    def clear(self) -> None:
        """Nothing is forgotten before the job is over."""


def appoint(access: Access) -> None:
    """From now on, whatever asks for objects in this process asks access; `db.session` does as well."""
    _appointed.append(access)
    _registries.append(db.session.registry)
    db.session.registry = _Registry(access)  # type: ignore[assignment]  # it answers the same


def dismiss(access: Access) -> None:
    """It is over."""
    _appointed.remove(access)
    db.session.registry = _registries.pop()


def reading() -> Session:
    """The session in which whoever calls this asks for objects.

    :raises RuntimeError: there is no database here.
    """
    if not _appointed and Late.expected is not None:
        Late.expected.made()
    if _appointed:
        return _appointed[-1].session()
    if has_app_context():
        return db.session()
    raise RuntimeError(NOT_HERE)


def _engine(url: str, *, shared: bool) -> Engine:
    options: dict[str, Any] = {**SECRETIVE}
    if not shared:
        # Each thread of the job keeps the connection of its session.
        options |= {"max_overflow": -1}
    if url.startswith("sqlite"):
        options["connect_args"] = {"timeout": BUSY_SECONDS, "check_same_thread": False}
    else:
        options |= {"connect_args": {"connect_timeout": CONNECT_SECONDS}, "isolation_level": "AUTOCOMMIT"}
    if shared:
        # Whoever is done must not roll back what another thread has begun on it.
        options |= {"poolclass": StaticPool, "pool_reset_on_return": None}
    engine = sa.create_engine(url, **options)
    if url.startswith("sqlite"):
        event.listen(engine, "connect", prepare_sqlite)
    return engine
