"""What pytest-xdist gives to which of its processes, and in which order, with `--dist loadgroup`."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

TOGETHER = (
    # Its hundred places take as long as all other browser tests: a product of their own lets both go side by side.
    "tests/browser/test_every_page.py",
    "tests/browser/",
    "tests/chaos/test_chaos.py",
    "tests/demo/test_demo.py",
    "tests/examples/",
)
"""Whose tests stay in one process, by the first that fits: they share a product or a prepared database, or two of them
at once would be too much for a machine."""
WAITING = ("tests/worker/", "tests/chaos/test_crash_points.py", "tests/runs/test_database_away.py")
"""Whose tests wait for most of their time: they go beside the shares above, and leave the processors to them."""
SHORT = ("tests/jobs/", "tests/ui/")
"""Whose tests take a moment each: while the last ones go, no process waits long for another."""


def share_of(test: str) -> str:
    """What the test of that id is given out with: others of its place, or nothing else."""
    # By its address: the mark xdist_group gets lost between pytest-xdist 3.8 and pytest 9.2 (pytest-xdist #1386).
    return next((place for place in TOGETHER if test.startswith(place)), test)


def turn_of(share: str) -> int:
    """When it is given out; those of the same turn go as they came."""
    return 0 if share in TOGETHER else 1 if share.startswith(WAITING) else 3 if share.startswith(SHORT) else 2


class Shares(LoadScopeScheduling):
    """Gives out the largest shares first, then what waits, and what is short in the end."""

    def _split_scope(self, nodeid: str) -> str:
        return share_of(nodeid)

    def schedule(self) -> None:
        """Begin to give them out, or go on."""
        super().schedule()
        for share in sorted(self.workqueue, key=turn_of):
            self.workqueue.move_to_end(share)
