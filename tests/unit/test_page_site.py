"""The page of one site: what it says, draws and leaves out."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec
import pytest

from collector.maintenance.records import Book, Entry, Kind, State
from collector.pages import _TEMPLATES
from collector.pages.charts.chain import State as Shown
from collector.pages.named import names_at
from collector.pages.site import Now, Past, SitePage, build, watched
from collector.pages.site_outages import MOST, outage_rows
from collector.series.quality import Quality
from collector.verdict.coverage import AgentCoverage, Coverage, SiteCoverage, SiteFacts
from collector.verdict.notes import EvidenceNote
from collector.verdict.outages.records import Belief, Case, Handling, Outage, Phase
from collector.verdict.spans import Span, SpanKind
from collector.verdict.verdicts import Condition, ItemVerdict, SiteVerdict, Verdicts
from inventory.former_names import former_names
from inventory.model import (
    Carrier,
    Contact,
    Device,
    DeviceKind,
    Duty,
    Inventory,
    Lineage,
    Machine,
    Unit,
    UnitKind,
    Vantages,
)
from tests.judged_province import with_site

AT = 1_790_000_000.0
"""21/09/2026 21:13:20 in the province."""
HOUR = 3600.0
NOTHING = Past({}, (), ())
ATTACK = '"><script>alert(1)</script><img src=x onerror=alert(1)>'


def verdict(status: str, cause: str | None = None, **more: Any) -> SiteVerdict:
    given = {"last_sign_at": AT - 2 * HOUR, "evidence": ()} | more
    return SiteVerdict("xa-a", status, cause, AT - HOUR, **given)


def items(**statuses: str) -> dict[str, ItemVerdict]:
    """Return verdicts of the site's things by the last part of their ids."""
    kinds = {"tslcd": SpanKind.LINK, "cpe": SpanKind.DEVICE}
    found = {}
    for name, status in statuses.items():
        item = f"xa-a/{name.replace('_', '-')}"
        kind = kinds.get(name, SpanKind.MACHINE)
        found[item] = ItemVerdict(item, "xa-a", status, AT - HOUR, kind)
    return found


def page(
    province: Inventory,
    of_site: SiteVerdict | None = None,
    of_items: Mapping[str, ItemVerdict] | None = None,
    past: Past = NOTHING,
    conditions: Sequence[Condition] = (),
    **more: Any,
) -> SitePage:
    unit = province.units["xa"]
    facts = SiteFacts("xa-a", "Trụ sở", "xa", unit.name, "commune", "vnpt", "", "", None, None)
    agents = {
        name: AgentCoverage("xa-a", name, up=True, live=None)
        for name in ("xa-a/pc-1", "xa-a/may-chu")
    }
    coverage = Coverage(
        {"xa-a": SiteCoverage(7, 1, 2, 2)}, agents, (facts,), {}, province, former_names(province)
    )
    sites = {"xa-a": of_site} if of_site is not None else {}
    verdicts = Verdicts(AT, sites, dict(of_items or {}), frozenset(conditions))
    given = {"book": Book(), "qualities": {}, "told": "Biết ngay mất điện."} | more
    now = Now(verdicts=verdicts, coverage=coverage, **given)
    return build(province, province.sites["xa-a"], now, past)


def html(shown: SitePage) -> str:
    values = {"page": shown, "province": "Lâm Đồng", "operator": "Sở", "viewer": None}
    return _TEMPLATES.get_template("site.html").render(values)


def states(shown: SitePage) -> dict[str, Shown]:
    return {box.part.role: box.part.state for box in shown.chain.drawings[0].boxes}


