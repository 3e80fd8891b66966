"""Shared by the jobs of sites.py; registers nothing."""

from nautobot.apps.jobs import ChoiceVar, IntegerVar, Job, StringVar


class SiteJob(Job):
    site = StringVar(description="Short name")
    floor = IntegerVar(default=0, min_value=0)
    purpose = ChoiceVar(choices=(("lab", "Lab"), ("prod", "Production")), default="lab")

    class Meta:
        abstract = True
        has_sensitive_variables = False

    def label(self, site, floor):
        return f"{site.upper()}/{floor}"
