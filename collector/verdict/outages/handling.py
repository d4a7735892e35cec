"""What people say about outages: written by commands and the API, seen by a running collector.

Every change is one transaction, and who made it is in the account of changes.
"""

import logging
import sqlite3
from collections.abc import Iterable
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import SQLAlchemyError

from collector.store import Store
from collector.store.audit import note
from collector.store.outage_tables import outage_handling, outages
from collector.verdict.outages.records import Case, Handling
from collector.verdict.outages.saved import handling_of, read_cases
from govnet.catalogue import CAUSES
from govnet.errors import ConfigError

log = logging.getLogger(__name__)

MAX_WORD: Final = 100
MAX_NOTE: Final = 2000


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody says about an outage; None says nothing, an empty text takes back.

    `acknowledged` True: somebody looks after it; False takes that back. `cause` is one of
    `govnet.catalogue.CAUSES`.
    """

    acknowledged: bool | None = None
    assignee: str | None = None
    ticket: str | None = None
    note: str | None = None
    cause: str | None = None


def problems(said: Said) -> list[str]:
    """Return what is wrong with it, one line for each."""
    found = []
    if all(getattr(said, name) is None for name in Said.__struct_fields__):
        found.append(f"expected one of {', '.join(Said.__struct_fields__)}, got nothing")
    for name, longest in (("assignee", MAX_WORD), ("ticket", MAX_WORD), ("note", MAX_NOTE)):
        text = getattr(said, name)
        if text is None:
            continue
        if len(text) > longest:
            found.append(f"{name}: expected {longest} characters at most, got {len(text)}")
        if not text.isprintable():
            found.append(f"{name}: expected one line of text, got {text!r}")
    if said.cause and said.cause not in CAUSES:
        found.append(f"cause: expected one of {', '.join(CAUSES)}, got {said.cause!r}")
    return found


def with_said(handling: Handling, said: Said, who: str, now: float) -> Handling:
    """Return the handling after somebody said something."""
    changed: dict[str, object] = {
        name: text.strip()
        for name in ("assignee", "ticket", "note")
        if (text := getattr(said, name)) is not None
    }
    if said.acknowledged is not None:
        is_new = handling.acknowledged_at is None
        if not said.acknowledged:
            changed |= {"acknowledged_by": None, "acknowledged_at": None}
        elif is_new:
            changed |= {"acknowledged_by": who, "acknowledged_at": now}
    if said.cause is not None:
        changed |= {"cause": said.cause or None, "cause_by": who if said.cause else None}
    return msgspec.structs.replace(handling, **changed)


def say(store: Store, numbers: Iterable[int], said: Said, who: str, now: float) -> list[Case]:
    """Write down what somebody said about outages, all or none; return them as they are then.

    Raises ConfigError with everything that is wrong.
    """
    wanted = list(dict.fromkeys(numbers))
    wrong = problems(said)
    with store.write() as connection:
        known = {
            case.outage.number: case
            for case in read_cases(connection, [outages.c.number.in_(wanted)])
        }
        wrong += [
            f"outage {number}: there is none such; govnet outages list shows them"
            for number in wanted
            if number not in known
        ]
        if wrong:
            raise ConfigError(wrong)
        version = _version(connection) + 1
        changed = []
        for number in wanted:
            handling = with_said(known[number].handling, said, who, now)
            _write(connection, number, handling, version)
            for action, detail in _accounts(said):
                note(connection, now, action, str(number), detail, who=who)
            changed.append(msgspec.structs.replace(known[number], handling=handling))
    return changed


def _accounts(said: Said) -> Iterable[tuple[str, str]]:
    """Yield what the account of changes says of it."""
    if said.acknowledged is not None:
        yield "outage acknowledged", "" if said.acknowledged else "taken back"
    for name, action in (
        ("assignee", "outage assigned"),
        ("ticket", "outage ticket"),
        ("note", "outage note"),
        ("cause", "outage cause"),
    ):
        text = getattr(said, name)
        if text is not None:
            yield action, text.strip()


def _version(connection: Connection) -> int:
    newest = connection.execute(select(func.max(outage_handling.c.changed_version))).scalar_one()
    return int(newest or 0)


def _write(connection: Connection, number: int, handling: Handling, version: int) -> None:
    values: dict[str, Any] = msgspec.structs.asdict(handling) | {"changed_version": version}
    connection.execute(
        insert(outage_handling)
        .values(number=number, **values)
        .on_conflict_do_update(index_elements=["number"], set_=values)
    )


class HandlingWatch:
    """Notices what commands said; asked once a judgement.

    Asking SQLite whether anybody wrote costs a few microseconds; only then what changed is read.
    `reader` is a connection that nothing else writes by.
    """

    def __init__(self, reader: Store) -> None:
        self._reader = reader
        self._seen = -1
        self._version = 0
        self._is_failing = False

    def refresh(self) -> dict[int, Handling]:
        """Return what was said since the last call, by outage; at first everything.

        What cannot be read now is said once, and is tried again.
        """
        try:
            written = self._reader.data_version()
            if written == self._seen:
                return {}
            changed = self._changed()
        except (sqlite3.Error, SQLAlchemyError) as exc:
            if not self._is_failing:
                log.exception("what was said about outages cannot be read", exc_info=exc)
            self._is_failing = True
            return {}
        self._seen, self._is_failing = written, False
        return changed

    def _changed(self) -> dict[int, Handling]:
        with self._reader.read() as connection:
            rows = connection.execute(
                select(outage_handling).where(outage_handling.c.changed_version > self._version)
            ).all()
        for row in rows:
            self._version = max(self._version, row.changed_version)
        return {row.number: handling_of(row) for row in rows}

    def close(self) -> None:
        """Close the connection."""
        self._reader.close()
