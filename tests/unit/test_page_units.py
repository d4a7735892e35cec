"""The pages of units: the tree, the search, one unit with its month and its history."""

from datetime import date
from typing import Any

import msgspec
import pytest

from collector.accounts.narrowed import inventory_for
from collector.accounts.viewer import Viewer
from collector.pages import _TEMPLATES
from collector.pages.month_figures import Counted
from collector.pages.paging import PAGE_ROWS
from collector.pages.rules import STRICTEST, rule_of
from collector.pages.unit import UnitPage
from collector.pages.unit import build as build_one
from collector.pages.units import Tree, UnitsPage
from collector.pages.units import build as build_all
from collector.verdict.coverage import Coverage, SiteCoverage, SiteFacts
from collector.verdict.outages.availability import Figures
from collector.verdict.outages.expected import View
from collector.verdict.verdicts import SiteVerdict, Verdicts
from inventory.former_names import former_names
from inventory.model import (
    Contact,
    Inventory,
    Lifecycle,
    Lineage,
    Unit,
    UnitKind,
    UnitVersion,
)

AT = 1_790_000_000.0
HOUR = 3600
ATTACK = '"><script>alert(1)</script>'
ON = date(2025, 7, 1)


def unit(name: str, called: str, parent: str | None = None, **more: Any) -> Unit:
    given = {"kind": UnitKind.COMMUNE} | more
    return Unit(id=name, name=called, parent=parent, **given)


@pytest.fixture
def province(small_province: Inventory) -> Inventory:
    """Return a province of three communes and a health station; two communes have sites."""
    units = (
        unit("tinh", "Tỉnh Lâm Đồng", kind=UnitKind.PROVINCE),
        unit("xa", "Xã Đơn Dương", "tinh"),
        unit("tram", "Trạm y tế", "xa", kind=UnitKind.SUB_UNIT),
        unit(
            "bang-thanh",
            "Xã Bằng Thành",
            "tinh",
            lineage=(Lineage(unit="boc-bo", kind="merged", on=ON, partial=True),),
            versions=(
                UnitVersion(name="Xã Nhạn Môn", kind=UnitKind.COMMUNE, valid_to=ON, parent="tinh"),
            ),
            contacts=(Contact(role="Văn phòng", telephone="0123"),),
        ),
        unit("boc-bo", "Xã Bộc Bố", lifecycle=Lifecycle.RETIRED),
        unit("an", "Xã An", "tinh"),
    )
    return msgspec.structs.replace(small_province, units={one.id: one for one in units})


SITES = {"xa-a": ("xa", "down"), "xa-b": ("tram", "up"), "xa-c": ("bang-thanh", "up")}


def known(province: Inventory) -> tuple[Verdicts, Coverage]:
    facts, sites = [], {}
    for site, (of, status) in SITES.items():
        name = province.units[of].name if of in province.units else ""
        facts.append(SiteFacts(site, f"Trụ sở {site}", of, name, "commune", "", "", "", None, None))
        cause = "power" if status == "down" else None
        sites[site] = SiteVerdict(site, status, cause, AT - HOUR, AT, ())
    counts = {site: SiteCoverage(10, 0, 5, 4) for site in SITES}
    coverage = Coverage(counts, {}, tuple(facts), {}, province, former_names(province))
    return Verdicts(AT, sites, {}, frozenset()), coverage


def listed(province: Inventory, query: str = "", number: int = 1) -> UnitsPage:
    return build_all(province, *known(province), query, number)


def one(province: Inventory, name: str, month: Counted | None = None) -> UnitPage:
    return build_one(province, province.units[name], *known(province), month or Counted(AT))


def test_the_tree_stands_in_order_with_the_sites_of_all_below_counted(province: Inventory):
    rows = listed(province).rows

    assert [(row.name, row.depth) for row in rows] == [
        ("Tỉnh Lâm Đồng", 0),
        ("Xã An", 1),
        ("Xã Bằng Thành", 1),
        ("Xã Đơn Dương", 1),
        ("Trạm y tế", 2),
    ]
    top = rows[0]
    assert (top.sites, top.machines) == (3, "12/30")
    assert [(count.number, count.word) for count in top.counts] == [
        (1, "mất kết nối"),
        (2, "hoạt động"),
    ]


@pytest.mark.parametrize("query", ["bang thanh", "BẰNG THÀNH", "boc bo", "Bộc Bố", "nhan mon"])
def test_search_finds_without_diacritics_and_by_former_names(province: Inventory, query: str):
    (row,) = listed(province, query).rows

    assert row.name == "Xã Bằng Thành"
    assert row.depth == 0
    former = {"boc bo": "Bộc Bố", "Bộc Bố": "Bộc Bố", "nhan mon": "Nhạn Môn"}.get(query, "")
    assert row.former == (f"trước đây: Xã {former}" if former else "")


def test_a_search_that_finds_nothing_says_what_to_do(province: Inventory):
    text = html("units.html", listed(province, "khong co"))

    assert "Không có đơn vị nào khớp" in text
    assert "Xem tất cả" in text


