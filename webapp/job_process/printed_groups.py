"""Groups that a job begins and ends by what it prints, as in the log of GitHub Actions: `::group::Title`,
`::endgroup::`."""

from __future__ import annotations

import re

from webapp.jobs.groups import END, GROUP, title_of

STREAMS = ("stdout", "stderr")
"""The groupings of what is printed."""
UNTITLED = "Group"
COMMAND = re.compile(r"\s*::(?:(group)|endgroup)::")
ESCAPED = {"%25": "%", "%0D": "\r", "%0A": "\n"}
"""How titles are written that would not fit into a line."""


def said_by(grouping: str, message: str) -> str:
    """Whether a line begins a group, GROUP, or ends one, END; empty if neither."""
    if grouping not in STREAMS or "::" not in message or not (found := COMMAND.match(message)):
        return ""
    return GROUP if found[1] else END


def title_in(message: str) -> str:
    """The title of the group that a line with this message begins."""
    said = COMMAND.sub("", message, count=1)
    return title_of(re.sub("%25|%0D|%0A", lambda found: ESCAPED[found[0]], said)) or UNTITLED
