from nautobot.core.celery import register_jobs
from nautobot.extras.choices import LogLevelChoices
from nautobot.extras.jobs import Job

name = "Careful"


class OneAtATime(Job):
    """Imports from the places of 2.0."""

    class Meta:
        name = "One at a time"
        is_singleton = True
        soft_time_limit = 20
        time_limit = 30
        task_queues = ["default"]
        has_sensitive_variables = False
        console_log_default = True

    def run(self):
        self.logger.info("Asked by %s", self.user.username)
        self.logger.log(getattr(__import__("logging"), LogLevelChoices.LOG_WARNING.upper()), "Careful")
        return {"id": str(self.job_result.id)[:0], "user": self.user.username}


register_jobs(OneAtATime)
