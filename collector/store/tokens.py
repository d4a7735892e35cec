"""Enrolment tokens: made, listed, revoked, used. Only the digest of a secret is kept."""

import hashlib
import secrets
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, insert, select, update

from collector.store import Store
from collector.store.audit import note
from collector.store.tables import enrolment_tokens
from govnet.errors import ConfigError, WireError


class TokenRow(msgspec.Struct, frozen=True):
    """One token for the list; `site` None is for the whole province. Times are Unix seconds."""

    id: str
    site: str | None
    uses: int
    uses_left: int
    created_at: float
    expires_at: float
    revoked_at: float | None


def create(
    store: Store, site: str | None, uses: int, now: float, lifetime_seconds: float, *, who: str = ""
) -> tuple[str, str]:
    """Make a token; return its id and its secret, which is kept nowhere."""
    token, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    with store.write() as connection:
        connection.execute(
            insert(enrolment_tokens).values(
                id=token,
                digest=_digest(secret),
                site=site,
                uses=uses,
                uses_left=uses,
                created_at=now,
                expires_at=now + lifetime_seconds,
            )
        )
        note(connection, now, "token created", token, f"{site or 'province'}, {uses} uses", who=who)
    return token, secret


def tokens(store: Store) -> list[TokenRow]:
    """Return all tokens, the newest last."""
    with store.read() as connection:
        rows = connection.execute(
            select(enrolment_tokens).order_by(enrolment_tokens.c.created_at)
        ).all()
    return [
        TokenRow(
            row.id,
            row.site,
            row.uses,
            row.uses_left,
            row.created_at,
            row.expires_at,
            row.revoked_at,
        )
        for row in rows
    ]


def revoke_token(store: Store, token: str, now: float, who: str = "") -> None:
    """Let nobody enrol by a token any more; raises ConfigError if there is none such."""
    with store.write() as connection:
        changed = connection.execute(
            update(enrolment_tokens)
            .where(enrolment_tokens.c.id == token, enrolment_tokens.c.revoked_at.is_(None))
            .values(revoked_at=now)
        ).rowcount
        if changed != 1:
            raise ConfigError([f"token {token!r}: no such token, or revoked already"])
        note(connection, now, "token revoked", token, "", who=who)


def find_token(connection: Connection, secret: str) -> Row[Any]:
    """Return the token of a secret; raises WireError `bad_token`.

    Looked up by its digest, so how long it takes says nothing of the secret.
    """
    row = connection.execute(
        select(enrolment_tokens).where(enrolment_tokens.c.digest == _digest(secret))
    ).one_or_none()
    if row is None:
        raise WireError("bad_token", "no such token was made here; ask for a new one")
    if row.revoked_at is not None:
        raise WireError("bad_token", "this token was revoked; ask for a new one")
    return row


def use_token(connection: Connection, token: str, now: float) -> None:
    """Take one use of a token; raises WireError: token_expired, token_used_up."""
    row = connection.execute(select(enrolment_tokens).where(enrolment_tokens.c.id == token)).one()
    if row.expires_at <= now:
        raise WireError("token_expired", "this token has expired; ask for a new one")
    changed = connection.execute(
        update(enrolment_tokens)
        .where(enrolment_tokens.c.id == token, enrolment_tokens.c.uses_left > 0)
        .values(uses_left=enrolment_tokens.c.uses_left - 1)
    ).rowcount
    if changed != 1:
        raise WireError("token_used_up", f"all {row.uses} uses are taken; ask for a new one")


def _digest(secret: str) -> str:
    return hashlib.sha256(b"govnet-enrolment-token-v1\n" + secret.encode()).hexdigest()
