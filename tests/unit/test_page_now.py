"""The first page: order, filters, words and times, from verdicts alone."""

from datetime import date
from typing import Any

import msgspec
import pytest

from collector.pages.now import NowPage, build
from collector.pages.now_asked import Asked
from collector.series.state import AgentLive
from collector.verdict.coverage import AgentCoverage, Coverage, SiteCoverage, SiteFacts
from collector.verdict.shared.records import Event
from collector.verdict.verdicts import EvidenceNote, SiteVerdict, Verdicts
from collector.wire import AgentIdentity
from inventory.former_names import former_names
from inventory.model import Carrier, Inventory, Lifecycle, Lineage, Machine, Unit, UnitKind

AT = 1_790_000_000.0
"""21/09/2026 21:13:20 in the province."""
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


def verdict(status: str, since: float = AT - MINUTE, **more: object) -> SiteVerdict:
    given = {"cause": None, "last_sign_at": AT, "evidence": ()} | more
    return SiteVerdict("", status, since=since, **given)  # type: ignore[arg-type]


def page(
    province: Inventory,
    sites: dict[str, SiteVerdict],
    query: str = "",
    status: str = "",
    names: dict[str, str] | None = None,
    *,
    agents: tuple[AgentCoverage, ...] = (),
    events: tuple[Event, ...] = (),
    **more: Any,
) -> NowPage:
    """Return the page of these sites; each is called by its id unless it is given a name."""
    facts = tuple(
        SiteFacts(
            site=site,
            site_name=(names or {}).get(site, site),
            unit="xa",
            unit_name="Xã",
            unit_kind="commune",
            carrier="vnpt",
            cluster="",
            power_area="",
            latitude=None,
            longitude=None,
        )
        for site in sites
    )
    counts = {site: SiteCoverage(12, 1, 5, 3) for site in sites}
    heard = {agent.machine: agent for agent in agents}
    coverage = Coverage(counts, heard, facts, {}, province, former_names(province))
    verdicts = Verdicts(AT, sites, {}, frozenset(), events)
    return build(province, verdicts, coverage, Asked(query=query, status=status), **more)


def heard(site: str, before_seconds: float) -> AgentLive:
    """Return an agent whose newest report is so old."""
    identity = AgentIdentity("0123456789abcdef", site, f"{site}/pc")
    at = AT - before_seconds
    return AgentLive(identity, "boot", 1, at, at, MINUTE, 0.0)


def names(shown: NowPage) -> list[str]:
    return [row.name for row in shown.rows]


def test_faults_come_first_and_the_newest_of_them_above_older_ones(small_province: Inventory):
    shown = page(
        small_province,
        {
            "up": verdict("up"),
            "old": verdict("down", AT - HOUR),
            "new": verdict("down", AT - MINUTE),
            "unknown": verdict("unknown"),
            "degraded": verdict("degraded"),
            "exempt": verdict("exempt"),
        },
    )

    assert names(shown) == ["new", "old", "degraded", "unknown", "exempt", "up"]


def test_healthy_sites_stand_in_the_order_of_the_vietnamese_alphabet(small_province: Inventory):
    given = ["Đà Lạt", "Dran", "Ea Kao", "Ân", "An", "Ăn"]
    sites = {name: verdict("up", AT - number) for number, name in enumerate(given)}

    assert names(page(small_province, sites)) == ["An", "Ăn", "Ân", "Dran", "Đà Lạt", "Ea Kao"]


@pytest.mark.parametrize(
    "query", ["duc trong", "Đức Trọng", "ĐỨC", "trong duc", "  duc   TRONG ", "duc-trong"]
)
def test_search_finds_with_and_without_diacritics_in_any_order(
    small_province: Inventory, query: str
):
    sites = {"duc-trong": verdict("up"), "dam-rong-1": verdict("up")}
    called = {"duc-trong": "Trụ sở UBND xã Đức Trọng", "dam-rong-1": "Trụ sở UBND xã Đam Rông 1"}

    assert names(page(small_province, sites, query, names=called)) == [called["duc-trong"]]


def merged(province: Inventory) -> Inventory:
    """Return the province with its commune come from Xã Bộc Bố and half of Xã Giáo Hiệu."""
    old = {
        unit: Unit(id=unit, name=name, kind=UnitKind.COMMUNE, lifecycle=Lifecycle.RETIRED)
        for unit, name in (("boc-bo", "Xã Bộc Bố"), ("giao-hieu", "Xã Giáo Hiệu"))
    }
    on = date(2025, 7, 1)
    commune = msgspec.structs.replace(
        province.units["xa"],
        lineage=(
            Lineage(unit="boc-bo", kind="merged", on=on),
            Lineage(unit="giao-hieu", kind="split", on=on, partial=True),
        ),
    )
    return msgspec.structs.replace(province, units={"xa": commune, **old})


