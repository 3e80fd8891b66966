"""Making many objects that belong together: racks, devices, interfaces and cables, from a template."""

from collections import Counter

from webapp.errors import NotPossible, WebappError
from webapp.inventory import (
    Cable,
    ConsolePort,
    ConsoleServerPort,
    Device,
    DeviceType,
    Interface,
    Location,
    Rack,
    Role,
    Status,
    filter,
    first,
    get,
)
from webapp.jobs import ChoiceVar, DryRunVar, Job, ObjectVar, StringVar, register_jobs

name = "Provisioning"

TEMPLATES = [("edge", "Edge site: 2 racks, 8 servers"), ("row", "Row of a data hall: 10 racks, 100 servers")]
DEVICES = ("console server", "switch", "server")


class PrepareLocation(Job):
    """Fill a new location with racks, switches, servers and cables, as a template says.

    The location is made, or is one that is planned already. What is there is left as it is, so that another run goes on
    where one was cut off. Each rack is one block of changes: it is there as a whole, or not at all. Look at the changes
    of a dry run first. The templates lie in the folder of that name, beside this job.
    """

    where = ChoiceVar(
        label="Location", choices=[("new", "A new one"), ("planned", "One that is planned")], default="new"
    )
    new_name = StringVar(
        label="Name",
        description="Lower case, digits and dashes.",
        regex=r"^[a-z0-9-]{2,20}$",
        visible_when={"where": "new"},
        summary=True,
    )
    type = ObjectVar(model="dcim.locationtype", default={"name": "Site"}, visible_when={"where": "new"})
    parent = ObjectVar(model="dcim.location", required=False, visible_when={"where": "new"})
    planned = ObjectVar(
        label="Planned location",
        model="dcim.location",
        query_params={"status__name": "Planned"},
        visible_when={"where": "planned"},
        summary=True,
    )
    template = ChoiceVar(choices=TEMPLATES, default="edge")
    dryrun = DryRunVar()

    class Meta:
        name = "Prepare a new location"
        has_sensitive_variables = False
        soft_time_limit, time_limit = 290, 300
        fieldsets = [("Where", ["where", "new_name", "type", "parent", "planned"]), ("What", ["template"])]

    def run(self, *, where, new_name, type, parent, planned, template, dryrun):
        self.made = Counter()
        plan = self.load_yaml(f"templates/{template}.yaml")
        try:
            self.look_up(plan)
            location = planned or self.make_location(new_name, type, parent)
        except (LookupError, WebappError) as problem:
            self.fail("Nothing was made. %s", problem)
            return None
        self.look_around(location)
        for number in range(1, plan["racks"] + 1):
            self.progress(number - 1, plan["racks"], f"Rack {number}")
            with self.item(f"{location}-r{number:02}") as item, self.changes() as changes:
                before = self.made.total()
                self.fill_rack(changes, location, number, plan)
                if self.made.total() == before:
                    item.skip("Everything is there already.")
        self.progress(plan["racks"], plan["racks"])
        self.logger.success("%s is prepared", location, extra={"object": location})
        return {"location": str(location), "made": dict(self.made)}

    def look_up(self, plan):
        """Find what plan names.

        :raises LookupError: something is not there.
        """
        self.active, self.ahead, self.plugged = (get(Status, name=name) for name in ("Active", "Planned", "Connected"))
        for part in (plan[name] for name in DEVICES):
            part["role"] = get(Role, name=part["role"])
            part["device_type"] = get(DeviceType, model=part["device_type"])

    def make_location(self, name, type, parent):
        """The new location, or the one that a run before this made, as long as it is planned.

        :raises NotPossible: there is one of that name already, in use.
        """
        found = first(Location, name=name, parent=parent)
        if found is not None and found.status != self.ahead:
            raise NotPossible(f"{name} is there already, and {found.status}. Choose another name.")
        if found is not None:
            return found
        self.made["location"] += 1
        with self.changes() as changes:
            return changes.add(Location(name=name, parent=parent, location_type=type, status=self.ahead))

    def look_around(self, location):
        """Remember what is at location, by kind and name: asked for at once, not one by one while there is writing."""
        found = filter(Rack, location=location) + filter(Device, location=location)
        for kind in (Interface, ConsolePort, ConsoleServerPort):
            found += filter(kind, device__location=location)
        self.there = {(type(one), str(getattr(one, "device", "")), one.name): one for one in found}

    def fill_rack(self, changes, location, number, plan):
        facts = {"location": location, "status": self.active, "u_height": plan["units"]}
        rack = self.ensure(changes, Rack, f"{location}-r{number:02}", **facts)
        if number == 1:
            self.place(changes, rack, f"{location}-console-01", plan["console server"])
        switch = self.place(changes, rack, f"{location}-tor-{number:02}", plan["switch"])
        console = self.ensure(changes, ConsolePort, "Console", device=switch, type="rj-45")
        at = self.there[ConsoleServerPort, f"{location}-console-01", f"port{number:02}"]
        self.connect(changes, console, at, "cat5e")
        for place in range(1, plan["servers"] + 1):
            about = {**plan["server"], "position": 2 * place}
            server = self.place(changes, rack, f"{location}-srv-{number:02}-{place:02}", about)
            ports = [self.there[Interface, server.name, "eth0"], self.there[Interface, switch.name, f"Ethernet{place}"]]
            self.connect(changes, *ports, "dac-passive")

    def place(self, changes, rack, name, about):
        """The device of that name in rack, with its ports."""
        facts = {name: about[name] for name in ("role", "device_type", "position")}
        facts |= {"location": rack.location, "rack": rack, "face": "front", "status": self.ahead}
        device = self.ensure(changes, Device, name, **facts)
        ports = {f"Ethernet{number}": "10gbase-x-sfpp" for number in range(1, about.get("downlinks", 0) + 1)}
        for port, type in {**about["interfaces"], **ports}.items():
            self.ensure(changes, Interface, port, device=device, type=type, status=self.active)
        for number in range(1, about.get("consoles", 0) + 1):
            self.ensure(changes, ConsoleServerPort, f"port{number:02}", device=device, type="rj-45")
        return device

    def connect(self, changes, a, b, type):
        """Connect two ports by a cable, unless something is plugged into one of them already."""
        if not a.cable and not b.cable:
            changes.add(Cable(termination_a=a, termination_b=b, type=type, status=self.plugged))
            self.made["cable"] += 1

    def ensure(self, changes, kind, name, **facts):
        """What is there of that kind and name; else a new one with these facts."""
        key = kind, str(facts.get("device", "")), name
        if key not in self.there:
            self.there[key] = changes.add(kind(name=name, **facts))
            self.made[kind.__tablename__] += 1
        return self.there[key]


register_jobs(PrepareLocation)
