"""The page of the inventory against reality: what it lists, counts and leaves out."""

import re
import time
from typing import Any

import msgspec
import pytest

from collector.discovery import differences as differences_of
from collector.discovery.differences import Differences, NeverSeen, Undeclared
from collector.pages import _TEMPLATES
from collector.pages.differences import (
    NEVER_SEEN_WORDS,
    UNDECLARED_WORDS,
    DifferencesPage,
    Filters,
    Listing,
    build,
)
from collector.pages.paging import PAGE_ROWS
from collector.store.known_agents import AgentRow
from collector.wire import AgentIdentity
from inventory.model import Inventory, Machine
from tests.judged_province import with_site
from tests.sightings import AT

SWITCH = Undeclared("xa-a", "neighbour", "02:00:00:00:00:22", "sw-2", "198.18.1.22", "xa-a/cpe")
SEEN = (
    Undeclared("", "agent_waiting", "a1", "PC-01", "198.19.77.9", ""),
    Undeclared("xa-a", "agent_beyond_count", "agent_beyond_count", "", "", "", 3),
    SWITCH,
    Undeclared("xa-b", "station", "station", "", "", "", 7),
)
MISSING = (
    NeverSeen("xa-b", "site", "xa-b", "Trụ sở xa-b"),
    NeverSeen("xa-c", "device", "xa-c/cpe", "Router"),
    NeverSeen("xa-c", "places", "xa-c", "", 12),
)


def waits(agent: str, **more: Any) -> AgentRow:
    given = {"hostname": f"PC-{agent}", "host": "198.19.77.9", "state": "pending"} | more
    return AgentRow(AgentIdentity(agent, "", ""), AT, None, **given)


def page(
    province: Inventory,
    *agents: AgentRow,
    seen: tuple[Undeclared, ...] = SEEN,
    missing: tuple[NeverSeen, ...] = MISSING,
    filters: Filters | None = None,
    **more: Any,
) -> DifferencesPage:
    lists = Differences(AT, seen, missing)
    return build(province, lists, agents, filters or Filters(), **more)


def shown(listing: Listing) -> list[tuple[str, str, str]]:
    return [(group.site, line.kind, line.what) for group in listing.groups for line in group.lines]


def nothing_said(found: DifferencesPage) -> list[str]:
    """Return what stands in place of the lines of both lists."""
    values = {"page": found, "province": "Lâm Đồng", "operator": "Sở", "viewer": None}
    text = _TEMPLATES.get_template("differences.html").render(values)
    return re.findall('<td colspan="3" class="nothing">(.*?)</td>', text)


def test_both_lists_stand_by_site_with_numbers_above(small_province: Inventory):
    found = page(small_province, waits("a1"))

    assert found.headline == "12 thấy mà chưa khai, 14 khai mà chưa từng thấy"
    assert found.as_of == "21/09/2026 21:13:20"
    assert shown(found.seen) == [
        ("xa-a", "Máy ghi danh vượt số khai", "3 máy"),
        ("xa-a", "Thiết bị lạ bên cạnh", "sw-2"),
        ("xa-b", "Địa chỉ lạ trong mạng", "7 địa chỉ"),
    ]
    assert shown(found.missing) == [
        ("xa-b", "Điểm chưa có tín hiệu nào", "Cả điểm"),
        ("xa-c", "Thiết bị", "Router"),
        ("xa-c", "Máy khai theo số lượng", "12 máy"),
    ]
    assert [(tile.number, tile.label) for _, tiles in found.tiles for tile in tiles] == [
        ("1", "Máy chờ duyệt"),
        ("3", "Máy ghi danh vượt số khai"),
        ("1", "Thiết bị lạ bên cạnh"),
        ("7", "Địa chỉ lạ trong mạng"),
        ("1", "Điểm chưa có tín hiệu nào"),
        ("1", "Thiết bị"),
        ("12", "Máy khai theo số lượng"),
    ]
    line = found.seen.groups[0].lines[1]
    assert line.detail == "198.18.1.22 · 02:00:00:00:00:22 · thấy từ cpe"


def test_nothing_to_say_is_said(small_province: Inventory):
    found = page(small_province, seen=(), missing=())

    assert found.headline == "Danh mục khớp với thực tế"
    assert (found.waiting, found.is_waiting_shown) == ((), False)
    assert all(not tiles for _, tiles in found.tiles)


def test_before_anything_was_compared_nothing_is_said_to_fit(small_province: Inventory):
    found = build(small_province, differences_of.NOTHING, (), Filters())

    assert (found.as_of, found.headline) == ("", "Chưa đối chiếu danh mục với thực tế")
    assert nothing_said(found) == ["Chưa đối chiếu xong."] * 2


