"""What devices say of themselves, and what it proves of their site."""

from collections.abc import Callable

import pytest

from collector.verdict.evidence.facts import Fact, says
from collector.verdict.evidence.reading import view_word
from collector.verdict.verdicts import Condition
from collector.wire import Received, WireSample
from inventory.model import Device, DeviceKind, Inventory
from tests.judged_province import (
    CENTRE,
    MINUTE,
    OTHERS,
    Cut,
    Judged,
    Results,
    lan,
    path,
    with_site,
)

PC, PC_2, UPS, CPE, SWITCH = "xa-b/pc-1", "xa-b/pc-2", "xa-b/ups", "xa-b/cpe", "xa-b/sw1"
DEVICES = (
    Device(
        id=CPE,
        kind=DeviceKind.CPE,
        address="198.18.1.1",
        always_on=True,
        snmp="routers",
        traps=True,
    ),
    Device(id=SWITCH, kind=DeviceKind.SWITCH, address="198.18.1.2", snmp="switches"),
    Device(id=UPS, kind=DeviceKind.UPS, address="198.18.1.5", snmp="ups", traps=True),
)


@pytest.fixture
def province(small_province: Inventory, received: Callable[..., Received]) -> Judged:
    return Judged(with_site(small_province, "xa-b", devices=DEVICES), received)


@pytest.fixture
def cut(province: Judged) -> Cut:
    return Cut(province)


def mains(*, on: bool) -> Results:
    return {("device", UPS): [answered(), ("govnet_ups_on_mains", float(on))]}


def light(*ports: bool) -> Results:
    return {
        ("device", CPE): [
            answered(),
            *(
                ("govnet_optics_receive_light", float(lit), {"port": str(port), "lane": "0"})
                for port, lit in enumerate(ports)
            ),
        ]
    }


def answered(*, yes: bool = True) -> tuple[object, ...]:
    return ("govnet_device_reachable", float(yes), {"protocol": "snmp"})


def beyond(*, gateway: bool = True, **ends: bool) -> Results:
    samples = [path(end, answers=answers) for end, answers in ends.items()]
    return lan(PC, gateway=gateway) | {("link", "xa-b/tslcd"): samples}


def trap(device: str, **newest: float) -> Results:
    name = "govnet_trap_newest_timestamp_seconds"
    return {("trap", device): [(name, at, {"trap": kind}) for kind, at in newest.items()]}


@pytest.mark.parametrize(
    ("check", "samples", "expected"),
    [
        ("device", [], {}),
        ("device", [answered()], {Fact.ANSWERED: True}),
        ("device", [answered(yes=False)], {Fact.ANSWERED: False}),
        ("device", mains(on=True)["device", UPS], {Fact.ANSWERED: True, Fact.MAINS: True}),
        ("device", mains(on=False)["device", UPS], {Fact.ANSWERED: True, Fact.MAINS: False}),
        ("device", light(True, True)["device", CPE], {Fact.ANSWERED: True, Fact.LIGHT: True}),
        ("device", light(True, False)["device", CPE], {Fact.ANSWERED: True, Fact.LIGHT: False}),
        ("trap", trap(UPS, on_battery=5.0, on_mains=4.0)["trap", UPS], {Fact.MAINS: False}),
        ("trap", trap(UPS, on_battery=5.0, on_mains=6.0)["trap", UPS], {Fact.MAINS: True}),
        ("trap", trap(UPS, power_lost=5.0)["trap", UPS], {Fact.MAINS: False}),
        ("trap", trap(UPS, power_lost=5.0, cold_start=9.0)["trap", UPS], {Fact.MAINS: True}),
        ("trap", trap(CPE, link_down=5.0)["trap", CPE], {Fact.CABLE: False}),
        ("trap", trap(CPE, link_down=5.0, link_up=7.0)["trap", CPE], {Fact.CABLE: True}),
        ("trap", trap(CPE, authentication_failure=5.0)["trap", CPE], {}),
    ],
)
def test_samples_become_facts(
    check: str, samples: list[tuple[object, ...]], expected: dict[Fact, bool]
) -> None:
    word = view_word(check, [WireSample(*sample) for sample in samples])  # type: ignore[arg-type]

    assert {fact: said for fact in Fact if (said := says(word, fact)) is not None} == expected


def test_a_ups_that_went_over_to_its_battery_proves_that_the_mains_failed(cut: Cut) -> None:
    """Its machine stayed on without a battery of its own: the UPS feeds it."""
    cut.before(PC, results=mains(on=True))
    cut.during({PC: mains(on=False) | beyond(next_hop=False)})
    cut.after()

    assert cut.cause == "power"
    assert "on_battery" in cut.codes


def test_a_ups_on_battery_before_the_site_vanishes_says_power_at_once(cut: Cut) -> None:
    province = cut.province
    cut.before(PC, PC_2, results=mains(on=True))
    province.now += 30
    province.hear(PC, mains(on=False))
    province.now += 30
    province.look(a=True, b=False, c=True, d=True)
    cut.during()

    assert province.site("xa-b").cause == "power"


def test_a_ups_that_was_always_on_battery_proves_nothing(cut: Cut) -> None:
    cut.before(PC, results=mains(on=False))
    cut.during({PC: mains(on=False)})
    cut.after()

    assert cut.cause == "undetermined"


def test_a_machine_that_says_it_has_mains_contradicts_the_ups(cut: Cut) -> None:
    laptop: Results = {("machine", PC): [("govnet_machine_on_mains", 1.0)]}
    cut.before(PC, results=mains(on=True) | laptop)
    cut.during({PC: mains(on=False) | laptop})
    cut.after()

    assert cut.cause == "undetermined"


