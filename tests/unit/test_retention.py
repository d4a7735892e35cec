"""What is dropped and after how long; nothing else goes, and nothing that a month was told by."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, insert, select

from collector.maintenance import changes as planned_changes
from collector.maintenance.book import load_book as load_planned
from collector.maintenance.records import Announced, Candidate, Match, Planned
from collector.readiness.book import history
from collector.readiness.book import load_book as load_conferences
from collector.readiness.changes import add, record_sweep, tick
from collector.readiness.desk import entered
from collector.readiness.links import make_links
from collector.readiness.meetings import meetings
from collector.readiness.records import Asked, Part, PointState, SweepResult
from collector.retention.options import STATUS_DAYS, Retention
from collector.retention.table import KEPT, KINDS, ROWS_AT_ONCE, Kind
from collector.retention.work import AGAIN_SECONDS, EVERY_SECONDS, Retaining, rows_now
from collector.store import Store, open_store
from collector.store.audit import entries, note
from collector.store.outage_tables import (
    availability_adjustments,
    closed_months,
    outage_beliefs,
    outages,
)
from collector.store.registry import load_registry
from collector.store.tables import agents, login_links, machine_facts, metadata
from collector.store.tokens import create, revoke_token, tokens
from collector.store.worker import StoreWorker
from collector.verdict.outages.book import OutageBook
from collector.verdict.outages.closing import closed
from collector.verdict.outages.derive import Draft
from collector.verdict.outages.expected import Month
from collector.verdict.outages.handling import Said, say
from collector.verdict.outages.month import By, rows
from collector.verdict.outages.records import Phase
from collector.verdict.outages.report import close_month, gather, tell
from collector.verdict.outages.saved import (
    load_book,
    load_spans,
    read_cases,
    save_changes,
    save_spans,
)
from collector.verdict.spans import Span, SpanKind, SpansChanged
from inventory.calendar import Schedule
from inventory.model import Inventory
from tests.ready_points import CODEC, PLATFORM, with_points

NOW = 1_790_000_000.0
HOUR, DAY = 3_600.0, 86_400.0


class Agent(NamedTuple):
    """How an agent was heard last."""

    received_at: float
    skew_seconds: float


class Clock:
    """A wall clock that is set, and what was counted."""

    def __init__(self) -> None:
        self.now = NOW
        self.dropped: Counter[str] = Counter()
        self.failures = 0
        self.done_at = 0.0
        self.rows: dict[str, int] = {}
        self.size_bytes = 0
        self.heard: list[Agent] = []

    def retained(self, kind: str, dropped: int) -> None:
        """Count as the collector's own metrics do."""
        assert dropped <= 4 * ROWS_AT_ONCE
        self.dropped[kind] += dropped

    def retention_failed(self) -> None:
        """Count as the collector's own metrics do."""
        self.failures += 1

    def retention_done(self, at: float) -> None:
        """Note as the collector's own metrics do."""
        self.done_at = at

    def stored(self, rows: dict[str, int], size_bytes: int) -> None:
        """Note as the collector's own metrics do."""
        self.rows, self.size_bytes = rows, size_bytes


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def retaining(store: Store, tmp_path: Path, clock: Clock) -> Retaining:
    return made(store, tmp_path, clock, Retention())


def made(store: Store, tmp_path: Path, clock: Clock, options: Retention) -> Retaining:
    worker = StoreWorker(store)
    return Retaining(
        options, tmp_path / "data", worker, clock, lambda: clock.heard, wall=lambda: clock.now
    )


def after(retaining: Retaining, clock: Clock, days: float) -> bool:
    """Do the daily work so many days after NOW."""
    clock.now = NOW + days * DAY
    return asyncio.run(retaining.run())


def test_every_table_is_dropped_by_a_kind_or_kept_for_a_reason():
    for_ever = {closed_months, availability_adjustments}
    dropped = {table for kind in KINDS for table in kind.tables}

    assert set(metadata.tables.values()) == dropped | set(KEPT) | for_ever
    assert not dropped - {agents} & set(KEPT)


def test_the_account_of_changes_is_kept_for_more_than_twelve_months(
    store: Store, retaining: Retaining, clock: Clock
):
    with store.write() as connection:
        note(connection, NOW, "token created", "t", "")

    assert after(retaining, clock, 399)
    assert len(entries(store, 10)) == 1
    assert after(retaining, clock, 401)
    assert entries(store, 10) == []
    assert (clock.dropped["audit"], clock.done_at) == (1, NOW + 401 * DAY)


