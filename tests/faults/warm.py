"""Forks that run pytest in folders of their own: started as a program, which has loaded what others wrote.

Loading that takes longer than most tests. Of the product and its tests nothing is loaded before the fork, so that each
fork takes them from its folder. Each line that comes in is JSON with the folder, the words for pytest, the environment
and the file for what is printed; each line that goes out is what pytest said in the end.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

LIBRARIES = (
    *("alembic.command", "cryptography.fernet", "flask", "flask_bootstrap", "flask_login", "flask_migrate"),
    *("flask_sqlalchemy", "flask_wtf", "hypothesis", "psycopg", "pytest", "redis", "rq", "rq_scheduler"),
    *("sqlalchemy.dialects.postgresql", "sqlalchemy.dialects.sqlite", "whitenoise", "wtforms"),
)
OURS = ("webapp", "tests")
GARBAGE = 50_000, 20, 20
"""As in tests/conftest.py, and here for what is loaded as well."""


def main() -> None:
    """Fork for each line, until there are no more."""
    del sys.path[0]  # where this file is
    gc.set_threshold(*GARBAGE)
    for name in LIBRARIES:
        importlib.import_module(name)
    for line in sys.stdin:
        assert not any(name.partition(".")[0] in OURS for name in sys.modules)
        pid = os.fork()
        if pid == 0:
            _test(**json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


def _test(folder: str, words: list[str], environ: dict[str, str], output: str) -> NoReturn:
    code: Any = -1
    try:
        with Path(output).open("wb") as file:
            for stream in (1, 2):
                os.dup2(file.fileno(), stream)
        os.environ.clear()
        os.environ.update(environ)
        os.chdir(folder)
        sys.path.insert(0, folder)
        code = sys.modules["pytest"].main(words)
        sys.stdout.flush()
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
