"""The page of lines: contracts, the worst, repeat faults, filters, CSV."""

import csv
import io
from typing import Any

import msgspec
import pytest

from collector.pages import _TEMPLATES
from collector.pages.links import WORST, Filters, Known, LinksPage, all_rows, build
from collector.pages.links_csv import TITLES, links_csv
from collector.pages.month_figures import Counted
from collector.pages.paging import PAGE_ROWS
from collector.series.quality import Quality
from collector.verdict.coverage import Coverage, SiteFacts
from collector.verdict.outages.availability import Figures
from collector.verdict.outages.expected import View
from collector.verdict.outages.records import Case, Outage, Phase
from collector.verdict.spans import SpanKind
from collector.verdict.verdicts import ItemVerdict
from inventory.model import Carrier, Contact, Inventory
from tests.judged_province import with_site

AT = 1_790_000_000.0
DAY = 86_400.0
ATTACK = '"><script>alert(1)</script>'


@pytest.fixture
def province(small_province: Inventory) -> Inventory:
    """Return communes a to e: a and b by VNPT with a contract, the others by Viettel."""
    shift = Contact(role="Trực ca", telephone="18001091")
    made = msgspec.structs.replace(
        small_province,
        carriers={
            "vnpt": Carrier(id="vnpt", name="VNPT", contacts=(shift,)),
            "viettel": Carrier(id="viettel", name="Viettel"),
        },
    )
    for letter in "abcde":
        (link,) = made.sites[f"xa-{letter}"].links
        changed = {"circuit": f"TSL-{letter.upper()}", "carrier": "viettel"}
        agreed = None
        if letter in "ab":
            changed = {"circuit": f"TSL-{letter.upper()}", "carrier": "vnpt"}
            agreed = 0.99
        link = msgspec.structs.replace(link, sla_availability_ratio=agreed)
        made = with_site(made, f"xa-{letter}", links=(msgspec.structs.replace(link, **changed),))
    return made


def figures(up: int, down: int, unmeasured: int = 0) -> dict[View, Figures]:
    return {View.CARRIER: Figures(up, down, 0, unmeasured)}


def outage(number: int, item: str, days_ago: float, **more: Any) -> Case:
    start = AT - days_ago * DAY
    phase = Phase(start, start + 60, "link")
    site = item.partition("/")[0]
    return Case(Outage(number, item, site, SpanKind.LINK, start, start + 60, 1, (phase,)), **more)


MONTH = Counted(
    AT,
    {
        "xa-a/tslcd": figures(9_800, 200, 10_000),
        "xa-b/tslcd": figures(9_999, 1),
        "xa-c/tslcd": figures(9_000, 1_000),
    },
)
CASES = (
    outage(1, "xa-c/tslcd", 1),
    outage(2, "xa-c/tslcd", 2),
    outage(3, "xa-c/tslcd", 40),
    outage(4, "xa-b/tslcd", 3),
    outage(5, "xa-b/tslcd", 4, is_withdrawn=True),
)


def known(**more: Any) -> Known:
    verdicts = {
        f"xa-{letter}/tslcd": ItemVerdict(
            f"xa-{letter}/tslcd",
            f"xa-{letter}",
            "down" if letter == "d" else "up",
            AT,
            SpanKind.LINK,
        )
        for letter in "abcd"
    }
    quality = Quality(rtt_seconds=0.0123, loss_ratio=0.0, jitter_seconds=0.001, grade=0, at=AT)
    given = {
        "at": AT,
        "verdicts": verdicts,
        "qualities": {"xa-a/tslcd": quality},
        "month": MONTH,
        "cases": CASES,
    } | more
    return Known(**given)


def coverage(province: Inventory) -> Coverage:
    facts = tuple(
        SiteFacts(site.id, site.name, "xa", "Xã Đức Trọng", "", "", "", "", None, None)
        for site in province.sites.values()
    )
    return Coverage({}, {}, facts)


def page(province: Inventory, filters: Filters | None = None, **more: Any) -> LinksPage:
    return build(province, coverage(province), known(**more), filters or Filters())


def html(shown: LinksPage) -> str:
    values = {"page": shown, "province": "Lâm Đồng", "operator": "Sở", "viewer": None}
    return _TEMPLATES.get_template("links.html").render(values)


def test_the_contract_is_compared_where_something_was_measured(province: Inventory):
    rows = {row.circuit: row for row in page(province).rows}

    below, kept, free, nothing = (rows[f"TSL-{letter}"] for letter in "ABCE")
    assert (below.availability, below.measured, below.sla) == ("98,00", "50,00", "99,00")
    assert (below.kept, kept.kept, free.kept) == ("Chưa đạt", "Đạt", "")
    assert (kept.availability, kept.is_below) == ("99,99", False)
    assert (nothing.availability, nothing.kept, nothing.badge.word) == ("-", "", "Không theo dõi")


