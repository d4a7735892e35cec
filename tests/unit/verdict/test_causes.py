"""Why a site is cut off: every cause, and what must not be said."""

from collections.abc import Callable

import msgspec
import pytest

from collector.wire import Received
from inventory.model import Inventory
from tests.judged_province import (
    MINUTE,
    OTHERS,
    START,
    Cut,
    Judged,
    Results,
    lan,
    path,
    with_site,
)

PC = "xa-b/pc-1"
PC_2 = "xa-b/pc-2"


@pytest.fixture
def cut(province: Judged) -> Cut:
    return Cut(province)


def noted(
    machine: str = PC,
    *,
    gateway: bool | None = None,
    peers: bool | None = None,
    cable: bool | None = None,
    **ends: bool,
) -> dict[str, Results]:
    """Return what a machine notes: its gateway, its peers, and ends of its circuit."""
    results: Results = {}
    if gateway is not None or cable is not None:
        results = lan(machine, gateway=gateway, peers=peers, cable=cable)
    if ends:
        samples = [path(end, answers=answers) for end, answers in ends.items()]
        results["link", "xa-b/tslcd"] = samples
    return {machine: results}


def test_without_any_other_evidence_a_cut_stays_undetermined(cut: Cut) -> None:
    cut.before(PC)
    cut.during()
    assert cut.province.site("xa-b").cause == "undetermined"
    cut.after()

    assert cut.cause == "undetermined"


def test_machines_that_stayed_on_and_saw_their_gateway_prove_nothing_about_the_path_alone(
    cut: Cut,
) -> None:
    cut.before(PC)
    cut.during(noted(gateway=True))
    cut.after()

    assert cut.cause == "link"
    assert "gateway_answers_far_not" in cut.codes


@pytest.mark.parametrize(
    ("ends", "expected", "code"),
    [
        ({"far": False}, "link", "gateway_answers_far_not"),
        ({"next_hop": False, "far": False}, "link", "gateway_answers_next_hop_not"),
        ({"next_hop": True, "far": False}, "carrier", "next_hop_answers_far_not"),
        ({"next_hop": True, "far": True}, "undetermined", "far_answers"),
    ],
)
def test_the_backlog_tells_how_far_the_office_came(
    cut: Cut, ends: dict[str, bool], expected: str, code: str
) -> None:
    cut.before(PC)
    cut.during(noted(gateway=True, **ends))
    assert cut.province.site("xa-b").cause == "undetermined"
    cut.after()

    assert cut.cause == expected
    assert code in cut.codes


def test_a_router_that_answers_none_of_several_neighbours_is_the_equipment(cut: Cut) -> None:
    cut.before(PC, PC_2)
    cut.during(noted(gateway=False, peers=True) | noted(PC_2, gateway=False, peers=True))
    cut.after()

    assert cut.cause == "equipment"
    assert "peers_seen" in cut.codes


def test_several_machines_that_see_nobody_are_a_lan_that_failed(cut: Cut) -> None:
    cut.before(PC, PC_2)
    cut.during(noted(gateway=False, peers=False) | noted(PC_2, gateway=False, peers=False))
    cut.after()

    assert cut.cause == "lan"


def test_a_single_machine_that_sees_nobody_may_have_lost_its_own_cable(cut: Cut) -> None:
    cut.before(PC)
    cut.during(noted(gateway=False, peers=False))
    cut.after()

    assert cut.cause == "undetermined"


@pytest.mark.parametrize(
    ("cable", "code"), [(True, "cable_up"), (False, "cable_down"), (None, None)]
)
def test_the_cable_of_a_single_machine_is_told_and_names_no_cause(
    cut: Cut, code: str | None, *, cable: bool | None
) -> None:
    """Its own plug, its switch, or a converter that went dark with its fiber: all look alike."""
    cut.before(PC)
    cut.during(noted(gateway=False, cable=cable))
    cut.after()

    assert cut.cause == "undetermined"
    assert cut.codes[2:] == ["machines_stayed_on", "gateway_silent", *([code] if code else [])]


