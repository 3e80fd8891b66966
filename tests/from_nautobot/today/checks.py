import logging

from nautobot.apps.jobs import IntegerVar, Job, register_jobs

logger = logging.getLogger(__name__)


class CheckFans(Job):
    """Every level once, and a failure that does not stop the job."""

    broken = IntegerVar(default=0, min_value=0)

    class Meta:
        name = "Check the fans"
        has_sensitive_variables = False

    def count(self, number):
        self.logger.info("Counted %d", number)

    def run(self, broken):
        self.logger.debug("Looking")
        self.count(4)
        self.logger.success("Fan 1 turns")
        self.logger.warning("Fan 2 is slow")
        logger.info("From the module's logger")
        print("printed")
        if broken:
            self.fail(f"{broken} fans do not turn")
            self.logger.error("Replace them", extra={"grouping": "advice"})
        try:
            1 / 0
        except ZeroDivisionError:
            self.logger.exception("Could not compute the speed")
        return {"broken": broken}


register_jobs(CheckFans)
