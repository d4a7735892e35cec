"""Planned work: whatever is done with it, only what somebody confirmed reaches the verdicts."""

import csv
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.maintenance import changes
from collector.maintenance.book import load_book
from collector.maintenance.mistakes import MistakesError
from collector.maintenance.records import Announced, Candidate, Kind, Match, Planned, State
from collector.maintenance.times import read_time, shown
from collector.maintenance.utility_csv import read_notices
from collector.maintenance.windows import windows_of
from collector.store import Store, open_store
from govnet.errors import ConfigError

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
SITES = ("a", "b", "c")
MINUTES = st.integers(28_000_000, 31_000_000).map(lambda minutes: minutes * 60.0)
"""Whole minutes of some years."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(tmp_path_factory.mktemp("planned"))
    yield opened
    opened.close()


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.sampled_from(SITES), st.integers(0, 50), st.integers(1, 50)),
        st.tuples(
            st.just("propose"),
            st.lists(st.sampled_from(SITES), unique=True),
            st.integers(0, 50),
            st.integers(1, 50),
        ),
        st.tuples(
            st.sampled_from(("confirm", "reject")),
            st.integers(0, 5),
            st.lists(st.sampled_from(SITES), unique=True),
        ),
        st.tuples(st.just("end"), st.integers(0, 12)),
        st.tuples(st.just("wait"), st.integers(1, 20)),
    ),
    max_size=25,
)


class _Person:
    """Does what the steps say, and remembers what they confirmed; times are of a day of its own."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.now = max((one.end for one in load_book(store).entries), default=0.0) + 100.0
        self._first = len(load_book(store).notices), len(load_book(store).entries)
        self.confirmed: set[int] = set()

    def do(self, step: tuple[object, ...]) -> None:
        store, now = self._store, self.now
        match step:
            case ("add", str(site), int(start), int(length)):
                planned = Planned(
                    item=site, start=now + start - 25, end=now + start - 25 + length, reason="r"
                )
                self.confirmed |= set(changes.add(store, [planned], now, "x"))
            case ("propose", list(sites), int(start), int(length)):
                row = Announced(area="A", start=now + start, end=now + start + length, reason="")
                found = [Candidate(site, Match.UNIT) for site in sites]
                changes.propose(store, [(row, found)], "f", now, "x")
            case ("confirm", int(at), list(sites)):
                name = f"n{self._first[0] + 1 + at}"
                self.confirmed |= set(changes.confirm(store, name, sites, now, "x"))
            case ("reject", int(at), list(sites)):
                changes.reject(store, f"n{self._first[0] + 1 + at}", sites, now, "x")
            case ("end", int(at)):
                changes.end(store, str(self._first[1] + 1 + at), now, "x")
            case ("wait", int(seconds)):
                self.now += seconds


@settings(max_examples=30)  # Every step writes to the disk.
@given(STEPS)
def test_only_what_was_confirmed_is_a_window_and_ending_only_shortens(
    store: Store, steps: list[tuple[object, ...]]
):
    person = _Person(store)
    begun = {entry.id for entry in load_book(store).entries}
    for step in steps:
        before = load_book(store)
        with suppress(MistakesError):
            person.do(step)
        after = load_book(store)

        ends = {entry.id: entry.end for entry in before.entries}
        assert all(entry.end <= ends.get(entry.id, entry.end) for entry in after.entries)
        assert all(entry.start <= entry.end for entry in after.entries)
        assert (after == before) == (after.version == before.version)

    ours = [entry for entry in load_book(store).entries if entry.id not in begun]
    counted = {entry.id for entry in ours if windows_of([entry])}
    assert counted <= person.confirmed
    for entry in ours:
        assert (entry.confirmed_at is not None) == (entry.id in person.confirmed)
        assert (entry.state in {State.CONFIRMED, State.ENDED}) == (entry.id in person.confirmed)
        if entry.id in person.confirmed and entry.id not in counted:
            assert entry.start == entry.end, "called off before it began"
        if entry.kind is Kind.POWER_CUT:
            assert entry.notice
    per_site = [(entry.notice, entry.item) for entry in ours if entry.notice]
    assert len(per_site) == len(set(per_site)), "a notice reaches a site once"


@given(MINUTES)
def test_a_time_that_is_shown_is_read_again(at: float):
    assert at == read_time(shown(at, ZONE), ZONE)
    iso = datetime.fromtimestamp(at, ZONE).strftime("%Y-%m-%d %H:%M:%S")
    assert at == read_time(iso, ZONE)


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1)


@given(
    st.lists(st.tuples(WORDS.filter(str.strip), MINUTES, st.integers(1, 500_000), WORDS)),
    st.sampled_from(";,"),
)
def test_a_list_that_a_program_writes_is_read_as_it_was(
    rows: list[tuple[str, float, int, str]], separator: str
):
    out = StringIO()
    writer = csv.writer(out, delimiter=separator)
    writer.writerow(("Khu vực", "Từ", "Đến", "Lý do"))
    for area, start, minutes, reason in rows:
        writer.writerow((area, shown(start, ZONE), shown(start + minutes * 60, ZONE), reason))

    found = read_notices(out.getvalue(), "f", ZONE)

    assert [
        (" ".join(area.split()), start, start + minutes * 60, " ".join(reason.split()))
        for area, start, minutes, reason in rows
    ] == [(one.area, one.start, one.end, one.reason) for one in found]


@given(st.text(st.sampled_from('Khu vực;,"\n\r Từ0')))
def test_any_text_is_read_or_refused_with_places(text: str):
    for header in ("", "Khu vực;Từ;Đến\n"):
        problems: list[str] = []
        try:
            read_notices(header + text, "f", ZONE)
        except ConfigError as exc:
            problems = exc.problems
        assert all(line.startswith("f:") for line in problems)
