"""The chapter "Managing Jobs" of the documents that this product has to live up to: each sentence, in its order.

What cannot apply stands in docs/decisions/0011-the-reference-behaviours.md.
"""

from __future__ import annotations

from html import unescape

import pytest

from tests.catalogue.conftest import module, record
from tests.catalogue.test_deleting import delete
from tests.catalogue.test_editing import edit
from tests.product import on_sqlite, settings_for
from webapp.catalogue import refreshing
from webapp.catalogue.deciding import decide
from webapp.catalogue.models import OVERRIDABLE
from webapp.db import db
from webapp.errors import NotEnabled, NotInstalled
from webapp.runs.models import Run, State
from webapp.runs.service import submit

pytestmark = on_sqlite

LAB = module("Lab", Rename="Rename racks")
CLAIMED = (
    *("grouping", "name", "description", "approval_required", "dryrun_default", "has_sensitive_variables"),
    *("hidden", "soft_time_limit", "time_limit", "task_queues"),
)
"""What the chapter says that may be overridden."""


@pytest.fixture
def post_upgrade(app, root, tmp_path, database_url, redis_url):
    """Runs the command on the folder of files()."""

    def command() -> str:
        app.extensions["settings"] = settings_for(
            tmp_path, database_url=database_url, redis_url=redis_url, jobs_root=root
        )
        done = app.test_cli_runner().invoke(args=["post-upgrade"])
        assert done.exit_code == 0, done.output
        return done.output

    return command


def test_each_job_class_installed_is_represented_by_a_corresponding_job_data_record_in_the_database(files):
    files(lab=module("Lab", Rename="Rename racks", Count="Count racks"))
    assert (record("Rename").class_path, record("Count").class_path) == ("lab.Rename", "lab.Count")


def test_these_data_records_are_refreshed_when_the_post_upgrade_command_is_run(files, root, post_upgrade):
    (root / "lab.py").write_text(LAB)
    assert "New job lab.Rename, switched off" in post_upgrade()
    (root / "lab.py").write_text(module("Lab", Rename="Rename all racks"))
    post_upgrade()
    assert record("Rename").name == "Rename all racks"


def test_these_data_records_make_it_possible_for_an_administrative_user_to_exert_control_over_the_jobs(
    files, browse, person
):
    """ "... (or other user with appropriate access privileges) to exert a level of administrative control over the
    Jobs created and updated by Job authors."
    """
    files(lab=LAB)
    assert browse("ann").get(f"/jobs/{record('Rename').id}/edit").status_code == 403
    edit(browse("admin"), record("Rename"), enabled="true", hidden="true", hidden_override="true")
    assert (record("Rename").enabled, record("Rename").hidden) == (True, True)


def test_a_job_can_refer_to_the_python_class_or_to_the_record_that_represents_it(files, root):
    """ "There are both the actual Python code that implements the logic of a Job as a Python class, and the Nautobot
    database model that represents a given Job class in the database."
    """
    files(lab=LAB)
    one = record("Rename")
    assert (one.module_name, one.job_class_name, one.file) == ("lab", "Rename", "lab.py")
    assert "class Rename(Job)" in (root / one.file).read_text()


def test_editing_or_replacing_a_python_file_does_not_refresh_the_record_you_must_run_post_upgrade(
    files, root, post_upgrade
):
    """ "Editing or replacing a Python file in your JOBS_ROOT directory will update the Job class on disk, but will not
    automatically refresh the Job record corresponding to this class" """
    files(lab=LAB)
    (root / "lab.py").write_text(module("Laboratory", Rename="Rename all racks"))
    assert (record("Rename").name, record("Rename").grouping) == ("Rename racks", "Lab")
    post_upgrade()
    assert (record("Rename").name, record("Rename").grouping) == ("Rename all racks", "Laboratory")


def test_changing_the_metadata_of_a_record_is_recorded_as_an_override_and_does_not_change_the_source_code(
    files, root, browse
):
    """ "(e.g., assigning it a different categorical grouping) is recorded as an override of the default grouping
    defined by the Job class source code; it does not in any way change the source code of the Job class." """
    files(lab=LAB)
    edit(browse("admin"), record("Rename"), grouping="Racks", grouping_override="true")
    one = record("Rename")
    assert (one.grouping, one.overridden, one.declared["grouping"]) == ("Racks", ["grouping"], "Lab")
    assert (root / "lab.py").read_text() == LAB


def test_the_model_enforces_permissions_and_presents_while_executing_makes_use_of_the_class_only(
    browse, job, person, work
):
    """ "The Job model is used to enforce user permissions, present information about the Job to the user, and so forth,
    while actually executing the Job makes use of the Job class only." """
    edit(
        browse("admin"),
        job("Echo"),
        name="Parrot",
        name_override="true",
        description="Says it again.",
        description_override="true",
    )
    assert "Says it again." in browse("vic").get(f"/jobs/{job('Echo').id}").text
    assert browse("vic").get(f"/jobs/{job('Echo').id}/run").status_code == 403
    number = submit(job("Echo"), person("ann"), {"text": "the class"}).number
    assert work() == [State.SUCCESS]
    assert db.session.get_one(Run, number).result["text"] == "the class"


def test_a_new_record_defaults_to_enabled_false_which_prevents_the_job_from_being_run_by_any_user(files, person):
    """ "This is intended to provide a level of security and oversight regarding the installation of new Jobs" """
    files(lab=LAB)
    assert record("Rename").enabled is False
    for who in ("admin", "ann"):
        with pytest.raises(NotEnabled):
            submit(record("Rename"), person(who), {})


