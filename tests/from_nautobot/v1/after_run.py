from nautobot.extras.jobs import BooleanVar, Job


class RunTestsAndAfter(Job):
    """run(), then test_*, then post_run(); what run and post_run return is the output."""

    stumble = BooleanVar(default=False)

    class Meta:
        name = "Run, test and after"
        commit_default = True
        has_sensitive_variables = False

    def run(self, data, commit):
        self.log_info("run")
        self.seen = ["run"]
        if data["stumble"]:
            raise ValueError("stumbled")
        return "from run"

    def test_something(self):
        self.seen.append("test")
        self.log_info("test")

    def post_run(self):
        self.log_info(f"after {', '.join(self.seen)}")
        return "from post_run"