def span(start: float, end: float | None, status: str) -> Span:
    return Span("xa-a", "xa-a", SpanKind.SITE, status, None, start, end, ())


def test_statuses_are_kept_for_more_than_a_year_and_what_lasts_for_ever(
    store: Store, retaining: Retaining, clock: Clock
):
    spans = [span(NOW - 9, NOW, "up"), span(NOW, NOW + 2 * DAY, "down")]
    spans.append(span(NOW + 2 * DAY, None, "up"))
    with store.write() as connection:
        save_spans(connection, [SpansChanged("xa-a", 0.0, tuple(spans))])
    after(retaining, clock, STATUS_DAYS + 1)

    assert load_spans(store, since=0.0) == {"xa-a": spans[1:]}


def with_outages(store: Store, *times: tuple[float, float | None]) -> None:
    book = OutageBook()
    drafts = [
        Draft("xa-a", "xa-a", SpanKind.SITE, start, end, (Phase(start, end, "link", ()),))
        for start, end in times
    ]
    book.take("xa-a", drafts, now=NOW)
    with store.write() as connection:
        save_changes(connection, book.take_changes())


def numbers(store: Store) -> list[int]:
    with store.read() as connection:
        return sorted(case.outage.number for case in read_cases(connection, []))


def test_outages_are_kept_for_ever_unless_somebody_says_how_long(
    store: Store, tmp_path: Path, clock: Clock, retaining: Retaining
):
    with_outages(store, (NOW - 9 * DAY, NOW - 8 * DAY), (NOW - 5 * DAY, NOW - 4 * DAY))
    say(store, [1], Said(note="nhà mạng báo đứt cáp"), "lan", NOW)
    after(retaining, clock, 4_000)
    assert numbers(store) == [1, 2]

    retaining = made(store, tmp_path, clock, Retention(outage_days=1_000))
    after(retaining, clock, 993)
    assert numbers(store) == [2]
    with store.read() as connection:
        assert set(connection.execute(select(outage_beliefs.c.number)).scalars()) == {2}


def test_the_number_of_an_outage_that_was_dropped_is_never_given_again(
    store: Store, tmp_path: Path, clock: Clock
):
    with_outages(store, (NOW - 9 * DAY, NOW - 8 * DAY), (NOW - 5 * DAY, NOW - 4 * DAY))
    after(made(store, tmp_path, clock, Retention(outage_days=1_000)), clock, 9_999)

    assert numbers(store) == [2]
    book = load_book(store, NOW)
    start = NOW + 9_998 * DAY
    draft = Draft("xa-b", "xa-b", SpanKind.SITE, start, None, (Phase(start, None, "link", ()),))
    book.take("xa-b", [draft], now=start + 60)
    assert [case.outage.number for case in book.take_changes().cases] == [3]


@pytest.mark.parametrize("days", [100, 369, 371, 438, 9_999])
def test_the_figures_of_a_closed_month_stay_when_its_outages_are_dropped(
    store: Store, tmp_path: Path, clock: Clock, small_province: Inventory, days: float
):
    """While the month can be worked out again, and afterwards."""
    zone = small_province.province.timezone
    month = Month.at(NOW, zone)
    start, end = month.bounds(zone)
    cut = (start + 5 * DAY, start + 5 * DAY + 6 * HOUR)
    spans = [span(start, cut[0], "up"), span(*cut, "down"), span(cut[1], None, "up")]
    with store.write() as connection:
        save_spans(connection, [SpansChanged("xa-a", 0.0, tuple(spans))])
    with_outages(store, cut, (cut[1] + DAY, cut[1] + DAY + HOUR))
    say(store, [1], Said(cause="power"), "lan", NOW)
    close_month(store, month, "lan", inventory=small_province, windows={}, now=end + DAY)
    before = tell(store, month, By.SITE, None, inventory=small_province, now=end + DAY)

    later = clock.now = float(end) + days * DAY
    asyncio.run(made(store, tmp_path, clock, Retention(outage_days=433)).run())
    known = gather(store, month, inventory=small_province, windows={}, now=later)
    figures = known and rows(small_province, Schedule(small_province), month, known, By.SITE)
    after_all = tell(store, month, By.SITE, figures, inventory=small_province, now=later)
    assert (known is None, numbers(store)) == (days > 370, [1, 2] if days < 430 else [2])
    assert after_all.rows == before.rows
    told = closed(store, month)
    assert told is not None
    assert told.adjustments == ()


