"""The book of planned work: what people do with it, and what verdicts get of it."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from collector.live import Live
from collector.maintenance import changes
from collector.maintenance.asked import planned_mistakes, site_mistakes
from collector.maintenance.book import MaintenanceWatch, load_book
from collector.maintenance.mistakes import MistakesError, english, vietnamese
from collector.maintenance.records import (
    Announced,
    Candidate,
    Entry,
    Kind,
    Match,
    Phase,
    Planned,
    State,
    entry_id,
    notice_id,
)
from collector.maintenance.windows import windows_of
from collector.metrics.selfmetrics import SelfMetrics
from collector.store import Store, open_store
from collector.store.audit import entries as audit_entries
from collector.store.database import FILE_NAME, open_reader
from collector.store.registry import Registry
from inventory.calendar import Expectation, Window
from inventory.model import Inventory

NOW = 1_790_000_000.0
HOUR = 3600.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()


def planned(item: str = "xa-a", **more: object) -> Planned:
    given = {"start": NOW, "end": NOW + HOUR, "reason": "Thay tủ mạng"} | more
    return Planned(item=item, **given)  # type: ignore[arg-type]


def proposed(store: Store, *sites: str, area: str = "Thôn 1", start: float = NOW) -> str:
    """Propose those sites for a power cut of an hour; return the notice's name."""
    row = Announced(area=area, start=start, end=start + HOUR, reason="Sửa lưới")
    found = [Candidate(site, Match.UNIT) for site in sites]
    (number,) = changes.propose(store, [(row, found)], "cat.csv", NOW, "op")
    return f"n{number}"


def states(store: Store) -> dict[str, str]:
    return {entry.item: str(entry.state) for entry in load_book(store).entries}


def refused(function: object, *args: object) -> list[str]:
    with pytest.raises(MistakesError) as caught:
        function(*args)  # type: ignore[operator]
    return caught.value.problems


def test_what_is_entered_counts_at_once_and_is_in_the_account(store: Store):
    numbers = changes.add(store, [planned("xa-a"), planned("xa-b/cpe")], NOW, "op")

    first, second = load_book(store).entries
    assert [first.id, second.id] == numbers
    assert (first.state, first.confirmed_at, first.confirmed_by) == ("confirmed", NOW, "op")
    assert windows_of([first, second]) == {
        "xa-a": (Window("xa-a", NOW, NOW + HOUR, Expectation.MAINTENANCE),),
        "xa-b": (Window("xa-b/cpe", NOW, NOW + HOUR, Expectation.MAINTENANCE),),
    }
    account = audit_entries(store, 10)
    assert [(one.who, one.action, one.subject) for one in account] == [
        ("op", "maintenance added", "xa-a"),
        ("op", "maintenance added", "xa-b/cpe"),
    ]
    assert account[0].detail == (
        f"maintenance {numbers[0]}: 2026-09-21T14:13Z to 2026-09-21T15:13Z, Thay tủ mạng"
    )


def test_ending_before_its_time_leaves_what_was(store: Store):
    (number,) = changes.add(store, [planned()], NOW, "op")
    changes.end(store, str(number), NOW + 60, "op")

    (entry,) = load_book(store).entries
    assert (entry.state, entry.end, entry.ended_at) == (State.ENDED, NOW + 60, NOW + 60)
    assert windows_of([entry])["xa-a"][0].end == NOW + 60
    assert refused(changes.end, store, str(number), NOW + 90) == [
        f"id: expected a confirmed entry, {number} is not"
    ]


def test_what_is_called_off_before_it_begins_never_counts(store: Store):
    (number,) = changes.add(store, [planned(start=NOW + 60)], NOW, "op")
    changes.end(store, str(number), NOW, "op")

    (entry,) = load_book(store).entries
    assert windows_of([entry]) == {}
    assert entry.phase(NOW + 100) is Phase.OVER
    assert entry.phase(NOW) is Phase.OVER


def test_what_is_over_cannot_be_ended(store: Store):
    (number,) = changes.add(store, [planned()], NOW, "op")

    assert refused(changes.end, store, str(number), NOW + HOUR) == [
        f"id: entry {number} is over already"
    ]
    for name in ("0", "n1", "x", "", "9" * 30):
        assert refused(changes.end, store, name, NOW) == [
            f"id: expected the number of an entry, got {name!r}"
        ]


