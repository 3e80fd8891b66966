"""What all pages share: assets, icons, navigation, filters, finding and paging, error pages, security headers."""

from __future__ import annotations

from flask import Flask

from webapp.config import Settings
from webapp.db import utcnow
from webapp.ui import assets, filters, headers, navigation
from webapp.ui.icons import drawn, icon, symbols


def init_app(app: Flask, settings: Settings) -> None:
    """Give the templates of app what they use, and its pages their assets and headers."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(icon=icon, drawn=drawn, symbols=symbols, now=utcnow)
    filters.init_app(app)
    navigation.init_app(app)
    assets.init_app(app, settings)
    headers.init_app(app)
