"""Importing devices: from a file or an address, again and again, and never half of a line."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.examples.conftest import changes, last, planned
from webapp.catalogue import service as catalogue
from webapp.inventory import filter, get
from webapp.inventory.models import Device
from webapp.runs import items
from webapp.runs.models import State

JOB = "importing.ImportDevices"
HEAD = "name,location,role,device_type,status,rack,position,serial\n"
NEW = "ams01-srv-new,ams01,server,M-server,Planned,ams01-r01,30,X-1\n"
CHANGED = "ams01-srv-01-01,ams01,server,M-server,Offline,,,\n"
SAME = "ams01-srv-01-02,ams01,server,M-server,Active,ams01-r01,4,\n"
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def upload(send) -> Callable[..., object]:
    """Runs the import of a file with these lines, by the form."""

    def to_the_end(text: str | bytes, **more: str) -> object:
        content = text if isinstance(text, bytes) else text.encode()
        return send(JOB, source="file", file=(io.BytesIO(content), "devices.csv"), **more)

    return to_the_end


@pytest.fixture
def serve() -> Iterator[Callable[[bytes], str]]:
    """Gives the address at which a server gives content out; any other address is not there."""
    given: dict[str, bytes] = {}

    class Giving(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = given.get(self.path)
            self.send_response(404 if content is None else 200)
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Giving) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()

        def at(content: bytes) -> str:
            given["/devices.csv"] = content
            return f"http://127.0.0.1:{server.server_port}/devices.csv"

        yield at
        server.shutdown()


def failures() -> dict[str, str]:
    return {item.title: item.message for item in items.of(last()) if item.state == "failure"}


def test_a_file_is_imported_as_its_dry_run_says_and_again_changes_nothing(upload):
    dry = upload(HEAD + NEW + CHANGED + SAME, dryrun="true")
    assert (dry.state, changes(dry), filter(Device, name="ams01-srv-new")) == (State.SUCCESS, [], [])
    real = upload(HEAD + NEW + CHANGED + SAME)
    assert real.result == {"created": 1, "updated": 1, "left as it is": 1} == dry.result
    assert changes(real) == planned(dry)
    assert [(name, action) for _, name, action, *_ in changes(real)] == [
        ("ams01-srv-new", "create"),
        ("ams01-srv-01-01", "update"),
    ]
    new = get(Device, name="ams01-srv-new")
    assert (str(new.rack), new.position, new.serial, str(new.status)) == ("ams01-r01", 30, "X-1", "Planned")
    again = upload(HEAD + NEW + CHANGED + SAME)
    assert (again.result, changes(again)) == ({"left as it is": 3}, [])


@on_sqlite
@pytest.mark.parametrize("between", [";", "\t"])
def test_a_file_of_a_spreadsheet_is_read_as_well(upload, between):
    assert upload((HEAD.title() + NEW).replace(",", between)).result == {"created": 1}


@on_sqlite
def test_a_wrong_line_is_told_by_its_number_and_the_others_go_on(upload):
    wrong = "x-1,nowhere,server,M-server,,,,\nx-2,ams01,server,M-server,,,high,\n,ams01,server,M-server,,,,\n"
    run = upload(HEAD + wrong + NEW + NEW + "x-3,ams01,server,M-server,,ams01-r01,2,\n" + CHANGED)
    assert (run.state, run.result) == (State.FAILURE, {"wrong": 5, "created": 1, "updated": 1})
    told = failures()
    assert told["Line 2: x-1"] == "There is no Location “nowhere”."
    assert told["Line 3: x-2"] == "“high” is no position in a rack."
    assert told["Line 4:"] == "Without name there is no device."
    assert told["Line 6: ams01-srv-new"] == "The device stands on line 5 already."
    assert "is in the way" in told["Line 7: x-3"]
    assert filter(Device, name__startswith="x-") == []


@on_sqlite
def test_the_devices_come_from_a_server_as_well(start, command, serve):
    address = serve((HEAD + NEW).encode())
    assert start(JOB, source="address", address=address).result == {"created": 1}
    done = command(JOB, "--data", f'{{"source": "address", "address": "{address}"}}')
    assert (done.exit_code, last().result) == (0, {"left as it is": 1}), done.output


@on_sqlite
def test_what_cannot_be_fetched_is_told_in_a_sentence(start, serve):
    address = serve(b"x" * 5_000_001)
    for where, reason in (
        (address, f"{address} gives out more than 5,000,000 bytes."),
        (address + "x", f"{address}x answers 404 Not Found."),
        ("http://127.0.0.1:1/", "http://127.0.0.1:1/ cannot be fetched: [Errno 111] Connection refused."),
    ):
        run = start(JOB, source="address", address=where)
        assert (run.state, run.reason) == (State.FAILURE, reason)


@on_sqlite
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name,location\nx,ams01\n", "The first line lacks role, device_type."),
        (HEAD.replace("serial", "colour"), "The first line has unknown columns: colour."),
        (HEAD + "x,ams01,server,M-server,,,,,,\n", "Line 2 has more cells than the first."),
        (HEAD.replace("serial", "Name"), "The first line names name more than once."),
        (b"\xff\xfe\x00", "This is no CSV file in UTF-8: "),
    ],
)
def test_a_file_that_is_no_such_table_is_refused_as_a_whole(upload, text, reason):
    run = upload(text)
    assert (run.state, run.reason.startswith(reason), changes(run)) == (State.FAILURE, True, []), run.reason


@on_sqlite
def test_only_the_web_is_asked(api):
    address = f"/api/extras/jobs/{catalogue.by_class_path(JOB).id}/run/"
    answer = api("ann").post(address, json={"data": {"source": "address", "address": "file:///etc/passwd"}})
    assert (answer.status_code, "Must match regex" in answer.text) == (400, True)
