"""Tokens that are made here: long and random, so of them SHA-256 may rest in the database."""

import secrets
from hashlib import sha256
from typing import Final

_TOKEN_BYTES: Final = 32


def new_token() -> str:
    """Return a new token of 256 random bits: of a link, of a session's cookie."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def digest(token: str) -> str:
    """Return what is kept of a token."""
    return sha256(token.encode()).hexdigest()
