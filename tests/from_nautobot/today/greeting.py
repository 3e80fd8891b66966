from nautobot.apps.jobs import Job, StringVar, register_jobs

name = "Onboarding"


class Greeting(Job):
    """Say hello to somebody who starts today."""

    who = StringVar(label="Name", description="Who is to be greeted", default="Ann", min_length=2, max_length=20)
    badge = StringVar(regex=r"^[A-Z]{2}\d{3}$", required=False)

    class Meta:
        name = "Greet a newcomer"
        description = """
            Say hello.
            The second line is only on the page of the job.
        """
        has_sensitive_variables = False

    def run(self, who, badge=""):
        self.logger.info("Hello, %s", who)
        if badge:
            self.logger.success("Badge %s is ready", badge, extra={"grouping": "badges"})
        return f"Hello, {who}"


register_jobs(Greeting)
