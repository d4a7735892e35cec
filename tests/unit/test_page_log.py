"""The page of the log: which lines stand there, for whom, and what filters leave."""

from datetime import date

import msgspec
import pytest

from collector.accounts.records import Role
from collector.accounts.viewer import BY_LINK, Viewer
from collector.maintenance.records import Entry as Planned
from collector.maintenance.records import Kind as PlannedKind
from collector.maintenance.records import State
from collector.pages.log import Filters, LogPage, build, found, sheet
from collector.pages.log_events import Event, changed, outages, planned
from collector.pages.paging import PAGE_ROWS
from collector.spreadsheet import csv_text
from collector.store.audit import Entry
from collector.verdict.outages.records import Case, Handling, Outage, Phase
from collector.verdict.spans import SpanKind
from inventory.model import Inventory

AT = 1_790_000_000.0
"""21/09/2026 21:13."""
DAYS = Filters(date(2026, 9, 20), date(2026, 9, 21))
ALL = Viewer(who="xem", role=Role.VIEWER)


def case(number: int, item: str, kind: SpanKind, **more: object) -> Case:
    site = item.partition("/")[0]
    phase = Phase(AT - 900.0, AT - 300.0, "power")
    outage = Outage(number, item, site, kind, AT - 900.0, AT - 300.0, 1, (phase,))
    return Case(outage, **more)  # type: ignore[arg-type]


CASES = (
    case(1, "xa-a", SpanKind.SITE, handling=Handling(cause="link", cause_by="truc")),
    case(2, "xa-b/cpe", SpanKind.DEVICE),
    case(3, "xa-a/pc-1", SpanKind.MACHINE),
    case(4, "xa-a/may-chu", SpanKind.MACHINE),
    case(5, "xa-c", SpanKind.SITE, is_withdrawn=True),
    case(6, "xa-b/pc-001", SpanKind.MACHINE),
)
NOTED = (
    Entry(AT - 100.0, "quan-tri", "agent approved", "9b1f", "xa-b/pc-002"),
    Entry(AT - 90.0, "token 77", "agent enrolled (pending)", "9b20", ""),
    Entry(AT - 80.0, "lan", "signed in", "lan", "from 198.18.0.9"),
    Entry(AT - 70.0, "collector", "inventory reloaded", "lam-dong", "8 sites"),
    Entry(AT - 60.0, "quan-tri", "something new", "x", "=1+1"),
)


def page(events: list[Event], province: Inventory, **filters: object) -> LogPage:
    chosen = Filters(DAYS.since, DAYS.until, **filters)  # type: ignore[arg-type]
    return build(province, found(province, events, chosen), chosen, is_admin=True, at=AT)


def test_outages_begin_and_end_and_no_single_office_pc_is_named(small_province: Inventory):
    lines = page([*outages(small_province, ALL, CASES)], small_province).lines

    assert {(line.what, line.place.partition(",")[0]) for line in lines} == {
        (what, place)
        for what in ("Bắt đầu mất kết nối", "Khôi phục")
        for place in ('Trụ sở "xã A"\\Đơn Dương', "Bộ định tuyến", "may-chu")
    }
    assert "Nguyên nhân: Đường truyền, do truc xác định" in str(lines)
    assert lines[0].at == "21/09/2026 21:08"


def test_who_sees_a_part_sees_its_lines_only(small_province: Inventory):
    part = Viewer(who="xem-b", sites=frozenset({"xa-b"}))

    assert {one.site for one in outages(small_province, part, CASES)} == {"xa-b"}


def test_planned_work_is_told_with_who_planned_it(small_province: Inventory):
    entry = Planned(
        id=1,
        kind=PlannedKind.MAINTENANCE,
        item="xa-b/cpe",
        start=AT,
        end=AT + 900.0,
        reason="Thay tủ",
        source="",
        state=State.CONFIRMED,
        created_at=AT - 50.0,
        created_by="truc",
        confirmed_at=AT - 40.0,
        confirmed_by="truc",
        ended_at=AT - 30.0,
    )
    lines = [*planned(small_province, ALL, [entry])]

    assert [one.what for one in lines] == ["Ghi bảo trì", "Xác nhận", "Kết thúc hoặc bỏ"]
    assert lines[0].who == "truc"
    assert "Thay tủ" in lines[0].detail
    assert [*planned(small_province, BY_LINK, [entry])] == []


def test_changes_have_words_a_place_and_who_did_it(small_province: Inventory):
    events = [*changed(small_province, NOTED)]

    assert [(one.what, one.who) for one in events] == [
        ("Duyệt tác tử", "quan-tri"),
        ("Ghi danh tác tử", "token 77"),
        ("Đăng nhập", "lan"),
        ("Nạp lại danh mục", "collector"),
        ("something new", "quan-tri"),
    ]
    assert (events[0].site, events[0].place) == ("xa-b", "pc-002, Trụ sở xa-b")
    assert events[0].detail == "xa-b/pc-002 · 9b1f"
    assert events[1].detail == "pending"


@pytest.mark.parametrize(
    ("filters", "number"),
    [
        ({}, 5),
        ({"kind": "tac-tu"}, 2),
        ({"kind": "tai-khoan"}, 1),
        ({"query": "dang nhap LAN"}, 1),
        ({"site": "xa-b"}, 1),
        ({"query": "khong co"}, 0),
    ],
)
def test_filters_leave_what_is_asked_for(
    small_province: Inventory, filters: dict[str, str], number: int
):
    shown = page([*changed(small_province, NOTED)], small_province, **filters)

    assert shown.pages.total == number
    assert shown.headline == f"{number} việc từ 20/09/2026 đến 21/09/2026"


def test_other_days_are_left_out_and_many_lines_come_in_pages(small_province: Inventory):
    old = Entry(AT - 3 * 86_400.0, "lan", "signed in", "lan", "")
    many = [msgspec.structs.replace(NOTED[2], detail=str(number)) for number in range(10_000)]
    shown = page([*changed(small_province, [old, *many])], small_province)

    assert (shown.pages.total, len(shown.lines)) == (10_000, PAGE_ROWS)
    assert shown.pages.after.startswith("/log?from=2026-09-20&to=2026-09-21&page=2")


def test_what_is_taken_along_is_no_formula(small_province: Inventory):
    made = sheet(small_province, changed(small_province, NOTED))

    text = csv_text(made.titles, made.rows)
    assert text.startswith("\ufeffLúc;")
    assert ";'=1+1;" in text
