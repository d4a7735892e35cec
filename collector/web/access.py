"""Who may read what: listed addresses, bearer tokens, browser sessions from one-time links.

Tokens rest as SHA-256 digests and are compared in constant time. Passwords are not here, but in
`collector.accounts`.
"""

import hmac
from collections.abc import Iterable
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address

import msgspec
from sqlalchemy import delete, insert, select, update

from collector.accounts.records import Account
from collector.accounts.saved import account_of
from collector.store import Store
from collector.store.digest import digest, new_token
from collector.store.tables import accounts, login_links, sessions

LINK_SECONDS = 3600.0


class Need(StrEnum):
    """What a path asks of a client."""

    NOTHING = "nothing"
    SIGNATURE = "signature"
    """An agent's key; checked on the report path."""
    TOKEN = "token"  # noqa: S105 - a word for a kind of secret, no secret
    """The secret of an enrolment token, in the body."""
    SCRAPE = "scrape"
    """A listed address, or any bearer token."""
    READ = "read"
    """A browser session, or the bearer token of the API or of the operator."""
    OPERATE = "operate"
    """The operator's bearer token, which lies beside the database."""


class Access:
    """Addresses and tokens as configured. `tokens` maps a need to the texts that satisfy it."""

    def __init__(
        self, networks: Iterable[IPv4Network | IPv6Network], tokens: dict[Need, tuple[str, ...]]
    ) -> None:
        self._networks = tuple(networks)
        self._digests = {
            need: tuple(digest(token).encode() for token in texts) for need, texts in tokens.items()
        }

    def is_listed(self, host: str | None) -> bool:
        """Whether that address may scrape without a token."""
        try:
            address = ip_address((host or "").partition("%")[0])
        except ValueError:
            return False
        # An IPv4 client of a dual-stack socket shows as ::ffff:198.18.0.1.
        mapped = getattr(address, "ipv4_mapped", None) or address
        return any(mapped in network for network in self._networks)

    def holds(self, need: Need, authorization: str) -> bool:
        """Whether an `Authorization` header carries a bearer token that satisfies the need."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            return False
        given = digest(token.strip()).encode()
        # Every digest is compared, so the time taken says nothing about which one it was.
        return sum(hmac.compare_digest(given, digest) for digest in self._digests[need]) > 0


def make_link(store: Store, now: float, lifetime_seconds: float = LINK_SECONDS) -> str:
    """Return the token of a new login link, good for one use."""
    token = new_token()
    with store.write() as connection:
        connection.execute(delete(login_links).where(login_links.c.expires_at <= now))
        connection.execute(
            insert(login_links).values(
                token_digest=digest(token), expires_at=now + lifetime_seconds
            )
        )
    return token


def redeem_link(store: Store, token: str, now: float, session_seconds: float) -> str | None:
    """Use a login link up; return the cookie of a new session, or None if it is not valid."""
    with store.write() as connection:
        used = connection.execute(
            delete(login_links).where(
                login_links.c.token_digest == digest(token), login_links.c.expires_at > now
            )
        ).rowcount
        if used != 1:
            return None
        cookie = new_token()
        connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
        connection.execute(
            insert(sessions).values(
                token_digest=digest(cookie),
                created_at=now,
                expires_at=now + session_seconds,
                used_at=now,
            )
        )
    return cookie


class Session(msgspec.Struct):
    """Who is signed in by a cookie; times are Unix seconds.

    `account` is as the database had it, None: a one-time link. `used_at` is the last request,
    `saved_at` that of which the database knows.
    """

    account: Account | None
    ends_at: float
    used_at: float
    saved_at: float


def session_of(store: Store, cookie: str) -> Session | None:
    """Return the session of that cookie, None if there is none."""
    with store.read() as connection:
        row = connection.execute(
            select(sessions.c.expires_at, sessions.c.used_at, accounts)
            .select_from(sessions.outerjoin(accounts, accounts.c.name == sessions.c.account))
            .where(sessions.c.token_digest == digest(cookie))
        ).one_or_none()
    if row is None:
        return None
    account = None if row.name is None else account_of(row)
    return Session(account, row.expires_at, row.used_at, row.used_at)


def note_used(store: Store, cookie: str, now: float) -> None:
    """Write down when a session was used last."""
    with store.write() as connection:
        connection.execute(
            update(sessions).where(sessions.c.token_digest == digest(cookie)).values(used_at=now)
        )
