"""A job that takes a while and says what it is doing: watch its log grow."""

import time

from webapp.jobs import BooleanVar, IntegerVar, Job, register_jobs

name = "Examples"

SITES = ["Amsterdam", "Bergen", "Cork", "Dresden", "Essen", "Faro", "Ghent", "Helsinki", "Izmir", "Jena"]
SECONDS_PER_SITE = 0.5


class SlowReport(Job):
    """Visit one site after another and count its devices.

    Takes about as many seconds as you say. The sites and the counts are made up, the log is real.
    """

    seconds = IntegerVar(
        description="How long the report takes, 1 to 300.", default=10, min_value=1, max_value=300, summary=True
    )
    strict = BooleanVar(description="Let the run fail if a site does not answer.")

    class Meta:
        name = "Slow report"
        has_sensitive_variables = False
        soft_time_limit, time_limit = 310, 320

    def run(self, *, seconds, strict):
        visits = max(int(seconds / SECONDS_PER_SITE), 2)
        self.logger.info("Visiting %d sites in about %d seconds", visits, seconds)
        counts = {}
        for number in range(visits):
            site = SITES[number % len(SITES)] + (f" {number // len(SITES) + 1}" if number >= len(SITES) else "")
            time.sleep(seconds / visits)
            counts[site] = self.visit(site, number)
        silent = [site for site, count in counts.items() if count is None]
        print(f"{visits - len(silent)} of {visits} sites answered")
        if silent and strict:
            self.fail("%d of %d sites did not answer: %s", len(silent), visits, ", ".join(silent))
        total = sum(count or 0 for count in counts.values())
        self.logger.success("The report is done: %d devices at %d sites", total, visits - len(silent))
        return {"devices": total, "sites": counts, "silent": silent}

    def visit(self, site, number):
        """The number of devices at a site; None if it does not answer, as every seventh does."""
        self.logger.debug("Asking %s", site, extra={"object": site})
        if number % 7 == 4:
            self.logger.warning("%s does not answer; going on without it", site, extra={"object": site})
            return None
        count = 12 + 5 * (number % 4)
        print(f"{site}: {count} devices")
        self.logger.info("%s has %d devices", site, count, extra={"object": site})
        return count


register_jobs(SlowReport)
