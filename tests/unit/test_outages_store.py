"""Spans, outages and what people said of them, in the database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from collector.store import Store, open_store
from collector.store.audit import entries
from collector.store.database import open_reader
from collector.verdict.outages.book import OutageBook
from collector.verdict.outages.derive import Draft
from collector.verdict.outages.find import Wanted, find, one
from collector.verdict.outages.handling import HandlingWatch, Said, problems, say
from collector.verdict.outages.records import Handling, Phase
from collector.verdict.outages.saved import (
    load_book,
    load_spans,
    save_changes,
    save_judged,
    save_spans,
)
from collector.verdict.spans import Span, SpanKind, SpansChanged
from collector.verdict.verdicts import EvidenceNote
from govnet.errors import ConfigError

NOTES = (EvidenceNote("agents_silent", (100.5,)), EvidenceNote("target_silent", (2, 130.0)))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()


def span(start: float, end: float | None, status: str, item: str = "xa-a") -> Span:
    cause = "link" if status == "down" else None
    return Span(item, "xa-a", SpanKind.SITE, status, cause, start, end, NOTES)


def draft(start: float, end: float | None, item: str = "xa-a", cause: str = "link") -> Draft:
    return Draft(item, "xa-a", SpanKind.SITE, start, end, (Phase(start, end, cause, NOTES),))


def saved(store: Store, book: OutageBook) -> None:
    with store.write() as connection:
        save_changes(connection, book.take_changes())


def test_what_was_so_is_replaced_from_a_moment_on(store: Store):
    with store.write() as connection:
        save_spans(
            connection,
            [SpansChanged("xa-a", 0.0, (span(0, 100, "up"), span(100, None, "down")))],
        )
        save_spans(connection, [SpansChanged("xa-b", 0.0, (span(0, None, "up", "xa-b"),))])
    with store.write() as connection:
        save_spans(
            connection,
            [SpansChanged("xa-a", 50.0, (span(50, 90, "down"), span(90, None, "up")))],
        )

    found = load_spans(store, since=0.0)
    assert found["xa-a"] == [span(0, 50, "up"), span(50, 90, "down"), span(90, None, "up")]
    assert found["xa-b"] == [span(0, None, "up", "xa-b")]


def test_of_spans_only_what_was_asked_for_is_read(store: Store):
    made = [span(0, 100, "up"), span(100, 200, "down"), span(200, None, "up")]
    with store.write() as connection:
        save_spans(connection, [SpansChanged("xa-a", 0.0, tuple(made))])
        save_spans(connection, [SpansChanged("xa-b", 0.0, (span(0, None, "up", "xa-b"),))])

    assert load_spans(store, since=100.0, until=200.0, items=("xa-a",)) == {"xa-a": made[1:2]}


def test_spans_and_what_was_made_of_them_are_written_together_or_not_at_all(store: Store):
    book = OutageBook()
    made = [span(0, 100, "up"), span(100, None, "down")]
    book.take_spans("xa-a", made, now=300.0)
    changes = book.take_changes()
    changed = SpansChanged("xa-a", 0.0, tuple(made))
    twice = SpansChanged("xa-b", 0.0, (made[0], made[0]))
    with pytest.raises(IntegrityError):
        save_judged(store, [changed, twice], changes)
    assert load_spans(store, since=0.0) == {}
    save_judged(store, [changed], changes)

    assert load_spans(store, since=0.0) == {"xa-a": made}
    assert [case.outage.number for case in find(store, Wanted())] == [1]


def test_a_start_finds_the_outages_again_and_goes_on_with_their_numbers(store: Store):
    book = OutageBook()
    book.take("xa-a", [draft(100.0, 200.0), draft(5000.0, None)], now=5200.0)
    book.take("xa-b", [draft(300.0, 400.0, "xa-b")], now=5200.0)
    saved(store, book)

    again = load_book(store, since=250.0)
    assert again.cases() == book.cases()[1:]
    again.take("xa-c", [draft(9000.0, None, "xa-c")], now=9200.0)
    assert [case.outage.number for case in again.cases()] == [2, 3, 4]


def test_every_change_of_belief_is_kept_in_turn(store: Store):
    book = OutageBook()
    beliefs = [*book.take("xa-a", [draft(100.0, None, cause="undetermined")], now=300.0)]
    saved(store, book)
    beliefs += book.take("xa-a", [draft(100.0, 7000.0, cause="power")], now=9000.0)
    beliefs += book.take("xa-a", [], now=9500.0)
    saved(store, book)

    found = one(store, 1)
    assert found is not None
    case, known = found
    assert (case.is_withdrawn, case.is_corrected, known) == (True, True, beliefs)
    assert one(store, 2) is None


def test_outages_are_found_by_what_is_asked_of_them(store: Store):
    book = OutageBook()
    book.take("xa-a", [draft(100.0, 200.0), draft(5000.0, None)], now=5200.0)
    book.take("xa-a/tslcd", [draft(300.0, 400.0, "xa-a/tslcd")], now=5200.0)
    book.take("xa-b", [draft(300.0, 400.0, "xa-b")], now=5200.0)
    book.take("xa-b", [], now=5300.0)
    saved(store, book)

    def numbers(**wanted: object) -> list[int]:
        return [case.outage.number for case in find(store, Wanted(**wanted))]  # type: ignore[arg-type]

    assert numbers() == [3, 2, 1]
    assert numbers(limit=1) == [3]
    assert numbers(before=3) == [2, 1]
    assert numbers(is_open=True) == [2]
    assert numbers(since=300.0) == [3, 2]
    assert numbers(item="xa-a/tslcd") == [3]
    assert numbers(site="xa-a") == [3, 2, 1]
    assert numbers(is_withdrawn=True) == [4]


def test_what_people_say_is_kept_beside_what_the_machine_says(store: Store):
    book = OutageBook()
    book.take("xa-a", [draft(100.0, None)], now=300.0)
    saved(store, book)
    say(store, [1], Said(acknowledged=True, ticket=" VT-17 "), "truc-ban", 400.0)
    say(store, [1], Said(acknowledged=True, cause="power"), "quan-tri", 500.0)
    book.take("xa-a", [draft(100.0, 9000.0)], now=9000.0)
    saved(store, book)

    found = one(store, 1)
    assert found is not None
    assert found[0].outage.cause == "link"
    assert found[0].handling == Handling(
        acknowledged_by="truc-ban",
        acknowledged_at=400.0,
        ticket="VT-17",
        cause="power",
        cause_by="quan-tri",
    )
    assert [(entry.who, entry.action, entry.detail) for entry in entries(store, 9)] == [
        ("truc-ban", "outage acknowledged", ""),
        ("truc-ban", "outage ticket", "VT-17"),
        ("quan-tri", "outage acknowledged", ""),
        ("quan-tri", "outage cause", "power"),
    ]


def test_what_was_said_can_be_taken_back(store: Store):
    book = OutageBook()
    book.take("xa-a", [draft(100.0, None)], now=300.0)
    saved(store, book)
    said = Said(acknowledged=True, assignee="tổ mạng", cause="power")
    say(store, [1], said, "truc-ban", 400.0)
    (case,) = say(store, [1], Said(acknowledged=False, assignee="", cause=""), "truc-ban", 500.0)

    assert case.handling == Handling()


def test_everything_wrong_is_said_at_once_and_nothing_is_written(store: Store):
    book = OutageBook()
    book.take("xa-a", [draft(100.0, None)], now=300.0)
    saved(store, book)

    with pytest.raises(ConfigError) as caught:
        say(store, [1, 8], Said(cause="chuột", ticket="a\nb", note="x" * 2001), "a", 1.0)
    assert len(caught.value.problems) == 4
    assert entries(store, 9) == []
    assert problems(Said()) == [
        "expected one of acknowledged, assignee, ticket, note, cause, got nothing"
    ]


def test_a_running_collector_sees_what_a_command_said(store: Store, tmp_path: Path):
    book = OutageBook()
    book.take("xa-a", [draft(100.0, None)], now=300.0)
    book.take("xa-b", [draft(100.0, None, "xa-b")], now=300.0)
    saved(store, book)
    watch = HandlingWatch(open_reader(tmp_path, store.vault))
    assert watch.refresh() == {}
    say(store, [1], Said(ticket="VT-17"), "truc-ban", 400.0)

    assert watch.refresh() == {1: Handling(ticket="VT-17")}
    assert watch.refresh() == {}
    say(store, [2, 1], Said(note="đã gọi"), "truc-ban", 500.0)
    assert set(watch.refresh()) == {1, 2}
    watch.close()
