"""The modules below a jobs root, and the version of their code."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from webapp.errors import NotPossible

PACKAGE = "__init__.py"


def modules_below(jobs_root: Path) -> dict[str, Path]:
    """The file of each module and package by its dotted name, in the order of the names.

    A folder counts if it has an `__init__.py`; names that start with `_` or `.`, or that Python cannot import, do not.

    :raises OSError: jobs_root, or a package below it, cannot be read.
    """
    return dict(sorted(_modules(jobs_root, "", ())))


def version_of(jobs_root: Path, module_name: str) -> str:
    """A SHA-256 in hex over the files of the module: its own file, or all files of the package that it belongs to.

    Names count as well as contents; hidden files and compiled code do not.

    :raises NotPossible: the files are not there, or cannot be read.
    """
    try:
        digest = hashlib.sha256()
        for path in _files_of(jobs_root, module_name):
            content = hashlib.sha256(path.read_bytes()).digest()
            digest.update(str(path.relative_to(jobs_root)).encode() + b"\0" + content)
    except OSError as error:
        raise NotPossible(f"The files of {module_name} cannot be read: {error.strerror}.") from None
    return digest.hexdigest()


def mentions(jobs_root: Path, module_name: str, words: tuple[bytes, ...]) -> bool:
    """Whether one of words stands in the files over which version_of() goes, as far as they can be read."""
    try:
        texts = [path.read_bytes() for path in _files_of(jobs_root, module_name)]
    except OSError:
        return False
    return any(word in text for text in texts for word in words)


def versions_below(jobs_root: Path) -> dict[str, str]:
    """version_of() each module and package in jobs_root itself, by name; but for those that cannot be read."""
    found = {}
    for name in {module.partition(".")[0] for module in modules_below(jobs_root)}:
        with suppress(NotPossible):
            found[name] = version_of(jobs_root, name)
    return found


def _modules(folder: Path, prefix: str, above: tuple[Path, ...]) -> Iterator[tuple[str, Path]]:
    for entry in sorted(folder.iterdir()):
        name = entry.name.removesuffix(".py")
        if name.startswith(("_", ".")) or not name.isidentifier():
            continue
        if entry.suffix == ".py" and entry.is_file() and not (folder / name / PACKAGE).is_file():
            yield prefix + name, entry
        # A link may lead back up.
        elif (entry / PACKAGE).is_file() and entry.resolve() not in above:
            yield prefix + name, entry / PACKAGE
            yield from _modules(entry, f"{prefix}{name}.", (*above, entry.resolve()))


def _files_of(jobs_root: Path, module_name: str) -> list[Path]:
    top = module_name.partition(".")[0]
    package = jobs_root / top
    return sorted(_files(package)) if (package / PACKAGE).is_file() else [jobs_root / f"{top}.py"]


def _files(folder: Path) -> Iterator[Path]:
    for entry in folder.iterdir():
        if entry.name.startswith(".") or entry.name == "__pycache__":
            continue
        if entry.is_dir() and not entry.is_symlink():
            yield from _files(entry)
        elif entry.is_file():
            yield entry