@pytest.mark.parametrize("query", ["Bộc Bố", "xa boc bo", "tru so boc bo", "BOC  BỐ"])
def test_search_finds_a_site_by_a_former_name_of_its_unit_and_says_so(
    small_province: Inventory, query: str
):
    called = {"a": "Trụ sở UBND xã Bằng Thành"}
    shown = page(merged(small_province), {"a": verdict("up")}, query, names=called)

    assert [(row.name, row.former) for row in shown.rows] == [(called["a"], "trước đây: Xã Bộc Bố")]


def test_a_former_name_is_not_mentioned_where_todays_name_is_what_was_asked_for(
    small_province: Inventory,
):
    called = {"a": "Trụ sở UBND xã Bằng Thành"}
    for query in ("", "bang thanh", "xa"):
        shown = page(merged(small_province), {"a": verdict("up")}, query, names=called)
        assert [row.former for row in shown.rows] == [""]


def test_words_of_two_former_names_are_no_name(small_province: Inventory):
    assert not page(merged(small_province), {"a": verdict("up")}, "bộc hiệu").rows


def test_a_filter_leaves_the_numbers_and_the_headline_as_they_are(small_province: Inventory):
    sites = {"a": verdict("down"), "b": verdict("up"), "c": verdict("up")}
    shown = page(small_province, sites, status="up")

    assert names(shown) == ["b", "c"]
    assert [(count.number, count.label) for count in shown.counts] == [
        (1, "Mất kết nối"),
        (2, "Hoạt động"),
    ]
    assert (shown.total, shown.faulty, shown.headline) == (3, 1, "1/3 điểm mất kết nối")


def test_a_number_sets_its_filter_keeps_the_search_and_clears_when_chosen_again(
    small_province: Inventory,
):
    sites = {"a": verdict("down"), "b": verdict("up")}
    hrefs = [count.href for count in page(small_province, sites, "xã a&b", "up").counts]

    assert hrefs == ["/?q=x%C3%A3+a%26b&status=down", "/?q=x%C3%A3+a%26b"]
    assert [count.href for count in page(small_province, sites, "", "up").counts][1] == "/"


def test_a_chosen_status_stays_to_be_unchosen_when_nobody_has_it_any_more(
    small_province: Inventory,
):
    shown = page(small_province, {"b": verdict("up")}, status="down")

    assert [(count.number, count.selected) for count in shown.counts] == [(0, True), (1, False)]
    assert shown.rows == ()


def test_a_status_that_does_not_exist_shows_nothing_and_breaks_nothing(small_province: Inventory):
    assert page(small_province, {"b": verdict("up")}, status="<script>").rows == ()


@pytest.mark.parametrize(
    ("statuses", "headline"),
    [
        (("down", "down", "up"), "2/3 điểm mất kết nối"),
        (("degraded", "up"), "Không điểm nào mất kết nối, 1 điểm suy giảm"),
        (("up", "up"), "Cả 2 điểm đều hoạt động"),
        (("unknown", "up"), "1/2 điểm hoạt động"),
    ],
)
def test_the_headline_says_the_worst_first(
    small_province: Inventory, statuses: tuple[str, ...], headline: str
):
    sites = {str(number): verdict(status) for number, status in enumerate(statuses)}

    assert page(small_province, sites).headline == headline


def test_a_row_says_state_cause_evidence_and_machines_in_words(small_province: Inventory):
    carriers = {"vnpt": Carrier(id="vnpt", name="VNPT Lâm Đồng")}
    province = msgspec.structs.replace(small_province, carriers=carriers)
    notes = (EvidenceNote("agents_silent", (AT - 2 * DAY,)), EvidenceNote("centre_cannot_look"))
    (row,) = page(
        province, {"a": verdict("down", cause="undetermined", evidence=notes, last_sign_at=None)}
    ).rows

    assert (row.status_label, row.cause_label, row.tone) == (
        "Mất kết nối",
        "Nguyên nhân: Chưa xác định",
        "bad",
    )
    assert row.evidence == (
        "Không máy nào gửi báo cáo từ 19/09/2026 21:13.",
        "Trung tâm không kiểm tra được điểm này; máy làm việc im lặng có thể chỉ là đã tắt.",
    )
    assert (row.unit_name, row.carrier, row.machines) == ("Xã", "VNPT Lâm Đồng", "3/12")
    assert row.last_sign == "chưa có"


def test_todays_date_is_left_out_of_the_evidence(small_province: Inventory):
    notes = (EvidenceNote("agents_silent", (AT - MINUTE,)),)
    (row,) = page(small_province, {"a": verdict("down", evidence=notes)}).rows

    assert row.evidence == ("Không máy nào gửi báo cáo từ 21:12.",)


def test_the_page_says_as_of_when_in_the_provinces_time(small_province: Inventory):
    shown = page(small_province, {})

    assert shown.as_of == "21/09/2026 21:13:20"
    assert shown.as_of_iso == "2026-09-21T21:13:20+07:00"


@pytest.mark.parametrize(
    ("before_seconds", "since"),
    [(0.0, "21:13"), (21 * HOUR, "00:13"), (22 * HOUR, "20/09/2026 23:13")],
)
def test_since_shows_the_date_unless_it_is_todays(
    small_province: Inventory, before_seconds: float, since: str
):
    (row,) = page(small_province, {"a": verdict("up", AT - before_seconds)}).rows

    assert row.since == since