def test_long_lists_stand_on_several_pages(province: Inventory):
    more = {f"u{n}": unit(f"u{n}", f"Xã {n:03}", "tinh") for n in range(2 * PAGE_ROWS)}
    big = msgspec.structs.replace(province, units=province.units | more)

    first, last = listed(big), listed(big, number=99)

    assert (len(first.rows), first.pages.before, first.pages.after) == (
        PAGE_ROWS,
        "",
        "/units?page=2",
    )
    assert (len(last.rows), last.pages.after) == (5, "")


def test_units_below_stand_on_several_pages_too(province: Inventory):
    more = {f"u{n}": unit(f"u{n}", f"Xã {n:03}", "tinh") for n in range(PAGE_ROWS)}
    big = msgspec.structs.replace(province, units=province.units | more)

    shown = build_one(big, big.units["tinh"], *known(big), Counted(AT), child_page=2)

    assert len(shown.children) == 3
    assert shown.more_children.before == "/units/tinh?units=1"


def test_one_unit_says_how_its_sites_are_the_worst_first(province: Inventory):
    shown = one(province, "xa")

    assert shown.sentence == (
        "Xã Đơn Dương: 2 điểm, 1 mất kết nối, 1 hoạt động; 8/20 máy đang báo cáo."
    )
    assert [(row.name, row.status, row.cause) for row in shown.sites] == [
        ("Trụ sở xa-a", "Mất kết nối", "Mất điện"),
        ("Trụ sở xa-b", "Hoạt động", ""),
    ]
    assert [row.name for row in shown.children] == ["Trạm y tế"]
    assert shown.parents == (("Tỉnh Lâm Đồng", "/units/tinh"),)


def test_the_month_is_that_of_all_its_sites_with_what_was_measured(province: Inventory):
    def views(up: int, down: int, unmeasured: int) -> dict[View, Figures]:
        figures = Figures(up, down, 0, unmeasured)
        return {View.USERS: figures, View.ALWAYS: figures}

    month = Counted(AT, {"xa-a": views(60, 40, 100), "xa-b": views(100, 0, 0)})
    shown = one(province, "xa", month)

    assert (shown.users, shown.always, shown.measured) == ("80,00%", "80,00%", "66,67%")
    assert [row.always for row in shown.sites] == ["60,00", "100,00"]
    assert one(province, "an").users == "chưa có số đo"


def test_former_names_and_origins_are_told_both_ways(province: Inventory):
    assert one(province, "bang-thanh").history == (
        "Xã Nhạn Môn: đến trước 01/07/2025",
        "Ngày 01/07/2025 sáp nhập từ Xã Bộc Bố (một phần)",
    )
    old = one(province, "boc-bo")
    assert old.became == (("Xã Bằng Thành", "/units/bang-thanh"),)
    assert "tên cũ" in old.sentence


def test_a_unit_without_sites_says_what_to_do(province: Inventory):
    text = html("unit.html", one(province, "an"))

    assert "chưa có điểm nào trong danh mục" in text
    assert "Danh mục chưa ghi đầu mối nào của đơn vị" in text


def test_who_sees_a_part_has_its_units_and_where_they_came_from(province: Inventory):
    viewer = Viewer(who="v", sites=frozenset({"xa-c"}), scope="bang-thanh", scope_name="Xã")

    part = inventory_for(viewer, province)

    assert set(part.units) == {"bang-thanh", "boc-bo"}
    assert set(part.sites) == {"xa-c"}
    assert part.services == {}
    assert [row.name for row in listed(part).rows] == ["Xã Bằng Thành"]
    assert inventory_for(Viewer(who="v"), province) is province


def test_a_tree_whose_units_go_round_in_a_circle_ends(province: Inventory):
    units = {"x": unit("x", "X", "y"), "y": unit("y", "Y", "x")}
    circle = msgspec.structs.replace(province, units=units)

    assert list(Tree(circle, *known(circle)).walk()) == []


def html(template: str, page: UnitsPage | UnitPage) -> str:
    values = {"page": page, "province": "Lâm Đồng", "operator": "Sở", "viewer": None}
    return _TEMPLATES.get_template(template).render(values)


def test_names_do_nothing_on_the_pages(province: Inventory):
    contact = Contact(role=ATTACK, telephone=ATTACK, email=ATTACK)
    bad = unit("xa", ATTACK, "tinh", legal_basis=ATTACK, contacts=(contact,))
    attacked = msgspec.structs.replace(province, units=province.units | {"xa": bad})

    for text in (
        html("units.html", listed(attacked)),
        html("units.html", listed(attacked, ATTACK)),
        html("unit.html", one(attacked, "xa")),
    ):
        assert "<script>alert" not in text
        assert "&lt;script&gt;" in text


@pytest.mark.parametrize(
    ("method", "path", "is_known"),
    [
        ("GET", "/units/xa", True),
        ("HEAD", "/sites/xa-a", True),
        ("GET", "/units/", False),
        ("GET", "/units/xa/them", False),
        ("POST", "/units/xa", False),
        ("GET", "/{unit}", False),
    ],
)
def test_a_rule_of_one_thing_holds_for_its_pages_and_no_other(
    method: str, path: str, *, is_known: bool
):
    assert (rule_of(method, path) is not STRICTEST) == is_known
