"""Every kind of input once: fill in the form, and see what the job gets."""

from webapp.jobs import (
    BooleanVar,
    ChoiceVar,
    DateTimeVar,
    DateVar,
    DecimalVar,
    DryRunVar,
    FileVar,
    IntegerVar,
    IPAddressVar,
    IPAddressWithMaskVar,
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

name = "Examples"

VLANS = [(number, f"VLAN {number}") for number in range(100, 130)]


class Tour(Job):
    """Say of each input what it is.

    Nothing is changed anywhere. Of the secret only its length is told.
    """

    hostname = StringVar(
        description="Lower case, digits and dashes.",
        default="leaf-1",
        min_length=3,
        max_length=40,
        regex=r"^[a-z0-9-]+$",
        summary=True,
    )
    notes = TextVar(description="On one or more lines.", required=False)
    password = SecretVar(description="For the device.", required=False, min_length=4)
    rack_units = IntegerVar(description="0 to 48.", default=0, min_value=0, max_value=48)
    power = DecimalVar(label="Power in kW", default="1.5", min_value=0, max_value="9.99", decimal_places=2)
    urgent = BooleanVar(description="Before all others.")
    role = ChoiceVar(
        choices=[
            ("Network", [("leaf", "Leaf"), ("spine", "Spine")]),
            ("Other", [("server", "Server"), ("console", "Console server")]),
        ],
        default="leaf",
        summary=True,
    )
    services = MultiChoiceVar(choices=["bgp", "dhcp", "dns", "ntp", "snmp"], default=["bgp"], required=False)
    vlans = MultiChoiceVar(label="VLANs", choices=VLANS, required=False)
    day = DateVar(label="Maintenance day", default="2027-01-31")
    begins = DateTimeVar(label="Window begins", required=False)
    loopback = IPAddressVar(default="192.0.2.1")
    uplink = IPAddressWithMaskVar(description="With its mask.", default="198.51.100.2/30")
    prefix = IPNetworkVar(default="203.0.113.0/24", min_prefix_length=16, max_prefix_length=28)
    location = ObjectVar(model="dcim.location", required=False)
    rack = ObjectVar(
        description="At the location, if there is one.",
        model="dcim.rack",
        query_params={"location": "$location"},
        required=False,
    )
    devices = MultiObjectVar(
        description="At the location and in the rack, if there are these; search, or paste a list.",
        model="dcim.device",
        query_params={"location": "$location", "rack": "$rack"},
        required=False,
    )
    team = ObjectVar(model="users.group", required=False)
    people = MultiObjectVar(
        description="Whom to tell; of the team, if there is one.",
        model="users.user",
        query_params={"groups": "$team"},
        required=False,
    )
    options = JSONVar(label="Options (JSON)", default={"mtu": 9100}, required=False)
    plan = FileVar(description="Any text.", required=False, max_size=100_000, extensions=["txt", "csv", "json"])
    dryrun = DryRunVar()

    class Meta:
        name = "Tour of inputs"
        has_sensitive_variables = False
        read_only = True
        soft_time_limit, time_limit = 50, 60
        fieldsets = [
            ("Device", ["hostname", "password", "notes"]),
            ("Numbers and choices", ["rack_units", "power", "urgent", "role", "services", "vlans"]),
            ("When", ["day", "begins"]),
            ("Addresses", ["loopback", "uplink", "prefix"]),
            ("Objects", ["location", "rack", "devices"]),
            ("People", ["team", "people"]),
            ("Documents", ["options", "plan"]),
        ]

    def run(self, *, password, plan, **inputs):
        self.logger.info("a secret of %d characters", len(password), extra={"grouping": "password"})
        for name, value in inputs.items():
            kind = type(value).__name__
            self.logger.info("%s: %s", kind, value, extra={"grouping": name})
        for one in inputs["devices"] + inputs["people"]:
            with self.item(one):
                self.logger.info("%s was chosen", one)
        if plan:
            text = plan.read().decode(errors="replace")
            self.logger.info("%d lines in %s", len(text.splitlines()), plan.name, extra={"grouping": "plan"})
        self.logger.success("Saw %d inputs", len(inputs) + 2)
        return {name: str(value) for name, value in inputs.items()}


register_jobs(Tour)