def test_a_cable_without_signal_tells_even_where_no_gateway_could_be_asked(cut: Cut) -> None:
    """Without carrier there is no default route, and so nobody to ask."""
    cut.before(PC)
    cut.during(noted(cable=False))
    cut.after()

    assert (cut.cause, cut.codes[2:]) == ("undetermined", ["machines_stayed_on", "cable_down"])


def test_cables_that_went_dark_at_several_machines_are_a_lan_that_failed(cut: Cut) -> None:
    cut.before(PC, PC_2)
    cut.during(noted(cable=False) | noted(PC_2, cable=False))
    cut.after()

    assert cut.cause == "lan"
    assert "cable_down" in cut.codes


def test_a_dark_cable_is_no_cut_line_even_if_another_machine_saw_the_router(cut: Cut) -> None:
    cut.before(PC, PC_2)
    cut.during(noted(cable=False) | noted(PC_2, gateway=True, cable=True, next_hop=False))
    cut.after()

    assert cut.cause == "link"
    assert "cable_down" not in cut.codes


def started(booted_at: float, alive_at: float, *, clean: bool) -> Results:
    return {
        ("machine", PC): [
            ("govnet_machine_uptime_seconds", START + 13 * MINUTE - booted_at),
            ("govnet_machine_last_alive_timestamp_seconds", alive_at),
            ("govnet_machine_clean_stop", float(clean)),
        ]
    }


def boot(cut: Cut, alive_at: float, *, clean: bool) -> Received:
    """Return the first report after the machine ran again, at the end of the cut."""
    at = START + 13 * MINUTE + 1
    results = started(at - 30, alive_at, clean=clean)
    made = cut.province.made(PC, results, at=at)
    return msgspec.structs.replace(made, report=msgspec.structs.replace(made.report, boot_id="b2"))


def test_a_machine_that_stopped_with_the_silence_and_not_in_order_lost_its_power(cut: Cut) -> None:
    cut.before(PC)
    cut.during()
    cut.after(boot(cut, START + 3 * MINUTE + 30, clean=False))

    assert cut.cause == "power"
    assert "stopped_by_power" in cut.codes


@pytest.mark.parametrize(
    ("alive_at", "clean"),
    [(START + 3 * MINUTE + 30, True), (START - 3600, False)],
    ids=["shut down by somebody", "stopped long before"],
)
def test_a_machine_that_was_off_for_another_reason_proves_no_power_failure(
    cut: Cut, alive_at: float, *, clean: bool
) -> None:
    cut.before(PC)
    cut.during()
    cut.after(boot(cut, alive_at, clean=clean))

    assert cut.cause == "undetermined"


def mains(machine: str, *, on: bool) -> Results:
    return {("machine", machine): [("govnet_machine_on_mains", float(on))]}


def test_a_laptop_that_went_over_to_its_battery_proves_a_power_failure(cut: Cut) -> None:
    cut.before(PC, results=mains(PC, on=True))
    cut.during({PC: mains(PC, on=False)})
    assert cut.province.site("xa-b").cause == "undetermined"
    cut.after()

    assert cut.cause == "power"
    assert "on_battery" in cut.codes


def test_a_router_with_a_battery_of_its_own_does_not_make_a_power_failure_a_cut_line(
    cut: Cut,
) -> None:
    ends = {("link", "xa-b/tslcd"): [path("next_hop", answers=False), path("far", answers=False)]}
    cut.before(PC, results=mains(PC, on=True))
    cut.during({PC: mains(PC, on=False) | lan(PC, gateway=True) | ends})
    cut.after()

    assert cut.cause == "power"
    assert "machines_stayed_on" not in cut.codes


def test_a_line_that_was_cut_before_the_mains_failed_stays_a_cut_line(cut: Cut) -> None:
    ends = {("link", "xa-b/tslcd"): [path("next_hop", answers=False), path("far", answers=False)]}
    lives = lan(PC, gateway=True) | ends
    cut.before(PC, results=mains(PC, on=True))
    cut.during({PC: mains(PC, on=True) | lives}, minutes=6)
    cut.during({PC: mains(PC, on=False) | lives}, minutes=3)
    cut.after()

    assert cut.cause == "link"


