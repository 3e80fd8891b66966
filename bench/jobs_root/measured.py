"""Jobs to measure with."""

import time

from webapp.jobs import (
    BooleanVar,
    ChoiceVar,
    DateVar,
    DecimalVar,
    IntegerVar,
    IPAddressVar,
    IPNetworkVar,
    Job,
    MultiChoiceVar,
    StringVar,
    TextVar,
    register_jobs,
)

name = "Measured"


class Noop(Job):
    """Do nothing."""

    class Meta:
        has_sensitive_variables = False

    def run(self) -> None:
        """Nothing."""


class Lines(Job):
    """Log so many lines as fast as it goes."""

    count = IntegerVar(default=100_000)

    class Meta:
        has_sensitive_variables = False

    def run(self, *, count: int) -> None:
        """Log."""
        for number in range(count):
            self.logger.info("This is line %d of many", number)


class Clock(Job):
    """Log the time of day about three times a second."""

    seconds = IntegerVar(default=20)

    class Meta:
        has_sensitive_variables = False
        task_queues = ["default", "watched"]

    def run(self, *, seconds: int) -> None:
        """Log; the pauses differ, so that lines fall anywhere between two looks of a page."""
        end, turn = time.time() + seconds, 0
        while time.time() < end:
            self.logger.info("%.4f", time.time())
            turn += 1
            time.sleep(0.35 + turn * 37 % 100 / 1000)


class Stream(Job):
    """Log so many lines a second."""

    seconds = IntegerVar()
    rate = IntegerVar()

    class Meta:
        has_sensitive_variables = False

    def run(self, *, seconds: int, rate: int) -> None:
        """Log, a tenth of a second's lines at a time."""
        start = time.monotonic()
        for turn in range(10 * seconds):
            for number in range(rate // 10):
                self.logger.info("Device %04d: interface ge-0/0/%d has come up again", number, turn % 48)
            time.sleep(max(0.0, start + (turn + 1) / 10 - time.monotonic()))


class Forty(Job):
    """Ask for forty things."""

    class Meta:
        has_sensitive_variables = False

    def run(self, **inputs: object) -> None:
        """Nothing."""


def _forty() -> None:
    """Give it its variables, of ten kinds in turn."""
    makers = (
        lambda: StringVar(default="leaf-1", max_length=64, regex=r"^[a-z0-9-]+$"),
        lambda: TextVar(default="some words", required=False),
        lambda: IntegerVar(default=1, min_value=0, max_value=100),
        lambda: DecimalVar(default="1.5"),
        BooleanVar,
        lambda: ChoiceVar(choices=[(number, f"VLAN {number}") for number in range(100)], default=7),
        lambda: MultiChoiceVar(choices=["bgp", "dhcp", "dns", "ntp"], default=["dns"]),
        lambda: DateVar(default="2027-01-31"),
        lambda: IPAddressVar(default="192.0.2.1"),
        lambda: IPNetworkVar(default="203.0.113.0/24"),
    )
    for number in range(40):
        setattr(Forty, f"input_{number:02}", makers[number % len(makers)]())


_forty()


register_jobs(Forty, Noop, Lines, Clock, Stream)
