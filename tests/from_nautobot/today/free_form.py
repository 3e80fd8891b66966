from nautobot.apps.jobs import BooleanVar, ChoiceVar, JSONVar, Job, MultiChoiceVar, TextVar, register_jobs

name = "Free form"

COLOURS = [("r", "Red"), ("g", "Green"), ("b", "Blue")]


def sizes():
    return [("s", "Small"), ("l", "Large")]


class Mixture(Job):
    colours = MultiChoiceVar(choices=COLOURS, description="At least one")
    size = ChoiceVar(choices=sizes, required=False)
    payload = JSONVar(required=False, default={"a": [1, 2]})
    notes = TextVar(required=False)
    tags = BooleanVar(default=False)

    class Meta:
        name = "A mixture"
        hidden = True
        read_only = True
        has_sensitive_variables = False

    def run(self, **data):
        for colour in data["colours"]:
            self.logger.info("Colour %s", colour)
        self.logger.info("Lines: %d", len((data["notes"] or "").splitlines()))
        return {"payload": data["payload"], "colours": set(data["colours"]), "tags": data["tags"], "size": data["size"]}


register_jobs(Mixture)
