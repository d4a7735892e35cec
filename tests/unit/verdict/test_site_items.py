"""How links, devices, conference points, services and servers are judged."""

from collections.abc import Callable

import msgspec
import pytest

from collector.wire import Received
from inventory.model import Device, DeviceKind, Inventory, Link
from tests.judged_province import (
    ANSWERS,
    CENTRE,
    SILENT,
    Judged,
    Results,
    local,
    path,
    with_site,
)

MINUTE = 60.0
OTHERS = ("xa-a/pc-1", "xa-c/pc-1", "xa-d/pc-1")


@pytest.mark.parametrize(
    ("site_end", "far_end", "heard", "expected"),
    [
        (True, True, True, "up"),
        (True, None, False, "up"),
        (True, False, True, "degraded"),
        (False, True, True, "up"),
        (False, False, True, "down"),
        (None, False, True, "down"),
        (False, None, True, "degraded"),
        (False, None, False, "down"),
        (None, None, True, "unknown"),
    ],
)
def test_a_link_is_judged_from_both_ends(
    alive: Judged,
    site_end: bool | None,  # noqa: FBT001 - a row of the table
    far_end: bool | None,  # noqa: FBT001 - a row of the table
    heard: bool,  # noqa: FBT001 - a row of the table
    expected: str,
) -> None:
    alive.hear(CENTRE, {("link", "xa-b/tslcd"): [path("site", answers=True)]})
    for _ in range(5):
        alive.now += MINUTE
        for machine in OTHERS:
            alive.hear(machine)
        if site_end is not None:
            looks: Results = {
                ("link", "xa-b/tslcd"): [path("site", answers=site_end)],
                ("always_on", "xa-b/cpe"): ANSWERS if site_end else SILENT,  # type: ignore[dict-item]
            }
            alive.hear(CENTRE, looks)
        if heard:
            ends = [] if far_end is None else [path("far", answers=far_end)]
            alive.hear("xa-b/pc-1", {("link", "xa-b/tslcd"): ends} if ends else None)
        alive.judge()

    assert alive.item("xa-b/tslcd") == expected


def test_a_router_and_what_stands_behind_it_are_reached_by_their_parents(
    small_province: Inventory, received: Callable[..., Received]
) -> None:
    switch = Device(
        id="xa-b/sw",
        kind=DeviceKind.SWITCH,
        address="198.18.1.2",
        always_on=True,
        upstream="xa-b/cpe",
    )
    devices = (*small_province.sites["xa-b"].devices, switch)
    province = Judged(with_site(small_province, "xa-b", devices=devices), received)

    def minutes(number: int, *, router: bool, switch: bool) -> None:
        for _ in range(number):
            province.now += MINUTE
            for machine in OTHERS:
                province.hear(machine)
            looks = {"xa-b/cpe": router, "xa-b/sw": switch}
            province.hear(
                CENTRE,
                {
                    ("always_on", item): ANSWERS if answer else SILENT  # type: ignore[misc]
                    for item, answer in looks.items()
                },
            )
            province.judge()

    minutes(3, router=True, switch=True)
    assert (province.item("xa-b/cpe"), province.item("xa-b/sw")) == ("up", "up")
    minutes(2, router=True, switch=False)
    assert province.item("xa-b/sw") == "up"
    minutes(1, router=True, switch=False)
    assert (province.item("xa-b/cpe"), province.item("xa-b/sw")) == ("up", "down")
    assert province.story("xa-b/sw")[-1] == ("down", "equipment", 4.0)
    minutes(1, router=True, switch=True)
    minutes(5, router=False, switch=False)
    assert (province.item("xa-b/cpe"), province.item("xa-b/sw")) == ("unreachable", "unreachable")
    assert province.status("xa-b") == "down"


def minutes_of_point(
    province: Judged, number: int, *, sip: bool | None, router: bool = True
) -> None:
    for _ in range(number):
        province.now += MINUTE
        for machine in ("xa-b/pc-1", "xa-c/pc-1"):
            province.hear(machine)
        if sip is not None:
            answers = [
                ("govnet_point_reachable", 0.0, {"protocol": "h323"}),
                ("govnet_point_reachable", float(sip), {"protocol": "sip_udp"}),
            ]
            province.hear("xa-a/pc-1", {("conference", "xa-a/diem-cau"): answers})
        province.look(a=router, b=True, c=True)
        province.judge()


def test_a_point_is_up_by_any_protocol_and_down_by_none_three_times(province: Judged) -> None:
    assert province.item("xa-a/diem-cau") == "never_seen"
    minutes_of_point(province, 1, sip=True)
    assert province.item("xa-a/diem-cau") == "up"
    minutes_of_point(province, 2, sip=False)
    assert province.item("xa-a/diem-cau") == "up"
    minutes_of_point(province, 1, sip=False)
    assert province.item("xa-a/diem-cau") == "down"
    assert province.story("xa-a/diem-cau")[-1] == ("down", "equipment", 2.0)


def test_a_point_that_nobody_asks_any_more_is_unknown(province: Judged) -> None:
    minutes_of_point(province, 2, sip=True)
    minutes_of_point(province, 5, sip=None)

    assert province.item("xa-a/diem-cau") == "unknown"


