"""A job whose runs are worth comparing."""

import time

from webapp.jobs import DryRunVar, IntegerVar, Job, SecretVar, StringVar, register_jobs


class Nightly(Job):
    """Save the configuration of some switches, of which one may not answer."""

    site = StringVar(default="AMS")
    switches = IntegerVar(default=12)
    broken = StringVar(required=False, description="The switch that does not answer.")
    vlan = IntegerVar(label="Management VLAN", default=20)
    password = SecretVar(required=False)
    dryrun = DryRunVar()

    class Meta:
        name = "Nightly backup"
        has_sensitive_variables = False

    def run(self, *, site, switches, broken, vlan, password, dryrun):
        self.logger.info("Begun at %s for run #%s", time.strftime("%Y-%m-%d %H:%M:%S"), self.job_result.id)
        saved = {}
        for number in range(1, switches + 1):
            name = f"{site.lower()}-sw-{number:02}"
            with self.item(name, key=name, keep_going=True):
                self.logger.info("Connecting to %s over VLAN %s", name, vlan)
                self.logger.debug("Session opened after %.3f s", 0.1 + time.time() % 1)
                if name == broken:
                    raise ConnectionError("authentication failed")
                self.logger.success("Saved %s", name)
                saved[name] = {"lines": 400 + number, "vlan": vlan}
        self.create_file("inventory.csv", "\n".join(saved))
        self.logger.info("Took %.1f s", time.time() % 10)
        return {"saved": len(saved), "switches": saved}


register_jobs(Nightly)