def test_mains_at_the_ups_and_no_light_at_the_router_prove_the_circuit(cut: Cut) -> None:
    """No next hop is known, so machines alone could not tell circuit and carrier apart."""
    cut.before(PC, results=mains(on=True) | light(True))
    cut.during({PC: mains(on=True) | light(False) | beyond(far=False)})
    cut.after()

    assert cut.cause == "link"
    assert {"light_lost", "ups_on_mains", "machines_stayed_on"} <= set(cut.codes)


def test_a_module_that_never_had_light_proves_nothing(cut: Cut) -> None:
    cut.before(PC, results=light(True, False))
    cut.during({PC: light(True, False) | beyond(far=False)})
    cut.after()

    assert "light_lost" not in cut.codes


def test_light_that_went_long_before_proves_nothing(cut: Cut) -> None:
    province = cut.province
    province.hear(PC, light(True, True))
    for _ in range(5):
        province.now += MINUTE
        province.hear(PC, light(True, False))
    cut_start = province.now
    cut.before(PC, results=light(True, False))
    cut.during({PC: light(True, False) | beyond(far=False)})

    assert province.now > cut_start
    codes = [note.code for note in province.site("xa-b").evidence]
    assert "light_lost" not in codes


def test_lost_light_is_told_by_a_backup_while_the_site_still_reports(cut: Cut) -> None:
    province = cut.province
    relay: Results = {
        ("agent", PC): [
            ("govnet_agent_path_in_use", 0.0, {"path": "tslcd"}),
            ("govnet_agent_path_in_use", 1.0, {"path": "internet"}),
        ]
    }
    cut.before(PC, results=light(True))
    for _ in range(5):
        province.now += MINUTE
        province.hear(PC, relay | light(False))
        for machine in OTHERS:
            province.hear(machine)
        province.look(a=True, b=False, c=True, d=True)
        province.judge()

    found = province.site("xa-b")
    assert (found.status, found.cause) == ("degraded", "link")
    assert "light_lost" in [note.code for note in found.evidence]


def test_a_switch_that_answers_within_proves_that_the_lan_worked(cut: Cut) -> None:
    inside: Results = {("device", SWITCH): [answered()]}
    cut.before(PC, results=inside)
    cut.during({PC: inside | lan(PC, gateway=False)})
    cut.after()

    assert cut.cause == "equipment"
    assert "device_answered_within" in cut.codes


def test_the_router_itself_proves_nothing_of_the_lan(cut: Cut) -> None:
    cut.before(PC, results=light(True))
    cut.during({PC: light(True) | lan(PC, gateway=False)})
    cut.after()

    assert cut.cause == "undetermined"


@pytest.mark.parametrize(
    ("device", "kinds", "code"),
    [
        (UPS, "on_battery", "notified_on_battery"),
        (UPS, "power_lost", "notified_on_battery"),
        (CPE, "link_down", "notified_link_down"),
    ],
)
def test_a_notification_alone_proves_nothing_and_is_told(
    cut: Cut, device: str, kinds: str, code: str
) -> None:
    province = cut.province
    cut.before(PC)
    province.hear(CENTRE, trap(device, **{kinds: province.now + 20}), at=province.now + 30)
    cut.during()
    found = province.site("xa-b")

    assert (found.status, found.cause) == ("down", "undetermined")
    assert code in [note.code for note in found.evidence]


def test_a_notification_while_all_is_well_changes_nothing(cut: Cut) -> None:
    cut.before(PC, PC_2)
    province = cut.province
    province.hear(CENTRE, trap(UPS, on_battery=province.now), at=province.now + 1)
    cut.before(PC, PC_2)

    assert province.site("xa-b").status == "up"
    assert "notified_on_battery" not in province.codes("xa-b")


def test_a_device_that_tells_the_centre_of_itself_proves_that_its_site_lives(
    province: Judged,
) -> None:
    """Its router drops whatever else the centre sends."""
    for _ in range(6):
        province.now += MINUTE
        for machine in OTHERS:
            province.hear(machine)
        looks: Results = {
            ("always_on", f"xa-{one}/cpe"): [("govnet_target_reachable", float(one != "b"))]
            for one in "abcd"
        }
        province.hear(CENTRE, looks | {("device", CPE): [answered()]})
        province.judge()

    assert province.status("xa-b") == "up"
    assert province.item(CPE) == "up"
    assert "device_answers" in province.codes("xa-b")


def test_that_a_device_refuses_to_tell_of_itself_says_nothing(alive: Judged) -> None:
    for _ in range(5):
        alive.hear(CENTRE, {("device", CPE): [answered(yes=False)]})
        alive.minutes(1, PC, *OTHERS, a=True, b=True, c=True, d=True)

    assert alive.status("xa-b") == "up"
    assert alive.item(CPE) == "up"


def test_a_registrar_that_still_lists_a_room_is_no_sign_of_life(cut: Cut) -> None:
    cut.before(PC)
    listed: Results = {
        ("registrar", "thu"): [
            ("govnet_registrar_endpoint_registered", 1.0, {"endpoint": "xa-b/diem-cau"})
        ]
    }
    for _ in range(5):
        cut.province.hear(CENTRE, listed)
        cut.during(minutes=1)

    assert cut.province.status("xa-b") == "down"


def test_a_ups_on_battery_is_a_condition_while_it_says_so(province: Judged) -> None:
    """What it only notified is none: a trap is sent once, and may be the last word of hours ago."""
    found = Condition("xa-b", UPS, "on_battery")
    province.hear(CENTRE, trap(UPS, on_battery=province.now))
    assert found not in province.judge().conditions

    for on, expected in ((False, True), (True, False), (False, True)):
        province.now += 60
        province.hear(PC, mains(on=on))
        assert (found in province.judge().conditions) == expected

    province.now += 600
    assert found not in province.judge().conditions
