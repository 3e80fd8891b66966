"""Jobs that an object or a button calls: classes that can be described; what calls them comes later."""

import pytest

from webapp.jobs import Job, JobButtonReceiver, JobHookReceiver, register_jobs
from webapp.jobs.describing import describe
from webapp.jobs.registry import registered


def test_a_receiver_has_the_variables_of_its_kind():
    class Hook(JobHookReceiver):
        pass

    class Button(JobButtonReceiver):
        pass

    hook, button = describe(Hook), describe(Button)
    assert [variable["name"] for variable in hook["variables"]] == ["object_change"]
    assert [variable["name"] for variable in button["variables"]] == ["object_pk", "object_model_name"]
    assert (hook["is_job_hook_receiver"], hook["is_job_button_receiver"]) == (True, False)
    assert (button["is_job_hook_receiver"], button["is_job_button_receiver"]) == (False, True)
    assert not any(
        describe(type("Plain", (Job,), {"run": print}))[f"is_job_{kind}_receiver"] for kind in ("hook", "button")
    )


def test_a_receiver_that_does_not_say_what_it_does_says_so():
    with pytest.raises(NotImplementedError, match="JobHookReceiver has no receive_job_hook"):
        JobHookReceiver().receive_job_hook(None, "create", None)
    with pytest.raises(NotImplementedError, match="JobButtonReceiver has no receive_job_button"):
        JobButtonReceiver().receive_job_button(None)


def test_a_class_is_one_kind_of_receiver_or_the_other():
    class Both(JobHookReceiver, JobButtonReceiver):
        pass

    with pytest.raises(TypeError, match="either a JobHookReceiver or a JobButtonReceiver"):
        describe(Both)


def test_the_bases_themselves_are_not_listed():
    register_jobs(JobHookReceiver, JobButtonReceiver)
    assert not {JobHookReceiver, JobButtonReceiver} & set(registered())
