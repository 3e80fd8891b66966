"""What pytest-xdist gives to which of its processes, and in which order, with `--dist loadgroup`."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

TOGETHER = ("tests/browser/", "tests/demo/test_demo.py", "tests/chaos/test_chaos.py")
"""Whose tests stay in one process: they share a product, or two of them at once would be too much for a machine."""


def share_of(test: str) -> str:
    """What the test of that id is given out with: others of its place, or nothing else."""
    # By its address: the mark xdist_group gets lost between pytest-xdist 3.8 and pytest 9.2 (pytest-xdist #1386).
    return next((place for place in TOGETHER if test.startswith(place)), test)


class Shares(LoadScopeScheduling):
    """Gives out the largest shares first, so that what is left for the end is short."""

    def _split_scope(self, nodeid: str) -> str:
        return share_of(nodeid)
