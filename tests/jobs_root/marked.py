"""Jobs whose authors say which of the inputs tell their runs apart; and the same without that."""

from webapp.jobs import (
    BooleanVar,
    ChoiceVar,
    DateTimeVar,
    DecimalVar,
    DryRunVar,
    FileVar,
    IPNetworkVar,
    Job,
    JSONVar,
    MultiChoiceVar,
    MultiObjectVar,
    ObjectVar,
    SecretVar,
    StringVar,
    TextVar,
    register_jobs,
)

name = "Key inputs"


def services():
    return ["dhcp", "dns", "ntp", ("log", "Logging"), "vpn"]


class Patching(Job):
    """Say which site it is about."""

    reason = TextVar(required=False)
    site = ChoiceVar(choices=[("AMS", "Amsterdam"), ("BER", "Bergen")], default="AMS", summary=True)
    ports = MultiChoiceVar(choices=services, required=False, summary=True)
    loud = BooleanVar(summary=True, visible_when={"site": "BER"})
    dryrun = DryRunVar(summary=True)

    class Meta:
        has_sensitive_variables = False

    def run(self, **inputs):
        return None


class PatchingUnmarked(Job):
    """The same, of which nothing is shown."""

    reason = TextVar(required=False)
    site = ChoiceVar(choices=[("AMS", "Amsterdam"), ("BER", "Bergen")], default="AMS")
    ports = MultiChoiceVar(choices=services, required=False)
    loud = BooleanVar(visible_when={"site": "BER"})
    dryrun = DryRunVar()

    class Meta:
        has_sensitive_variables = False

    def run(self, **inputs):
        return None


class Kinds(Job):
    """Show what was typed, of several kinds."""

    word = StringVar(summary=True, required=False, max_length=1_000_000)
    notes = TextVar(summary=True, required=False)
    power = DecimalVar(summary=True, required=False)
    begins = DateTimeVar(summary=True, required=False)
    prefix = IPNetworkVar(summary=True, required=False)
    options = JSONVar(summary=True, required=False)
    plan = FileVar(summary=True, required=False)
    key = SecretVar(required=False)

    class Meta:
        has_sensitive_variables = False

    def run(self, **inputs):
        return None


class Gathering(Job):
    """Show for whom it is."""

    team = ObjectVar(model="users.group", null_option="Nobody’s", required=False, summary=True)
    people = MultiObjectVar(model="users.user", display_field="username", required=False, summary=True)
    device = ObjectVar(model="dcim.device", required=False, summary=True)

    class Meta:
        has_sensitive_variables = False

    def run(self, **inputs):
        return None


class Sealed(Job):
    """Mark what nobody is to see all the same."""

    site = StringVar(summary=True)

    def run(self, *, site):
        return None


register_jobs(Patching, PatchingUnmarked, Kinds, Gathering, Sealed)
