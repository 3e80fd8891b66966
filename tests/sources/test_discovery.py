"""Finding jobs in authors' files, whatever these files do."""

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict
from importlib.util import cache_from_source, source_hash
from pathlib import Path

import pytest

from webapp.sources.discovery import discover

ENVIRON = {**os.environ, "JOBDECK_SECRET_KEY": "hush", "LAB": "north"}
GOOD = """
from webapp.jobs import Job, StringVar, register_jobs

name = "Good ones"


class Good(Job):
    \"\"\"Be good.\"\"\"
    word = StringVar(default="x")
    def run(self, word, **more): pass


register_jobs(Good)
"""
CHECKED_BY_HASH = (0b11).to_bytes(4, "little")
"""In the second word of a file with compiled code: it counts while the source has the hash that comes next."""
SCRIBBLE = """
import contextlib, os
for fd in range(3, 9):
    with contextlib.suppress(OSError):
        os.write(fd, b"[]")
os._exit(0)
"""
NAP = (
    "import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)', {mark!r}]{more})\n"
)


def commands():
    """The command lines of all processes there are."""
    told = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            told.append(path.read_text(errors="replace"))
    return "\n".join(told)


def found_in(folder, files, seconds=10):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return discover(folder, environ=ENVIRON, seconds_per_module=seconds)


def paths(found):
    return [f"{job['module_name']}.{job['job_class_name']}" for job in found.jobs]


def errors(found):
    return {error.module_name: (error.file, error.line, error.message) for error in found.errors}


def test_t012_a_job_in_a_package_is_described_with_its_place(tmp_path):
    found = found_in(tmp_path, {"pack/__init__.py": "", "pack/good.py": GOOD})
    assert (paths(found), found.errors) == (["pack.good.Good"], [])
    job = found.jobs[0]
    assert (job["file"], job["line"], job["grouping"]) == ("pack/good.py", 7, "Good ones")
    assert job["variables"][0]["default"] == "x"


def test_an_empty_folder_holds_nothing(tmp_path):
    assert asdict(found_in(tmp_path, {})) == {"jobs": [], "errors": []}


def test_a_missing_folder_is_one_error(tmp_path):
    found = discover(tmp_path / "nowhere", environ=ENVIRON)
    assert found.jobs == []
    assert [error.message for error in found.errors] == [
        f"The folder with the jobs cannot be read: No such file or directory ({tmp_path}/nowhere)."
    ]


def test_t016_jobs_come_in_the_order_of_modules_and_registration_and_may_share_their_names(tmp_path):
    body = "from webapp.jobs import Job, register_jobs\nclass A(Job): run = print\nclass B(A): pass\n"
    body += "register_jobs(B, A)\n"
    assert paths(found_in(tmp_path, {"b.py": body, "a.py": body})) == ["a.B", "a.A", "b.B", "b.A"]


def test_t013_modules_may_import_one_another_and_each_job_counts_once(tmp_path):
    shared = "from good import Good\nfrom webapp.jobs import register_jobs\nregister_jobs(Good)\n"
    package = {
        "pack/__init__.py": "from pack.impl import Good\n",
        "pack/impl.py": GOOD,
        "pack/more.py": "from . import impl\n",
    }
    found = found_in(tmp_path, {"good.py": GOOD, "shared.py": shared, "again.py": "import good\n", **package})
    assert (paths(found), found.errors) == (["good.Good", "pack.impl.Good"], [])


def test_t019_four_threads_may_look_at_the_same_time(tmp_path):
    found_in(tmp_path, {"a.py": GOOD, "b.py": GOOD})
    with ThreadPoolExecutor(4) as pool:
        all_found = list(pool.map(lambda _: found_in(tmp_path, {}), range(4)))
    assert [(paths(found), found.errors) for found in all_found] == [(["a.Good", "b.Good"], [])] * 4


def test_a_job_that_only_another_module_registers_belongs_where_it_is_defined(tmp_path):
    base = "from webapp.jobs import Job\nclass Late(Job):\n    def run(self): pass\n"
    use = "from webapp.jobs import register_jobs\nfrom base import Late\nregister_jobs(Late)\n"
    assert paths(found_in(tmp_path, {"base.py": base, "use.py": use})) == ["base.Late"]


def test_a_class_from_outside_is_refused(tmp_path):
    text = (
        "from webapp.jobs import Job, register_jobs\n"
        "register_jobs(type('Far', (Job,), {'run': print, '__module__': 'far.away'}))\n"
    )
    found = found_in(tmp_path, {"near.py": text})
    assert found.jobs == []
    assert "far.away.Far is defined outside" in errors(found)["near"][2]


