"""The job in docs/inventory.md does what the page says."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from redis import Redis

from tests.examples.conftest import changes, planned
from tests.product import settings_for
from webapp.catalogue.models import Job
from webapp.catalogue.refreshing import refresh
from webapp.config import PROJECT
from webapp.db import transaction
from webapp.inventory import count
from webapp.inventory.models import Device
from webapp.runs.models import State

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def settings(tmp_path, database_url, redis_url):
    """Those of an installation whose only job is the one of the page."""
    examples = re.findall(r"^```python\n(.*?)^```", (PROJECT / "docs/inventory.md").read_text(), re.M | re.S)
    [source] = [example for example in examples if "class SetStatus" in example]
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "page.py").write_text(source)
    with Redis.from_url(redis_url) as client:
        client.flushall()
    return settings_for(tmp_path, database_url=database_url, redis_url=redis_url, jobs_root=tmp_path / "jobs")


def test_its_dry_run_shows_what_the_run_then_changes(app, settings, start):
    refresh(settings.jobs_root)
    with transaction() as session:
        session.execute(sa.update(Job).values(enabled=True))
    given = {"location": {"name": "ams01"}, "roles": [{"name": "router"}], "status": {"name": "Offline"}}
    dry, real = (start("page.SetStatus", **given, dryrun=dryrun) for dryrun in (True, False))
    assert (real.state, real.result) == (State.SUCCESS, {"devices": 3})
    assert (changes(real), changes(dry)) == (planned(dry), [])
    assert count(Device, status__name="Offline", location__name="ams01") == 3
