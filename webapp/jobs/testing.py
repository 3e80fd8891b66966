"""Running a job in a plain test, without database, queue or worker.

ran = run_job(RenameDevice, new_name="leaf-1")
assert ran.state == "success"
assert "Renamed to leaf-1" in ran.messages("success")
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import uuid4

from webapp.jobs.about import JobResult, User
from webapp.jobs.changing import NOTHING, Inventory, is_dry
from webapp.jobs.describing import describe
from webapp.jobs.groups import END, ITEM
from webapp.jobs.handed import Handed
from webapp.jobs.handed_objects import HandedObjects
from webapp.jobs.items import RUNNING
from webapp.jobs.job import BaseJob
from webapp.jobs.legacy import variables_of
from webapp.jobs.live import Settled, settle
from webapp.jobs.logger import Line
from webapp.jobs.outputs import CreatedFile, Outputs
from webapp.jobs.progress import Progress
from webapp.jobs.running import Outcome, perform
from webapp.jobs.variables import Variable

TESTER = User("tester")


@dataclass
class GroupRan:
    """A group of lines; path has the titles of the groups around it and its own, messages what was logged in it."""

    title: str
    path: tuple[str, ...]
    messages: list[str] = field(default_factory=list)


@dataclass
class ItemRan(GroupRan):
    """An item and what became of it."""

    key: str = ""
    state: str = RUNNING
    message: str = ""


@dataclass(frozen=True)
class Ran(Outcome):
    """An outcome with all that the job has said and made.

    log has every line, those at which groups and items begin and end among them; files has what create_file() was
    given, by name.
    """

    log: list[Line] = field(default_factory=list)
    groups: list[GroupRan] = field(default_factory=list)
    items: list[ItemRan] = field(default_factory=list)
    progress: Progress | None = None
    """The last that the job said."""
    files: Mapping[str, bytes] = field(default_factory=dict)

    def messages(self, level: str | None = None) -> list[str]:
        """What the job has logged, at any level or at one."""
        return [line["message"] for line in self.log if level in (None, line["level"]) and "mark" not in line]

    def item(self, title: str) -> ItemRan:
        """The first item of that title.

        :raises LookupError: there is none.
        """
        for item in self.items:
            if item.title == title:
                return item
        raise LookupError(f"no item {title!r} among {[item.title for item in self.items]}")


def run_job(
    job_class: type[BaseJob], *, user: User | str = TESTER, inventory: Inventory = NOTHING, **inputs: Any
) -> Ran:
    """Run job_class with these inputs, checked like those of a form; what is left out has its default.

    A file is given as bytes, or as a path; an object as any that has a `pk` or an `id`, or by what names it. user is
    who the job takes for the one that started it. inventory has the objects that it may change.

    :raises ValueError: an input does not fit; the text names it.
    """
    variables = variables_of(job_class)
    handed = Handed(variables, inputs)
    objects = HandedObjects(variables, inputs)
    raw = {**inputs, **handed.stored, **objects.named}
    values, errors = _settled(job_class, variables, raw).parse(raw)
    if errors:
        raise ValueError("; ".join(f"{name}: {' '.join(texts)}" for name, texts in errors.items()))
    heard = _Heard()
    kwargs = {name: variables[name].dump(value) for name, value in values.items()}
    files = {name: file for name, file in handed.opened().items() if values[name] is not None}
    outcome = perform(
        job_class,
        values | files | objects.found(values),
        heard.line,
        kwargs=kwargs,
        outputs=Outputs(heard.file),
        job_result=_result(job_class, user, kwargs),
        tell=heard.told,
        inventory=inventory.of_run(dry=is_dry(variables, values)),
    )
    groups = list(heard.groups.values())
    return Ran(
        **asdict(outcome),
        log=heard.log,
        groups=[group for group in groups if not isinstance(group, ItemRan)],
        items=[group for group in groups if isinstance(group, ItemRan)],
        progress=heard.progress,
        files=heard.files,
    )


def _settled(job_class: type[BaseJob], variables: dict[str, Variable], raw: Mapping[str, Any]) -> Settled:
    """The variables as they are with these inputs; what an author's function raises comes out."""
    if not any(variable.visible_when or variable.computed() for variable in variables.values()):
        return Settled(variables)
    return settle(
        describe(job_class)["variables"],
        raw,
        lambda name, option, values: variables[name].compute(option, values),
    )


def _result(job_class: type[BaseJob], user: User | str, kwargs: dict[str, Any]) -> JobResult:
    who = User(user) if isinstance(user, str) else user
    path = f"{job_class.__module__}.{job_class.__name__}"
    return JobResult(str(uuid4()), 1, job_class.__name__, path, "default", "test", user=who, task_kwargs=kwargs)


class _Heard:
    """What a job says, put in order."""

    def __init__(self) -> None:
        self.log: list[Line] = []
        self.groups: dict[int, GroupRan] = {}
        self.progress: Progress | None = None
        self.files: dict[str, bytes] = {}

    def line(self, line: Line) -> None:
        self.log.append(line)
        above = self.groups.get(line.get("group", 0))
        if mark := line.get("mark"):
            self._mark(line["message"], above, *mark)
        elif above is not None:
            above.messages.append(line["message"])

    def told(self, progress: Progress) -> None:
        self.progress = progress

    def file(self, made: CreatedFile, content: bytes) -> None:
        self.files[made.name] = content

    def _mark(self, title: str, above: GroupRan | None, what: str, number: int, *said: str) -> None:
        if what == END:
            group = self.groups[number]
            if isinstance(group, ItemRan):
                group.state, group.message = said
            return
        path = (*(above.path if above else ()), title)
        self.groups[number] = ItemRan(title, path, key=said[0]) if what == ITEM else GroupRan(title, path)
