"""Jobs with inputs that depend on others."""

import time

from webapp.jobs import (
    BooleanVar,
    ChoiceVar,
    DryRunVar,
    FileVar,
    IntegerVar,
    Job,
    MultiChoiceVar,
    SecretVar,
    StringVar,
    register_jobs,
)

VLANS = {"AMS": [(10, "Ten"), (20, "Twenty")], "BER": [(20, "Twenty"), (30, "Thirty")]}


class Port(Job):
    """What is asked for depends on what was given."""

    site = ChoiceVar(choices=["AMS", "BER", "NYC"], default="AMS")
    kind = ChoiceVar(choices=["access", "trunk", "lag"], default="access")
    vlan = ChoiceVar(label="VLAN", choices=lambda values: VLANS[values["site"]], visible_when={"kind": "access"})
    allowed = MultiChoiceVar(
        choices=lambda values: VLANS[values["site"]],
        default=[20],
        visible_when=lambda values: values["kind"] == "trunk",
    )
    lag = IntegerVar(label="LAG", min_value=1, visible_when={"kind": "lag"})
    slow = BooleanVar(default=True, visible_when={"kind": "lag"})
    text = StringVar(default=lambda values: f"{values['site']} {values['kind']}", required=False)

    class Meta:
        has_sensitive_variables = False
        fieldsets = [("Port", ["site", "kind"]), ("LAG", ["lag", "slow"])]

    def run(self, **inputs):
        return inputs


class Data(Job):
    """Conditions only: nobody has to be asked."""

    kind = ChoiceVar(choices=["plain", "secret", "file"], default="plain")
    note = StringVar(visible_when={"kind": ["plain", "file"]})
    password = SecretVar(visible_when={"kind": "secret"})
    plan = FileVar(visible_when={"kind": "file"})

    class Meta:
        has_sensitive_variables = False

    def run(self, **inputs):
        return {name: str(value) for name, value in inputs.items()}


class Moment(Job):
    """A default of the moment, and a dry run."""

    more = BooleanVar()
    why = StringVar(visible_when={"more": True})
    ticket = StringVar(default=lambda: str(time.monotonic_ns()))
    dryrun = DryRunVar()

    class Meta:
        has_sensitive_variables = False

    def run(self, **inputs):
        return inputs


register_jobs(Port, Data, Moment)
