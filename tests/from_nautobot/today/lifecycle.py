from nautobot.apps.jobs import Job, StringVar, register_jobs

name = "Lifecycle"


class Told(Job):
    """Says which of its methods is called."""

    what = StringVar(default="it")

    class Meta:
        has_sensitive_variables = False

    def before_start(self, task_id, args, kwargs):
        self.logger.info("before_start %s %s", bool(task_id), sorted(kwargs))

    def run(self, what):
        self.logger.info("run %s", what)
        return "done"

    def on_success(self, retval, task_id, args, kwargs):
        self.logger.info("on_success %s", retval)

    def on_failure(self, exc, task_id, args, kwargs, einfo):
        self.logger.info("on_failure %s %s", exc, einfo is not None)

    def after_return(self, status, retval, task_id, args, kwargs, einfo):
        self.logger.info("after_return %s %s", status, retval)


class ToldOfTrouble(Told):
    """Inherits the methods and raises."""

    def run(self, what):
        raise RuntimeError(f"{what} broke")


class StopsBeforeTheStart(Told):
    """Its run must never be called."""

    def before_start(self, task_id, args, kwargs):
        super().before_start(task_id, args, kwargs)
        self.fail("Not today")
        return "early"

    def run(self, what):
        raise AssertionError("run was called")


register_jobs(Told, ToldOfTrouble, StopsBeforeTheStart)
