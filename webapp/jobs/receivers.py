"""Jobs that nobody starts by hand: an object that changes calls one kind, a button on its page the other."""

from __future__ import annotations

from typing import Any

from webapp.jobs.job import Job
from webapp.jobs.texts import StringVar


class JobHookReceiver(Job):
    """Called when an object is created, updated or deleted."""

    object_change = StringVar(description="The id of the change.")

    def run(self, *_: Any, object_change: str = "", **_inputs: Any) -> Any:
        """Call receive_job_hook() with the change that was given."""
        change = self._changed.inventory.change(object_change)
        return self.receive_job_hook(change, change.action, change.changed_object)

    def receive_job_hook(self, change: Any, action: str, changed_object: Any) -> Any:
        """React to change; action is create, update or delete, and after a deletion changed_object is None.

        :raises NotImplementedError: the author has not written it.
        """
        raise NotImplementedError(f"{type(self).__name__} has no receive_job_hook()")


class JobButtonReceiver(Job):
    """Called when somebody presses a button on the page of an object."""

    object_pk = StringVar(description="The id of the object.")
    object_model_name = StringVar(description="Its kind, as in dcim.device.")

    def run(self, *_: Any, object_pk: str = "", object_model_name: str = "", **_inputs: Any) -> Any:
        """Call receive_job_button() with the object that was given."""
        return self.receive_job_button(self._changed.inventory.called(object_model_name, object_pk))

    def receive_job_button(self, obj: Any) -> Any:
        """Do what the button says with obj.

        :raises NotImplementedError: the author has not written it.
        """
        raise NotImplementedError(f"{type(self).__name__} has no receive_job_button()")


RECEIVERS = (JobHookReceiver, JobButtonReceiver)
