"""Requests whose body has to be whole: half a form would be another form."""

from __future__ import annotations

from typing import Any

from flask import Request
from werkzeug.exceptions import BadRequest
from werkzeug.formparser import FormDataParser

CUT_OFF = "The form data cannot be read, or did not come as a whole."


class WholeRequest(Request):
    """A request that is refused where the library would take what it can read of a form, and nothing for the rest.

    Half of what somebody has said may be the opposite: a dry run that has lost its box is a real one.
    """

    def __init__(self, given: dict[str, Any], *arguments: Any, **options: Any) -> None:
        super().__init__(given, *arguments, **options)
        if given.get("CONTENT_LENGTH"):
            # The server says that the body ends by itself; it also does so where somebody has hung up.
            given.pop("wsgi.input_terminated", None)

    def make_form_data_parser(self) -> FormDataParser:
        """One that does not keep it to itself when it cannot read on."""
        parser = super().make_form_data_parser()
        parser.silent = False
        return parser

    def _load_form_data(self) -> None:
        """
        :raises BadRequest: the form cannot be read to its end.
        """
        try:
            super()._load_form_data()
        except ValueError:
            raise BadRequest(CUT_OFF) from None
