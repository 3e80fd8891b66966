"""How often tests repeat something: as often as it takes to find what is wrong."""

from __future__ import annotations

RACES = 200
"""Of two who want something at the same moment; each side must win some of them, and many must overlap."""
CROWDS = 200
"""Of twenty at once."""
REFRESHES = 100
"""Races of two, each of which goes through all jobs."""
SECONDS = 60
"""Of storm over each database, with what comes before and after about 85; that of `make chaos` lasts for 1,000 runs."""
LOST_AFTER = 7
"""Seconds, in those storms. The judge allows twice as many and 5 more: so a machine that runs other tests meanwhile has
room, which `make chaos`, with the least that the product takes, does not need. With many more, whoever could notice a
loss would be killed before as often as not."""
