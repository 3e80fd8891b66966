"""Jobs to measure with that act on objects."""

import time

from webapp.inventory import Device, DeviceType, Location, LocationType, Manufacturer, Role, Status, get
from webapp.jobs import IntegerVar, Job, StringVar, register_jobs

name = "Measured with objects"


class Devices(Job):
    """Make so many devices in one block of changes."""

    count = IntegerVar()
    site = StringVar()

    class Meta:
        has_sensitive_variables = False

    def run(self, *, count: int, site: str) -> float:
        """Give back the seconds from the beginning of the block to its end."""
        start = time.perf_counter()
        with self.changes() as changes:
            status = get(Status, name="Active")
            kind = changes.add(LocationType(name=site))
            place = changes.add(Location(name=site, location_type=kind, status=status))
            model = changes.add(DeviceType(model=site, manufacturer=Manufacturer(name=site)))
            common = {"location": place, "device_type": model, "role": changes.add(Role(name=site)), "status": status}
            changes.add(*(Device(name=f"{site}-{n}", **common) for n in range(count)))
        return time.perf_counter() - start


register_jobs(Devices)
