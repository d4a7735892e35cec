"""Map, outages, storm and changes of the first page: from verdicts and outages alone."""

from collections.abc import Iterable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.alerts.digest import Known
from collector.pages import now_changes, now_map, now_outages, now_storm
from collector.pages.charts.outline import frame, hull
from collector.pages.now_asked import Asked
from collector.verdict.coverage import Coverage, SiteFacts
from collector.verdict.outages.records import Case, Handling, Outage, Phase
from collector.verdict.shared.records import Event
from collector.verdict.spans import SpanKind
from collector.verdict.verdicts import EvidenceNote, SiteVerdict, Verdicts
from inventory.model import Carrier, Contact, Group, Inventory, Lifecycle

AT = 1_790_000_000.0
"""21/09/2026 21:13:20 in the province."""
HOUR, DAY = 3600.0, 86_400.0
coordinates = st.tuples(st.floats(8, 24), st.floats(102, 110))


def verdict(status: str, cause: str | None = None, since: float = AT - HOUR) -> SiteVerdict:
    return SiteVerdict("", status, cause, since, AT, ())


def fact(site: str, unit: str = "", cluster: str = "", where: object = (None, None)) -> SiteFacts:
    latitude, longitude = where  # type: ignore[misc]
    unit = unit or site
    return SiteFacts(
        *(site, f"Trụ sở {site}", unit, f"Xã {unit}", "commune", "", cluster, ""),
        latitude,
        longitude,
    )


def coverage(*facts: SiteFacts) -> Coverage:
    return Coverage({}, {}, facts, {})


def verdicts(sites: dict[str, SiteVerdict], events: tuple[Event, ...] = ()) -> Verdicts:
    return Verdicts(AT, sites, {}, frozenset(), events)


def case(
    number: int,
    site: str,
    kind: SpanKind = SpanKind.SITE,
    *,
    item: str = "",
    start: float = AT - HOUR,
    end: float | None = None,
    cause: str = "power",
    handling: Handling | None = None,
) -> Case:
    notes = (EvidenceNote("agents_silent", (start,)),)
    outage = Outage(
        *(number, item or site, site, kind, start, end, 1), (Phase(start, end, cause, notes),)
    )
    return Case(outage, handling=handling or Handling())


def everything(_: str) -> bool:
    return True


def cards(
    province: Inventory, cases: Iterable[Case], asked: Asked | None = None
) -> now_outages.OutageCards:
    return now_outages.build(province, cases, asked or Asked(), AT, everything)


@pytest.mark.parametrize(
    "given_query", [{}, {"q": "xã a&b", "status": "down", "map": "outline", "o": "3", "wall": "1"}]
)
def test_an_address_is_read_as_it_was_written(given_query: dict[str, str]):
    asked = Asked.read(given_query)

    assert asked.fields == given_query
    assert asked.href(q="").startswith("/")


@given(st.dictionaries(st.sampled_from(["q", "p", "o", "w", "map", "since"]), st.text()))
def test_no_address_breaks_the_page(query: dict[str, str]):
    asked = Asked.read(query)

    assert asked.page >= 1
    assert asked.outages >= 1
    assert Asked.read(asked.fields) == asked


def test_a_unit_shows_its_worst_site_and_says_how_many_are_so(small_province: Inventory):
    sites = {"a": verdict("up"), "b": verdict("down", "power"), "c": verdict("up")}
    province = msgspec.structs.replace(
        small_province, clusters={"cum-1": Group(id="cum-1", name="Cụm 1")}
    )
    known = coverage(fact("a", "xa", "cum-1"), fact("b", "xa", "cum-1"), fact("c"))
    first, other = now_map.tiles(province, verdicts(sites), known)

    assert (first.name, other.name) == ("Cụm 1", now_map.NO_CLUSTER)
    (tile,) = first.tiles
    assert (tile.sign, tile.label, tile.cause) == ("M", "Mất kết nối", "Mất điện")
    assert (tile.name, tile.number, tile.tone) == ("xa", "1/2 điểm", "bad")
    assert tile.href == "/sites/b"
    assert [(tile.sign, tile.cause, tile.number) for tile in other.tiles] == [("✓", "", "")]