def test_planned_work_goes_with_its_notice(store: Store, retaining: Retaining, clock: Clock):
    row = Announced(area="Thôn 1", start=NOW, end=NOW + HOUR, reason="Sửa lưới")
    planned_changes.propose(store, [(row, [Candidate("xa-a", Match.UNIT)])], "cat.csv", NOW, "op")
    work = Planned(item="xa-b", start=NOW, end=NOW + 3 * DAY, reason="Thay tủ mạng")
    planned_changes.add(store, [work], NOW)
    after(retaining, clock, 802)

    book = load_planned(store)
    assert ([entry.item for entry in book.entries], book.notices) == (["xa-b"], ())


def test_conferences_go_with_all_that_was_kept_of_them(
    store: Store, retaining: Retaining, clock: Clock, small_province: Inventory
):
    province = with_points(small_province)
    asked = Asked(
        title="Giao ban",
        starts_at=NOW + HOUR,
        duration_minutes=90,
        points=(CODEC,),
        platform=PLATFORM,
    )
    name = add(store, entered(province, asked), ZoneInfo("Asia/Ho_Chi_Minh"), NOW)
    meeting = meetings(province, load_conferences(store, NOW).meetings)[name]
    record_sweep(store, name, [SweepResult("T-60", NOW, CODEC, PointState.READY, "")])
    tick(store, name, CODEC, {Part.TV: True}, NOW)
    make_links(store, meeting, (CODEC,), NOW)
    after(retaining, clock, 801)

    assert load_conferences(store, NOW).meetings == ()
    assert history(store, name) == ([], [])
    assert clock.rows["conferences"] == clock.rows["sessions"] == 0


def test_links_and_tokens_that_are_over_go(store: Store, retaining: Retaining, clock: Clock):
    with store.write() as connection:
        links = [{"token_digest": str(n), "expires_at": NOW + n * DAY} for n in (-1, 2)]
        connection.execute(insert(login_links), links)
    lives, _ = create(store, None, 5, NOW, 300 * DAY)
    revoked, _ = create(store, "xa-a", 5, NOW, 900 * DAY)
    expired, _ = create(store, "xa-a", 5, NOW, DAY)
    revoke_token(store, revoked, NOW)

    after(retaining, clock, 0)
    assert clock.rows["sessions"] == 1
    assert {row.id for row in tokens(store)} == {lives, revoked, expired}
    after(retaining, clock, 401.5)
    assert {row.id for row in tokens(store)} == {lives}


def test_agents_that_nobody_approved_are_refused_and_it_is_noted(
    store: Store, retaining: Retaining, clock: Clock
):
    common = {"machine": "", "site": "", "state": "pending", "proposed_site": "xa-a"}
    with store.write() as connection:
        for number, at in enumerate((NOW, NOW + 10 * DAY)):
            connection.execute(insert(agents).values(id=f"{number:016x}", enrolled_at=at, **common))
    after(retaining, clock, 181)

    refused = {row.identity.agent: row.revoked_at for row in load_registry(store).rows}
    assert refused == {f"{0:016x}": NOW + 181 * DAY, f"{1:016x}": None}
    (said,) = entries(store, 10)
    assert (said.action, said.who) == ("agent revoked", "collector")


def test_what_silent_machines_told_goes(store: Store, retaining: Retaining, clock: Clock):
    with store.write() as connection:
        told = [
            {"machine": f"xa-a/{n}", "agent": "a", "at": NOW + n * DAY, "facts": "{}"}
            for n in range(2)
        ]
        connection.execute(insert(machine_facts), told)
    after(retaining, clock, 400.5)

    assert clock.rows["facts"] == 1


def test_more_than_a_step_takes_is_dropped_step_by_step(
    store: Store, retaining: Retaining, clock: Clock
):
    with store.write() as connection:
        for number in range(2 * ROWS_AT_ONCE + 1):
            note(connection, NOW, "x", str(number), "", who="w")
    after(retaining, clock, 500)

    assert (clock.dropped["audit"], clock.rows["audit"]) == (2 * ROWS_AT_ONCE + 1, 0)
    assert clock.size_bytes > 0


