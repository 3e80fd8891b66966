"""What Jobdeck would make of a file or a folder with jobs: without a database, and without anything being kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from webapp.catalogue import records
from webapp.config import author_environment
from webapp.errors import NotFound, NotPossible
from webapp.sources.discovery import LoadError, discover
from webapp.sources.versions import PACKAGE, modules_below


@dataclass(frozen=True)
class Checked:
    """The jobs, in the order of the Jobs page, and what does not load; files as whoever asked would name them."""

    jobs: list[dict[str, Any]]
    errors: list[LoadError]


def check(path: Path) -> Checked:
    """What path, a file or a folder with jobs, or a package, declares.

    :raises NotFound: there is no such file or folder.
    :raises NotPossible: it is nothing that could hold jobs.
    """
    jobs_root, wanted = _modules(path)
    found = discover(jobs_root, environ=author_environment(), only=wanted)
    shown = jobs_root if path.is_absolute() else Path(_from_here(jobs_root))
    declared = [one for one in found.jobs if one["module_name"] in wanted]
    errors = [*found.errors, *(misfit for one in declared if (misfit := records.misfit(one)))]
    jobs = [_shown(one, shown) for one in declared if records.misfit(one) is None]
    placed = [replace(error, file=str(shown / error.file) if error.file else str(path)) for error in errors]
    return Checked(list(_with_names(sorted(jobs, key=_place))), placed)


def _modules(path: Path) -> tuple[Path, set[str]]:
    """The folder that counts as the jobs root, and the names of the modules that path stands for.

    :raises NotFound: there is no such file or folder.
    :raises NotPossible: it is nothing that could hold jobs.
    """
    if not path.exists():
        raise NotFound(f"There is no file or folder {path}.")
    here = path.resolve()
    if here.is_dir() and not (here / PACKAGE).is_file():
        jobs_root, name = here, ""
    else:
        jobs_root = here.parent
        while (jobs_root / PACKAGE).is_file():
            jobs_root = jobs_root.parent
        name = ".".join(here.relative_to(jobs_root).with_suffix("").parts).removesuffix(".__init__")
    try:
        known = set(modules_below(jobs_root))
    except OSError as error:
        raise NotPossible(f"{path} cannot be read: {error.strerror} ({error.filename}).") from None
    wanted = {each for each in known if not name or each == name or (here.is_dir() and each.startswith(f"{name}."))}
    if name and not wanted:
        raise NotPossible(
            f"{path} is not looked at: jobs are in files whose names end with .py, are names of Python, and do not "
            "begin with an underscore."
        )
    return jobs_root, wanted


def _from_here(folder: Path) -> str:
    here = Path.cwd().resolve()
    return str(folder.relative_to(here)) if folder.is_relative_to(here) else str(folder)


def _shown(declared: dict[str, Any], folder: Path) -> dict[str, Any]:
    name, notes = records.value_of(declared, "name"), records.notes_of(declared)
    return {**declared, "name": name, "notes": notes, "file": str(folder / declared["file"])}


def _place(declared: dict[str, Any]) -> tuple[str, str, str]:
    return declared["grouping"], declared["name"], records.path_of(declared)


def _with_names(jobs: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """jobs with a note where another one has the name already."""
    taken: set[str] = set()
    for one in jobs:
        name = records.free_name(one["name"], taken.__contains__)
        taken.add(name)
        note = [] if name == one["name"] else [f"Another job has this name; it would be called {name}."]
        yield {**one, "notes": [*one["notes"], *note]}
