"""The product as tests use it: an application on each database, people with their roles, and ways to act for them."""

from __future__ import annotations

import fcntl
import os
import pickle
import re
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any, ClassVar

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from redis import Redis
from sqlalchemy import Engine, event, select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse
from whitenoise import WhiteNoise
from whitenoise.responders import StaticFile

from webapp.accounts import credentials, roles, service
from webapp.accounts.models import User
from webapp.app import create_app
from webapp.catalogue import refreshing
from webapp.catalogue import service as catalogue
from webapp.catalogue.models import Job
from webapp.config import Settings
from webapp.db import db, limits, transaction
from webapp.migrating import upgrade
from webapp.queue.connection import connect
from webapp.runs import claims, logs, states
from webapp.runs.claims import Claim
from webapp.runs.forks import Forks
from webapp.runs.ledger import Ledger
from webapp.runs.models import Run, State
from webapp.runs.service import submit
from webapp.runs.supervisor import supervise
from webapp.runs.templates import Template
from webapp.sources import discovery
from webapp.sources.discovery import Discovery
from webapp.ui import assets as assets_of_the_product

JOBS = Path(__file__).parent / "jobs_root"
PASSWORD = "correct horse"
PEOPLE = {"admin": ("Admin",), "ann": ("Operator",), "bob": ("Approver",), "vic": ("Viewer",), "sam": ()}
DATABASES = ("sqlite", "postgresql")
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For tests of what does not depend on the database."""
# A machine that runs all tests may stand still for seconds, which is no outage of the database.
limits.PATIENT_SECONDS = 60.0
TEMPLATE = "TEMPLATE_OF_SQLITE"
"""In the environment of tests that tests start: a database that is ready, where it must not be made anew."""
ENGINES: dict[str, Engine] = {}
"""By kind: the one that was first; SQLAlchemy keeps with it and its dialect what it has compiled."""


class Rules(Rule):
    """Rules of addresses: each is taken apart and compiled once, and not for the application of each test."""

    known: ClassVar[dict[Any, dict[str, Any]]] = {}

    def compile(self) -> None:
        """Called by Werkzeug: make of the rule what finds and builds addresses."""
        converters = frozenset(self.map.converters.items())
        what = (self.rule, self.subdomain, self.host, self.merge_slashes, repr(self.defaults), converters)
        if what not in self.known:
            super().compile()
            made = {name: vars(self)[name] for name in ("_parts", "_trace", "_converters")}
            self.known[what] = made | {name: vars(self)[name].__func__ for name in ("_build", "_build_unknown")}
        for name, made in self.known[what].items():
            setattr(self, name, made.__get__(self) if callable(made) else made)
        self.arguments |= self._converters.keys()


Flask.url_rule_class = Rules


class Compiled(BytecodeCache):
    """Templates: compiled once for all applications of the test process."""

    def __init__(self) -> None:
        self.codes: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Called by Jinja: what is there of this text."""
        bucket.code = self.codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Called by Jinja: keep it."""
        self.codes[bucket.key, bucket.checksum] = bucket.code


COMPILED = Compiled()


class Served(WhiteNoise):
    """Assets: a folder is looked through once for all applications of the test process."""

    known: ClassVar[dict[tuple[str, str], dict[str, StaticFile]]] = {}

    def update_files_dictionary(self, root: str, prefix: str) -> None:
        """Called by WhiteNoise: what there is to be served."""
        place = (f"{Path(root).resolve()}/", prefix)
        if place not in self.known:
            super().update_files_dictionary(*place)
            self.known[place] = self.files
        self.files = dict(self.known[place])


assets_of_the_product.WhiteNoise = Served
# Nobody changes an asset while tests go on: they are read once for all applications of the test process.
SOURCES = cache(assets_of_the_product.sources)
assets_of_the_product.sources = lambda: dict(SOURCES())
assets_of_the_product.versioned = cache(assets_of_the_product.versioned)


def settings_for(data_dir: Path, **values: object) -> Settings:
    """Settings of a test's own installation; values overrule what the environment would say."""
    environ = {"DATA_DIR": data_dir, "JOBS_ROOT": JOBS, **{name.upper(): value for name, value in values.items()}}
    return Settings.from_environment({f"JOBDECK_{name}": str(value) for name, value in environ.items() if value})