def test_of_very_many_units_the_faulty_ones_are_drawn_and_the_others_counted(
    small_province: Inventory,
):
    names = [f"x{number}" for number in range(10_000)]
    sites = {name: verdict("up") for name in names} | {"x77": verdict("down")}
    (cluster,) = now_map.tiles(small_province, verdicts(sites), coverage(*map(fact, names)))

    assert [tile.name for tile in cluster.tiles] == ["x77"]
    assert cluster.more == "và 9999 đơn vị khác"


def test_on_a_wall_clusters_with_faults_stand_above(small_province: Inventory):
    sites = {"a": verdict("up"), "b": verdict("degraded")}
    known = coverage(fact("a", cluster="an"), fact("b", cluster="binh"))
    made = now_map.tiles(small_province, verdicts(sites), known, is_worst_first=True)

    assert [cluster.name for cluster in made] == ["binh", "an"]


def test_units_lie_where_the_inventory_says_north_above_east_to_the_right():
    sites = {name: verdict("up") for name in "abc"} | {"d": verdict("down", "link")}
    drawn = now_map.outline(
        verdicts(sites),
        coverage(
            fact("a", where=(11.0, 108.0)),
            fact("b", where=(12.0, 107.0)),
            fact("c"),
            fact("d", where=(11.5, 109.0)),
        ),
    )

    assert drawn is not None
    spots = {spot.name: spot for spot in drawn.spots}
    assert spots["Xã b"].y < spots["Xã d"].y < spots["Xã a"].y
    assert spots["Xã b"].x < spots["Xã a"].x < spots["Xã d"].x
    assert drawn.unplaced == 1
    assert drawn.spots[-1] == spots["Xã d"]
    assert (spots["Xã d"].shape, spots["Xã d"].label) == ("square", "Mất kết nối, Đường truyền")
    assert spots["Xã d"].is_named
    assert not spots["Xã a"].is_named
    assert len(drawn.corners.split()) == 3


def test_without_coordinates_there_is_no_outline():
    assert now_map.outline(verdicts({"a": verdict("up")}), coverage(fact("a"))) is None


def test_of_very_many_units_those_that_work_are_one_path_of_points():
    names = [f"x{number}" for number in range(1_000)]
    sites = {name: verdict("up") for name in names} | {"x7": verdict("down")}
    places = [fact(name, where=(11.0, 108 + n / 1000)) for n, name in enumerate(names)]
    drawn = now_map.outline(verdicts(sites), coverage(*places))

    assert drawn is not None
    assert [spot.name for spot in drawn.spots] == ["Xã x7"]
    assert drawn.crowd.count("M") == 999


@given(st.lists(coordinates, min_size=1, max_size=30))
def test_every_point_lies_within_the_frame(points: list[tuple[float, float]]):
    around = frame(points)
    for point in points:
        x, y = around.place(*point)
        assert 0 <= x <= around.width
        assert 0 <= y <= around.height


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30))
def test_the_outline_has_every_point_inside_and_turns_one_way(points: list[tuple[int, int]]):
    corners = hull((float(x), float(y)) for x, y in points)
    assert set(corners) <= set(points)
    if len(corners) > 2:
        for start, end in zip(corners, (*corners[1:], corners[0]), strict=True):
            for x, y in points:
                side = (end[0] - start[0]) * (y - start[1]) - (end[1] - start[1]) * (x - start[0])
                assert side >= 0


def test_an_outage_says_why_since_when_what_speaks_for_it_and_whom_to_call(
    small_province: Inventory,
):
    site = msgspec.structs.replace(
        small_province.sites["xa-b"],
        power_area="t3",
        contacts=(Contact(role="Văn phòng", telephone="0900 000 001"),),
    )
    power = (Contact(role="Trực điện", telephone="+84 (0)900.2", email="truc@dien.example"),)
    province = msgspec.structs.replace(
        small_province,
        sites=small_province.sites | {"xa-b": site},
        power_areas={"t3": Group(id="t3", name="Trạm T3", contacts=power)},
        carriers={
            "vnpt": Carrier(id="vnpt", name="VNPT", contacts=(Contact(role="Trực mạng"),)),
        },
    )
    handling = Handling("lan", AT - 60, "Đội 2", "VT-17", "Đã gọi")
    (card,) = cards(province, [case(7, "xa-b", handling=handling)]).cards

    assert (card.number, card.cause, card.since, card.lasts) == (
        7,
        "Mất điện",
        "21/09/2026 20:13",
        "1 giờ",
    )
    assert card.evidence == ("Không máy nào gửi báo cáo từ 21/09/2026 20:13.",)
    assert [(call.who, call.telephone, call.dial) for call in card.calls] == [
        ("Trực điện (Trạm T3)", "+84 (0)900.2", "+8409002"),
        (f"Văn phòng ({site.name})", "0900 000 001", "0900000001"),
        ("Trực mạng (VNPT)", "", ""),
    ]
    assert card.runbook == "/runbook/GovnetSiteSilent"
    assert card.acknowledged == "lan nhận việc lúc 21/09/2026 21:12"
    assert (card.assignee, card.ticket, card.note) == ("Đội 2", "VT-17", "Đã gọi")


