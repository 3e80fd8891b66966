"""The author kit: everything that a file with jobs needs, in the standard library only.

from webapp.jobs import Job, StringVar, register_jobs
"""

from webapp.jobs.concurrency import Concurrency
from webapp.jobs.job import BaseJob, Job, JobCancelled, SoftTimeLimitExceeded
from webapp.jobs.registry import register_jobs
from webapp.jobs.variables import BooleanVar, ChoiceVar, DryRunVar, IntegerVar, StringVar, TextVar

__all__ = [
    "BaseJob",
    "BooleanVar",
    "ChoiceVar",
    "Concurrency",
    "DryRunVar",
    "IntegerVar",
    "Job",
    "JobCancelled",
    "SoftTimeLimitExceeded",
    "StringVar",
    "TextVar",
    "register_jobs",
]
