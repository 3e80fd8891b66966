from nautobot.extras.jobs import Job

from .base import ComplianceMixin, CountRules

name = "Compliance"


class CheckNtp(ComplianceMixin, Job):
    class Meta:
        name = "NTP compliance"
        has_sensitive_variables = False
        task_queues = ["default"]

    def run(self, data, commit=False):
        wanted = self.rules()["ntp"][data["site"]]
        self.log_success(message=f"NTP of {data['site']} is {wanted}")
        return CountRules.__name__