@pytest.fixture(scope="session")
def template(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """The URL of a database with all tables, people and jobs, made once for each kind; tests get copies."""
    made = {"sqlite": os.environ[TEMPLATE]} if TEMPLATE in os.environ else {}

    def give(kind: str) -> str:
        if kind not in made:
            with looked_at_once(tmp_path_factory):
                made[kind] = _fill(kind, request, tmp_path_factory.mktemp(f"template-{kind}"))
        return made[kind]

    return give


@contextmanager
def looked_at_once(factory: pytest.TempPathFactory) -> Iterator[None]:
    """Inside, what jobs a folder has is found out once for all processes of pytest: it takes seconds."""
    own = factory.getbasetemp()
    shared, look = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own, discovery.discover

    def once(root: Path, **options: Any) -> Discovery:
        found = shared / f"jobs{str(root).replace('/', '-')}"
        with found.with_suffix(".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if not found.exists():
                found.write_bytes(pickle.dumps(look(root, **options)))
        return pickle.loads(found.read_bytes())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(discovery, "discover", once)
        yield


def _fill(kind: str, request: pytest.FixtureRequest, folder: Path) -> str:
    url = "" if kind == "sqlite" else request.getfixturevalue("postgres").create()
    settings = settings_for(folder, database_url=url, redis_url=request.getfixturevalue("redis_url"))
    app = create_app(settings)
    with app.app_context():
        upgrade()
        roles.ensure_roles()
        for name, groups in PEOPLE.items():
            service.create_user(name, PASSWORD, groups=groups)
        refreshing.refresh(JOBS)
        with transaction() as session:
            for job in session.scalars(select(Job)):
                job.enabled = True
        db.session.remove()
        db.engine.dispose()
        ENGINES[kind] = db.engine
    return settings.database_url


def _share_statements(engine: Engine) -> None:
    """Let engine take what others of its kind have compiled; the keys of a cache name the dialect."""
    first = ENGINES.get(engine.dialect.name, engine)
    engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, template: Callable[[str], str], tmp_path: Path) -> Iterator[str]:
    """A database of the test's own, once on SQLite and once on PostgreSQL."""
    source = template(request.param)
    if request.param == "sqlite":
        shutil.copy(source.removeprefix("sqlite:///"), tmp_path / "jobdeck.sqlite")
        yield f"sqlite:///{tmp_path / 'jobdeck.sqlite'}"
        return
    yield request.getfixturevalue("postgres_database")(source)


@pytest.fixture
def settings(tmp_path: Path, database_url: str, redis_url: str) -> Settings:
    """The settings of the test's application."""
    with Redis.from_url(redis_url) as client:
        client.flushall()
    return settings_for(tmp_path, database_url=database_url, redis_url=redis_url)


@pytest.fixture(scope="session")
def assets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the first application collects its assets, and the others of the test process find them."""
    return tmp_path_factory.mktemp("assets")


@pytest.fixture
def app(settings: Settings, assets: Path) -> Iterator[Flask]:
    """The application, inside its context."""
    if not (settings.data_dir / "assets").exists():
        (settings.data_dir / "assets").symlink_to(assets)
    made = create_app(settings)
    made.jinja_env.bytecode_cache = COMPILED
    # The web process waits 0.1 s for Redis; a busy machine that runs tests may well take longer.
    made.extensions["redis"] = made.extensions["bell"].client = connect(settings, "worker")
    made.testing = True
    made.test_client_class = Client
    with made.app_context():
        _share_statements(db.engine)
        yield made
        db.session.remove()
        db.engine.dispose()
        made.extensions["redis"].close()


@pytest.fixture
def person(app: Flask) -> Callable[[str], User]:
    """Gives the user of that name, one of PEOPLE."""
    return service.named


@pytest.fixture
def job(app: Flask) -> Callable[[str], Job]:
    """Gives the record of a class of tests/jobs_root/plain.py."""
    return lambda name: catalogue.by_class_path(f"plain.{name}")


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """What the database is asked while the test goes on."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield asked
    event.remove(db.engine, "before_cursor_execute", note)


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    """What makes the processes of jobs: one for all tests of this process, as a worker has one for all its runs."""
    with closing(Template("worker@test")) as template, closing(Forks("worker@test", template)) as made:
        yield made


@pytest.fixture(name="supervise")
def supervised(app: Flask, forks: Forks) -> Callable[..., State | None]:
    """Runs one run to the end of its attempt, as webapp.runs.supervisor does."""
    return partial(supervise, forks=forks)


@pytest.fixture
def run_of(person: Callable[[str], User], supervise: Callable[..., State | None]) -> Callable[..., Run]:
    """Runs a class, named by module and class, as Ann to the end of its attempt; gives the run."""

    def to_the_end(name: str, **inputs: Any) -> Run:
        number = submit(catalogue.by_class_path(name), person("ann"), inputs).number
        supervise(number, "worker@test")
        return db.session.get_one(Run, number, populate_existing=True)

    return to_the_end


@pytest.fixture
def work(app: Flask, forks: Forks) -> Callable[[], list[State | None]]:
    """Runs everything that waits, each run in a process of its own as a worker would; gives the final states."""

    def to_the_end() -> list[State | None]:
        db.session.rollback()
        numbers = db.session.scalars(select(Run.number).where(Run.state == State.QUEUED).order_by(Run.number)).all()
        return [supervise(number, "worker@test", forks=forks) for number in numbers]

    return to_the_end


def take(number: int, worker: str) -> Claim | None:
    """Look at a run and take it, as its supervisor does."""
    waiting = claims.look(number)
    return claims.take(waiting, worker) if waiting else None


class Client(FlaskClient):
    """Asks as the world does: each request in a context of its own; the test's next query sees what it did."""

    def open(self, *arguments: Any, **options: Any) -> TestResponse:
        """Send a request."""
        with self.application.app_context():
            response = super().open(*arguments, **options)
            if response.request.method == "POST":
                # As a server does, once it has sent the answer; what is streamed is asked for otherwise.
                response.get_data()
                response.close()
        db.session.rollback()
        return response


def running(number: int) -> int:
    """Let a worker that is not there claim and start run number; gives the attempt."""
    with transaction():
        attempt = states.claim(number, "w")
    with transaction():
        states.start(number, attempt, "w")
    return attempt


def say(number: int, attempt: int, lines: Sequence[logs.Line], dropped: int = 0) -> None:
    """Let that worker write lines into the log of run number; dropped ones came after it was full."""
    run = db.session.get_one(Run, number, populate_existing=True)
    Ledger(number, attempt, "w", run.last_seq).write(lines, dropped)


class Page:
    """A browser without a screen: keeps cookies, and sends the token of the last page with what it posts."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.csrf = ""

    def get(self, path: str, **options: Any) -> TestResponse:
        """Open path."""
        response = self.client.get(path, **options)
        if found := re.search(r'name="csrf_token" value="([^"]+)"', response.text):
            self.csrf = found[1]
        return response

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        """Send a form to path."""
        return self.client.post(path, data={"csrf_token": self.csrf, **(data or {})}, **options)


@pytest.fixture
def browse(app: Flask) -> Callable[[str | None], Page]:
    """Gives a browser in which the person of that name has signed in, or nobody."""

    def signed_in(name: str | None = None) -> Page:
        page = Page(app.test_client())
        if name:
            token, secret = credentials.begin_session(service.named(name), "test", 1), secrets.token_hex()
            with page.client.session_transaction() as cookie:
                cookie["_user_id"], cookie["csrf_token"] = token, secret
            # As if a page had been opened, which would cost each test more than signing in.
            page.csrf = URLSafeTimedSerializer(app.secret_key, salt="wtf-csrf-token").dumps(secret)
            with app.app_context():
                credentials.user_of_session(token)
        return page

    return signed_in


class Api:
    """A script that signs in with a token."""

    def __init__(self, client: FlaskClient, key: str | None) -> None:
        self.client = client
        self.headers = {"Authorization": f"Token {key}"} if key else {}

    def __getattr__(self, method: str) -> Callable[..., TestResponse]:
        def call(path: str, **options: Any) -> TestResponse:
            headers = {**self.headers, **options.pop("headers", {})}
            return getattr(self.client, method)(path, headers=headers, **options)

        return call


@pytest.fixture
def api(app: Flask) -> Callable[..., Api]:
    """Gives a client with a token of the person of that name, or with none."""

    def client(name: str | None = None, **options: Any) -> Api:
        key = credentials.create_token(service.named(name), **options) if name else None
        return Api(app.test_client(), key)

    return client