def test_an_administrator_or_user_with_change_job_permission_can_change_it_to_enabled_true_permitting_running(
    files, browse, person
):
    """ "... when they have completed any appropriate review of the new Job to ensure that it meets their
    standards." """
    files(lab=LAB)
    assert browse("ann").post(f"/jobs/{record('Rename').id}/edit", {"enabled": "true"}).status_code == 403
    edit(browse("admin"), record("Rename"), enabled="true")
    assert submit(record("Rename"), person("ann"), {}).number


def test_an_obsolete_job_can_be_prevented_from_inadvertent_execution_by_changing_it_back_to_enabled_false(
    browse, job, person
):
    edit(browse("admin"), job("Echo"), enabled=None)
    with pytest.raises(NotEnabled):
        submit(job("Echo"), person("ann"), {"text": "x"})


def test_in_order_to_enable_a_job_navigate_to_jobs_select_it_select_edit_select_enabled_and_update(files, browse):
    """ "By default when a Job is installed into Nautobot it is installed in a disabled state." The button is *Save*."""
    files(lab=LAB)
    admin, page_of_job = browse("admin"), f"/jobs/{record('Rename').id}"
    assert f'href="{page_of_job}"' in admin.get("/jobs/?can_run=any").text
    assert f'href="{page_of_job}/edit"' in admin.get(page_of_job).text
    form = admin.get(f"{page_of_job}/edit").text
    assert 'name="enabled"' in form
    assert "Save</button>" in form
    edit(admin, record("Rename"), enabled="true")
    assert record("Rename").enabled


VALUES = {
    **{"grouping": "Racks", "name": "Label racks", "description": "Labels.", "approval_required": True},
    **{"dryrun_default": True, "has_sensitive_variables": False, "hidden": True, "soft_time_limit": 60},
    **{"time_limit": 120, "task_queues": ["default"]},
}


def test_overriding_is_done_by_setting_the_flag_to_true_then_providing_a_new_value(job, person):
    """ "can also edit a Job database record to optionally override any or all of the following metadata attributes" """
    decide([job("Odd")], {"has_sensitive_variables": False, "has_sensitive_variables_override": True}, person("admin"))
    for name in CLAIMED:
        assert name in OVERRIDABLE
        decide([job("Odd")], {name: VALUES[name], f"{name}_override": True}, person("admin"))
        assert getattr(job("Odd"), name) == VALUES[name]
    assert set(CLAIMED) == set(job("Odd").overridden)


def test_an_overridden_attribute_remains_even_if_the_class_changes_and_post_upgrade_gets_run_again(
    files, root, browse, post_upgrade
):
    """ "An overridden attribute will remain set to its overridden value even if the underlying Job class definition
    changes and <migrate|post_upgrade> gets run again." """
    files(lab=LAB)
    edit(browse("admin"), record("Rename"), grouping="Racks", grouping_override="true")
    (root / "lab.py").write_text(module("Laboratory", Rename="Rename all racks"))
    post_upgrade()
    assert (record("Rename").grouping, record("Rename").name) == ("Racks", "Rename all racks")


def test_clearing_the_override_flag_and_saving_reverts_to_the_value_defined_within_the_class(files, browse):
    """ "Conversely, clearing the "override" flag for an attribute and saving the database record will revert the
    attribute to the underlying value defined within the Job class source code." """
    files(lab=LAB)
    edit(browse("admin"), record("Rename"), grouping="Racks", grouping_override="true")
    files(lab=module("Laboratory", Rename="Rename racks"))
    edit(browse("admin"), record("Rename"), grouping_override=None)
    assert (record("Rename").grouping, record("Rename").overridden) == ("Laboratory", [])


def test_when_a_class_is_removed_the_record_is_not_deleted_but_flagged_installed_false_and_can_no_longer_be_run(
    files, root, browse, person, post_upgrade
):
    files(lab=LAB)
    edit(browse("admin"), record("Rename"), enabled="true")
    (root / "lab.py").unlink()
    assert "Job lab.Rename is gone and can no longer be run" in post_upgrade()
    assert record("Rename").installed is False
    with pytest.raises((NotInstalled, NotEnabled)):
        submit(record("Rename"), person("ann"), {})


def test_the_list_hides_by_default_jobs_that_are_not_installed_and_shows_them_with_the_filter_installed_no(
    files, browse
):
    files(lab=module("Lab", Rename="Rename racks", Stay="Stay"))
    files(lab=module("Lab", Stay="Stay"))
    admin = browse("admin")
    assert "Rename racks" not in admin.get("/jobs/?can_run=any").text
    shown = unescape(admin.get("/jobs/?installed=no&can_run=any").text)
    assert "Rename racks" in shown
    assert ">Stay<" not in shown


def test_a_user_with_delete_job_permissions_may_delete_such_a_record_and_results_lose_their_association(
    browse, job, person, work, plain
):
    """ "deleting ... will result in any existing JobResult or ScheduledJob records that originated from this Job losing
    their association to the Job; this association will not be automatically restored even if the Job is later
    reinstalled or reintroduced." """
    number = submit(job("Echo"), person("ann"), {"text": "x"}).number
    assert work() == [State.SUCCESS]
    assert browse("ann").get(f"/jobs/deletion?id={job('Echo').id}").status_code == 403
    delete(browse, job("Echo"))
    refreshing.refresh(plain)
    assert job("Echo")
    db.session.rollback()
    assert db.session.get_one(Run, number).job_id is None
