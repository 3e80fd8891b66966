"""Style sheets, scripts, pictures: collected under names that tell their content, compressed once, served for good.

What others wrote comes out of their wheels; what is ours comes out of static/. A collection is a folder of its own
below `DATA_DIR/assets/`, named after everything in it, and appears there complete or not at all. So any number of
processes may collect at the same moment, and whoever finds the folder has nothing to do.
"""

from __future__ import annotations

import gzip
import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from wsgiref.headers import Headers

from flask import Flask
from whitenoise import WhiteNoise

from webapp.config import PROJECT, Settings
from webapp.ui.headers import HEADERS

PREFIX = "/static/"
STATIC = PROJECT / "static"
STYLES = STATIC / "css"
FROM_WHEELS = {
    "bootstrap.min.css": ("flask_bootstrap", "static/bootstrap5/css/bootstrap.min.css"),
    "htmx.min.js": ("js_lib_htmx", "static/htmx/htmx.min.js"),
}


def init_app(app: Flask, settings: Settings) -> None:
    """Serve the assets ahead of app; its templates get `asset("app.css")`, the address of one."""
    contents = sources()
    folder = collect(contents, settings.data_dir / "assets")
    addresses = {name: PREFIX + versioned(name, content) for name, content in contents.items()}
    app.jinja_env.globals["asset"] = addresses.__getitem__
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=str(folder),
        prefix=PREFIX,
        allow_all_origins=False,
        immutable_file_test=lambda _path, _url: True,
        add_headers_function=_add_headers,
    )


def sources() -> dict[str, bytes]:
    """Every asset by name.

    The files of static/css are one style sheet, base.css first; those of a folder in it are one of their own, named
    after the folder, for the pages that ask for it.
    """
    ours = {path.name: path.read_bytes() for path in sorted(STATIC.iterdir()) if path.is_file()}
    wheels = {name: _out_of_wheel(*place) for name, place in FROM_WHEELS.items()}
    return {**wheels, **ours, "app.css": _style_sheet(STYLES), **_sheets_of_their_own()}


def versioned(name: str, content: bytes) -> str:
    """name with a hash of content before its ending, as in `app.3f9c2b7a61d0.css`."""
    path = PurePosixPath(name)
    return f"{path.stem}.{hashlib.sha256(content).hexdigest()[:12]}{path.suffix}"


def collect(contents: Mapping[str, bytes], parent: Path) -> Path:
    """The folder below parent that holds contents under versioned names, each with its .gz; made if it is not there."""
    files = {versioned(name, content): content for name, content in contents.items()}
    folder = parent / hashlib.sha256(" ".join(sorted(files)).encode()).hexdigest()[:12]
    if not folder.is_dir():
        _make(folder, files)
    return folder


def _make(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=folder.parent))
    try:
        for name, content in files.items():
            (draft / name).write_bytes(content)
            (draft / f"{name}.gz").write_bytes(gzip.compress(content, 9, mtime=0))
        draft.rename(folder)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        # Somebody else may have been faster, with the same content.
        if not folder.is_dir():
            raise


def _sheets_of_their_own() -> dict[str, bytes]:
    return {f"{folder.name}.css": _style_sheet(folder) for folder in STYLES.iterdir() if folder.is_dir()}


def _style_sheet(folder: Path) -> bytes:
    parts = sorted(folder.glob("*.css"), key=lambda path: (path.stem != "base", path.name))
    return b"\n".join(path.read_bytes() for path in parts)


def _out_of_wheel(package: str, place: str) -> bytes:
    """A file of an installed package, which is not imported; without the line that points at its source map."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(f"The package {package} is not installed; it carries {place}.")
    content = (Path(spec.submodule_search_locations[0]) / place).read_bytes()
    return content.partition(b"/*# sourceMappingURL=")[0]


def _add_headers(headers: Headers, _path: str, _url: str) -> None:
    for name, value in HEADERS.items():
        headers[name] = value