def test_the_verdict_is_one_sentence_with_its_evidence(small_province: Inventory):
    note = EvidenceNote("agents_silent", (AT - HOUR,))
    shown = page(small_province, verdict("down", "power", evidence=(note,)))

    assert shown.sentence.endswith(
        "mất kết nối từ 21/09/2026 20:13 (1 giờ), nguyên nhân: mất điện,"
        " tín hiệu cuối lúc 21/09/2026 19:13."
    )
    assert shown.evidence == ("Không máy nào gửi báo cáo từ 21/09/2026 20:13.",)
    assert (shown.status, shown.tone, shown.unit_href) == ("Mất kết nối", "bad", "/units/xa")
    assert shown.as_of.text == "21/09/2026 21:13:20"
    assert '<a href="/runbook/GovnetSiteSilent">' in html(shown)


def test_a_site_that_nobody_judges_says_so_and_prints(small_province: Inventory):
    shown = page(small_province)

    assert shown.status == "Không theo dõi"
    assert "chưa được đánh giá" in shown.sentence
    assert "Không có sự cố nào trong 30 ngày qua" in html(shown)


@pytest.mark.parametrize(
    ("cause", "broken"),
    [
        ("link", {"Đường truyền"}),
        ("carrier", {"Đường truyền"}),
        ("power", {"Nguồn điện"}),
        ("lan", {"Mạng nội bộ"}),
        ("agent", {"Máy tính"}),
        ("centre", {"Trung tâm"}),
        ("undetermined", set()),
    ],
)
def test_the_picture_marks_what_the_cause_names(
    small_province: Inventory, cause: str, broken: set[str]
):
    shown = page(
        small_province, verdict("down", cause), items(tslcd="unreachable", cpe="unreachable")
    )

    found = states(shown)
    assert {role for role, state in found.items() if state is Shown.BROKEN} == broken
    if cause == "undetermined":
        assert [role for role, state in found.items() if state is Shown.SUSPECT] == [
            "Đường truyền",
            "Bộ định tuyến",
        ]
        assert found["Điểm cầu"] is Shown.BEYOND
    assert ("Hỏng ở đây" in html(shown)) == bool(broken)


def test_what_works_is_drawn_as_working_and_what_nobody_watches_as_unknown(
    small_province: Inventory,
):
    shown = page(small_province, verdict("up"), items(tslcd="up", cpe="up"))

    assert states(shown) == {
        "Trung tâm": Shown.WORKS,
        "Đường truyền": Shown.WORKS,
        "Bộ định tuyến": Shown.WORKS,
        "Máy tính": Shown.WORKS,
        "Điểm cầu": Shown.UNKNOWN,
    }
    assert "Hỏng ở đây" not in html(shown)


def case(number: int, start: float, end: float | None, item: str = "xa-a", **more: Any) -> Case:
    phase = Phase(start, end, "link", (EvidenceNote("gateway_silent"),))
    outage = Outage(number, item, "xa-a", SpanKind.SITE, start, end, 1, (phase,))
    return Case(outage, **more)


def test_open_outages_come_first_with_cause_and_what_was_believed_before(small_province: Inventory):
    beliefs = (
        Belief(2, AT - HOUR, True, AT - HOUR, None, ("undetermined",), ()),
        Belief(2, AT - 60, True, AT - HOUR, None, ("link",), (EvidenceNote("gateway_silent"),)),
    )
    cases = (
        case(3, AT - 600, AT - 300),
        case(2, AT - HOUR, None, handling=Handling(cause="power", ticket="VNPT-7")),
        case(1, AT - 9 * HOUR, AT - 8 * HOUR, is_withdrawn=True),
    )

    first, second = page(small_province, verdict("down"), past=Past({}, cases, beliefs)).outages

    assert (first.number, first.is_open, first.lasted) == (2, True, "1 giờ")
    assert first.cause == "Mất điện (người trực xác nhận)"
    assert first.handled == ("Phiếu VNPT-7",)
    assert first.before == (
        (
            "Từ 21/09/2026 20:13: nguyên nhân: chưa xác định."
            " Sau đó: Bộ định tuyến của điểm không trả lời các máy ở đó."
        ),
    )
    assert (second.number, second.until) == (3, "21/09/2026 21:08")


