"""What the process of a job says of itself, taken down by its supervisor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from webapp.job_process import frames
from webapp.jobs.plain import storable
from webapp.runs import endings, logs
from webapp.runs.clocks import Clocks
from webapp.runs.log_writer import LogWriter
from webapp.runs.masking import Mask
from webapp.runs.outputs import Outputs
from webapp.runs.stopping import Stopping


class Account:
    """Takes down what one process says: lines, files, progress and its end, without what was given in confidence."""

    def __init__(
        self, log: LogWriter, outputs: Outputs, mask: Mask, stopping: Stopping, clocks: Clocks, soft_limit: int
    ) -> None:
        self._log, self._outputs, self._mask, self._stopping = log, outputs, mask, stopping
        self._clocks, self._soft_limit = clocks, soft_limit
        self._ready = False
        self.told: endings.Ending | None = None
        """The end that the process announced."""

    def heard(self, frame: list[Any]) -> None:
        """A message.

        :raises ProtocolError, LookupError, ArithmeticError, TypeError, ValueError: no job may say that.
        """
        kind, *content = frame
        if kind == frames.LOG:
            self._logged(*content)
        elif kind == frames.PROGRESS:
            self._log.progress_is(*content)
        elif kind == frames.READY and not self._ready:
            self._ready, self._clocks.start = True, 0.0
        elif kind == frames.FILE:
            self._makes_file(*content)
        elif kind == frames.PIECE:
            self._outputs.add(*content)
        elif kind == frames.FINISHED:
            state, ending = endings.told(content[0], self._soft_limit)
            self.told = state, self._mask.ending(ending)
        elif kind == frames.REFUSED:
            self._stopping.imposed = self._stopping.imposed or endings.refused(*self._mask.anything(content))
        else:
            raise ValueError(f"{kind!r} has no meaning now")

    def printed(self, line: logs.Line) -> None:
        """A line of its output."""
        self._log.job_says(line)

    def broken(self, error: Exception) -> None:
        """It sent what no job may send."""
        words = self._mask.text(storable(str(error)))
        self._stopping.impose(endings.refused(f"The job's process broke its contract: {words}"))

    def _logged(
        self,
        at: float,
        level: str,
        grouping: str,
        message: str,
        about: str,
        url: str,
        group: int = 0,
        mark: Sequence[Any] = (),
        markdown: object = False,
    ) -> None:
        """A line, the group in which it stands, what it says of groups itself, and whether it is Markdown."""
        line = logs.line(at, level, grouping, message, about, url)
        self._log.job_says(line._replace(format="markdown") if markdown is True else line, group, mark)

    def _makes_file(self, id: str, name: str, size: int) -> None:
        self._outputs.begin(id, self._mask.name(name), size)
