"""Connections to PostgreSQL that do not keep a reader waiting for good.

A server that is stopped, or cut off, accepts what it is sent and answers nothing; its own time limits do not help then.
Only what this process waits for itself has an end.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import psycopg
from flask import has_request_context

REQUEST_SECONDS = 3.0
"""That one question may take while somebody waits for a page. Commands and workers have limits of their own."""
LISTENS = "SET client_connection_check_interval = '500ms'"
"""Who waits for a lock inside the server looks so often whether anybody waits for the answer. A statement that is a
transaction by itself would else be carried out long after whoever asked has given it up."""


class PromptConnection(psycopg.Connection[Any]):
    """A connection whose questions have an end, where a request asks them."""

    def wait(self, gen: Generator[Any, Any, Any], interval: float = 0.1, timeout: float | None = None) -> Any:
        """What gen gives, driven as the driver does it.

        :raises OperationalError: no answer came in time; the connection is closed, as its state is not known.
        """
        if timeout is None and has_request_context():
            timeout = REQUEST_SECONDS
        try:
            return super().wait(gen, interval, timeout)
        except psycopg.errors._WaitTimeout:
            self.pgconn.finish()
            raise psycopg.OperationalError("the server did not answer in time") from None


def connect(*arguments: Any, **options: Any) -> PromptConnection:
    """A new connection, as the driver makes it from these."""
    connection = PromptConnection.connect(*arguments, **options)
    try:
        connection.execute(LISTENS)
        connection.commit()
    except (psycopg.errors.UndefinedObject, psycopg.errors.InvalidParameterValue):  # a server that cannot look
        connection.rollback()
    except BaseException:
        connection.close()
        raise
    return connection