def test_a_proposal_counts_for_nothing_until_its_site_is_confirmed(store: Store):
    name = proposed(store, "xa-a", "xa-b")
    assert windows_of(load_book(store).entries) == {}

    changes.confirm(store, name, ["xa-b"], NOW + 1, "page")

    assert states(store) == {"xa-a": "proposed", "xa-b": "confirmed"}
    assert windows_of(load_book(store).entries) == {
        "xa-b": (Window("xa-b", NOW, NOW + HOUR, Expectation.POWER_CUT),)
    }


def test_nobody_is_confirmed_by_saying_nothing_where_there_is_a_choice(store: Store):
    assert refused(changes.confirm, store, proposed(store, "xa-a", "xa-b"), [], NOW) == [
        "sites: expected the sites that the notice reaches, perhaps xa-a, xa-b"
    ]
    assert refused(changes.confirm, store, proposed(store, area="Thôn 2"), [], NOW) == [
        "sites: expected the sites that the notice reaches; no candidate was found"
    ]
    only = proposed(store, "xa-c", area="Thôn 3")
    assert len(changes.confirm(store, only, [], NOW)) == 1
    assert states(store)["xa-c"] == "confirmed"


def test_a_site_that_was_no_candidate_can_be_confirmed(store: Store):
    unplaced = proposed(store)
    assert states(store) == {"": "proposed"}

    first, second = changes.confirm(store, unplaced, ["xa-a", "xa-b"], NOW, "op")

    entries = {entry.id: entry for entry in load_book(store).entries}
    assert (entries[first].item, entries[first].match) == ("xa-a", Match.CHOSEN)
    assert (entries[second].item, entries[second].match) == ("xa-b", Match.CHOSEN)
    assert entries[second].kind is Kind.POWER_CUT
    assert "" not in states(store)


def test_confirming_again_changes_nothing(store: Store):
    name = proposed(store, "xa-a")
    changes.confirm(store, name, ["xa-a"], NOW)
    before = load_book(store)

    assert changes.confirm(store, name, ["xa-a"], NOW + 5) == []
    assert load_book(store) == before


def test_what_was_rejected_can_be_confirmed_after_all(store: Store):
    name = proposed(store, "xa-a", "xa-b")
    changes.reject(store, name, ["xa-a"], NOW + 1, "op")
    assert states(store) == {"xa-a": "rejected", "xa-b": "proposed"}
    assert refused(changes.reject, store, name, ["xa-a"], NOW) == [
        "sites: expected a site that is proposed, xa-a is not"
    ]
    changes.reject(store, name, [], NOW + 2, "op")
    assert refused(changes.reject, store, name, [], NOW) == [
        f"id: nothing of {name} waits any more"
    ]

    changes.confirm(store, name, ["xa-a"], NOW + 3, "op")
    entry = load_book(store).entries[0]
    assert (entry.state, entry.ended_at) == (State.CONFIRMED, None)


def test_what_was_confirmed_and_ended_is_not_confirmed_again(store: Store):
    name = proposed(store, "xa-a")
    (number,) = changes.confirm(store, name, [], NOW)
    changes.end(store, str(number), NOW + 1)

    assert refused(changes.confirm, store, name, ["xa-a"], NOW + 2) == [
        "sites: xa-a was confirmed and ended already; enter it anew"
    ]


def test_a_notice_that_does_not_exist_is_told(store: Store):
    for name in ("n1", "1", "nx", "n-1", "n१"):
        for function in (changes.confirm, changes.reject):
            assert refused(function, store, name, [], NOW) == [
                f"id: expected a notice, like n3, got {name!r}"
            ]
    assert (notice_id("n12"), notice_id("12"), entry_id("12"), entry_id("n12")) == (
        12,
        None,
        12,
        None,
    )


def test_the_same_row_again_changes_nothing(store: Store):
    proposed(store, "xa-a")
    before = load_book(store)
    row = Announced(area="Thôn 1", start=NOW, end=NOW + HOUR, reason="khác")

    assert changes.propose(store, [(row, [])], "b.csv", NOW + 9) == []
    assert load_book(store) == before


def test_notices_wait_only_while_something_of_them_does(store: Store):
    later, sooner = proposed(store, "xa-a", start=NOW + 9), proposed(store, "xa-b")
    book = load_book(store)
    assert [one.name for one in book.open_notices(NOW)] == [sooner, later]
    assert [one.name for one in book.open_notices(NOW + HOUR)] == [later]

    changes.confirm(store, later, [], NOW)
    assert [one.name for one in load_book(store).open_notices(NOW)] == [sooner]


