"""As an app wrote it: the jobs are listed."""
from nautobot.extras.jobs import Job, MultiChoiceVar

name = "Listed"


class Listed(Job):
    """What an app lists."""

    ports = MultiChoiceVar(choices=[(n, f"Port {n}") for n in ("1", "2", "3")])

    class Meta:
        name = "Enable ports"
        hidden = False
        commit_default = False
        has_sensitive_variables = False

    def run(self, data, commit):
        for port in data["ports"]:
            self.log_success(message=f"{'Enabled' if commit else 'Would enable'} port {port}")
        if not commit:
            self.log_warning("Nothing was sent")
        return " ".join(data["ports"])

    def post_run(self):
        self.log_info(message="Closed the connection")


jobs = [Listed]
