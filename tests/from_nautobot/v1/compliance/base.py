from nautobot.extras.jobs import BaseJob, Job, StringVar


class ComplianceMixin(BaseJob):
    site = StringVar(default="ams")

    def rules(self):
        return self.load_yaml("rules.yaml")


class CountRules(ComplianceMixin, Job):
    """A job in a module that others import from."""

    class Meta:
        name = "Count the rules"
        has_sensitive_variables = False

    def run(self, data, commit):
        return str(len(self.rules()))
