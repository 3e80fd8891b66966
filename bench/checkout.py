"""How long a newcomer waits: from `git clone` to the end of the first run. The downloads of pip are in it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from bench.budgets import Figure, Figures
from bench.product import NotMeasured, free_port
from webapp.config import PROJECT

PATIENCE = 150.0


def measure() -> Figures:
    """What is committed is cloned and set up as `make demo ONCE=1` does."""
    folder = Path(tempfile.mkdtemp(prefix="jobdeck-checkout-"))
    try:
        start = time.perf_counter()
        _do(["git", "clone", "--quiet", str(PROJECT), str(folder / "jobdeck")], folder)
        cloned = time.perf_counter()
        _do(["make", "demo", "ONCE=1", f"DATA_DIR={folder / 'data'}", f"PORT={free_port()}"], folder / "jobdeck")
        took = time.perf_counter() - start
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    yield Figure("checkout.total", took, f"git clone {cloned - start:.1f} s, pip's downloads included")


def _do(line: list[str], folder: Path) -> None:
    """Run a command to its end, with all that it starts."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("JOBDECK_", "MAKE", "MFLAGS"))}
    with subprocess.Popen(
        line, cwd=folder, env=environ, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as program:
        try:
            said, _ = program.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            raise NotMeasured(f"{line[0]} was not done in {PATIENCE:.0f} s") from None
        finally:
            with suppress(ProcessLookupError):
                os.killpg(program.pid, signal.SIGTERM)
    if program.returncode:
        raise NotMeasured(f"{' '.join(line)}: {said.decode(errors='replace')[-1000:]}")
