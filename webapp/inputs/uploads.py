"""The field of a file: what was chosen is kept until something else is chosen."""

from __future__ import annotations

from wtforms import Field
from wtforms.fields.core import UnboundField
from wtforms.widgets import FileInput

from webapp.accounts.models import User
from webapp.files.service import reference
from webapp.inputs.fields import common, field_for
from webapp.jobs.files import FileVar, StoredFile

KEPT, CLEARED = "_kept_", "_clear_"
"""What a form puts before the name of a variable: the reference of a file that it keeps, and the wish to do without."""


class UploadField(Field):  # type: ignore[misc]  # WTForms has no types
    """Chooses a file; kept is the one that the form has already, and reference names it."""

    widget = FileInput()
    kept: StoredFile | None = None
    reference = ""

    def keep(self, file: StoredFile, user: User) -> None:
        """Show file as the one that was chosen, for user alone."""
        self.kept, self.reference = file, reference(file.id, user)


@field_for.register
def _(variable: FileVar, name: str) -> UnboundField:
    accept = ",".join(f".{each.lstrip('.')}" for each in variable.extensions or []) or False
    return UploadField(**common(variable, name, *_limits(variable), accept=accept))


def _limits(variable: FileVar) -> list[str]:
    size = [f"At most {variable.max_size:,} bytes."] if variable.max_size is not None else []
    kinds = [f"One of {', '.join(variable.extensions)}."] if variable.extensions else []
    return [" ".join([*kinds, *size])] if kinds or size else []
