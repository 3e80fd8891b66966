"""The tabs of a job's page, as data: each is a page with an address of its own, and features above add theirs."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, current_app, request, url_for
from flask_login import current_user

from webapp.accounts.permissions import may
from webapp.catalogue.models import Job


@dataclass(frozen=True)
class Tab:
    """One page about a job; its template extends "catalogue/_frame.html", with the job, and fills the block `tab`."""

    label: str
    endpoint: str
    """Its only part is the job's `id`."""
    permission: str | None
    """Without it the tab is not shown; None for all who see the job."""
    order: int


@dataclass(frozen=True)
class Link:
    """A tab as the page of a job shows it."""

    label: str
    href: str
    current: bool


def init_app(app: Flask) -> None:
    """Give templates `tabs(job)`."""
    app.extensions.setdefault("job_tabs", [])
    app.jinja_env.globals["tabs"] = links


def add(app: Flask, tab: Tab) -> None:
    """Put tab on the page of every job."""
    app.extensions.setdefault("job_tabs", []).append(tab)


def links(job: Job) -> list[Link]:
    """The tabs of job in their order, those that the user may open."""
    found: list[Tab] = current_app.extensions["job_tabs"]
    open_to = (tab for tab in found if tab.permission is None or may(current_user, tab.permission))
    return [_link(tab, job) for tab in sorted(open_to, key=lambda tab: tab.order)]


def _link(tab: Tab, job: Job) -> Link:
    return Link(tab.label, url_for(tab.endpoint, id=job.id), request.endpoint == tab.endpoint)