def test_a_silent_point_of_a_site_that_is_down_is_unreachable(province: Judged) -> None:
    minutes_of_point(province, 2, sip=True)
    silent = [("govnet_point_reachable", 0.0, {"protocol": "sip_udp"})]
    for _ in range(5):
        minutes_of_point(province, 1, sip=None, router=False)
        province.hear(CENTRE, {("conference", "xa-a/diem-cau"): silent})

    assert province.status("xa-a") == "down"
    assert province.item("xa-a/diem-cau") == "unreachable"


def test_a_room_that_is_dark_in_the_evening_is_off_and_not_down(
    small_province: Inventory, received: Callable[..., Received]
) -> None:
    province = Judged(small_province, received, start=local(25, 20))
    minutes_of_point(province, 2, sip=True)
    minutes_of_point(province, 5, sip=False)

    assert province.item("xa-a/diem-cau") == "off_hours"


@pytest.mark.parametrize(
    ("centre", "commune", "expected"),
    [(1, 1, "up"), (1, 0, "degraded"), (0, 1, "down"), (None, 0, "degraded"), (None, 1, "up")],
)
def test_the_centre_decides_about_a_service(
    alive: Judged, centre: int | None, commune: int, expected: str
) -> None:
    alive.now += 60
    alive.hear("xa-b/pc-1", {("service", "thu"): [("govnet_service_up", commune)]})
    if centre is not None:
        alive.hear(CENTRE, {("service", "thu"): [("govnet_service_up", centre)]})

    assert alive.item("thu") == expected


def test_without_the_centres_view_a_service_that_every_site_sees_fail_is_not_down(
    alive: Judged,
) -> None:
    for letter in "ab":
        alive.hear(f"xa-{letter}/pc-1", {("service", "thu"): [("govnet_service_up", 0.0)]})

    assert alive.item("thu") == "degraded"


def test_a_check_that_could_not_measure_says_nothing(alive: Judged) -> None:
    alive.hear(CENTRE, {("service", "thu"): []}, error="không có quyền")

    assert alive.item("thu") == "never_seen"


def test_a_server_that_falls_silent_is_down_and_unreachable_with_its_site(alive: Judged) -> None:
    machines = ("xa-a/pc-1", "xa-b/pc-1", "xa-c/pc-1")
    alive.minutes(2, "xa-a/may-chu", *machines, a=True, b=True, c=True)
    assert alive.item("xa-a/may-chu") == "up"
    silent_since = alive.now + MINUTE
    alive.minutes(5, *machines, a=True, b=True, c=True)
    assert alive.item("xa-a/may-chu") == "down"
    assert alive.judge().items["xa-a/may-chu"].since == silent_since
    alive.minutes(5, *machines[1:], a=False, b=True, c=True)
    assert alive.item("xa-a/may-chu") == "unreachable"


def test_a_server_without_agent_is_judged_by_what_the_centre_sees(
    small_province: Inventory, received: Callable[..., Received]
) -> None:
    machines = tuple(
        msgspec.structs.replace(machine, always_on=True, address="198.18.1.9")
        if machine.id == "xa-a/may-chu"
        else machine
        for machine in small_province.sites["xa-a"].machines
    )
    province = Judged(with_site(small_province, "xa-a", machines=machines), received)
    assert province.item("xa-a/may-chu") == "never_seen"
    for router, server, expected in (
        (ANSWERS, ANSWERS, "up"),
        (ANSWERS, SILENT, "down"),
        (SILENT, SILENT, "unreachable"),
    ):
        for _ in range(4):
            province.now += MINUTE
            province.hear("xa-b/pc-1")
            looks: Results = {
                ("always_on", "xa-a/cpe"): router,  # type: ignore[dict-item]
                ("always_on", "xa-a/may-chu"): server,  # type: ignore[dict-item]
            }
            province.hear(CENTRE, looks)
            province.judge()
        assert province.item("xa-a/may-chu") == expected
    province.minutes(4)
    assert province.item("xa-a/may-chu") == "unknown"


def test_a_removed_agent_leaves_no_evidence(alive: Judged) -> None:
    assert alive.item("xa-b/pc-1") == "up"
    alive.evidence.forget("xa-b/pc-1", "xa-b")

    assert "xa-b/pc-1" not in alive.judge().items


def test_a_second_circuit_that_works_does_not_hide_that_the_first_is_cut(
    small_province: Inventory, received: Callable[..., Received]
) -> None:
    (main,) = small_province.sites["xa-b"].links
    spare: Link = msgspec.structs.replace(main, id="xa-b/du-phong", carrier="viettel")
    province = Judged(with_site(small_province, "xa-b", links=(main, spare)), received)
    for _ in range(4):
        province.now += MINUTE
        province.look(a=True, b=True)
        ends: Results = {
            ("link", "xa-b/tslcd"): [path("gateway", answers=True), path("far", answers=False)],
            ("link", "xa-b/du-phong"): [path("gateway", answers=True), path("far", answers=True)],
        }
        province.hear("xa-b/pc-1", ends)
        province.judge()

    assert province.status("xa-b") == "up"
    assert province.item("xa-b/tslcd") == "down"
    assert province.item("xa-b/du-phong") == "up"
