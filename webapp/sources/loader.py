"""Authors' modules brought into this process. Only the processes that may run authors' code call this: a job's own
process, and the one that discovers."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType

from webapp.errors import NotPossible
from webapp.jobs import BaseJob, SoftTimeLimitExceeded
from webapp.jobs.registry import registered
from webapp.jobs.tracebacks import summary_of, traceback_of
from webapp.sources import nautobot
from webapp.sources.nautobot_names import instead_of

OURS = str(Path(__file__).parent.parent)


@dataclass(frozen=True)
class Problem:
    """Why a module does not load: where in the author's files, and what was raised there."""

    file: str
    """Relative to the jobs root where it lies below it; empty if nobody knows."""
    line: int | None
    message: str
    traceback: str

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}: " if self.line else ""
        return place + self.message


def load(jobs_root: Path, class_path: str) -> type[BaseJob]:
    """The job class of this path, `module.Class`.

    :raises NotPossible: there is no such class, or its module does not load; the text says where and why.
    """
    module_name, _, class_name = class_path.rpartition(".")
    if not all(part.isidentifier() for part in class_path.split(".")) or not module_name:
        raise NotPossible(f"{class_path!r} is not the path of a job; that is module.Class.")
    try:
        module = import_module(jobs_root, module_name)
    except (SoftTimeLimitExceeded, NotPossible):
        raise
    except BaseException as error:
        raise NotPossible(f"{module_name} cannot be loaded: {problem_of(error, jobs_root)}") from error
    found = next((one for one in registered(module_name) if one.__name__ == class_name), None)
    found = found or getattr(module, class_name, None)
    if not isinstance(found, type) or not issubclass(found, BaseJob):
        raise NotPossible(f"There is no job called {class_name} in {module_name}.")
    return found


def import_module(jobs_root: Path, module_name: str) -> ModuleType:
    """The module of this name below jobs_root; whatever its code raises, SystemExit too, comes out.

    :raises NotPossible: the name belongs to an installed module.
    """
    if str(jobs_root) not in sys.path:
        # Last, so that no author's file stands in for a module that others need.
        sys.path.append(str(jobs_root))
    nautobot.set_up()
    try:
        with _no_bytecode():
            module = importlib.import_module(module_name)
    except ModuleNotFoundError:
        _refuse_conflict(jobs_root, module_name)
        raise
    # Looked at afterwards: each run pays for it, and looking through all folders first takes longer than the rest.
    if not Path(getattr(module, "__file__", None) or "").is_relative_to(jobs_root):
        _refuse_conflict(jobs_root, module_name)
    return module


def _refuse_conflict(jobs_root: Path, module_name: str) -> None:
    if (other := conflict(jobs_root, module_name)) is not None:
        raise NotPossible(f"{module_name} has the name of a module that is already there ({other}); rename the file.")


def conflict(jobs_root: Path, module_name: str) -> str | None:
    """Where the installed or built-in module lies whose name this one takes; None if there is none."""
    top = module_name.partition(".")[0]
    if top in sys.builtin_module_names or top in sys.stdlib_module_names:
        return "Python's standard library"
    elsewhere = [entry for entry in sys.path if Path(entry).resolve() != jobs_root.resolve()]
    spec = PathFinder.find_spec(top, elsewhere)
    # A folder without __init__.py gives way to a real module.
    return spec.origin if spec is not None and spec.origin is not None else None


def problem_of(error: BaseException, jobs_root: Path) -> Problem:
    """Where and why the import of a module below jobs_root failed."""
    file, line = _place_of(error, jobs_root)
    return Problem(file, line, _message_of(error), traceback_of(error, ours=_is_ours))


def relative(file: str, jobs_root: Path) -> str:
    """file as it is called below jobs_root, or unchanged if it lies elsewhere."""
    path = Path(file)
    return str(path.relative_to(jobs_root)) if path.is_relative_to(jobs_root) else file


@contextmanager
def _no_bytecode() -> Iterator[None]:
    # Python trusts compiled code whose source has the same second and size: an edit made at once would go unseen.
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        yield
    finally:
        sys.dont_write_bytecode = before


def _message_of(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return f"The module called sys.exit({'' if error.code is None else repr(error.code)}) while it was loaded."
    words = summary_of(error)
    if isinstance(error, ModuleNotFoundError) and (advice := instead_of(error.name or "")) not in words:
        words += f". {advice}"
    return words


def _place_of(error: BaseException, jobs_root: Path) -> tuple[str, int | None]:
    """File and line of a syntax error, else of the innermost frame below jobs_root."""
    if isinstance(error, SyntaxError) and error.filename and Path(error.filename).is_relative_to(jobs_root):
        return relative(error.filename, jobs_root), error.lineno
    place: tuple[str, int | None] = ("", None)
    trace = error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if Path(file).is_relative_to(jobs_root):
            place = relative(file, jobs_root), trace.tb_lineno
        trace = trace.tb_next
    return place


def _is_ours(filename: str) -> bool:
    return filename.startswith((OURS, "<frozen importlib")) or filename == importlib.__file__
