"""What is raised inside a job by those who watch over it. Not Exceptions, so that `except Exception` lets them pass."""

from __future__ import annotations


class SoftTimeLimitExceeded(BaseException):
    """Raised inside a job whose soft time limit has passed: the moment to clean up and come to an end."""


class JobCancelled(BaseException):
    """Raised inside a job that somebody cancels: the moment to clean up."""


INTERRUPTIONS = (JobCancelled, SoftTimeLimitExceeded)
