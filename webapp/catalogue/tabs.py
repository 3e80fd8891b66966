"""The tabs of a job's page: features above add theirs.

A tab's template extends "catalogue/_frame.html", with the job, and fills the block `tab`.
"""

from __future__ import annotations

from functools import partial

from flask import Flask
from flask_login import current_user

from webapp.accounts.permissions import may
from webapp.catalogue.models import Job
from webapp.ui import tabs
from webapp.ui.tabs import Link, Tab

__all__ = ["Tab", "add", "init_app", "links"]

ABOUT = "job"


def init_app(app: Flask) -> None:
    """Give templates `tabs(job)`."""
    app.jinja_env.globals["tabs"] = links


def add(app: Flask, tab: Tab) -> None:
    """Put tab on the page of every job."""
    tabs.add(app, ABOUT, tab)


def links(job: Job) -> list[Link]:
    """The tabs of job in their order, those that the user may open."""
    return tabs.links(ABOUT, partial(may, current_user), job.id)
