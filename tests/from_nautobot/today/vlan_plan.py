import csv
import io

from nautobot.apps.jobs import BooleanVar, ChoiceVar, DryRunVar, IntegerVar, Job, StringVar, register_jobs

name = "Planning"

KINDS = (
    ("Access", (("data", "Data"), ("voice", "Voice"))),
    ("Transport", (("transit", "Transit"), ("storage", "Storage"))),
)


class PlanVlans(Job):
    prefix = StringVar(description="Every name starts with it", max_length=8, regex=r"^[A-Z]+$")
    first = IntegerVar(description="First id", default=100, min_value=1, max_value=4094)
    count = IntegerVar(default=3, min_value=0, max_value=50)
    kind = ChoiceVar(choices=KINDS, default="data")
    with_header = BooleanVar(default=True, description="First line says what the columns are")
    dryrun = DryRunVar()

    class Meta:
        name = "Plan VLANs"
        description = "Write a table of ids and names"
        dryrun_default = True
        has_sensitive_variables = False
        field_order = ["kind", "prefix"]
        soft_time_limit = 60
        time_limit = 90

    def run(self, *, prefix, first, count, kind, with_header, dryrun):
        table = io.StringIO()
        writer = csv.writer(table, lineterminator="\n")
        if with_header:
            writer.writerow(["vid", "name"])
        for vid in range(first, first + count):
            writer.writerow([vid, f"{prefix}-{kind}-{vid}"])
            self.logger.debug("Planned %d", vid)
        if dryrun:
            self.logger.warning("Nothing is written in a dry run")
            return {"planned": count, "written": 0}
        self.create_file("vlans.csv", table.getvalue())
        return {"planned": count, "written": count}


register_jobs(PlanVlans)
