from nautobot.extras.jobs import Job

name = "Logging"


class Rack:
    def __str__(self):
        return "rack R1"


class LogOrders(Job):
    class Meta:
        name = "All ways to log"
        has_sensitive_variables = False

    def run(self, data, commit):
        rack = Rack()
        self.log("plain")
        self.log_debug("only a message")
        self.log_info(obj=rack, message="by name")
        self.log_info(message="names turned round", obj=rack)
        self.log_success(rack, "object first")
        self.log_warning(rack, message="mixed")
        self.log_success(message="no object")
        self.log_info("a message alone")
        self.log_info(None, "nothing and a message")
        return "logged"
