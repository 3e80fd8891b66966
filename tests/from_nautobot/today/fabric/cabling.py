from nautobot.apps.jobs import ChoiceVar

from . import common

name = "Fabric: cables"


class CheckCabling(common.FabricJob):
    pod = ChoiceVar(choices=[("a", "Pod A"), ("b", "Pod B")])

    class Meta(common.FabricJob.Meta):
        name = "Check the cabling"

    def run(self, *, pod):
        for leaf in self.plan()["pods"][pod]:
            self.logger.success("%s has both uplinks", leaf, extra={"grouping": leaf})
        return len(self.plan()["pods"][pod])