def test_a_laptop_that_is_always_on_its_battery_proves_nothing(cut: Cut) -> None:
    cut.before(PC, results=mains(PC, on=False))
    cut.during({PC: mains(PC, on=False)})
    cut.after()

    assert cut.cause == "undetermined"


def test_a_battery_is_no_power_failure_where_another_machine_stayed_on_the_mains(cut: Cut) -> None:
    """Somebody pulled the plug of the laptop."""
    cut.before(PC, results=mains(PC, on=True))
    cut.during({PC: mains(PC, on=False), PC_2: mains(PC_2, on=True)})
    cut.after()

    assert cut.cause == "undetermined"


def test_a_battery_that_tells_before_the_silence_is_believed_at_once(cut: Cut) -> None:
    """Its last words came while the router still had power."""
    province = cut.province
    cut.before(PC, results=mains(PC, on=True))
    province.now += 30
    province.hear(PC, mains(PC, on=False))
    province.now -= 30
    cut.during()

    verdict = province.site("xa-b")
    assert (verdict.status, verdict.cause) == ("down", "power")


def test_a_path_by_a_relay_tells_at_once_that_the_circuit_is_cut(cut: Cut) -> None:
    """Machines are heard, by the Internet; the centre sees nothing at the site."""
    province = cut.province
    cut.before(PC)
    for _ in range(5):
        relay: Results = {
            ("agent", PC): [
                ("govnet_agent_path_in_use", 0.0, {"path": "tslcd"}),
                ("govnet_agent_path_in_use", 1.0, {"path": "internet"}),
            ]
        }
        province.now += MINUTE
        for machine in OTHERS:
            province.hear(machine)
        province.hear(PC, relay | lan(PC, gateway=True))
        province.look(a=True, b=False, c=True, d=True)
        province.judge()

    verdict = province.site("xa-b")
    assert (verdict.status, verdict.cause) == ("degraded", "link")


def test_a_dead_agent_at_a_site_that_answers_is_no_outage(cut: Cut) -> None:
    cut.before(PC)
    cut.province.minutes(9, *OTHERS, a=True, b=True, c=True, d=True)

    assert cut.province.status("xa-b") == "up"


def test_a_power_failure_that_becomes_a_cable_failure_has_two_phases(cut: Cut) -> None:
    province = cut.province
    cut.before(PC, results=mains(PC, on=True))
    cut.during({PC: mains(PC, on=False)}, minutes=4)
    cut.during({PC: mains(PC, on=True) | noted(gateway=True, far=False)[PC]}, minutes=5)
    cut.after()

    faults = [
        (span.cause, (span.start - START) / MINUTE)
        for span in province.judgement.record.spans("xa-b")
        if span.status == "down"
    ]
    assert faults == [("power", 4.0), ("link", 8.0)]


def test_a_site_without_evidence_is_not_drawn_into_the_cause_of_another(
    small_province: Inventory, received: Callable[..., Received]
) -> None:
    """B is proven to have lost its circuit; c vanished too, and shares nothing but the carrier."""
    province = Judged(with_site(small_province, "xa-c", power_area="khu-2"), received)
    machines = ("xa-a/pc-1", "xa-b/pc-1", "xa-d/pc-1", "xa-e/pc-1")
    province.minutes(3, *machines, "xa-c/pc-1", a=True, b=True, c=True, d=True, e=True)
    for _ in range(6):
        province.now += MINUTE
        for machine in ("xa-a/pc-1", "xa-d/pc-1", "xa-e/pc-1"):
            province.hear(machine)
        province.look(a=True, b=False, c=False, d=True, e=True)
        province.judge()

    assert province.site("xa-c").cause == "undetermined"
    assert province.site("xa-c").event is None
