"""Sealing: what must not be readable in the database, and fingerprints that tell no content."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from flask import Flask, current_app

from webapp.config import Settings
from webapp.errors import Unreadable


@dataclass(frozen=True)
class Seal:
    """The keys of an installation: the first one seals, all of them open."""

    keys: MultiFernet
    fingerprint_key: bytes


def init_app(app: Flask, settings: Settings) -> None:
    """Keep the keys of settings with app."""
    keys = MultiFernet([Fernet(key) for key in settings.encryption_keys])
    app.extensions["seal"] = Seal(keys, hashlib.sha256(b"fingerprint:" + settings.secret_key.encode()).digest())


def seal(content: Mapping[str, Any]) -> bytes:
    """content, which JSON can say, encrypted and authenticated."""
    return seal_bytes(json.dumps(content).encode())


def unseal(sealed: bytes, what: str = "these inputs") -> dict[str, Any]:
    """What seal() was given; what is how people call it.

    :raises Unreadable: none of the keys opens it.
    """
    content: dict[str, Any] = json.loads(unseal_bytes(sealed, what))
    return content


def seal_bytes(content: bytes) -> bytes:
    """content, encrypted and authenticated."""
    return _seal().keys.encrypt(content)


def unseal_bytes(sealed: bytes, what: str) -> bytes:
    """What seal_bytes() was given; what is how people call it.

    :raises Unreadable: none of the keys opens it.
    """
    try:
        return _seal().keys.decrypt(sealed)
    except InvalidToken:
        raise Unreadable(f"The encryption keys of this installation do not open {what}.") from None


def fingerprint(content: Mapping[str, Any]) -> str:
    """64 hex digits that are the same for the same content and say nothing about it to who lacks the key."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
    return hmac.new(_seal().fingerprint_key, canonical, hashlib.sha256).hexdigest()


def _seal() -> Seal:
    found: Seal = current_app.extensions["seal"]
    return found
