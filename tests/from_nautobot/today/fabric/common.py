from nautobot.apps.jobs import Job


class FabricJob(Job):
    class Meta:
        has_sensitive_variables = False

    def plan(self):
        return self.load_yaml("plan.yaml")