def test_a_kind_that_fails_is_counted_keeps_no_other_and_is_tried_within_the_hour(
    store: Store, retaining: Retaining, clock: Clock, caplog: pytest.LogCaptureFixture
):
    with store.write() as connection:
        note(connection, NOW - 500 * DAY, "x", "y", "", who="w")
        connection.execute(insert(login_links).values(token_digest="d", expires_at=NOW - 1))
        connection.exec_driver_sql(
            "CREATE TRIGGER stuck BEFORE DELETE ON audit BEGIN SELECT RAISE(FAIL, 'stuck'); END"
        )

    asyncio.run(retaining.tick())
    assert (clock.failures, clock.done_at, clock.rows["sessions"]) == (1, 0.0, 0)
    assert [record.kind for record in caplog.records if hasattr(record, "kind")] == ["audit"]

    with store.write() as connection:
        connection.exec_driver_sql("DROP TRIGGER stuck")
    clock.now = NOW + AGAIN_SECONDS - 1
    asyncio.run(retaining.tick())
    assert clock.done_at == 0.0
    clock.now = NOW + AGAIN_SECONDS
    asyncio.run(retaining.tick())
    assert (clock.failures, clock.done_at, clock.rows["audit"]) == (1, clock.now, 0)


def test_it_is_done_once_a_day(retaining: Retaining, clock: Clock):
    asyncio.run(retaining.tick())
    clock.now = NOW + EVERY_SECONDS - 1
    asyncio.run(retaining.tick())
    assert clock.done_at == NOW

    clock.now = NOW + EVERY_SECONDS
    asyncio.run(retaining.tick())
    assert clock.done_at == NOW + EVERY_SECONDS


def test_it_is_due_when_a_clock_that_was_ahead_is_set_right(retaining: Retaining, clock: Clock):
    clock.now = NOW + 10_000 * DAY
    asyncio.run(retaining.tick())

    clock.now = NOW
    asyncio.run(retaining.tick())

    assert clock.done_at == NOW


@pytest.mark.parametrize(
    ("heard", "failures"),
    [
        ([Agent(NOW + 9_000 * DAY, -9_000 * DAY)], 1),
        ([Agent(NOW + 9_000 * DAY - 60, skew) for skew in (0.0, -9_000 * DAY, -8_999 * DAY)], 1),
        ([Agent(NOW, 0.0)], 0),
    ],
    ids=["behind", "most of them", "not heard since the clock was set"],
)
def test_by_a_clock_that_no_agent_vouches_for_nothing_is_dropped(
    store: Store, retaining: Retaining, clock: Clock, heard: list[Agent], failures: int
):
    with store.write() as connection:
        note(connection, NOW, "token created", "t", "")
    clock.heard = heard

    assert not after(retaining, clock, 9_000)
    assert (len(entries(store, 10)), clock.failures, clock.done_at) == (1, failures, 0.0)

    clock.heard = [Agent(clock.now - 30, 5.0), Agent(clock.now, -9_000 * DAY), Agent(NOW, 0.0)]
    clock.heard += [Agent(clock.now, -20.0)]
    assert after(retaining, clock, 9_000)
    assert entries(store, 10) == []


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_an_empty_database_has_nothing_to_drop(store: Store, kind: Kind):
    with store.write() as connection:
        assert kind.step(connection, NOW, NOW) == 0
    assert rows_now(store)[kind.name] == 0


def test_outages_are_never_left_without_what_was_believed_of_them(store: Store):
    """A step that was the last before a crash drops what names an outage, then the outage."""
    with_outages(store, *((NOW - n * DAY, NOW - n * DAY + 60) for n in range(9, 0, -1)))
    (kind,) = (kind for kind in KINDS if kind.name == "outages")
    with store.write() as connection:
        while kind.step(connection, NOW, NOW):
            orphans = select(outage_beliefs.c.number).where(
                outage_beliefs.c.number.not_in(select(outages.c.number))
            )
            assert connection.execute(orphans).first() is None
        connection.execute(delete(outage_beliefs))
    assert numbers(store) == [9]
