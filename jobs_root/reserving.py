"""Taking what is free: the next addresses or prefixes in a prefix."""

from webapp.errors import NotPossible
from webapp.inventory import IPAddress, Prefix, Status, count, get
from webapp.inventory.addresses import free_addresses, next_free_prefix
from webapp.jobs import ChoiceVar, DryRunVar, IntegerVar, Job, ObjectVar, StringVar, register_jobs

name = "Addresses"


class Reserve(Job):
    """Reserve the next free addresses, or smaller prefixes, in a prefix.

    All of them are reserved, or none: if there is no room for all, the run fails and nothing is written. While one run
    looks for what is free and takes it, others wait; so no two get the same. A dry run takes nothing.
    """

    prefix = ObjectVar(label="In", model="ipam.prefix", summary=True)
    what = ChoiceVar(choices=[("addresses", "Addresses"), ("prefixes", "Prefixes")], default="addresses")
    length = IntegerVar(
        description="Of each prefix, such as 28.", min_value=1, max_value=128, visible_when={"what": "prefixes"}
    )
    count = IntegerVar(label="How many", default=1, min_value=1, max_value=256)
    purpose = StringVar(label="What for", description="Becomes the description of each.", max_length=200, summary=True)
    dryrun = DryRunVar()

    class Meta:
        name = "Reserve addresses or prefixes"
        has_sensitive_variables = False
        soft_time_limit, time_limit = 50, 60

    def run(self, *, prefix, what, length, count, purpose, dryrun):
        about = {"status": get(Status, name="Reserved"), "description": purpose}
        try:
            with self.changes() as changes:
                if what == "addresses":
                    made = self.reserve_addresses(changes, prefix, count, about)
                else:
                    made = [self.reserve_prefix(changes, prefix, length, about) for _ in range(count)]
        except NotPossible as problem:
            self.fail("Nothing is reserved. %s", problem)
            return None
        for row in made:
            with self.item(row):
                self.logger.success("%s is reserved", row, extra={"object": row})
        return {"reserved": [str(row) for row in made]}

    def reserve_addresses(self, changes, prefix, count, about):
        free = free_addresses(prefix, count)
        if len(free) < count:
            raise NotPossible(f"{prefix} has {len(free):,} free addresses, and not {count:,}.")
        return [changes.add(IPAddress(address=address, **about)) for address in free]

    def reserve_prefix(self, changes, prefix, length, about):
        row = changes.add(Prefix(prefix=next_free_prefix(prefix, length), location=prefix.location, **about))
        if used := count(IPAddress, parent=row):
            self.logger.warning("%s overlaps no other prefix, but holds %d addresses already", row, used)
        return row


register_jobs(Reserve)
