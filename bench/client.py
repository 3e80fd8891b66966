"""A client on one connection, as scripts and browsers keep it: with a token, or signed in at the page."""

from __future__ import annotations

import gzip
import json
import re
import time
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPMessage
from typing import Any
from urllib.parse import urlencode, urlsplit

IDLE = 1.0
"""Seconds after which the server may have closed the connection: it is made anew, as browsers do."""
ON_LOAD = re.compile(r'hx-get="([^"]+)"\s+hx-trigger="load"')
CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')


class WrongAnswer(Exception):
    """The server refused; the text says what and how."""


@dataclass(frozen=True)
class Answer:
    """What came back, unpacked if it came compressed, and the seconds that it took."""

    content: bytes
    headers: HTTPMessage
    seconds: float

    @property
    def packed(self) -> bool:
        """Whether the server compressed it."""
        return self.headers.get("Content-Encoding") == "gzip"

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def text(self) -> str:
        return self.content.decode()

    @property
    def compressed(self) -> float:
        """Kilobytes after gzip, as it would travel."""
        return len(gzip.compress(self.content, 6)) / 1000


class Client:
    """Asks the server at url, with these headers each time."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self.connection = HTTPConnection(urlsplit(url).netloc, timeout=60)
        self.headers = headers
        self.asked = 0.0

    def ask(self, method: str, path: str, body: str | None = None, kind: str = "application/json") -> Answer:
        """The answer.

        :raises WrongAnswer: its status is 400 or more.
        """
        if time.monotonic() - self.asked > IDLE:
            self.connection.close()
        start = time.perf_counter()
        headers = self.headers | ({"Content-Type": kind} if body is not None else {})
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        content = response.read()
        took = time.perf_counter() - start
        self.asked = time.monotonic()
        if response.status >= 400:
            raise WrongAnswer(f"{method} {path}: {response.status} {content[:200]!r}")
        if cookie := _cookie(response.headers):
            self.headers["Cookie"] = cookie
        packed = response.headers.get("Content-Encoding") == "gzip"
        return Answer(gzip.decompress(content) if packed else content, response.headers, took)

    def get(self, path: str) -> Answer:
        """The answer to GET path."""
        return self.ask("GET", path)

    def post(self, path: str, body: dict[str, Any]) -> Answer:
        """The answer to POST path with body as JSON."""
        return self.ask("POST", path, json.dumps(body))

    def send(self, path: str, fields: dict[str, Any]) -> Answer:
        """The answer to the form at path, sent as browsers do; a list is several values of a field."""
        return self.ask("POST", path, urlencode(fields, doseq=True), "application/x-www-form-urlencoded")

    def page(self, path: str) -> Answer:
        """A page with the fragments that it fetches as soon as it is there, one after the other."""
        first = self.get(path)
        parts = [first, *(self.get(place.replace("&amp;", "&")) for place in ON_LOAD.findall(first.text))]
        return Answer(b"".join(part.content for part in parts), first.headers, sum(part.seconds for part in parts))


def with_token(url: str, token: str) -> Client:
    """A script's client."""
    return Client(url, {"Authorization": f"Token {token}"})


def signed_in(url: str, name: str, password: str) -> Client:
    """A browser's client: it carries a session's cookie and takes compressed answers."""
    client = Client(url, {"Accept-Encoding": "gzip"})
    page = client.get("/login/")
    client.send("/login/", {"username": name, "password": password, "csrf_token": csrf(page), "next": ""})
    return client


def csrf(page: Answer) -> str:
    """The word against forgery that stands in page; it goes with the cookie that came with it."""
    found = CSRF.search(page.text)
    if found is None:
        raise WrongAnswer("the page has no csrf_token")
    return found[1]


def _cookie(headers: HTTPMessage) -> str:
    return "; ".join(each.partition(";")[0] for each in headers.get_all("Set-Cookie", []))