def test_overlapping_windows_of_a_site_are_all_kept_in_order(store: Store):
    changes.add(store, [planned(start=NOW + 5), planned(), planned("xa-a/cpe")], NOW)

    windows = windows_of(load_book(store).entries)["xa-a"]
    assert [(one.start, one.item) for one in windows] == [
        (NOW, "xa-a"),
        (NOW, "xa-a/cpe"),
        (NOW + 5, "xa-a"),
    ]


def test_a_running_collector_sees_what_a_command_changed(store: Store, tmp_path: Path):
    with closing(open_reader(tmp_path, store.vault)) as reader:
        watch = MaintenanceWatch(reader)
        assert not watch.refresh()
        changes.add(store, [planned()], NOW)
        assert watch.refresh()
        assert not watch.refresh()
        assert [entry.item for entry in watch.book.entries] == ["xa-a"]
        with store.write() as connection:
            connection.exec_driver_sql("UPDATE only_row SET inbox_position = 5")
        assert not watch.refresh()


def test_a_book_that_cannot_be_read_stays_and_is_said_once(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    changes.add(store, [planned()], NOW)
    with closing(open_reader(tmp_path, store.vault)) as reader:
        watch = MaintenanceWatch(reader)
        with closing(sqlite3.connect(tmp_path / FILE_NAME)) as other, other:
            other.execute("ALTER TABLE only_row RENAME COLUMN maintenance_version TO x")
        with caplog.at_level(logging.ERROR):
            assert not watch.refresh()
            assert not watch.refresh()
        assert len(caplog.records) == 1
        assert len(watch.book.entries) == 1
        with closing(sqlite3.connect(tmp_path / FILE_NAME)) as other, other:
            other.execute("ALTER TABLE only_row RENAME COLUMN x TO maintenance_version")
        assert not watch.refresh()


def test_the_live_view_goes_by_new_windows_at_once(small_province: Inventory):
    live = Live(small_province, Registry(1, [], {}), {}, SelfMetrics("1"), NOW)
    windows = {"xa-a": (Window("xa-a", NOW, NOW + 1, Expectation.MAINTENANCE),)}
    live.windows_changed(windows, NOW + 7)

    assert live.verdicts.judged_at == NOW + 7


def test_everything_that_is_wrong_with_an_entry_is_told(small_province: Inventory):
    known = "expected a site, an item of a site or a service of the inventory"
    wrong = planned("xa-aa", end=NOW, reason=" ")
    found = planned_mistakes(small_province, wrong)

    assert [(one.field, english(one)) for one in found] == [
        (
            "item",
            f"{known}, got 'xa-aa' (did you mean \"xa-a\"?)",
        ),
        ("end", "expected a time after the start, 21/09/2026 21:13"),
        ("reason", "expected a text, got nothing"),
    ]
    assert [vietnamese(one) for one in found] == [
        "Điểm hoặc thiết bị: không có trong danh mục: «xa-aa».",
        "Đến: phải sau giờ bắt đầu 21/09/2026 21:13.",
        "Lý do: chưa ghi lý do.",
    ]
    long = planned(end=NOW + 400 * 24 * HOUR, reason="a" * 501)
    assert [one.code for one in planned_mistakes(small_province, long)] == [
        "too_long",
        "too_long_text",
    ]


def test_sites_items_and_services_can_be_worked_on_but_only_sites_lose_power(
    small_province: Inventory,
):
    for item in ("xa-a", "xa-a/tslcd", "thu"):
        assert planned_mistakes(small_province, planned(item)) == []
    cut = planned("xa-a/tslcd", kind=Kind.POWER_CUT)
    assert [one.code for one in planned_mistakes(small_province, cut)] == ["not_a_site"]


def test_sites_of_a_notice_must_exist(small_province: Inventory):
    found = site_mistakes(small_province, ["xa-a", "xa-x", "xa-a/tslcd"])

    assert [(one.code, one.found) for one in found] == [
        ("unknown_site", "xa-x"),
        ("unknown_site", "xa-a/tslcd"),
    ]


def test_the_phase_of_an_entry_includes_its_start_and_not_its_end():
    entry = Entry(
        id=1,
        kind=Kind.MAINTENANCE,
        item="a",
        start=10.0,
        end=20.0,
        reason="",
        source="",
        state=State.CONFIRMED,
        created_at=0.0,
        created_by="",
    )

    assert [entry.phase(at) for at in (9.9, 10.0, 19.9, 20.0)] == [
        Phase.COMING,
        Phase.RUNNING,
        Phase.RUNNING,
        Phase.OVER,
    ]
