"""Files in a plain Python process: what a FileVar takes, what run() gets, what create_file() makes."""

from __future__ import annotations

import hashlib
import io

import pytest

from webapp.jobs import FileVar, Job
from webapp.jobs.describing import describe
from webapp.jobs.files import JobFile, StoredFile, cleaned_name, content_type
from webapp.jobs.testing import run_job
from webapp.jobs.variables import variable_from

NOT_SENT = "No file was submitted. Check the encoding type on the form."
PLAN = StoredFile("31e6b3d5", "plan.csv", 12, "ab" * 32)


def test_a_file_is_given_back_as_it_was_kept():
    variable = FileVar()
    assert variable.parse(PLAN) is PLAN
    kept = variable.dump(PLAN)
    assert kept == {"id": "31e6b3d5", "name": "plan.csv", "size": 12, "sha256": "ab" * 32}
    assert variable.load(kept) == PLAN
    assert FileVar(required=False).parse(None) is None
    assert variable.load(variable.dump(None)) is None


@pytest.mark.parametrize(
    ("options", "raw", "message"),
    [
        ({}, None, "This field is required."),
        ({}, "", "This field is required."),
        ({}, "31e6b3d5", NOT_SENT),
        ({}, {"id": "31e6b3d5"}, NOT_SENT),
        ({}, b"content", NOT_SENT),
        ({"required": False}, "31e6b3d5", NOT_SENT),
        ({}, StoredFile("", "empty", 0, ""), "The submitted file is empty."),
        ({"max_size": 11}, PLAN, "Ensure this file has at most 11 bytes (it has 12)."),
        ({"extensions": ["txt"]}, PLAN, "File extension “csv” is not allowed. Allowed extensions are: txt."),
    ],
)
def test_what_is_no_file_or_does_not_fit_is_refused_in_the_words_of_the_reference(options, raw, message):
    with pytest.raises(ValueError) as refusal:
        FileVar(**options).parse(raw)
    assert str(refusal.value) == message


@pytest.mark.parametrize("options", [{"max_size": 12}, {"extensions": [".CSV", "txt"]}])
def test_what_just_fits_is_taken(options):
    assert FileVar(**options).parse(PLAN) is PLAN


def test_a_file_variable_can_be_made_again_from_what_it_tells_of_itself():
    told = FileVar(label="The plan", max_size=5, extensions=["csv"], required=False).describe("plan")
    again = variable_from({"name": "plan", **told})
    assert again.describe("plan") == told
    assert (told["type"], told["max_size"], told["extensions"]) == ("FileVar", 5, ["csv"])


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"max_size": "5"}, TypeError, "max_size should be int, not str"),
        ({"max_size": 0}, ValueError, "max_size should be at least 1"),
        ({"extensions": "csv"}, TypeError, "extensions should be list, not str"),
        ({"extensions": [1]}, TypeError, "extensions should be a list of texts"),
        ({"default": "plan.csv"}, TypeError, "a file has no default"),
    ],
)
def test_an_option_that_makes_no_sense_is_told_to_the_author(options, kind, message):
    with pytest.raises(kind, match=message):
        FileVar(**options).describe("plan")


def test_a_job_takes_so_many_files_and_no_more():
    assert describe(type("Fits", (Job,), {"run": print, **{f"file_{n}": FileVar() for n in range(20)}}))
    with pytest.raises(ValueError, match="at most 20 files"):
        describe(type("FitsNot", (Job,), {"run": print, **{f"file_{n}": FileVar() for n in range(21)}}))


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("plan.csv", "plan.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\evil.exe", "evil.exe"),
        ("/", "file"),
        ("", "file"),
        (".", "file"),
        ("a/..", "file"),
        (" \t\n ", "file"),
        ("two\r\nlines.txt", "two lines.txt"),
        ("a\0b", "a_x00b"),
        ("\x1b[31mred\x1b[0m.txt", "red.txt"),
        ("\u202egpj.exe", "_u202egpj.exe"),
        ("half\ud800", "half_ud800"),
        ("x" * 300 + ".tar", "x" * 196 + ".tar"),
        ("x." + "y" * 300, "x." + "y" * 198),
        ("CON", "CON"),
        ("résumé ☃.txt", "résumé ☃.txt"),
        (".bashrc", ".bashrc"),
    ],
)
def test_fault_106_a_name_becomes_a_label_without_folders_and_controls(name, label):
    assert cleaned_name(name) == label
    assert cleaned_name(label) == label


def test_the_type_of_a_content_is_guessed_by_its_name_alone():
    assert content_type("plan.csv") == "text/csv"
    assert content_type("http:") == content_type("plan") == "application/octet-stream"


def test_a_file_is_read_like_any_other():
    file = JobFile(io.BytesIO(b"one\ntwo\n"), PLAN)
    assert list(file) == [b"one\n", b"two\n"]
    assert b"".join(file.chunks(3)) == b"one\ntwo\n"
    file.seek(4)
    assert file.read() == b"two\n"
    assert (file.name, file.size, file.sha256, file.content_type) == ("plan.csv", 12, "ab" * 32, "text/csv")
    assert str(file) == "<JobFile 'plan.csv', 12 bytes>"
    with file:
        pass
    assert file.closed


class Copy(Job):
    plan = FileVar(max_size=20, extensions=["txt", ""])
    notes = FileVar(required=False)

    def run(self, *, plan, notes):
        copy = self.create_file(f"copy of {plan.name}", plan.read())
        self.create_file("../notes.md", "none" if notes is None else notes.read().decode())
        return [copy.name, copy.size, copy.sha256[:8], copy.get_absolute_url()]


def test_a_test_hands_bytes_and_paths_to_a_job_and_looks_at_what_it_makes(tmp_path):
    (tmp_path / "plan.txt").write_bytes(b"on disk")
    ran = run_job(Copy, plan=tmp_path / "plan.txt", notes=b"in memory")
    assert ran.state == "success", ran.traceback
    assert ran.files == {"copy of plan.txt": b"on disk", "notes.md": b"in memory"}
    assert ran.result == ["copy of plan.txt", 7, hashlib.sha256(b"on disk").hexdigest()[:8], ""]
    assert [(line["message"], line["object"], line["grouping"]) for line in ran.log] == [
        ("Created file", "copy of plan.txt", "run"),
        ("Created file", "notes.md", "run"),
    ]
    assert run_job(Copy, plan=b"x").files["notes.md"] == b"none"


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (b"", "plan: The submitted file is empty."),
        (b"x" * 21, "plan: Ensure this file has at most 20 bytes"),
        ("a text", f"plan: {NOT_SENT}"),
    ],
)
def test_what_a_test_hands_over_is_checked_like_an_upload(plan, message):
    with pytest.raises(ValueError, match=message):
        run_job(Copy, plan=plan)


class Large(Job):
    def run(self):
        self.create_file("fits", b"x" * 10_485_760)
        self.create_file("fits not", b"x" * 10_485_761)


def test_an_output_may_have_ten_megabytes_and_not_a_byte_more():
    ran = run_job(Large)
    assert (ran.state, list(ran.files)) == ("errored", ["fits"])
    assert ran.error["exc_message"] == ["Provided 10485761 bytes of content, but JOB_CREATE_FILE_MAX_SIZE is 10485760"]
