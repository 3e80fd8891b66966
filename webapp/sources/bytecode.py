"""Compiled code of authors' modules, kept beside them: every run loads its module anew, and compiling takes longer
than all the rest of it."""

from __future__ import annotations

import py_compile
import sys
from contextlib import suppress
from pathlib import Path


def keep(jobs_root: Path) -> None:
    """Keep what this process has loaded from below jobs_root, as far as that folder lets itself be written to.

    It counts only while the source has the same hash: by default Python trusts what has the same second and size, and
    an edit made at once would go unseen.
    """
    files = {Path(getattr(module, "__file__", None) or "") for module in list(sys.modules.values())}
    for file in files:
        if file.suffix == ".py" and file.is_relative_to(jobs_root):
            with suppress(OSError, ValueError, py_compile.PyCompileError):
                mode = py_compile.PycInvalidationMode.CHECKED_HASH
                py_compile.compile(str(file), doraise=True, invalidation_mode=mode)
