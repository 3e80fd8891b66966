"""What is sealed opens with the keys at hand and with nothing else."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from flask import Flask

from tests.product import settings_for
from webapp import sealing
from webapp.errors import Unreadable
from webapp.sealing import fingerprint, seal, unseal

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))
SECRET = {"password": "tell-nobody", "n": 1, "none": None, "list": ["ü"]}


@pytest.fixture
def keyed(tmp_path):
    """Gives the context of an application with these encryption keys and that secret key."""

    def context(*keys: str, secret: str = "s"):
        app = Flask("test")
        sealing.init_app(app, settings_for(tmp_path, encryption_keys=",".join(keys), secret_key=secret))
        return app.app_context()

    return context


def test_what_was_sealed_opens_again_and_does_not_show_itself(keyed):
    with keyed(NEW):
        sealed = seal(SECRET)
        assert unseal(sealed) == SECRET
        assert b"tell-nobody" not in sealed
        assert seal(SECRET) != sealed


def test_old_keys_still_open_and_the_newest_seals(keyed):
    with keyed(OLD):
        old = seal(SECRET)
    with keyed(NEW, OLD):
        assert unseal(old) == SECRET
        new = seal(SECRET)
    with keyed(NEW):
        assert unseal(new) == SECRET
        with pytest.raises(Unreadable, match="do not open these inputs"):
            unseal(old)


def test_what_was_tampered_with_does_not_open(keyed):
    with keyed(NEW):
        sealed = seal(SECRET)
        other = sealed[:20] + (b"B" if sealed[20:21] == b"A" else b"A") + sealed[21:]
        for wrong in (b"", b"junk", sealed[:-2], other, b"\xff" * 100):
            with pytest.raises(Unreadable):
                unseal(wrong)


def test_a_fingerprint_tells_the_same_content_and_needs_the_key(keyed):
    with keyed(NEW):
        mark = fingerprint({"a": 1, "b": {"c": 2, "d": 3}})
        assert mark == fingerprint({"b": {"d": 3, "c": 2}, "a": 1})
        assert mark != fingerprint({"a": 1, "b": {"c": 2, "d": 4}})
        assert len(mark) == 64
    with keyed(NEW, secret="other"):
        assert fingerprint({"a": 1, "b": {"c": 2, "d": 3}}) != mark
