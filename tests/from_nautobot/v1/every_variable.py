from nautobot.extras.jobs import *


class EveryVariable(Job):
    text = StringVar(min_length=2, max_length=9)
    lines = TextVar(required=False)
    number = IntegerVar(min_value=1, max_value=9, default=5)
    box = BooleanVar()
    choice = ChoiceVar(choices=(("a", "A"), ("b", "B")))
    choices = MultiChoiceVar(choices=(("x", "X"), ("y", "Y"), ("z", "Z")), required=False)
    address = IPAddressVar()
    with_mask = IPAddressWithMaskVar()
    network = IPNetworkVar(min_prefix_length=16)

    class Meta:
        name = "Every variable of 1.x"
        approval_required = False
        has_sensitive_variables = False

    def run(self, data=None, commit=None):
        for key in sorted(data):
            self.log_info(message=f"{key}={data[key]}")
        self.log_debug(f"{data['with_mask'].ip} in {data['network'].network}")
        return f"{len(data)} values"