def test_a_class_without_registration_is_invisible(tmp_path):
    assert found_in(tmp_path, {"a.py": "from webapp.jobs import Job\nclass A(Job): pass\n"}).jobs == []


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("x = 1\ndef broken(:\n", 2, "SyntaxError: invalid syntax (bad.py, line 2)"),
        # A ValueError before Python 3.11.4, and a SyntaxError since.
        ("\0", None, "Error: source code string cannot contain null bytes"),
        ("import json\njson.loads('{')\n", 2, "JSONDecodeError: Expecting property name"),
        ("import no_such_package\n", 1, "ModuleNotFoundError: No module named 'no_such_package'"),
        ("import sys\nsys.exit(3)\n", 2, "The module called sys.exit(3) while it was loaded."),
        ("raise KeyboardInterrupt\n", 1, "KeyboardInterrupt"),
        ("import os\nos._exit(0)\n", None, "Loading the module ended its process with exit code 0."),
        ("import os\nos._exit(5)\n", None, "Loading the module ended its process with exit code 5."),
        (SCRIBBLE, None, "exit code 0."),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n", None, "ended its process (SIGSEGV)."),
        ("x = bytearray(10**11)\n", 1, "MemoryError"),
        ("import os\nos.close(1)\nos.write(1, b'x')\n", 3, "OSError: [Errno 9] Bad file descriptor"),
        ("open('/dev/full', 'wb', 0).write(b'x')\n", 1, "OSError"),
        ("class Odd(Exception):\n    def __str__(self):\n        raise self\nraise Odd\n", 4, "Odd: <Odd>"),
    ],
)
def test_fault_82_83_a_module_that_does_not_load_takes_only_itself_out(tmp_path, text, line, message):
    found = found_in(tmp_path, {"bad.py": text, "good.py": GOOD})
    assert paths(found) == ["good.Good"]
    assert list(errors(found)) == ["bad"]
    file, where, told = errors(found)["bad"]
    assert (file, where) == ("bad.py", line)
    assert message in told


def test_fault_84_endless_modules_are_stopped_where_they_are(tmp_path):
    stubborn = "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass\n"
    sleeper = "import signal, time\nsignal.setitimer(signal.ITIMER_REAL, 0)\ntime.sleep(600)\n"
    files = {"loop.py": "x = 1\nwhile True:\n    x += 1\n", "flood.py": "while True:\n    print('x' * 100_000)\n"}
    began = time.monotonic()
    found = found_in(tmp_path, {**files, "twice.py": stubborn * 2, "sleeper.py": sleeper, "good.py": GOOD}, seconds=0.5)
    assert time.monotonic() - began < 10
    assert paths(found) == ["good.Good"]
    assert errors(found)["loop"][:2] in [("loop.py", 2), ("loop.py", 3)]
    assert errors(found)["flood"][0] == "flood.py"
    assert "took too long" in errors(found)["loop"][2]
    assert errors(found)["sleeper"] == ("sleeper.py", None, "Loading the module took longer than 0.5 seconds.")


def test_fault_84_a_memory_hog_is_stopped(tmp_path):
    found = found_in(tmp_path, {"hog.py": "x = []\nwhile True:\n    x.append(bytes(50_000_000))\n"})
    assert errors(found)["hog"] == ("hog.py", 3, "MemoryError")


def test_an_error_in_an_imported_file_is_told_with_that_file(tmp_path):
    found = found_in(
        tmp_path,
        {
            "bad.py": "\n\nx = (\n",
            "importer.py": "import bad\n",
            "deep.py": "import trap\n",
            "trap.py": "\nnot_there\n",
        },
    )
    assert errors(found)["importer"][:2] == ("bad.py", 3)
    assert errors(found)["deep"][:2] == ("trap.py", 2)


def test_a_traceback_begins_in_the_authors_file(tmp_path):
    found = found_in(tmp_path, {"bad.py": "def fail():\n    raise ValueError('no')\nfail()\n"})
    lines = found.errors[0].traceback.splitlines()
    assert lines[1] == f'  File "{tmp_path}/bad.py", line 3, in <module>'
    assert lines[-1] == "ValueError: no"


def test_a_wrong_declaration_takes_only_its_own_job_out(tmp_path):
    text = GOOD + (
        "class Wrong(Job):\n    class Meta:\n        time_limit = 'long'\n\n\n"
        "def ask():\n    raise LookupError('nobody there')\n\n\n"
        "from webapp.jobs import ChoiceVar\nclass Asking(Job):\n    x = ChoiceVar(ask)\nregister_jobs(Wrong, Asking)\n"
    )
    found = found_in(tmp_path, {"mixed.py": text})
    assert paths(found) == ["mixed.Good"]
    told = [(error.file, error.line, error.message) for error in found.errors]
    assert told == [
        ("mixed.py", 14, "Wrong: TypeError: Meta.time_limit should be int, not str"),
        ("mixed.py", 20, "Asking: LookupError: nobody there"),
    ]


