"""Bringing in what is kept elsewhere: a table with a device on each line."""

import csv
import io
from collections import Counter
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import urlopen

from webapp.errors import WebappError
from webapp.inventory import Device, DeviceType, Location, Rack, Role, Status, filter, first
from webapp.jobs import ChoiceVar, DryRunVar, FileVar, Job, StringVar, register_jobs

name = "Import"

LARGEST = 5_000_000
SEPARATORS = ",;\t"
SECONDS = 10
REQUIRED = ("name", "location", "role", "device_type")
COLUMNS = (*REQUIRED, "status", "rack", "position", "serial", "comments")


class Unfit(Exception):
    """The text says why the table, or one of its lines, is of no use."""


class ImportDevices(Job):
    """Import devices from a CSV file, uploaded or fetched from an address.

    Its first line names the columns: name, location, role and device_type, and perhaps status, rack, position, serial
    and comments; between them stand commas, semicolons or tabs. A device is known by its location and its name: one
    that is new is made, one that differs is changed, any other left as it is, so that a file may be imported again and
    again. An empty cell says nothing. Each line is taken as a whole or not at all; one that does not fit fails, and the
    others go on.
    """

    source = ChoiceVar(choices=[("file", "An uploaded file"), ("address", "An address")], default="file")
    file = FileVar(max_size=LARGEST, extensions=["csv", "txt"], visible_when={"source": "file"}, summary=True)
    address = StringVar(
        description="From where a server gives it out.",
        regex=r"^https?://\S+$",
        max_length=500,
        visible_when={"source": "address"},
        summary=True,
    )
    dryrun = DryRunVar()

    class Meta:
        name = "Import devices"
        has_sensitive_variables = False
        soft_time_limit, time_limit = 590, 600

    def run(self, *, source, file, address, dryrun):
        try:
            rows = rows_of(file.read() if source == "file" else fetched(address))
        except Unfit as problem:
            self.fail("%s", problem)
            return None
        counts, self.lines = Counter(), {}
        for done, (line, row) in enumerate(rows):
            self.progress(done, len(rows), f"Line {line}")
            with self.item(f"Line {line}: {row['name']}", key=line, keep_going=True) as item:
                try:
                    item.message = self.take(line, row)
                except (Unfit, WebappError) as problem:
                    self.fail("%s", problem)
                counts[item.message if item.state != "failure" else "wrong"] += 1
        say = self.logger.warning if counts["wrong"] else self.logger.success
        say("%d lines: %s", len(rows), ", ".join(f"{count} {what}" for what, count in counts.items()))
        return dict(counts)

    def take(self, line, row):
        """Bring in one line; says what became of its device.

        :raises Unfit: nothing.
        """
        values = values_of(row)
        known = {"location": values["location"], "name": values["name"]}
        if (before := self.lines.setdefault(tuple(map(str, known.values())), line)) != line:
            raise Unfit(f"The device stands on line {before} already.")
        device = first(Device, **known)
        if device is None:
            with self.changes() as changes:
                changes.add(Device(**{"status": the(Status, name="Active"), **values}))
            return "created"
        different = {name: value for name, value in values.items() if getattr(device, name) != value}
        if different:
            with self.changes():
                for name, value in different.items():
                    setattr(device, name, value)
        return "updated" if different else "left as it is"


def values_of(row):
    """What a line says of its device.

    :raises Unfit: something is missing, or unknown.
    """
    if missing := [name for name in REQUIRED if not row[name]]:
        raise Unfit(f"Without {' and '.join(missing)} there is no device.")
    values = {name: row[name] for name in ("name", "serial", "comments") if row.get(name)}
    values |= {"location": the(Location, name=row["location"])}
    values |= {"role": the(Role, name=row["role"]), "device_type": the(DeviceType, model=row["device_type"])}
    if row.get("status"):
        values["status"] = the(Status, name=row["status"])
    if row.get("rack"):
        values["rack"] = the(Rack, name=row["rack"], location=values["location"])
    if row.get("position"):
        values["position"] = unit(row["position"])
    return values


def the(kind, **known):
    """The one object of kind that is known so.

    :raises Unfit: there is none, or there are several.
    """
    found = filter(kind, **known)
    if len(found) != 1:
        words = " in ".join(f"“{value}”" for value in known.values())
        raise Unfit(f"There is {'more than one' if found else 'no'} {kind.__name__} {words}.")
    return found[0]


def unit(text):
    if not text.isdecimal():
        raise Unfit(f"“{text}” is no position in a rack.")
    return int(text)


def rows_of(content):
    """The lines of a table: their numbers, and their texts by column.

    :raises Unfit: it is none, or has other columns.
    """
    try:
        text = content.decode("utf-8-sig")
        between = max(SEPARATORS, key=text.partition("\n")[0].count)
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=between, restval="", strict=True)
        columns = [column.strip().lower() for column in reader.fieldnames or ()]
        reader.fieldnames = columns
        rows = [(reader.line_num, row) for row in reader]
    except (UnicodeDecodeError, csv.Error) as problem:
        raise Unfit(f"This is no CSV file in UTF-8: {problem}.") from None
    if missing := [name for name in REQUIRED if name not in columns]:
        raise Unfit(f"The first line lacks {', '.join(missing)}.")
    if unknown := [name for name in columns if name not in COLUMNS]:
        raise Unfit(f"The first line has unknown columns: {', '.join(unknown)}. There are {', '.join(COLUMNS)}.")
    if twice := [name for name, count in Counter(columns).items() if count > 1]:
        raise Unfit(f"The first line names {', '.join(twice)} more than once.")
    if uneven := [line for line, row in rows if None in row]:
        raise Unfit(f"Line {uneven[0]} has more cells than the first.")
    return [(line, {name: text.strip() for name, text in row.items()}) for line, row in rows]


def fetched(address):
    """What a server gives out at address.

    :raises Unfit: it does not, or too much.
    """
    try:
        with urlopen(address, timeout=SECONDS) as answer:
            content = answer.read(LARGEST + 1)
    except HTTPError as problem:
        raise Unfit(f"{address} answers {problem.code} {problem.reason}.") from None
    except (OSError, HTTPException, ValueError) as problem:
        raise Unfit(f"{address} cannot be fetched: {getattr(problem, 'reason', problem)}.") from None
    if len(content) > LARGEST:
        raise Unfit(f"{address} gives out more than {LARGEST:,} bytes.")
    return content


register_jobs(ImportDevices)
