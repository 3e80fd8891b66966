"""The author kit: everything that a file with jobs needs, in the standard library only.

from webapp.jobs import Job, StringVar, register_jobs
"""

from webapp.jobs.concurrency import Concurrency
from webapp.jobs.job import BaseJob, Job, JobCancelled, SoftTimeLimitExceeded
from webapp.jobs.receivers import JobButtonReceiver, JobHookReceiver
from webapp.jobs.registry import register_jobs
from webapp.jobs.variables import (
    BooleanVar,
    ChoiceVar,
    DateTimeVar,
    DateVar,
    DecimalVar,
    DryRunVar,
    FileVar,
    IntegerVar,
    IPAddressVar,
    IPAddressWithMaskVar,
    IPNetworkVar,
    JSONVar,
    MultiChoiceVar,
    MultiObjectVar,
    ObjectVar,
    SecretVar,
    StringVar,
    TextVar,
)

__all__ = [
    "BaseJob",
    "BooleanVar",
    "ChoiceVar",
    "Concurrency",
    "DateTimeVar",
    "DateVar",
    "DecimalVar",
    "DryRunVar",
    "FileVar",
    "IPAddressVar",
    "IPAddressWithMaskVar",
    "IPNetworkVar",
    "IntegerVar",
    "JSONVar",
    "Job",
    "JobButtonReceiver",
    "JobCancelled",
    "JobHookReceiver",
    "MultiChoiceVar",
    "MultiObjectVar",
    "ObjectVar",
    "SecretVar",
    "SoftTimeLimitExceeded",
    "StringVar",
    "TextVar",
    "register_jobs",
]