@pytest.mark.parametrize(
    ("before_seconds", "said"),
    [
        (-5.0, "0 giây trước"),
        (59.9, "59 giây trước"),
        (60.0, "1 phút trước"),
        (HOUR - 1, "59 phút trước"),
        (HOUR, "1 giờ trước"),
        (DAY - 1, "23 giờ trước"),
        (10 * DAY, "10 ngày trước"),
    ],
)
def test_the_last_sign_is_told_in_its_largest_unit(
    small_province: Inventory, before_seconds: float, said: str
):
    sites = {"a": verdict("up", last_sign_at=AT - before_seconds)}

    assert page(small_province, sites).rows[0].last_sign == said


@pytest.mark.parametrize(
    ("judged", "said"),
    [(AT - HOUR, "20 giây trước"), (AT - 5, "5 giây trước"), (None, "20 giây trước")],
)
def test_the_last_sign_of_a_site_that_was_not_judged_again_is_its_newest_report(
    small_province: Inventory, judged: float | None, said: str
):
    agents = tuple(
        AgentCoverage("a", f"a/pc-{before:g}", up=True, live=heard("a", before))
        for before in (20.0, 300.0)
    )
    other = AgentCoverage("b", "b/pc-1", up=True, live=heard("b", 1.0))
    sites = {"a": verdict("up", last_sign_at=judged)}

    assert page(small_province, sites, agents=(*agents, other)).rows[0].last_sign == said


def test_without_an_agent_at_the_centre_the_page_says_how_to_make_one(small_province: Inventory):
    elsewhere = AgentCoverage("xa-a", "xa-a/pc-1", up=True, live=None)
    vantage = Machine(id="trung-tam/giam-sat", profile="server", vantage=True)
    centre = small_province.sites["trung-tam"]

    def said(*machines: Machine) -> str:
        site = msgspec.structs.replace(centre, machines=machines)
        sites = {**small_province.sites, site.id: site}
        province = msgspec.structs.replace(small_province, sites=sites)
        return page(province, {}, agents=(elsewhere,)).unwatched

    assert said() == (
        "Chưa có tác tử ở trung tâm nên không điểm nào được kiểm tra từ trung tâm:"
        " chạy govnet token create --site trung-tam, rồi govnet-agent enrol trên máy giám sát."
    )
    assert said(vantage).endswith(" --site trung-tam, rồi govnet-agent enrol trên máy giam-sat.")


def test_a_silent_agent_at_the_centre_is_named_and_one_that_reports_is_enough(
    small_province: Inventory,
):
    silent = AgentCoverage("trung-tam", "trung-tam/giam-sat", up=False, live=None)
    heard = AgentCoverage("trung-tam", "trung-tam/giam-sat-2", up=True, live=None)

    assert page(small_province, {}, agents=(silent,)).unwatched == (
        "Tác tử ở trung tâm không báo cáo nên không điểm nào được kiểm tra từ trung tâm:"
        " xem lại máy trung-tam/giam-sat."
    )
    assert page(small_province, {}, agents=(silent, heard)).unwatched == ""


def test_agents_that_wait_for_somebody_are_said_and_no_others(small_province: Inventory):
    assert "" == page(small_province, {}).agents
    assert "Tác tử cần xem: 3 máy chờ duyệt (trang Đối chiếu danh mục)." == (
        page(small_province, {}, pending=3).agents
    )
    both = page(small_province, {}, pending=1, cloned=2).agents
    assert "1 máy chờ duyệt" in both
    assert "2 khoá bị máy khác dùng" in both


def test_what_befell_many_sites_is_said_once_above_them_while_it_lasts(small_province: Inventory):
    dark = tuple(f"xa-{index}" for index in range(5))
    lasts = Event("e1", AT - HOUR, None, "power", "vnpt", "", dark, dark[:4])
    over = Event("e0", AT - 9 * HOUR, AT - 8 * HOUR, "power", "vnpt", "", dark)
    sites = {site: verdict("down", cause="power") for site in dark} | {
        "xa-8": verdict("up"),
        "xa-9": verdict("exempt"),
    }

    assert page(small_province, sites, events=(lasts, over)).events == (
        "Mất liên lạc 5/6 điểm từ 20:13, nay còn 4, nguyên nhân: mất điện.",
    )


def test_who_sees_a_part_is_not_told_of_the_machines_of_the_centre(small_province: Inventory):
    part = page(small_province, {"xa-a": verdict("up")})
    centre = Coverage({}, {}, (), {}, small_province)

    assert part.unwatched.startswith("Chưa có tác tử ở trung tâm")
    told = page(small_province, {"xa-a": verdict("up")}, everywhere=centre)
    assert told.unwatched == (
        "Tác tử ở trung tâm không báo cáo nên không điểm nào được kiểm tra từ trung tâm."
    )


def test_a_part_without_any_site_is_not_said_to_work(small_province: Inventory):
    assert page(small_province, {}).headline == "Không có điểm nào để xem"
