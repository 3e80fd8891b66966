from nautobot.extras.jobs import Job

name = "Checks"

RACKS = {"R1": 42, "R2": 0, "R3": 48}


class RackChecks(Job):
    """No run() at all: each test is called in turn."""

    class Meta:
        name = "Racks have room"
        description = "Every rack has units"
        read_only = True
        has_sensitive_variables = False

    def test_racks_have_names(self):
        for rack in RACKS:
            self.log_success(obj=None, message=f"{rack} has a name")

    def test_racks_have_units(self):
        for rack, units in RACKS.items():
            if units:
                self.log_success(message=f"{rack} has {units} units")
            else:
                self.log_failure(message=f"{rack} has no units")

    def helper(self):
        raise AssertionError("only test_ methods are called")


class GoodChecks(Job):
    class Meta:
        has_sensitive_variables = False

    def test_two(self):
        self.log_info("two")

    def test_one(self):
        self.log_info("one")
