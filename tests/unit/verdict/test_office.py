"""An office that falls silent as a whole while the centre reaches its router."""

from collections.abc import Callable

import msgspec
import pytest

from collector.wire import Received
from inventory.model import Device, DeviceKind, Inventory, Machine
from tests.judged_province import ANSWERS, CENTRE, SILENT, Judged, Results, lan, local, with_site

MINUTE = 60.0
OFFICE = tuple(f"xa-b/pc-{number}" for number in range(1, 7))


def minutes(province: Judged, number: int, *machines: str) -> None:
    province.minutes(number, *machines, "xa-c/pc-1", b=True, c=True)


@pytest.fixture
def office(province: Judged) -> Judged:
    """Return the province after ten minutes with six PCs on at site b, within working hours."""
    minutes(province, 10, *OFFICE)
    return province


def test_a_whole_office_that_falls_silent_is_degraded_since_its_first_missed_report(
    office: Judged,
) -> None:
    silent_since = office.now + MINUTE
    minutes(office, 3)
    assert office.status("xa-b") == "up"
    minutes(office, 2)

    verdict = office.site("xa-b")
    assert (verdict.status, verdict.cause) == ("degraded", "undetermined")
    assert verdict.since == silent_since
    assert "office_silent" in office.codes("xa-b")


def test_the_first_pc_that_is_heard_again_ends_it(office: Judged) -> None:
    minutes(office, 6)
    assert office.status("xa-b") == "degraded"
    minutes(office, 1, OFFICE[3])

    assert office.status("xa-b") == "up"


@pytest.mark.parametrize("number", [1, 2, 5])
def test_some_pcs_that_fall_silent_are_nothing(office: Judged, number: int) -> None:
    minutes(office, 10, *OFFICE[number:])

    assert office.status("xa-b") == "up"


def test_two_pcs_are_no_office(province: Judged) -> None:
    minutes(province, 10, *OFFICE[:2])
    minutes(province, 10)

    assert province.status("xa-b") == "up"


def test_an_office_that_goes_home_one_by_one_is_nothing(office: Judged) -> None:
    for left in range(5, -1, -1):
        minutes(office, 5, *OFFICE[:left])
    minutes(office, 10)

    assert office.status("xa-b") == "up"


@pytest.mark.parametrize(
    "start",
    [local(25, 11, 10), local(25, 16, 42), local(25, 19), local(28, 9)],
    ids=["before lunch", "before five", "in the evening", "on a Saturday"],
)
def test_an_office_that_is_switched_off_when_nobody_works_any_more_is_nothing(
    small_province: Inventory, received: Callable[..., Received], start: float
) -> None:
    province = Judged(small_province, received, start=start)
    minutes(province, 15, *OFFICE)
    minutes(province, 15)

    assert province.status("xa-b") == "up"


def test_the_end_of_working_hours_does_not_end_it(
    small_province: Inventory, received: Callable[..., Received]
) -> None:
    province = Judged(small_province, received, start=local(25, 16, 20))
    minutes(province, 10, *OFFICE)
    minutes(province, 60)

    assert province.now > local(25, 17, 20)
    assert province.status("xa-b") == "degraded"


def test_machines_that_were_shut_down_do_not_count(office: Judged) -> None:
    """Six fell silent, and four of them say the next morning that somebody shut them down."""
    stopped_at = office.now + 20
    minutes(office, 30)
    assert office.status("xa-b") == "degraded"

    for machine in OFFICE[:4]:
        results: Results = {
            ("machine", machine): [
                ("govnet_machine_uptime_seconds", 30.0),
                ("govnet_machine_last_alive_timestamp_seconds", stopped_at),
                ("govnet_machine_clean_stop", 1.0),
            ]
        }
        made = office.made(machine, results)
        report = msgspec.structs.replace(made.report, boot_id="b2")
        office.evidence.apply(msgspec.structs.replace(made, report=report))
    office.judge()

    assert {status for status, _, _ in office.story("xa-b")} == {"up"}


def backlog(office: Judged, notes: Callable[[str], Results], *, keep_back: int = 0) -> None:
    """Let the office be silent for ten minutes and report all of them afterwards."""
    waiting = []
    for _ in range(10):
        minutes(office, 1)
        waiting += [office.made(machine, notes(machine)) for machine in OFFICE[keep_back:]]
    office.now += MINUTE + 1
    for one in reversed(waiting):
        office.evidence.apply(msgspec.structs.replace(one, received_at=office.now))
    minutes(office, 2, *OFFICE)


def faults(office: Judged) -> list[tuple[str, str | None, float]]:
    return [said for said in office.story("xa-b") if said[0] in ("down", "degraded")]


def test_a_backlog_that_saw_no_gateway_proves_that_the_lan_failed(office: Judged) -> None:
    backlog(office, lambda machine: lan(machine, gateway=False, peers=False))

    assert faults(office) == [("down", "lan", 11.0)]


def test_a_backlog_that_reached_the_centre_proves_that_the_agents_were_held_back(
    office: Judged,
) -> None:
    def notes(machine: str) -> Results:
        far: Results = {
            ("link", "xa-b/tslcd"): [("govnet_link_reachable", 1.0, {"end": "far"})],
        }
        return lan(machine, gateway=True) | far

    backlog(office, notes)

    assert faults(office) == [("degraded", "agent", 11.0)]


def test_a_backlog_without_a_name_server_says_so_and_no_cause(office: Judged) -> None:
    def notes(machine: str) -> Results:
        names: list[tuple[object, ...]] = [
            ("govnet_lan_gateway_reachable", 1.0),
            ("govnet_lan_resolvers", 2.0),
            ("govnet_lan_resolvers_answering", 0.0),
        ]
        return {("lan", machine): names}

    backlog(office, notes)

    assert faults(office) == [("degraded", "undetermined", 11.0)]


def test_a_switch_that_does_not_answer_the_centre_while_the_router_does_is_the_lan(
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
    machines = tuple(Machine(id=machine, profile="pc") for machine in OFFICE)
    inventory = with_site(small_province, "xa-b", devices=devices, machines=machines)
    province = Judged(inventory, received)
    for minute in range(20):
        is_broken = minute >= 10
        province.now += MINUTE
        looks: Results = {
            ("always_on", "xa-b/cpe"): ANSWERS,  # type: ignore[dict-item]
            ("always_on", "xa-b/sw"): SILENT if is_broken else ANSWERS,  # type: ignore[dict-item]
        }
        province.hear(CENTRE, looks)
        for machine in () if is_broken else OFFICE:
            province.hear(machine)
        province.judge()

    verdict = province.site("xa-b")
    assert (verdict.status, verdict.cause) == ("down", "lan")
    assert province.item("xa-b/sw") == "down"
    assert province.item("xa-b/cpe") == "up"
    assert province.item("xa-b/pc-1") == "unreachable"
