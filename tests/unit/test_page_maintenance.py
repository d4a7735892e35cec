"""The page of planned work: what it says, and from whom it takes a form."""

import pytest

from collector.maintenance.records import Book, Entry, Kind, Match, Notice, State
from collector.pages.forms import is_same_origin
from collector.pages.maintenance import DONE_WORDS, MATCH_WORDS, PAST_ROWS, MaintenancePage, build
from inventory.model import Inventory

AT = 1_790_000_000.0
"""21/09/2026 21:13:20 in the province."""
HOUR = 3600.0


def entry(number: int, item: str = "xa-a", **more: object) -> Entry:
    given = {
        "kind": Kind.MAINTENANCE,
        "start": AT - HOUR,
        "end": AT + HOUR,
        "reason": "Thay tủ mạng",
        "source": "operator",
        "state": State.CONFIRMED,
        "created_at": AT,
        "created_by": "root",
    } | more
    return Entry(id=number, item=item, **given)  # type: ignore[arg-type]


def notice(number: int, **more: object) -> Notice:
    given = {
        "area": "Thôn 1, xã A",
        "start": AT,
        "end": AT + HOUR,
        "reason": "",
        "source": "cat.csv",
        "created_at": AT,
        "created_by": "root",
    } | more
    return Notice(id=number, **given)  # type: ignore[arg-type]


def page(
    province: Inventory, *entries: Entry, notices: tuple[Notice, ...] = (), **more: str
) -> MaintenancePage:
    return build(Book(1, entries, notices), province, AT, **more)  # type: ignore[arg-type]


def test_what_lasts_and_what_comes_stands_in_order_with_a_button(small_province: Inventory):
    shown = page(
        small_province,
        entry(1, start=AT + 60, end=AT + HOUR),
        entry(2, "xa-a/tslcd", confirmed_by="page"),
        entry(3, end=AT),
    )

    assert [(row.id, row.state, row.action) for row in shown.planned] == [
        (2, "Đang diễn ra", "Kết thúc ngay"),
        (1, "Sắp tới", "Huỷ"),
    ]
    first, site = shown.planned[0], small_province.sites["xa-a"].name
    assert (first.name, first.item) == (f"xa-a/tslcd · {site}", "xa-a/tslcd")
    assert (first.start, first.end) == ("21/09/2026 20:13", "21/09/2026 22:13")
    assert (first.kind, first.author) == ("Bảo trì", "trang này")
    assert [(row.id, row.state, row.action) for row in shown.past] == [(3, "Đã qua", "")]
    assert shown.headline == "1 mục đang diễn ra"


def test_what_was_ended_called_off_or_rejected_says_so(small_province: Inventory):
    shown = page(
        small_province,
        entry(1, state=State.ENDED),
        entry(2, state=State.ENDED, end=AT - HOUR),
        entry(3, state=State.REJECTED),
        entry(4, "", state=State.REJECTED),
    )

    assert [(row.id, row.state) for row in shown.past] == [
        (1, "Đã kết thúc sớm"),
        (3, "Không bị ảnh hưởng"),
        (2, "Đã huỷ"),
    ]


def test_a_notice_shows_its_candidates_and_what_was_decided(small_province: Inventory):
    cut = {"kind": Kind.POWER_CUT, "notice": 7}
    shown = page(
        small_province,
        entry(1, state=State.PROPOSED, match=Match.UNIT, **cut),
        entry(2, "xa-b", match=Match.POWER_AREA, **cut),
        notices=(notice(7), notice(8)),
    )

    (proposal,) = shown.proposals
    assert (proposal.id, proposal.area, proposal.none) == (
        "n7",
        "Thôn 1, xã A",
        "Không điểm nào khác bị mất điện",
    )
    assert [(one.site, one.why, one.state) for one in proposal.choices] == [
        ("xa-a", "đúng tên xã, phường", ""),
        ("xa-b", "cùng khu vực điện", "đã xác nhận"),
    ]
    assert shown.headline == "1 mục đang diễn ra, 1 thông báo cắt điện chờ xác nhận"


def test_a_notice_without_any_candidate_still_waits(small_province: Inventory):
    unplaced = entry(1, "", state=State.PROPOSED, notice=7)
    (proposal,) = page(small_province, unplaced, notices=(notice(7),)).proposals

    assert (proposal.choices, proposal.none) == ((), "Không điểm nào bị mất điện")


def test_a_notice_leaves_the_page_a_week_after_its_end(small_province: Inventory):
    unplaced = entry(1, "", state=State.PROPOSED, notice=7)
    for days, number in ((6, 1), (8, 0)):
        old = notice(7, end=AT - days * 24 * HOUR)
        assert number == len(page(small_province, unplaced, notices=(old,)).proposals)


def test_only_the_newest_of_the_past_are_shown(small_province: Inventory):
    shown = page(small_province, *(entry(number, end=AT - number) for number in range(1, 50)))

    assert [row.id for row in shown.past] == list(range(1, PAST_ROWS + 1))


def test_every_match_has_words_and_what_a_link_says_is_not_repeated(small_province: Inventory):
    assert set(MATCH_WORDS) == set(Match)
    assert page(small_province, done="<script>").done == ""
    assert page(small_province, done="end").done == DONE_WORDS["end"]


def test_an_item_that_left_the_inventory_is_still_shown(small_province: Inventory):
    (row,) = page(small_province, entry(1, "gone/cpe")).planned

    assert (row.name, row.item) == ("gone/cpe · gone", "gone/cpe")


@pytest.mark.parametrize(
    ("headers", "is_taken"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "same-origin", "origin": "null"}, True),
        ({"origin": "https://govnet.example:8470"}, True),
        ({"origin": "http://relay.example"}, True),
        ({"sec-fetch-site": "same-site", "origin": "https://govnet.example:8470"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"origin": "https://govnet.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": "https://["}, False),
        ({}, False),
    ],
)
def test_a_form_is_taken_from_our_own_pages_only(headers: dict[str, str], *, is_taken: bool):
    assert is_taken is is_same_origin(headers, ("govnet.example:8470", "relay.example"))
