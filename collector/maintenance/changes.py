"""What people change in the book of planned work; every function is one transaction.

Who did what is in the account of changes. `who` is the user of this process unless given. What
cannot be done raises MistakesError, and nothing is changed.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Row, select, update
from sqlalchemy.dialects.sqlite import insert

from collector.maintenance.mistakes import Mistake, MistakesError
from collector.maintenance.records import (
    Announced,
    Candidate,
    Kind,
    Match,
    Planned,
    State,
    entry_id,
    notice_id,
)
from collector.store import Store
from collector.store.audit import note, operator
from collector.store.tables import maintenance, only_row, power_cut_notices

_BY_HAND = "operator"
"""Source of what a person entered."""


class _Change(NamedTuple):
    """A transaction: when, and by whom."""

    connection: Connection
    now: float
    author: str

    def insert(self, values: Mapping[str, Any]) -> int:
        """Add an entry; return its number."""
        made = self.connection.execute(
            insert(maintenance).values(created_at=self.now, created_by=self.author, **values)
        ).inserted_primary_key
        assert made is not None  # noqa: S101 - an insert of one row has one
        return int(made[0])

    def confirmation(self) -> dict[str, Any]:
        """Return the values of an entry that is confirmed now."""
        return {
            "state": State.CONFIRMED,
            "confirmed_at": self.now,
            "confirmed_by": self.author,
            "ended_at": None,
        }

    def note(self, action: str, subject: str, detail: str) -> None:
        """Write it down in the account of changes."""
        note(self.connection, self.now, action, subject, detail, who=self.author)

    def touch(self) -> None:
        """Let a running collector notice."""
        self.connection.execute(
            update(only_row).values(maintenance_version=only_row.c.maintenance_version + 1)
        )


@contextmanager
def _change(store: Store, now: float, who: str) -> Iterator[_Change]:
    with store.write() as connection:
        yield _Change(connection, now, who or operator())


def add(store: Store, planned: Sequence[Planned], now: float, who: str = "") -> list[int]:
    """Enter planned work, confirmed at once; return the numbers of the entries."""
    made = []
    with _change(store, now, who) as change:
        for one in planned:
            values = _values(one.kind, one.start, one.end, one.reason, _BY_HAND)
            made.append(change.insert(values | {"item": one.item} | change.confirmation()))
            detail = f"{one.kind} {made[-1]}: {_span(one)}, {one.reason}"
            change.note("maintenance added", one.item, detail)
        change.touch()
    return made


def end(store: Store, name: str, now: float, who: str = "") -> int:
    """End a confirmed entry now; one that has not begun never counts. Return its number."""
    with _change(store, now, who) as change:
        row = _entry(change.connection, name)
        if row.state != State.CONFIRMED:
            raise MistakesError([Mistake("not_confirmed", "id", name)])
        if row.end <= now:
            raise MistakesError([Mistake("is_over", "id", name)])
        change.connection.execute(
            update(maintenance)
            .where(maintenance.c.id == row.id)
            .values(state=State.ENDED, end=max(now, row.start), ended_at=now)
        )
        change.note("maintenance ended", row.item, f"{row.kind} {row.id}: was {_span(row)}")
        change.touch()
    return int(row.id)


def propose(
    store: Store,
    notices: Sequence[tuple[Announced, Sequence[Candidate]]],
    source: str,
    now: float,
    who: str = "",
) -> list[int]:
    """Take in rows of the utility's list with the sites they may reach, all as proposals.

    Return the numbers of the new notices; a row that is known (same area and times) stays as it is.
    """
    made = []
    with _change(store, now, who) as change:
        for announced, candidates in notices:
            notice = _new_notice(change, announced, source)
            if notice is None:
                continue
            made.append(notice)
            values = _values(
                Kind.POWER_CUT, announced.start, announced.end, announced.reason, source
            )
            values |= {"state": State.PROPOSED, "notice": notice}
            proposed = [{"item": one.site, "match": one.match} for one in candidates]
            for place in proposed or [{"item": "", "match": ""}]:
                change.insert(values | place)
        if made:
            change.note("power cuts proposed", source, f"{len(made)} new notices")
            change.touch()
    return made


def confirm(store: Store, name: str, sites: Sequence[str], now: float, who: str = "") -> list[int]:
    """Confirm that an announced power cut reaches these sites; return their entries.

    Without sites: the only candidate. A site that was no candidate, or was rejected, may be named;
    one that is confirmed stays so. Other candidates go on waiting.
    """
    with _change(store, now, who) as change:
        notice = _notice(change.connection, name)
        rows = _of_notice(change.connection, notice.id)
        chosen = list(dict.fromkeys(sites)) or _only_candidate(rows)
        by_item = {row.item: row for row in rows}
        ended = [site for site in chosen if _state(by_item.get(site)) == State.ENDED]
        if ended:
            raise MistakesError([Mistake("was_ended", "sites", site) for site in ended])
        new = [site for site in chosen if _state(by_item.get(site)) != State.CONFIRMED]
        made = [_confirm_site(change, notice, by_item, site) for site in new]
        if made:
            change.touch()
    return made


def reject(store: Store, name: str, sites: Sequence[str], now: float, who: str = "") -> list[int]:
    """Note that a power cut does not reach these sites; without sites: none that still waits."""
    wanted = list(dict.fromkeys(sites))
    with _change(store, now, who) as change:
        notice = _notice(change.connection, name)
        rows = _of_notice(change.connection, notice.id)
        waiting = {row.item: row for row in rows if row.state == State.PROPOSED}
        if not waiting:
            raise MistakesError([Mistake("nothing_open", "id", name)])
        unknown = [site for site in wanted if site not in waiting]
        if unknown:
            raise MistakesError([Mistake("not_proposed", "sites", site) for site in unknown])
        rejected = [waiting[site] for site in wanted] or list(waiting.values())
        for row in rejected:
            change.connection.execute(
                update(maintenance)
                .where(maintenance.c.id == row.id)
                .values(state=State.REJECTED, ended_at=now)
            )
            change.note("power cut rejected", row.item or "-", f"notice {name}")
        change.touch()
    return [int(row.id) for row in rejected]


def _values(kind: Kind, start: float, end_at: float, reason: str, source: str) -> dict[str, Any]:
    return {"kind": kind, "start": start, "end": end_at, "reason": reason, "source": source}


def _span(one: Any) -> str:
    """Return a span in UTC, as everywhere in the account of changes."""
    start, finish = (datetime.fromtimestamp(at, UTC) for at in (one.start, one.end))
    return f"{start:%Y-%m-%dT%H:%MZ} to {finish:%Y-%m-%dT%H:%MZ}"


def _new_notice(change: _Change, announced: Announced, source: str) -> int | None:
    """Return the number of a new notice, None if it is known."""
    made = change.connection.execute(
        insert(power_cut_notices)
        .values(
            **msgspec.structs.asdict(announced),
            source=source,
            created_at=change.now,
            created_by=change.author,
        )
        .on_conflict_do_nothing()
        .returning(power_cut_notices.c.id)
    ).scalar_one_or_none()
    return None if made is None else int(made)


def _confirm_site(
    change: _Change, notice: Row[Any], by_item: Mapping[str, Row[Any]], site: str
) -> int:
    """Confirm one site of a notice: its proposal, the one without a site, or a new one."""
    unplaced, row = by_item.get(""), by_item.get(site)
    if row is None and unplaced is not None:
        taken = change.connection.execute(
            update(maintenance)
            .where(maintenance.c.id == unplaced.id, maintenance.c.item == "")
            .values(item=site, match=Match.CHOSEN)
        ).rowcount
        row = unplaced if taken else None
    if row is None:
        values = _values(Kind.POWER_CUT, notice.start, notice.end, notice.reason, notice.source)
        values |= {"item": site, "notice": notice.id, "match": Match.CHOSEN}
        number = change.insert(values | change.confirmation())
    else:
        number = int(row.id)
        change.connection.execute(
            update(maintenance).where(maintenance.c.id == number).values(**change.confirmation())
        )
    change.note("power cut confirmed", site, f"notice n{notice.id}, entry {number}")
    return number


def _only_candidate(rows: Sequence[Row[Any]]) -> list[str]:
    """Return the one site that waits; raises MistakesError if there are none or several."""
    waiting = [row.item for row in rows if row.state == State.PROPOSED and row.item]
    if len(waiting) == 1:
        return waiting
    code = "choose" if waiting else "choose_any"
    raise MistakesError([Mistake(code, "sites", ", ".join(waiting))])


def _state(row: Row[Any] | None) -> str:
    return "" if row is None else str(row.state)


def _entry(connection: Connection, name: str) -> Row[Any]:
    row = connection.execute(
        select(maintenance).where(maintenance.c.id == (entry_id(name) or 0))
    ).one_or_none()
    if row is None:
        raise MistakesError([Mistake("no_entry", "id", name)])
    return row


def _notice(connection: Connection, name: str) -> Row[Any]:
    row = connection.execute(
        select(power_cut_notices).where(power_cut_notices.c.id == (notice_id(name) or 0))
    ).one_or_none()
    if row is None:
        raise MistakesError([Mistake("no_notice", "id", name)])
    return row


def _of_notice(connection: Connection, notice: int) -> Sequence[Row[Any]]:
    return connection.execute(
        select(maintenance).where(maintenance.c.notice == notice).order_by(maintenance.c.id)
    ).all()
