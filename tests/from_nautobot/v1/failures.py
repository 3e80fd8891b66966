from nautobot.extras.jobs import ChoiceVar, Job


class Fails(Job):
    how = ChoiceVar(choices=(("log", "Log it"), ("raise", "Raise it"), ("no", "Not at all")))

    class Meta:
        name = "Fails on demand"
        has_sensitive_variables = False
        soft_time_limit = 30

    def run(self, data, commit):
        if data["how"] == "raise":
            raise RuntimeError("raised on demand")
        if data["how"] == "log":
            self.log_failure(obj=None, message="failed on demand")
        self.log_info(message="and went on")
        return "the end"
