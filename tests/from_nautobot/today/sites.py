import site_base
from nautobot.apps.jobs import IntegerVar, register_jobs
from site_base import SiteJob

name = "Sites"


class OpenSite(SiteJob):
    racks = IntegerVar(default=1, min_value=1)

    class Meta:
        name = "Open a site"
        has_sensitive_variables = False
        field_order = ("racks",)

    def run(self, site, floor, purpose, racks):
        self.logger.success("Opened %s for %s", self.label(site, floor), purpose)
        return {"racks": racks, "base": isinstance(self, site_base.SiteJob)}


class CloseSite(SiteJob):
    """Hides one variable of the base and replaces another."""

    purpose = None
    floor = IntegerVar(default=9, max_value=9)

    class Meta:
        name = "Close a site"
        has_sensitive_variables = False

    def run(self, site, floor):
        self.logger.warning("Closed %s", self.label(site, floor))


register_jobs(OpenSite, CloseSite)
