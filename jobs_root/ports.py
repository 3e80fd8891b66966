"""A form that changes while it is filled in: what kind of port it is decides what else is asked for."""

from webapp.jobs import ChoiceVar, IntegerVar, Job, MultiChoiceVar, StringVar, register_jobs

name = "Examples"

VLANS = {
    "AMS": [(10, "10 Offices"), (20, "20 Phones"), (30, "30 Cameras")],
    "BER": [(10, "10 Offices"), (210, "210 Laboratory")],
}


def vlans(values):
    return VLANS[values["site"]]


def description(values):
    return f"{values.get('site', '?')} {values.get('port', '?')} ({values.get('kind', '?')})"


class PreparePort(Job):
    """Say how a port of a switch would be configured.

    The VLANs are those of the site; a description is suggested until you write your own. Nothing is changed anywhere.
    """

    site = ChoiceVar(choices=[("AMS", "Amsterdam"), ("BER", "Bergen")], default="AMS", summary=True)
    port = StringVar(default="Ethernet1", regex=r"^[A-Z][A-Za-z]*[0-9]+(/[0-9]+)*$", max_length=30, summary=True)
    kind = ChoiceVar(choices=[("access", "Access"), ("trunk", "Trunk"), ("lag", "Member of a LAG")], default="access")
    vlan = ChoiceVar(label="VLAN", choices=vlans, visible_when={"kind": "access"})
    allowed = MultiChoiceVar(label="Allowed VLANs", choices=vlans, visible_when={"kind": "trunk"})
    lag = IntegerVar(label="LAG", min_value=1, max_value=64, visible_when={"kind": "lag"})
    text = StringVar(label="Description", default=description, max_length=60)

    class Meta:
        name = "Prepare a port"
        has_sensitive_variables = False
        read_only = True
        soft_time_limit, time_limit = 20, 30
        fieldsets = [("Port", ["site", "port", "kind"]), ("VLANs", ["vlan", "allowed"]), ("LAG", ["lag"])]

    def run(self, *, site, port, kind, vlan, allowed, lag, text):
        lines = {
            "access": [f"switchport access vlan {vlan}"],
            "trunk": [f"switchport trunk allowed vlan {','.join(map(str, allowed))}"],
            "lag": [f"channel-group {lag}"],
        }
        config = [f"interface {port}", f"description {text}", *lines[kind]]
        for line in config:
            self.logger.info("%s", line, extra={"grouping": site})
        return {"config": config}


register_jobs(PreparePort)