def test_what_failed_with_its_site_stands_with_it_and_what_failed_long_before_alone(
    small_province: Inventory,
):
    cases = [
        case(1, "xa-b", SpanKind.DEVICE, item="xa-b/cpe", start=AT - 2 * DAY),
        case(2, "xa-b"),
        case(3, "xa-b", SpanKind.LINK, item="xa-b/tslcd", start=AT - HOUR - 60),
    ]
    made = cards(small_province, cases)

    assert [(card.number, card.also) for card in made.cards] == [(2, ("tslcd",)), (1, ())]
    assert (made.total, made.unhandled) == (2, 2)
    assert [part.outage.number for part in now_outages.parts_of(2, cases)] == [3]


def test_only_what_lasts_and_is_seen_is_listed_sites_first_then_the_newest(
    small_province: Inventory,
):
    cases = [
        case(1, "xa-a", start=AT - DAY),
        case(2, "xa-b"),
        case(3, "xa-c", end=AT - 60),
        msgspec.structs.replace(case(4, "xa-d"), is_withdrawn=True),
        case(5, "xa-e", SpanKind.LINK, item="xa-e/tslcd", start=AT - 60),
        case(6, "xa-f"),
        case(7, "", SpanKind.SERVICE, item="thu"),
    ]
    made = now_outages.build(
        small_province, cases, Asked(), AT, {"xa-a", "xa-b", "xa-c", "xa-d", "xa-e"}.__contains__
    )

    assert [card.number for card in made.cards] == [2, 1, 5]


def test_the_list_is_cut_into_pages_and_found_by_words_and_cause(small_province: Inventory):
    cases = [case(number, "xa-b", start=AT - number) for number in range(1, 46)]
    many = [
        msgspec.structs.replace(
            one, outage=msgspec.structs.replace(one.outage, site=f"m{one.outage.number}")
        )
        for one in cases
    ]
    last = cards(small_province, many, Asked(outages=3))

    assert [card.number for card in last.cards] == [41, 42, 43, 44, 45]
    assert last.pages.before == "/?o=2#outages"
    other = case(50, "xa-a", cause="link")
    assert [
        card.number for card in cards(small_province, [*many, other], Asked(cause="link")).cards
    ] == [50]
    assert [
        card.number
        for card in cards(small_province, [*many, other], Asked(query="don duong")).cards
    ] == [50]


def storm_province(province: Inventory, number: int) -> tuple[Inventory, list[str]]:
    """Return it with so many communes' sites that have a line."""
    like = province.sites["xa-b"]
    names = [f"x{index}" for index in range(number)]
    sites = {
        name: msgspec.structs.replace(like, id=name, name=f"Xã {name}", lifecycle=Lifecycle.ACTIVE)
        for name in names
    }
    return msgspec.structs.replace(province, sites=sites), names


def test_the_sentence_of_a_storm_has_the_numbers_of_the_data(small_province: Inventory):
    province, names = storm_province(small_province, 92)
    dark, back = names[:28], names[28:32]
    sites = {name: verdict("up") for name in names} | {
        name: verdict("down", "power") for name in dark
    }
    event = Event(
        "e", AT - HOUR, None, "power", "", "", (*dark, *back), tuple(dark), (("power", 32),)
    )
    (storm,) = now_storm.build(province, verdicts(sites, (event,)), ())

    assert storm.title == "Mạng TSLCD cấp 2 mất kết nối do mất điện 32/92 điểm"
    first, second, *rest = storm.text.splitlines()
    assert first == (
        "Tính đến 21/09/2026 21:13, Lâm Đồng: mạng TSLCD cấp 2 mất kết nối do mất điện 32/92 điểm."
    )
    assert second == "Bắt đầu từ 21/09/2026 20:13; đã khôi phục 4 điểm."
    assert rest[0] == "Còn mất kết nối (28):"
    assert rest[1] == "- Xã x0, từ 21/09/2026 20:13"
    assert rest[29:] == ["Đã khôi phục (4):", *(f"- Xã {name}" for name in back)]