def test_an_empty_list_says_whether_it_was_filtered(small_province: Inventory):
    all_of_it = page(small_province, seen=(), missing=())
    chosen = page(small_province, filters=Filters(query="không có ở đâu"))

    assert nothing_said(all_of_it) == ["Không có gì lạ.", "Mọi thứ đã khai đều đã có tín hiệu."]
    assert nothing_said(chosen) == ["Không có dòng nào khớp bộ lọc."] * 2


def test_single_office_pcs_are_a_number_and_what_matters_by_itself_is_named(
    small_province: Inventory,
):
    site = small_province.sites["xa-a"]
    room = Machine(id="xa-a/phong-hop", profile="pc", vantage=True)
    province = with_site(small_province, "xa-a", machines=(*site.machines, room))
    missing = tuple(NeverSeen("xa-a", "machine", one.id, "") for one in (*site.machines, room))
    found = page(province, seen=(), missing=missing)

    assert shown(found.missing) == [
        ("xa-a", "Máy khai riêng", "may-chu"),
        ("xa-a", "Máy khai riêng", "phong-hop"),
        ("xa-a", "Máy khai riêng", "3 máy"),
    ]


def test_who_waits_has_a_field_with_the_site_that_is_known(small_province: Inventory):
    province = with_site(small_province, "xa-b", networks=("198.18.2.0/24",))
    found = page(
        province,
        waits("a1", proposed_site="xa-a"),
        waits("a2", host="198.18.2.9"),
        waits("a3", host="198.18.2.9", proposed_site="xa-a"),
        waits("a4"),
        waits("a5", state="active"),
        msgspec.structs.replace(waits("a6"), revoked_at=AT),
        typed={"a4": "XA-?"},
    )
    rows = {row.agent: (row.site, row.why) for row in found.waiting}

    assert rows == {
        "a1": ("xa-a", "theo mã đã gõ"),
        "a2": ("xa-b", "theo địa chỉ mạng"),
        "a3": ("", "mã đã gõ nói xa-a, địa chỉ mạng nói điểm khác"),
        "a4": ("XA-?", "chưa biết điểm: hãy ghi mã điểm"),
    }
    assert found.tiles[0][1][0].number == "4"


@pytest.mark.parametrize(
    ("filters", "seen", "missing", "waiting"),
    [
        (Filters(query="sw-2"), 1, 0, 0),
        (Filters(query="tru so XA-B"), 1, 1, 0),
        (Filters(query="pc-a1"), 0, 0, 1),
        (Filters(site="xa-c"), 0, 2, 0),
        (Filters(kind="station"), 1, 0, 0),
        (Filters(kind="agent_waiting"), 0, 0, 1),
        (Filters(kind="nonsense"), 0, 0, 0),
    ],
)
def test_filters_leave_what_is_asked_for(
    small_province: Inventory, filters: Filters, seen: int, missing: int, waiting: int
):
    found = page(small_province, waits("a1"), filters=filters)

    assert (found.seen.pages.total, found.missing.pages.total) == (seen, missing)
    assert len(found.waiting) == waiting
    assert found.clear == "/differences"


def test_a_chosen_site_is_in_the_command(small_province: Inventory):
    assert page(small_province).command == "govnet inventory suggest"
    chosen = page(small_province, filters=Filters(site="xa-a"))
    assert chosen.command == "govnet inventory suggest --site xa-a"
    wrong = page(small_province, filters=Filters(site="xa-a; reboot"))
    assert wrong.command == "govnet inventory suggest"


def test_ten_thousand_rows_come_in_pages(small_province: Inventory):
    many = tuple(
        msgspec.structs.replace(SWITCH, key=str(number), name=f"sw-{number}")
        for number in range(10_000)
    )
    first = page(small_province, *(waits(f"a{number}") for number in range(250)), seen=many)
    assert (first.seen.pages.total, len(shown(first.seen))) == (10_000, PAGE_ROWS)
    assert "10.000" in {tile.number for _, tiles in first.tiles for tile in tiles}
    assert (first.seen.pages.before, first.seen.pages.after) == ("", "/differences?s=2")
    assert len(first.waiting) == PAGE_ROWS
    assert first.headline.startswith("10.250 thấy mà chưa khai")

    last = page(small_province, seen=many, filters=Filters(query="sw", seen=999))
    assert (last.seen.pages.first, last.seen.pages.last) == (9_901, 10_000)
    assert (last.seen.pages.before, last.seen.pages.after) == ("/differences?q=sw&s=99", "")


def test_every_kind_has_words():
    assert set(UNDECLARED_WORDS) == set(differences_of.UNDECLARED_KINDS)
    assert set(NEVER_SEEN_WORDS) == set(differences_of.NEVER_SEEN_KINDS)


def test_words_without_end_keep_nobody_waiting(small_province: Inventory):
    many = [waits(f"a{number}") for number in range(5_000)]
    started_at = time.thread_time()

    found = page(small_province, *many, filters=Filters(query="x " * 30_000))

    assert not found.waiting
    assert time.thread_time() - started_at < 5
