"""Jobs for what people type: every kind of plain variable, secrets, and what Meta says of a form."""

import subprocess

from webapp.jobs import (
    BooleanVar,
    ChoiceVar,
    DateTimeVar,
    DateVar,
    DecimalVar,
    DryRunVar,
    IntegerVar,
    IPAddressVar,
    IPAddressWithMaskVar,
    IPNetworkVar,
    Job,
    JSONVar,
    MultiChoiceVar,
    SecretVar,
    StringVar,
    TextVar,
    register_jobs,
)

name = "What people type"


class Every(Job):
    """Give the kind and the text of each input back."""

    string = StringVar(min_length=2, max_length=10, regex="^[a-z]", required=False)
    text = TextVar(required=False)
    integer = IntegerVar(min_value=0, max_value=0, required=False)
    decimal = DecimalVar(min_value="-1", max_value=9.5, decimal_places=2, required=False)
    boolean = BooleanVar()
    choice = ChoiceVar(choices=[("a", "A"), ("More", [(1, "One"), (2, "Two")])], required=False)
    several = MultiChoiceVar(choices=["a", "b", (3, "Three")], required=False)
    many = MultiChoiceVar(choices=range(40), required=False)
    day = DateVar(required=False)
    moment = DateTimeVar(required=False)
    address = IPAddressVar(required=False)
    interface = IPAddressWithMaskVar(required=False)
    prefix = IPNetworkVar(min_prefix_length=8, max_prefix_length=64, required=False)
    document = JSONVar(required=False)
    dryrun = DryRunVar()

    class Meta:
        has_sensitive_variables = False
        dryrun_default = True
        template_name = "mine.html"
        fieldsets = (("First things", ("integer", "string")), ("Addresses", ["address", "interface", "nothing"]))

    def run(self, **inputs):
        return {name: [type(value).__name__, str(value)] for name, value in inputs.items()}


class Confiding(Job):
    """Keep one secret and show the rest."""

    account = StringVar(default="admin")
    password = SecretVar(max_length=40)
    token = SecretVar(required=False)

    class Meta:
        has_sensitive_variables = False

    def run(self, *, account, password, token):
        return {"account": account, "lengths": [len(password), len(token)]}


class Blabbing(Job):
    """Tell the secret in every way that there is."""

    password = SecretVar()
    how = ChoiceVar(choices=["say", "return", "raise", "refuse"], default="say")

    class Meta:
        has_sensitive_variables = False

    def run(self, *, password, how):
        if how == "return":
            return {"password": password, "list": [f"<{password}>"]}
        if how == "raise":
            raise ValueError(f"cannot log in with {password}")
        if how == "refuse":
            return self.fail("%s is wrong", password)
        self.logger.info("it is %s", password, extra={"object": password, "grouping": password})
        print(f"printed {password}")
        subprocess.run(["echo", f"echoed {password}"], check=True)
        self.progress(1, 2, password)
        with self.group(password), self.item(password) as item:
            item.message = password
        return None


class Weighty(Job):
    """Wait for somebody's approval."""

    dryrun = DryRunVar()

    class Meta:
        has_sensitive_variables = False
        approval_required = True

    def run(self, *, dryrun):
        return dryrun


register_jobs(Every, Confiding, Blabbing, Weighty)
