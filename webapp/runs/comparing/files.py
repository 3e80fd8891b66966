"""The files that two runs made: by name, and those of other names by what is in them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from webapp.runs import files
from webapp.runs.comparing.facts import to_come
from webapp.runs.models import Run, RunFile

ByName = dict[tuple[str, int], RunFile]


@dataclass(frozen=True)
class Pair:
    """A file of each run; None where there is none."""

    name: str
    word: str
    """How they differ; empty where the content is the same, be it under another name."""
    left: RunFile | None
    right: RunFile | None


def of(left: Run, right: Run) -> list[Pair]:
    """The files that both have made, what differs first; none that one of them may still make."""
    one, other = _by_name(left), _by_name(right)
    pairs = [_pair(key[0], one.pop(key), other.pop(key)) for key in [*other] if key in one]
    pairs += _renamed(one, other)
    pairs += [_pair(name, None, file) for (name, _), file in other.items()]
    pairs += [_pair(name, file, None) for (name, _), file in one.items()]
    there = [pair for pair in pairs if not to_come(left, right, pair)]
    return sorted(there, key=lambda pair: not pair.word)


def link(file: RunFile) -> str:
    """What the job itself was told of where its file is."""
    return f"/runs/{file.run_number}/files/{file.id}"


def _by_name(run: Run) -> ByName:
    """The files that run has made, by name and how often that had come before."""
    found, often = ByName(), Counter[str]()
    for one in files.of(run):
        if one.variable is None:
            often[one.file.name] += 1
            found[one.file.name, often[one.file.name]] = one
    return found


def _renamed(one: ByName, other: ByName) -> list[Pair]:
    """Those of equal content, which are taken out of both."""
    found, contents = [], {file.file.sha256: key for key, file in one.items()}
    for key, file in [*other.items()]:
        if (was := contents.pop(file.file.sha256, None)) is not None:
            found.append(_pair(key[0], one.pop(was), other.pop(key)))
    return found


def _pair(name: str, left: RunFile | None, right: RunFile | None) -> Pair:
    if left is None or right is None:
        return Pair(name, "gone" if left else "new", left, right)
    return Pair(name, "" if left.file.sha256 == right.file.sha256 else "changed", left, right)
