"""The example of the reference's documentation."""

from nautobot.apps.jobs import DryRunVar, IntegerVar, Job, StringVar, register_jobs

name = "Lab tools"  # grouping of this module


class RenameRacks(Job):
    prefix = StringVar(description="New prefix", max_length=8, regex=r"^[A-Z]+$")
    limit = IntegerVar(default=0, min_value=1, max_value=500)
    dryrun = DryRunVar()

    class Meta:
        name = "Rename racks"
        description = "Give racks a new prefix.\nSecond line is only on the detail page."
        has_sensitive_variables = False
        task_queues = ["lab", "default"]
        soft_time_limit = 120
        time_limit = 180
        field_order = ["limit", "prefix"]

    def run(self, *, prefix, limit, dryrun):
        self.logger.info("Prefix is %s", prefix, extra={"grouping": "setup"})
        if limit > 400:
            self.fail("limit %d is too high", limit)
            return {"renamed": 0}
        self.create_file("plan.csv", "old,new\n")
        return {"renamed": 0 if dryrun else limit}


register_jobs(RenameRacks)
