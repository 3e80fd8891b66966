from nautobot.extras.jobs import IntegerVar, Job
from nautobot.utilities.exceptions import AbortTransaction

name = "Abort"


class Abort(Job):
    limit = IntegerVar(default=10, min_value=1)

    class Meta:
        has_sensitive_variables = False

    def run(self, data, commit):
        self.log_info(message=f"Limit is {data['limit']}")
        if data["limit"] > 5:
            raise AbortTransaction("Too many changes")
        return "few changes"