def test_of_two_classes_of_one_name_in_a_file_the_first_counts_and_the_other_is_told(tmp_path):
    found = found_in(tmp_path, {"twice.py": GOOD + GOOD})
    assert paths(found) == ["twice.Good"]
    [(file, line, message)] = errors(found).values()
    assert (file, line is not None) == ("twice.py", True)
    assert message.startswith("Good: another class of this file has the same name")


def test_t018_fault_86_a_file_named_like_an_installed_module_is_refused(tmp_path):
    found = found_in(tmp_path, {"traceback.py": GOOD, "flask.py": GOOD, "pack/__init__.py": "", "pack/json.py": GOOD})
    assert paths(found) == ["pack.json.Good"]
    assert set(errors(found)) == {"traceback", "flask"}
    assert all("rename the file" in message for _, _, message in errors(found).values())


def test_modules_see_the_environment_without_our_settings(tmp_path):
    text = "import json, os\nraise ValueError(json.dumps([os.environ.get('JOBDECK_SECRET_KEY'), os.environ['LAB']]))\n"
    assert errors(found_in(tmp_path, {"a.py": text}))["a"][2] == 'ValueError: [null, "north"]'


def test_modules_write_to_nowhere_and_read_nothing(tmp_path, capfd):
    text = "import os, sys\nfor fd in (1, 2):\n    os.write(fd, b'{}\\n' * 10)\nprint('x')\n"
    text += "assert sys.stdin.read() == ''\n"
    found = found_in(tmp_path, {"a.py": text + GOOD})
    assert (paths(found), found.errors) == (["a.Good"], [])
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("more", ["", ", start_new_session=True"])
def test_nothing_that_a_module_starts_outlives_discovery(tmp_path, more):
    found = found_in(tmp_path, {"a.py": NAP.format(mark=str(tmp_path), more=more) + GOOD})
    assert paths(found) == ["a.Good"]
    assert str(tmp_path) not in commands()


def test_a_thread_that_goes_on_does_not_matter(tmp_path):
    thread = "import threading, time\nthreading.Thread(target=time.sleep, args=[600]).start()\n"
    assert paths(found_in(tmp_path, {"a.py": thread + GOOD})) == ["a.Good"]


def test_a_declaration_too_large_to_keep_is_an_error(tmp_path):
    text = "from webapp.jobs import *\nclass A(Job):\n    x = StringVar(description='x' * 5_000_000)\n"
    text += "    run = print\nregister_jobs(A)\n"
    assert "more than can be kept" in errors(found_in(tmp_path, {"a.py": text}))["a"][2]


def test_a_module_that_ends_the_reading_process_is_survived(tmp_path):
    text = "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\n"
    found = found_in(tmp_path, {"kill.py": text, "slow.py": "import time\ntime.sleep(600)\n" + GOOD})
    assert (found.jobs, set(errors(found))) == ([], {"kill", "slow"})
    assert all("ended before it had read" in error.message for error in found.errors)


def test_compiled_code_is_kept_and_counts_for_the_same_source_only(tmp_path):
    found_in(tmp_path, {"good.py": GOOD})
    kept = Path(cache_from_source(tmp_path / "good.py"))
    content = kept.read_bytes()
    assert content[4:8] == CHECKED_BY_HASH
    assert content[8:16] == source_hash((tmp_path / "good.py").read_bytes())


def test_compiled_code_that_cannot_be_kept_is_no_error(tmp_path):
    (tmp_path / "__pycache__").write_text("no folder")
    found = found_in(tmp_path, {"good.py": GOOD})
    assert (paths(found), found.errors) == (["good.Good"], [])


def test_an_edit_is_seen_at_once(tmp_path):
    assert paths(found_in(tmp_path, {"a.py": GOOD})) == ["a.Good"]
    assert paths(found_in(tmp_path, {"a.py": GOOD.replace("Good", "Best")})) == ["a.Best"]


def test_everything_found_is_strict_json(tmp_path):
    text = GOOD.replace("Good ones", "\\0\\ud800") + (
        "from webapp.jobs import ChoiceVar\n"
        "register_jobs(type('Odd', (Good,), {'x': ChoiceVar([(float('nan'), 'n')]), '__module__': __name__}))\n"
    )
    found = found_in(tmp_path, {"a.py": text})
    assert paths(found) == ["a.Good", "a.Odd"]
    json.dumps(asdict(found), allow_nan=False, ensure_ascii=False).encode()