def test_a_long_past_is_cut_and_what_lasts_is_not(small_province: Inventory):
    cases = [case(n, AT - n * HOUR, None if n % 2 else AT - n * HOUR + 60) for n in range(1, 81)]

    rows = outage_rows(cases, (), {"xa-a": "Trụ sở"}, small_province, AT)

    assert sum(row.is_open for row in rows) == 40
    assert len(rows) == 40 + MOST


def test_strips_show_the_site_and_what_was_judged_of_it(small_province: Inventory):
    def spans(item: str) -> list[Span]:
        return [Span(item, "xa-a", SpanKind.SITE, "up", None, AT - 2 * HOUR, None)]

    past = Past({item: spans(item) for item in ("xa-a", "xa-a/tslcd")}, (), ())
    shown = page(small_province, verdict("up"), past=past)

    assert len(shown.day) == len(shown.month) == 2
    assert "không đo được 22 giờ" in shown.day[0].summary
    assert "không đo được 29 ngày 22 giờ" in shown.month[0].summary


def test_no_single_office_pc_stands_on_the_page(small_province: Inventory):
    quiet = items(pc_1="lost", pc_2="up", may_chu="down")
    shown = page(small_province, verdict("up"), quiet, may_ask=True)

    text = html(shown)
    assert [one.name for one in shown.machines.named] == ["may-chu"]
    assert "pc-1" not in text
    assert "không dùng để chấm công" in text
    assert "Khai 7 máy, đã ghi danh 2, đang báo cáo 2; 1 máy được miễn." in text
    assert "?pcs=1" in text
    assert "xa-a/pc-1" not in watched(small_province, small_province.sites["xa-a"])


def test_who_mends_agents_may_see_names_but_not_who_is_on(small_province: Inventory):
    quiet = items(pc_1="lost", pc_2="up")
    asked = page(small_province, verdict("up"), quiet, with_pcs=True, may_ask=True).machines
    refused = page(small_province, verdict("up"), quiet, with_pcs=True).machines

    assert asked.pcs is not None
    assert [(one.name, one.badge.word) for one in asked.pcs] == [
        ("pc-1", "Mất dấu"),
        ("pc-2", "Chưa ghi danh"),
    ]
    assert refused.pcs is None
    assert not refused.may_ask


def test_machines_with_a_duty_stand_by_name(small_province: Inventory):
    machine = Machine(id="xa-a/mot-cua", profile="pc", name="Máy một cửa", duty=Duty.ONE_STOP)
    province = with_site(small_province, "xa-a", machines=(machine,))

    (named,) = page(province, verdict("up"), items(mot_cua="up")).machines.named

    assert (named.name, named.detail, named.badge.word) == ("Máy một cửa", "Một cửa", "Hoạt động")


def test_devices_say_what_is_wrong_with_them(small_province: Inventory):
    ups = Device(id="xa-a/ups", kind=DeviceKind.UPS, upstream="xa-a/cpe", model="SRT 3000")
    cpe = small_province.sites["xa-a"].devices[0]
    province = with_site(small_province, "xa-a", devices=(cpe, ups))

    faults = (Condition("xa-a", "xa-a/ups", "on_battery"),)
    _, row = page(province, verdict("up"), items(cpe="up"), conditions=faults).devices

    assert (row.name, row.detail) == ("Bộ lưu điện (UPS)", "SRT 3000, nối vào Bộ định tuyến")
    assert row.faults == ("UPS đang chạy bằng ắc quy",)


