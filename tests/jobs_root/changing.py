"""Jobs that read and change objects."""

import os
import time

from webapp.inventory import (
    Device,
    DeviceType,
    Interface,
    Location,
    LocationType,
    Manufacturer,
    Role,
    Status,
    count,
    filter,
    first,
    get,
)
from webapp.jobs import (
    BooleanVar,
    DryRunVar,
    IntegerVar,
    Job,
    JobButtonReceiver,
    MultiObjectVar,
    ObjectVar,
    StringVar,
    register_jobs,
)

name = "What jobs do to objects"


class Base(Job):
    class Meta:
        has_sensitive_variables = False


class Preparing(Base):
    """Make a site with devices, rename one and delete another."""

    site = StringVar(default="ams01")
    devices = IntegerVar(default=3)
    dryrun = DryRunVar()

    def run(self, *, site, devices, dryrun):
        with self.changes() as changes:
            kind = first(LocationType, name="Site") or changes.add(LocationType(name="Site"))
            place = changes.add(Location(name=site, location_type=kind, status=get(Status, name="Active")))
            maker = first(Manufacturer, name="Acme") or changes.add(Manufacturer(name="Acme"))
            model = first(DeviceType, model="X1") or changes.add(DeviceType(model="X1", manufacturer=maker))
            role = first(Role, name="leaf") or changes.add(Role(name="leaf"))
            common = {"location": place, "device_type": model, "role": role, "status": get(Status, name="Planned")}
            made = [changes.add(Device(name=f"{site}-{n}", **common)) for n in range(devices)]
            changes.add(*(Interface(device=one, name="lo0", status=get(Status, name="Active")) for one in made))
        found = filter(Device, location__name=site)
        with self.changes() as changes:
            found[0].name = f"{site}-first"
            found[0].status = get(Status, name="Active")
            changes.delete(found[-1])
        self.logger.info("about", extra={"object": found[0]})
        return {"left": [device.name for device in filter(Device, location__name=site)], "interfaces": count(Interface)}


class Renaming(Base):
    """Give devices another name."""

    device = ObjectVar(model="dcim.device")
    others = MultiObjectVar(model="dcim.device", required=False)
    word = StringVar(default="renamed")

    def run(self, *, device, others, word):
        with self.item(device), self.changes():
            device.comments = word
        return {
            "device": [type(device).__name__, device.location.name, device.get_absolute_url()],
            "others": [other.name for other in others],
        }


class Stumbling(Base):
    """Change something, and raise."""

    device = ObjectVar(model="dcim.device")
    how = StringVar(default="later")

    def run(self, *, device, how):
        with self.changes():
            device.comments = "first"
        with self.changes() as changes:
            device.comments = "second"
            if how == "nested":
                try:
                    with self.changes():
                        device.serial = "lost"
                        raise LookupError
                except LookupError:
                    return device.serial
            if how == "twice":
                changes.add(Manufacturer(name="Acme"))
                return None
            raise LookupError("nothing here")


class Careless(Base):
    """Set something outside of a block."""

    device = ObjectVar(model="dcim.device")
    how = StringVar(default="set")

    def run(self, *, device, how):
        if how == "set":
            device.comments = "lost"
        if how == "append":
            device.interfaces.append(Interface(name="lo9"))
        if how == "add":
            with self.changes() as changes:
                pass
            changes.add(Manufacturer(name="Lost"))


class Waiting(Base):
    """Wait inside or outside of a block until a file is there."""

    device = ObjectVar(model="dcim.device")
    flag = StringVar()
    inside = BooleanVar(default=True)
    dryrun = DryRunVar()

    def run(self, *, device, flag, inside, dryrun):
        with self.changes():
            device.comments = "changed"
            if inside:
                count(Device)  # which writes what was set
                self._wait(flag)
        self._wait(flag)

    def _wait(self, flag):
        self.logger.info("Waiting")
        while not os.path.exists(flag):
            time.sleep(0.02)


class Slow(Job):
    """Change something, and then hold a block open for too long."""

    device = ObjectVar(model="dcim.device")

    class Meta:
        has_sensitive_variables = False
        soft_time_limit, time_limit = 1, 30

    def run(self, *, device):
        with self.changes():
            device.comments = "first"
        with self.changes():
            device.serial = "lost"
            count(Device)  # which writes what was set
            time.sleep(20)


class Forking(Base):
    """Read and change in a fork."""

    device = ObjectVar(model="dcim.device")

    def run(self, *, device):
        reading, writing = os.pipe()
        if os.fork() == 0:
            try:
                with self.changes():
                    pass
            except RuntimeError as refusal:
                os.write(writing, f"{count(Device)} {refusal}".encode())
            os._exit(0)
        os.wait()
        return [os.read(reading, 1000).decode(), count(Device)]


class Pressed(JobButtonReceiver):
    """Note that a button was pressed."""

    class Meta:
        has_sensitive_variables = False

    def receive_job_button(self, obj):
        with self.changes():
            obj.comments = "pressed"
        return obj.name


class OldStyle(Base):
    """Change in the style of 1.x."""

    device = ObjectVar(model="dcim.device")
    how = StringVar(default="fine")

    def run(self, data, commit):
        data["device"].comments = "changed"
        count(Device)
        if data["how"] == "raise":
            raise LookupError("nothing here")
        return data["device"].comments


register_jobs(Preparing, Renaming, Stumbling, Careless, Waiting, Slow, Forking, Pressed, OldStyle)
