"""Answers of the loader, kept for a minute in this process: choices, and whether inputs are asked for."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from webapp.errors import NotPossible
from webapp.jobs import choices
from webapp.jobs.computing import CHOICES, DEFAULT, OF_VALUES, VISIBLE
from webapp.jobs.live import Settled, Unanswered, settle
from webapp.jobs.plain import plain
from webapp.sources.asking import Asker
from webapp.sources.versions import version_of

SECONDS = 60.0
LARGEST = 8 * 1024 * 1024
"""Bytes of all that is kept."""


@dataclass(frozen=True)
class Place:
    """Where the code of a job lies, and whose loader reads it."""

    data_dir: Path
    jobs_root: Path
    module_name: str
    job_class_name: str


class Kept:
    """What was answered lately, by what was asked; the oldest makes room, and goes when it is too old."""

    def __init__(self) -> None:
        self._answers: OrderedDict[str, tuple[float, str]] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, key: str) -> str | None:
        """The answer, if it is kept and not too old."""
        at, answer = self._answers.get(key, (0.0, ""))
        return answer if answer and time.monotonic() < at + SECONDS else None

    def put(self, key: str, answer: str) -> None:
        """Keep answer for a minute, if there is room for so long."""
        with self._lock:
            _, old = self._answers.pop(key, (0.0, ""))
            self._answers[key] = (time.monotonic(), answer)
            self._size += len(answer) - len(old)
            while self._size > LARGEST or time.monotonic() >= self._oldest() + SECONDS:
                _, (_, oldest) = self._answers.popitem(last=False)
                self._size -= len(oldest)

    def _oldest(self) -> float:
        """When the oldest answer came."""
        return next((at for at, _ in self._answers.values()), float("inf"))


kept = Kept()


def settled(place: Place, described: list[dict[str, Any]], raw: Mapping[str, object]) -> Settled:
    """The variables of the job at place, which describe() told, as they are with raw.

    What cannot be found out is among its problems. Code that has changed is asked anew.
    """
    with Asker(place.data_dir, place.jobs_root, f"{place.module_name}.{place.job_class_name}") as asker:
        return settle(described, raw, _Remembering(place, described, asker))


class _Remembering:
    """An Ask that asks only what is not known."""

    def __init__(self, place: Place, described: list[dict[str, Any]], asker: Asker) -> None:
        self._place, self._asker = place, asker
        self._sources = {one["name"]: one.get("live", {}) for one in described}
        self._version = ""

    def __call__(self, name: str, option: str, values: Mapping[str, Any]) -> Any:
        """
        :raises Unanswered: it could not be found out.
        """
        wanted = values if self._sources[name][option] == OF_VALUES else {}
        if option == DEFAULT:  # often what is free at this moment
            return self._asker(name, option, wanted)
        key = self._key(name, option, wanted)
        answer = kept.get(key)
        if answer is None:
            answer = json.dumps(_checked(option, self._asker(name, option, wanted)))
            kept.put(key, answer)
        return json.loads(answer)

    def _key(self, name: str, option: str, values: Mapping[str, Any]) -> str:
        """A fingerprint, so that nothing that was typed stays in memory."""
        place = self._place
        try:
            self._version = self._version or version_of(place.jobs_root, place.module_name)
        except NotPossible as refusal:
            raise Unanswered(refusal.message) from None
        whole = [str(place), self._version, name, option, dict(values)]
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


def _checked(option: str, answer: Any) -> Any:
    """
    :raises Unanswered: it is nothing that option may be: whoever answers runs authors' code.
    """
    try:
        if option == CHOICES:
            return plain(choices.normal(answer))
        return answer is not False if option == VISIBLE else answer
    except (RecursionError, TypeError) as wrong:
        raise Unanswered(str(wrong)) from None
