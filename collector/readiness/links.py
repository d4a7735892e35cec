"""Links by which a room answers without an account: each for one point of one conference.

A token is 32 random bytes; only its SHA-256 is kept, so a link can be made anew but never read
again. It ends some hours after the conference.
"""

import secrets
from collections.abc import Iterable
from hashlib import sha256
from typing import Final

import msgspec
from sqlalchemy import delete, insert, select

from collector.maintenance.mistakes import Mistake, MistakesError
from collector.readiness.records import Meeting
from collector.store import Store
from collector.store.audit import note
from collector.store.conference_tables import room_links

PATH: Final = "/room/"
"""Where the rooms' pages are, followed by the token."""
AFTER_SECONDS: Final = 3_600.0
"""So long after its end a conference's links still work."""
LINKS_OF_A_POINT: Final = 4
"""So many links of a point work at once: one printed, one told by telephone; the oldest goes."""
_TOKEN_BYTES: Final = 32
_MOST_CHARACTERS: Final = 64


class Link(msgspec.Struct, frozen=True):
    """For whom a link is."""

    conference: str
    point: str


def make_links(
    store: Store, meeting: Meeting, points: Iterable[str], now: float, who: str = ""
) -> dict[str, str]:
    """Return a new token for every point; the oldest of too many stop working.

    Raises MistakesError for a conference that is called off: nobody could use them.
    """
    if meeting.is_cancelled:
        raise MistakesError([Mistake("is_cancelled", "id", meeting.id)])
    made = {point: secrets.token_urlsafe(_TOKEN_BYTES) for point in points}
    table = room_links
    with store.write() as connection:
        connection.execute(delete(table).where(table.c.expires_at <= now))
        for point, token in made.items():
            older = (
                select(table.c.token_digest)
                .where(table.c.conference == meeting.id, table.c.point == point)
                .order_by(table.c.created_at.desc())
                .offset(LINKS_OF_A_POINT - 1)
                .limit(-1)
            )
            connection.execute(delete(table).where(table.c.token_digest.in_(older)))
            connection.execute(
                insert(table).values(
                    token_digest=_digest(token),
                    conference=meeting.id,
                    point=point,
                    created_at=now,
                    expires_at=meeting.ends_at + AFTER_SECONDS,
                )
            )
        note(connection, now, "room links made", meeting.id, f"{len(made)} points", who=who)
    return made


def find_link(store: Store, token: str, now: float) -> Link | None:
    """Return for whom a token is, None if it is none, or over."""
    if not token or len(token) > _MOST_CHARACTERS:
        return None
    with store.read() as connection:
        row = connection.execute(
            select(room_links.c.conference, room_links.c.point).where(
                room_links.c.token_digest == _digest(token), room_links.c.expires_at > now
            )
        ).one_or_none()
    return None if row is None else Link(row.conference, row.point)


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