def test_lines_show_their_quality_now_and_whom_to_call(small_province: Inventory):
    shift = Contact(role="Trực ca", telephone="+84 0123")
    carrier = Carrier(id="vnpt", name="VNPT", contacts=(shift, Contact(role="Hợp đồng")))
    province = msgspec.structs.replace(small_province, carriers={"vnpt": carrier})
    quality = Quality(rtt_seconds=0.0123, loss_ratio=0.001, grade=1, at=AT)

    shown = page(province, verdict("up"), qualities={"xa-a/tslcd": quality})

    (row,) = shown.links
    assert row.quality is not None
    assert (row.quality.said, row.quality.grade) == ("RTT 12,3 ms · mất gói 0,10%", "Tạm được")
    assert [one.role for one in row.call] == ["Trực ca"]
    assert [one.role for one in shown.contacts] == ["Trực ca", "Hợp đồng"]
    assert 'href="tel:+840123"' in html(shown)


def test_services_that_every_office_uses_are_told(small_province: Inventory):
    service = msgspec.structs.replace(small_province.services["thu"], vantages=Vantages.SITES)
    province = msgspec.structs.replace(small_province, services={"thu": service})

    assert [one.name for one in page(province, verdict("up")).services] == ["Thư"]
    assert page(small_province, verdict("up")).services == ()
    narrowed = msgspec.structs.replace(small_province, services={})
    assert "chỉ hiện cho tài khoản xem toàn tỉnh" in html(page(narrowed, verdict("up")))


def test_planned_work_of_this_site_is_shown_and_no_other(small_province: Inventory):
    def entry(number: int, item: str) -> Entry:
        return Entry(
            id=number,
            kind=Kind.POWER_CUT,
            item=item,
            start=AT - HOUR,
            end=AT + HOUR,
            reason="Sửa lộ",
            source="",
            state=State.CONFIRMED,
            created_at=AT,
            created_by="truc",
        )

    book = Book(1, (entry(1, "xa-a/cpe"), entry(2, "xa-b")), ())
    (row,) = page(small_province, verdict("maintenance"), book=book).windows

    assert (row.kind, row.what, row.state) == ("Cắt điện", "Bộ định tuyến", "Đang diễn ra")


def test_the_history_of_its_unit_is_told_under_former_names(small_province: Inventory):
    old = Unit(id="boc-bo", name="Xã Bộc Bố", kind=UnitKind.COMMUNE)
    way = Lineage(unit="boc-bo", kind="merged", on=date(2025, 7, 1))
    unit = msgspec.structs.replace(small_province.units["xa"], lineage=(way,))
    province = msgspec.structs.replace(small_province, units={"xa": unit, "boc-bo": old})

    assert "trước đây: Xã Bộc Bố" in html(page(province, verdict("up")))


def test_texts_of_the_inventory_and_of_people_do_nothing_on_the_page(small_province: Inventory):
    contact = Contact(role=ATTACK, telephone=ATTACK, email=ATTACK)
    site = small_province.sites["xa-a"]
    given: dict[str, Any] = {"name": ATTACK, "postal_address": ATTACK, "contacts": (contact,)}
    for field in ("links", "devices", "machines", "conference_points"):
        given[field] = tuple(
            msgspec.structs.replace(one, name=ATTACK) for one in getattr(site, field)
        )
    given["links"] = tuple(msgspec.structs.replace(one, circuit=ATTACK) for one in given["links"])
    province = with_site(small_province, "xa-a", **given)
    said = Handling(assignee=ATTACK, ticket=ATTACK, note=ATTACK)
    past = Past({}, (case(1, AT - HOUR, None, handling=said),), ())

    text = html(page(province, verdict("down", "link"), past=past, told=ATTACK))

    assert "<script>alert" not in text
    assert "<img" not in text
    assert "&lt;script&gt;" in text
    assert " style=" not in text


def test_every_thing_of_a_site_has_a_name_that_people_use(small_province: Inventory):
    names = names_at(small_province, small_province.sites["xa-a"])

    assert names["xa-a/tslcd"] == "Đường truyền Cáp quang"
    assert names["xa-a/cpe"] == "Bộ định tuyến"
    assert names["xa-a/diem-cau"] == "Điểm cầu hội nghị"
    assert names["xa-a/pc-1"] == "pc-1"
