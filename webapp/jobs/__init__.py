"""The author kit: everything that a file with jobs needs, in the standard library only.

from webapp.jobs import Job, StringVar, register_jobs
"""

from webapp.jobs.job import BaseJob, Job, SoftTimeLimitExceeded
from webapp.jobs.registry import register_jobs
from webapp.jobs.variables import BooleanVar, ChoiceVar, DryRunVar, IntegerVar, StringVar, TextVar

__all__ = [
    "BaseJob",
    "BooleanVar",
    "ChoiceVar",
    "DryRunVar",
    "IntegerVar",
    "Job",
    "SoftTimeLimitExceeded",
    "StringVar",
    "TextVar",
    "register_jobs",
]
