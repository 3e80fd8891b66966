"""Chromium for the browser tests: found on this machine, or fetched by `python -m tests.chromium`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
BUILD = PROJECT / "build" / "chromium"
PACKAGE = "@sparticuz/chromium@153.0.0"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NONE = "there is no Chromium; set CHROMIUM, install it, or let `make test` fetch it with npm or apt-get"
UNPACK = """
import chromium from "@sparticuz/chromium";
console.log(await chromium.executablePath());
"""
START = """#!/bin/sh
LD_LIBRARY_PATH={libraries} exec {program} "$@"
"""


def find() -> str | None:
    """The path of a browser: the one that CHROMIUM names, one on PATH, or the one that fetch() has unpacked."""
    if named := os.environ.get("CHROMIUM"):
        return named
    on_path = (shutil.which(name) for name in NAMES)
    ours = BUILD / "start"
    return next((path for path in on_path if path), str(ours) if ours.exists() else None)


def fetch() -> str | None:
    """Get a browser from npm, else, as root, from apt; its path, or None if neither can be had."""
    for way in (_from_npm, _from_apt):
        try:
            way()
        except (OSError, subprocess.CalledProcessError) as problem:
            print(f"Chromium: {way.__name__.removeprefix('_')} did not work: {problem}", file=sys.stderr)
        if found := find():
            return found
    return None


def _from_npm() -> None:
    """Unpack the package's browser and its libraries into build/, behind a script that puts them together."""
    BUILD.mkdir(parents=True, exist_ok=True)
    _run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(BUILD), PACKAGE])
    # It brings its own libraries only where it believes to be in Amazon's cloud, and unpacks into TMPDIR.
    believed = {"AWS_LAMBDA_JS_RUNTIME": "nodejs22.x", "TMPDIR": str(BUILD)}
    program = _run(["node", "--input-type=module", "--eval", UNPACK], env={**os.environ, **believed})
    start = BUILD / "start"
    start.write_text(START.format(libraries=BUILD / "al2023" / "lib", program=program.strip()))
    start.chmod(0o755)


def _from_apt() -> None:
    if os.getuid() != 0:
        raise OSError("only root may install packages")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    _run(["apt-get", "update", "-qq"], env=quiet)
    _run(["apt-get", "install", "-qq", "-y", "--no-install-recommends", "chromium"], env=quiet)


def _run(line: list[str], env: dict[str, str] | None = None) -> str:
    return subprocess.run(line, cwd=BUILD, env=env, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    if not (find() or fetch()):
        print(f"\n*** The browser tests will not run: {NONE}. ***\n", file=sys.stderr)