def test_an_event_of_several_causes_says_how_many_of_each(small_province: Inventory):
    province, names = storm_province(small_province, 9)
    sites = {name: verdict("down", "power") for name in names}
    causes = (("power", 8), ("undetermined", 1))
    event = Event("e", AT - HOUR, None, "undetermined", "", "", tuple(names), tuple(names), causes)
    (storm,) = now_storm.build(province, verdicts(sites, (event,)), ())

    assert storm.title == (
        "Mạng TSLCD cấp 2 mất kết nối do mất điện (8), chưa xác định nguyên nhân (1), 9/9 điểm"
    )


def test_without_an_event_five_sites_of_one_cause_are_a_storm_and_four_are_none(
    small_province: Inventory,
):
    province, names = storm_province(small_province, 10)
    ended = case(99, names[9], end=AT - 60)

    def made(number: int) -> tuple[now_storm.Storm, ...]:
        sites = {name: verdict("up") for name in names} | {
            name: verdict("down", "power") for name in names[:number]
        }
        cases = [case(index, name) for index, name in enumerate(names[:number])]
        return now_storm.build(province, verdicts(sites), [*cases, ended])

    assert made(4) == ()
    (storm,) = made(5)
    assert storm.title == "Mạng TSLCD cấp 2 mất kết nối do mất điện 6/10 điểm"
    assert "đã khôi phục 1 điểm" in storm.text


def test_an_event_that_is_over_is_no_storm(small_province: Inventory):
    province, names = storm_province(small_province, 6)
    event = Event("e", AT - DAY, AT - HOUR, "power", "", "", tuple(names), ())

    sites = {name: verdict("up") for name in names}
    assert now_storm.build(province, verdicts(sites, (event,)), ()) == ()


@pytest.mark.parametrize(
    ("typed", "since", "is_wrong"),
    [
        ("", "20/09/2026 17:00", False),
        ("21/09/2026 08:00", "21/09/2026 08:00", False),
        ("2026-09-19 07:15", "19/09/2026 07:15", False),
        ("hôm qua", "20/09/2026 17:00", True),
        ("01/01/2020 00:00", "20/09/2026 17:00", True),
        ("22/09/2026 08:00", "20/09/2026 17:00", True),
    ],
)
def test_changes_are_told_since_the_typed_moment_else_since_17_of_yesterday(
    small_province: Inventory, typed: str, since: str, *, is_wrong: bool
):
    at, mistake = now_changes.since_of(typed, AT, "Asia/Ho_Chi_Minh")
    made = now_changes.build(small_province, (), at, AT, mistake=mistake, sees=everything)

    assert made.since == since
    assert bool(made.mistake) == is_wrong


def test_changes_tell_what_began_and_ended_since_then_of_what_is_seen(small_province: Inventory):
    known = [
        Known(one.outage)
        for one in (
            case(1, "xa-a", start=AT - 2 * DAY, end=AT - DAY),
            case(2, "xa-b", start=AT - 2 * HOUR),
            case(3, "xa-c", start=AT - 9 * HOUR, end=AT - HOUR),
            case(4, "xa-d", start=AT - 2 * HOUR),
        )
    ]
    seen = {"xa-a", "xa-b", "xa-c"}.__contains__
    made = now_changes.build(small_province, known, AT - 3 * HOUR, AT, sees=seen)

    begun, ended = made.changed
    assert "mất liên lạc lúc 19:13 ngày 21/09/2026, chưa có lại" in begun
    assert "có lại lúc 20:13 ngày 21/09/2026 sau 8 giờ" in ended
    later = now_changes.build(small_province, known, AT - 3 * DAY, AT, sees=seen)
    assert len(later.changed) == 3
