"""An application with nothing but what all pages share, and one page of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Blueprint, Flask, render_template_string
from flask_login import AnonymousUserMixin, LoginManager
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import HTTPException

from tests.product import settings_for
from webapp import ui
from webapp.config import Settings
from webapp.errors import WebappError
from webapp.ui.errors import error_page


@pytest.fixture
def ui_settings(tmp_path: Path) -> Settings:
    """Settings whose data directory is the test's own."""
    return settings_for(tmp_path)


@pytest.fixture
def bare_app(ui_settings: Settings) -> Flask:
    """The shared parts alone: no database, no accounts; nobody is signed in."""
    app = Flask("bare", template_folder=str(Path(ui.__file__).parents[2] / "templates"), static_folder=None)
    app.config.update(SECRET_KEY="a test's own", WTF_CSRF_CHECK_DEFAULT=False)
    ui.init_app(app, ui_settings)
    for kind in (WebappError, HTTPException):
        app.register_error_handler(kind, error_page)
    CSRFProtect(app)
    LoginManager(app).request_loader(lambda _request: AnonymousUserMixin())
    app.jinja_env.globals["may"] = lambda _permission: True
    _name_pages(app)
    return app


@pytest.fixture
def render(bare_app: Flask) -> Callable[..., str]:
    """Renders the text of a template inside a request."""

    def rendered(source: str, **context: object) -> str:
        with bare_app.test_request_context("/jobs/"):
            return render_template_string(source, **context)

    return rendered


def _name_pages(app: Flask) -> None:
    """Give the addresses that the frame of a page links to something to lead to."""
    for name, rules in {"accounts": ("login", "logout", "show"), "catalogue": ("index",), "runs": ("index",)}.items():
        pages = Blueprint(name, name, url_prefix=f"/{name}")
        for rule in rules:
            pages.add_url_rule(f"/{rule}/", rule, lambda: "")
        app.register_blueprint(pages)
