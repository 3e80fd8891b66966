"""Which classes count as jobs."""

import pytest

from webapp.jobs import BaseJob, Job, register_jobs
from webapp.jobs.registry import registered


def job(name, module):
    return type(name, (Job,), {"__module__": module})


def test_registered_jobs_are_known_by_their_module():
    one, two, other = job("One", "shelf"), job("Two", "shelf"), job("One", "cupboard")
    register_jobs(two, one)
    register_jobs(other)
    assert registered("shelf") == [two, one]
    assert registered("cupboard") == [other]
    assert {one, two, other} <= set(registered())


def test_the_first_class_of_a_name_wins():
    first = job("Same", "drawer")
    register_jobs(first, job("Same", "drawer"), first)
    assert registered("drawer") == [first]


def test_the_bases_are_never_listed():
    register_jobs(Job, BaseJob)
    assert not {Job, BaseJob} & set(registered())


@pytest.mark.parametrize("thing", [str, "Job", Job(), None])
def test_what_is_no_job_class_is_refused(thing):
    with pytest.raises(TypeError, match="takes job classes"):
        register_jobs(thing)
