"""The client that people have for the reference works against us, over real HTTP."""

from __future__ import annotations

from threading import Thread

import pynautobot
import pytest
from pynautobot.core.query import RequestError
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.product import on_sqlite
from webapp.accounts import credentials, service
from webapp.app import create_app
from webapp.db import db

pytestmark = on_sqlite


class Quiet(WSGIRequestHandler):
    """Writes no line for each request."""

    def log(self, type: str, message: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def address(app, settings):
    """The address at which the application is served."""
    served = create_app(settings)
    server = make_server("127.0.0.1", 0, served, request_handler=Quiet)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()
    with served.app_context():
        db.engine.dispose()
    served.extensions["redis"].close()


@pytest.fixture
def client(address):
    """Gives pynautobot with a token of the person of that name."""
    opened = []

    def connect(name: str) -> pynautobot.api:
        key = credentials.create_token(service.named(name))
        db.session.rollback()
        opened.append(pynautobot.api(address, token=key))
        return opened[-1]

    yield connect
    for one in opened:
        one.http_session.close()


def test_a_job_is_found_switched_off_and_on(client, job):
    nb = client("admin")
    found = nb.extras.jobs.get(name="Echo")
    assert (str(found), found.enabled, found.id) == ("Echo", True, str(job("Echo").id))
    assert nb.extras.jobs.get(found.id).name == "Echo"
    assert nb.extras.jobs.get(name="nobody") is None
    found.enabled = False
    assert found.save()
    db.session.rollback()
    assert not job("Echo").enabled
    assert nb.extras.jobs.get(found.id).update({"enabled": True})
    db.session.rollback()
    assert job("Echo").enabled


def test_a_job_is_run_and_its_result_read(client, job, work):
    nb = client("ann")
    for named in ({"job_id": str(job("Echo").id)}, {"job_name": "Echo"}):
        made = nb.extras.jobs.run(**named, data={"text": "hi"}).job_result
        assert made.status.value == "PENDING"
        work()
        done = nb.extras.job_results.get(made.id)
        assert (done.status.value, done.status.label) == ("SUCCESS", "SUCCESS")
        assert done.result["text"] == "hi"
        assert done.job_model.id == str(job("Echo").id)
        assert done.job_model.name == "Echo"
        assert done.user.username == "ann"


def test_results_are_listed_filtered_and_paged(client, job):
    nb = client("ann")
    for _ in range(3):
        nb.extras.jobs.run(job_name="No inputs")
    nb.extras.jobs.run(job_name="Echo", data={"text": "hi"})
    assert [row.name for row in nb.extras.job_results.all()] == ["Echo", "No inputs", "No inputs", "No inputs"]
    assert len(nb.extras.job_results.all(limit=2)) == 4
    assert [row.name for row in nb.extras.job_results.filter(name="Echo")] == ["Echo"]
    assert len(nb.extras.job_results.filter(status="PENDING", user="ann")) == 4
    assert nb.extras.job_results.count() == 4
    assert len(nb.extras.jobs.all()) == len(nb.extras.jobs.filter(installed=True))


def test_refusals_reach_the_client_with_their_words(client):
    nb = client("ann")
    with pytest.raises(RequestError) as refused:
        nb.extras.jobs.run(job_name="Echo", data={"count": "x"})
    assert refused.value.req.json() == {
        "errors": {"text": ["This field is required."], "count": ["Enter a whole number."]}
    }
    with pytest.raises(RequestError, match="Unknown filter field"):
        nb.extras.job_results.filter(nothing="x")
    found = nb.extras.jobs.get(name="Echo")
    found.enabled = False
    with pytest.raises(RequestError, match="extras.change_job"):
        found.save()


def test_jobs_are_filtered_changed_and_deleted_several_at_once(client, job):
    nb = client("admin")
    found = nb.extras.jobs.filter(name__isw="ech", installed=True)
    assert [one.name for one in found] == ["Echo"]
    assert found[0].update({"time_limit": 900, "time_limit_override": True})
    assert nb.extras.jobs.get(found[0].id).time_limit == 900
    both = nb.extras.jobs.filter(name=["Echo", "Talk"])
    changed = nb.extras.jobs.update([{"id": one.id, "enabled": False} for one in both])
    assert {one.enabled for one in changed} == {False}
    assert nb.extras.jobs.delete(both)
    assert nb.extras.jobs.get(name="Echo") is None
    with pytest.raises(RequestError, match="405"):
        nb.extras.jobs.create(name="Mine")


def test_queues_are_made_assigned_and_deleted(client, job):
    nb = client("admin")
    fast = nb.extras.job_queues.create(name="fast", queue_type="celery", description="two boxes")
    assert (str(fast), fast.queue_type) == ("celery: fast (0 workers)", "celery")
    fast.description = "three boxes"
    assert fast.save()
    assert nb.extras.job_queues.get(name="fast").description == "three boxes"
    given = nb.extras.job_queue_assignments.create(job=str(job("Echo").id), job_queue=fast.id)
    assert (given.job.name, given.job_queue.name) == ("Echo", "fast")
    assert nb.extras.jobs.get(name="Echo").task_queues == ["default", "fast"]
    assert given.delete()
    assert fast.delete()
    with pytest.raises(RequestError, match="already exists"):
        nb.extras.job_queues.create([{"name": "default", "queue_type": "celery"}])


def test_the_inventory_is_built_found_changed_and_deleted(client):
    nb = client("admin")
    active = nb.extras.statuses.create(name="In use")
    leaf, core = nb.extras.roles.create([{"name": "my leaf"}, {"name": "my core"}])
    nb.extras.tags.create(name="mine", color="ff0000")
    region = nb.dcim.location_types.create(name="Place", nestable=True)
    ams = nb.dcim.locations.create(name="ams01", location_type=region.id, status={"name": "In use"})
    nb.dcim.locations.create(name="room 1", location_type={"name": "Place"}, parent=ams.id, status=active.id)
    vendor = nb.dcim.manufacturers.create(name="Acme")
    model = nb.dcim.device_types.create(manufacturer=vendor.id, model="L48")
    body = {"device_type": model.id, "status": active.id, "role": leaf.id, "location": {"name": "room 1"}}
    made = nb.dcim.devices.create([{**body, "name": f"leaf-{number}"} for number in range(3)])
    assert [str(one) for one in made] == ["leaf-0", "leaf-1", "leaf-2"]
    assert {one.name for one in nb.dcim.devices.all()} == {"leaf-0", "leaf-1", "leaf-2"}
    assert nb.dcim.devices.count(location="ams01") == len(nb.dcim.devices.filter(role=["my leaf", "my core"])) == 3
    device = nb.dcim.devices.get(name="leaf-1")
    assert (device.role.name, device.location.display, device.face) == ("my leaf", "room 1", None)
    device.role = core.id
    device.tags = [{"name": "mine"}]
    device.serial = "S1"
    assert device.save()
    assert [one.name for one in nb.dcim.devices.filter(role="my core", tags="mine")] == ["leaf-1"]
    assert nb.dcim.devices.get(device.id, depth=1).tags[0].name == "mine"
    assert device.update({"comments": "moved"})
    port = nb.dcim.interfaces.create(device=device.id, name="lo0", type="virtual", status="In use")
    assert port.type.value == "virtual"
    nb.ipam.prefixes.create(prefix="10.0.0.0/24", status=active.id, type="network")
    address = nb.ipam.ip_addresses.create(address="10.0.0.1/32", status=active.id)
    nb.ipam.ip_address_to_interface.create(ip_address=address.id, interface=port.id)
    assert device.update({"primary_ip4": address.id})
    assert nb.dcim.devices.get(name="leaf-1").primary_ip4.address == "10.0.0.1/32"
    assert [str(one) for one in nb.ipam.ip_addresses.filter(parent="10.0.0.0/24", device="leaf-1")] == ["10.0.0.1/32"]
    assert nb.dcim.devices.update([{"id": one.id, "serial": one.name} for one in made])
    with pytest.raises(RequestError, match="409"):
        ams.delete()
    assert nb.dcim.devices.delete([one.id for one in made])
    assert nb.dcim.devices.all() == []
    with pytest.raises(RequestError, match="There is no role"):
        nb.dcim.devices.create({**body, "name": "x", "role": "nobody"})
