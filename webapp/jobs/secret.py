"""The variable whose value nobody gets to see but the job."""

from __future__ import annotations

from webapp.jobs.texts import StringVar, TextVar

GIVEN = "********"
"""What pages and the API show in place of a secret that was given."""


class SecretVar(StringVar):
    """A password or token, as it was typed. It is kept encrypted until the run is over, and shown nowhere."""

    kind = "SecretVar"
    secret = True

    def _read(self, raw: object) -> str:
        return TextVar._read(self, raw)

    def _says_nothing(self, value: str) -> bool:
        return not value

    def _checked(self, value: str) -> str:
        if value == GIVEN:
            raise ValueError("Enter it again: what was given before is not kept.")
        return super()._checked(value)

    def _check_options(self) -> None:
        super()._check_options()
        if self.default is not None:
            raise ValueError("a secret has no default, as everybody could read it in the form")
