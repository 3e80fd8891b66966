"""Reports that look for what is missing in the inventory: they read, and change nothing."""

import csv
import io

from webapp.inventory import ConsolePort, Device, Interface, IPAddress, Location, filter
from webapp.jobs import BaseJob, ChoiceVar, Job, MultiObjectVar, ObjectVar, register_jobs

name = "Checks"


class Check(BaseJob):
    """What the jobs below have in common: an item for each object, and a file of those that have a problem."""

    class Meta:
        has_sensitive_variables = False
        read_only = True
        soft_time_limit, time_limit = 110, 120

    def check(self, objects, problem_of):
        """Look at each of objects; problem_of says what is wrong with one, or nothing. Gives the result."""
        found = []
        for done, one in enumerate(sorted(objects, key=str)):
            self.progress(done, len(objects), one)
            with self.item(one):
                if problem := problem_of(one):
                    found.append({"object": str(one), "location": where(one), "problem": problem, "id": str(one.id)})
                    self.fail("%s", problem, extra={"object": one})
        self.progress(len(objects), len(objects))
        self.create_file("findings.csv", table(("object", "location", "problem", "id"), found))
        return {"checked": len(objects), "found": len(found), "findings": found}


class SwitchesWithoutConsole(Check, Job):
    """Find switches that nobody reaches by console: without a console port, or with none that is connected.

    The run fails if there are any. If you have chosen the switches, *Retry what failed* looks at those again that had
    no connection.
    """

    role = ObjectVar(model="extras.role", default={"name": "top of rack"})
    locations = MultiObjectVar(
        description="With all in them; none means all.", model="dcim.location", required=False, summary=True
    )
    devices = MultiObjectVar(
        description="None means all.",
        model="dcim.device",
        query_params={"role": "$role", "location": "$locations"},
        required=False,
        summary=True,
    )

    class Meta(Check.Meta):
        name = "Switches without a console connection"

    def run(self, *, role, locations, devices):
        ports = {port.device_id for port in filter(ConsolePort, device__role=role)}
        connected = {port.device_id for port in filter(ConsolePort, device__role=role, cable__isnull=False)}

        def problem_of(switch):
            if switch.id in connected:
                return None
            return "Its console port is not connected." if switch.id in ports else "It has no console port."

        return self.check(devices or filter(Device, role=role, **at(locations)), problem_of)


class RoutersWithoutLoopback(Check, Job):
    """Find routers whose loopback has no address, or that have no loopback.

    A loopback is a virtual interface with a name that begins with “lo”. The run fails if there are such routers.
    """

    role = ObjectVar(model="extras.role", default={"name": "router"})
    locations = MultiObjectVar(
        description="With all in them; none means all.", model="dcim.location", required=False, summary=True
    )
    devices = MultiObjectVar(
        description="None means all.",
        model="dcim.device",
        query_params={"role": "$role", "location": "$locations"},
        required=False,
        summary=True,
    )

    class Meta(Check.Meta):
        name = "Routers without a loopback address"

    def run(self, *, role, locations, devices):
        loopback = {"device__role": role, "type": "virtual", "name__istartswith": "lo"}
        loopbacks = {port.device_id for port in filter(Interface, **loopback)}
        bare = {port.device_id: port for port in filter(Interface, **loopback, assignments__isnull=True)}

        def problem_of(router):
            if router.id in bare:
                return f"{bare[router.id]} has no address."
            return None if router.id in loopbacks else "It has no loopback."

        return self.check(devices or filter(Device, role=role, **at(locations)), problem_of)


class AddressesWithoutPrefix(Check, Job):
    """Find addresses that lie in no prefix.

    Only these are items of the run, which fails if there are any.
    """

    version = ChoiceVar(
        choices=[(4, "IPv4"), (6, "IPv6")], required=False, description="None means both.", summary=True
    )

    class Meta(Check.Meta):
        name = "Addresses without a prefix"

    def run(self, *, version):
        wanted = {"version": version} if version else {}
        return self.check(filter(IPAddress, parent__isnull=True, **wanted), lambda _address: "It lies in no prefix.")


def at(locations):
    """The lookups for what is at one of locations, or in what lies in them; none if there are no locations."""
    found = edge = list(locations)
    while edge:
        edge = filter(Location, parent__in=edge)
        found = found + edge
    return {"location__in": found} if found else {}


def where(one):
    """What the location of one is called, if it has one: names of devices are told apart by it."""
    return str(getattr(one, "location", None) or "")


def table(columns, rows):
    """rows as a CSV file."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


register_jobs(SwitchesWithoutConsole, RoutersWithoutLoopback, AddressesWithoutPrefix)