def test_what_was_hardly_measured_is_not_compared_and_what_is_unclear_is_told(
    province: Inventory,
):
    views = {View.CARRIER: Figures(100, 50, 0, 10_000, 600)}
    shown = page(province, month=Counted(AT, {"xa-a/tslcd": views}))

    row = next(row for row in shown.rows if row.circuit == "TSL-A")
    assert (row.kept, row.is_below, row.unclear) == ("chưa đủ số đo", False, "10 phút")
    assert shown.headline.endswith("0 chưa đạt cam kết")


def test_lines_that_fail_now_come_first_and_the_headline_counts(province: Inventory):
    shown = page(province)

    assert shown.rows[0].circuit == "TSL-D"
    assert shown.headline == "5 đường truyền, 1 đang mất, 1 chưa đạt cam kết"
    assert shown.month == "09/2026"


def test_the_worst_have_most_time_down_and_repeat_faults_several_outages(province: Inventory):
    shown = page(province)

    assert [row.circuit for row in shown.worst] == ["TSL-C", "TSL-A", "TSL-B"]
    assert len(shown.worst) <= WORST
    assert [(row.circuit, row.outages) for row in shown.repeated] == [("TSL-C", 2)]


def test_carriers_are_summed_up_with_whom_to_call(province: Inventory):
    viettel, vnpt = page(province).carriers

    assert (vnpt.name, vnpt.lines, vnpt.below, vnpt.down) == ("VNPT", 2, 1, 0)
    assert (vnpt.availability, vnpt.measured) == ("99,00", "66,67")
    assert [one.dial for one in vnpt.call] == ["18001091"]
    assert (viettel.down, viettel.repeated) == (1, 1)


@pytest.mark.parametrize(
    ("filters", "circuits"),
    [
        (Filters(carrier="vnpt"), {"TSL-A", "TSL-B"}),
        (Filters(query="duc trong tsl-c"), {"TSL-C"}),
        (Filters(query="viettel xa-d"), {"TSL-D"}),
        (Filters(unit="khac"), set()),
        (Filters(unit="xa", carrier="viettel"), {"TSL-C", "TSL-D", "TSL-E"}),
    ],
)
def test_filters_narrow_the_lists_and_the_csv_alike(
    province: Inventory, filters: Filters, circuits: set[str]
):
    rows = all_rows(province, coverage(province), known(), filters)

    assert {row.circuit for row in page(province, filters).rows} == circuits
    assert {row.circuit for row in rows} == circuits


def test_addresses_keep_the_filters(province: Inventory):
    shown = page(province, Filters(query="a b", carrier="vnpt"))

    assert shown.csv_href == "/links.csv?q=a+b&carrier=vnpt"
    selected = next(row for row in shown.carriers if row.is_selected)
    assert selected.href == "/links?q=a+b"
    assert shown.clear_href == "/links"
    assert page(province).clear_href == ""


def test_a_province_without_lines_says_what_to_do(province: Inventory):
    sites = {site: msgspec.structs.replace(one, links=()) for site, one in province.sites.items()}
    text = html(page(msgspec.structs.replace(province, sites=sites)))

    assert "Thêm mục links cho từng điểm" in text


def test_lines_of_a_large_province_are_paged(province: Inventory):
    site = province.sites["xa-a"]
    (link,) = site.links
    links = tuple(
        msgspec.structs.replace(link, id=f"xa-a/l{number}") for number in range(PAGE_ROWS + 7)
    )
    shown = page(with_site(province, "xa-a", links=links), Filters(carrier="vnpt", page=2))

    assert len(shown.rows) == 8
    assert shown.pages.before == "/links?carrier=vnpt"


def test_the_csv_opens_in_a_spreadsheet_and_runs_nothing(province: Inventory):
    (link,) = province.sites["xa-a"].links
    attacked = with_site(
        province,
        "xa-a",
        name="=cmd|' /C calc'!A0",
        links=(msgspec.structs.replace(link, circuit="+1", name="@SUM(1)"),),
    )
    rows = all_rows(attacked, coverage(attacked), known(), Filters())

    text = links_csv(rows)

    assert text.startswith("\ufeff")
    table = list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))
    assert tuple(table[0]) == TITLES
    assert {len(line) for line in table} == {len(TITLES)}
    cells = [cell for line in table for cell in line]
    assert "'=cmd|' /C calc'!A0" in cells
    assert {"'+1", "'@SUM(1)"} <= set(cells)
    assert not [cell for cell in cells if cell[:1] in {"=", "+", "@"}]


def test_names_do_nothing_on_the_page(province: Inventory):
    (link,) = province.sites["xa-a"].links
    links = (msgspec.structs.replace(link, circuit=ATTACK, name=ATTACK),)
    attacked = with_site(province, "xa-a", name=ATTACK, links=links)
    bad = Carrier(id="vnpt", name=ATTACK, contacts=(Contact(role=ATTACK, telephone=ATTACK),))
    attacked = msgspec.structs.replace(attacked, carriers={"vnpt": bad})

    text = html(page(attacked, Filters(query=ATTACK))) + html(page(attacked))

    assert "<script>alert" not in text
    assert "&lt;script&gt;" in text
