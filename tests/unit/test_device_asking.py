"""What is asked of a device in which run, what is remembered, and when it is learnt anew."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from agent.checks import device_asking
from agent.checks.contract import Context
from agent.checks.device import DeviceCheck
from agent.checks.device_asking import LEARN_SECONDS
from agent.devices import interfaces, ports
from agent.devices.addresses import HARDWARE_ADDRESS
from agent.devices.asking import NAME, UPTIME
from agent.devices.stations import STATION_PORT, VLAN_STATION_PORT
from agent.probe.icmp import EchoTrain, Method
from agent.probe.network import Neighbour
from agent.probe.snmp import Columns, Scalars
from govnet.errors import CheckError
from govnet.report import Fact, Sample
from govnet.settings import DeviceSettings, Peer, Secret, SnmpAccess
from tests.recorded_device import RecordedDevice

SYSTEM = {
    "1.3.6.1.2.1.1.1.0": "A switch of nobody",
    "1.3.6.1.2.1.1.2.0": "oid 1.3.6.1.4.1.99999.1",
    UPTIME: 8640000,
}
PORT = {
    f"{ports.TYPE}.1": 6,
    f"{interfaces.ADMIN_STATUS}.1": 1,
    f"{interfaces.OPER_STATUS}.1": 1,
    f"{interfaces.HC_IN_OCTETS}.1": 5000,
    "1.3.6.1.2.1.31.1.1.1.1.1": "GE0/0/1",
}
STATION = {f"{STATION_PORT}.0.17.34.51.68.238": 1}
SETTINGS = DeviceSettings(
    target="xa-a/sw1", address="198.18.7.2", snmp=SnmpAccess(community=Secret("public"))
)


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def time(self) -> float:
        return 1790000000.0 + self.now

    def monotonic(self) -> float:
        return self.now


class Site:
    """One check, one device whose record a test changes, and a clock."""

    def __init__(self, **doubles: Callable[..., Any]) -> None:
        self.clock = Clock()
        self.values: dict[str, Any] = {**SYSTEM, **PORT, **STATION}
        self.record: dict[str, Any] = {}
        self.device = RecordedDevice({})
        self.facts: dict[str, str] = {}
        self.check = DeviceCheck(
            snmp_get=self._get,
            snmp_walk=self._walk,
            **doubles,
        )

    def _get(self, *asked: Any, **how: Any) -> Scalars:
        return self.device.get(*asked, **how)

    def _walk(self, *asked: Any, **how: Any) -> Columns:
        return self.device.walk(*asked, **how)

    def run(self, settings: DeviceSettings = SETTINGS, after: float = 60.0) -> list[Sample]:
        self.clock.now += after
        self.device = RecordedDevice({"values": self.values, **self.record})
        context = Context(timeout_seconds=10, deadline=self.clock.now + 10, clock=self.clock)
        given: list[Sample | Fact] = []
        try:
            # What was yielded before an error stays in the list.
            given.extend(self.check.run(settings, context))
        finally:
            self.facts = {each.key: each.text for each in given if isinstance(each, Fact)}
        return [each for each in given if isinstance(each, Sample)]

    @property
    def asked(self) -> set[str]:
        return set(self.device.asked)


def value_of(samples: list[Sample], name: str) -> float:
    (found,) = [sample.value for sample in samples if sample.name == name]
    return found


@pytest.fixture
def site() -> Site:
    return Site()


def test_the_first_run_asks_everything_and_alternatives_only_where_needed(site: Site):
    site.run()

    assert {ports.TYPE, interfaces.HC_IN_OCTETS, VLAN_STATION_PORT, STATION_PORT} <= site.asked
    assert interfaces.IN_OCTETS not in site.asked


def test_later_runs_ask_only_what_changes_by_the_minute_of_what_the_device_has(site: Site):
    site.run()
    site.run()

    assert site.asked == {
        *SYSTEM,
        interfaces.ADMIN_STATUS,
        interfaces.OPER_STATUS,
        interfaces.HC_IN_OCTETS,
    }


def test_later_runs_give_the_same_series(site: Site):
    first = site.run()
    site.values[f"{interfaces.HC_IN_OCTETS}.1"] = 6000
    second = site.run()

    names = [(sample.name, sample.labels) for sample in first]
    assert names == [(sample.name, sample.labels) for sample in second]
    assert value_of(second, "govnet_port_receive_bytes_total") == 6000


@pytest.mark.parametrize(
    "change",
    [
        {"after": LEARN_SECONDS},
        {"settings": dataclasses.replace(SETTINGS, kind="switch")},
    ],
)
def test_a_device_is_learnt_anew_after_a_while_and_when_it_is_asked_otherwise(
    site: Site, change: dict[str, Any]
):
    site.run()
    site.run(**change)

    assert ports.TYPE in site.asked


def test_a_device_that_has_restarted_is_learnt_anew(site: Site):
    site.run()
    site.values[UPTIME] = 500
    site.values["1.3.6.1.2.1.31.1.1.1.1.1"] = "GE1/0/1"
    samples = site.run()

    assert {"port": "GE1/0/1"} in [sample.labels for sample in samples]


def test_what_was_learnt_by_half_is_asked_again(site: Site):
    site.record = {"nonsense_at": [VLAN_STATION_PORT]}
    with pytest.raises(CheckError, match="nonsense"):
        site.run()
    site.record = {}
    samples = site.run()

    assert VLAN_STATION_PORT in site.asked
    assert ports.TYPE not in site.asked
    assert value_of(samples, "govnet_device_stations") == 1
    site.run()
    assert VLAN_STATION_PORT not in site.asked


def test_a_device_that_fell_silent_is_not_asked_further(site: Site):
    site.record = {"breaks_off_at": [ports.TYPE]}
    with pytest.raises(CheckError, match="no more"):
        site.run()

    assert ports.TYPE in site.asked
    assert VLAN_STATION_PORT not in site.asked


def test_two_machines_at_one_address_count_for_one_ageing_time(site: Site):
    entry = f"{HARDWARE_ADDRESS}.1.198.18.7.9"
    found = []
    for owner, after in (("aa", 300), ("bb", 300), ("bb", 600), ("bb", 600)):
        site.values[entry] = f"hex 0011223344{owner}"
        found.append(value_of(site.run(after=after), "govnet_device_duplicate_addresses"))

    assert found == [0, 1, 1, 0]


def test_a_secret_is_in_nothing_that_a_person_sees(site: Site):
    lines: list[str] = []
    site.device = RecordedDevice({"values": site.values})
    context = Context(timeout_seconds=10, deadline=1010, clock=site.clock, trace=lines.append)
    list(site.check.run(SETTINGS, context))

    assert lines
    assert not [line for line in lines if "public" in line]


# Standby: who comes before this machine is asked first.


def train(received: int) -> EchoTrain:
    return EchoTrain(2, received, (0.001,) * received, Method.DATAGRAM, "")


STANDBY = dataclasses.replace(SETTINGS, preceding=(Peer(id="xa-a/pc-1", address="198.18.7.21"),))


def standby(answers: list[int], *neighbours: Neighbour) -> Site:
    return Site(ping=lambda *_args, **_how: train(answers[0]), neighbours=lambda: neighbours)


def test_a_standby_asks_nothing_while_the_machine_before_it_is_on():
    site = standby([2])

    assert site.run(STANDBY) == []
    assert not site.asked


def test_a_standby_takes_over_and_gives_back():
    alive = [2]
    site = standby(alive)
    counts = []
    for received in (2, 0, 0, 2):
        alive[0] = received
        counts.append(bool(site.run(STANDBY)))

    assert counts == [False, True, True, False]


def test_a_machine_that_answers_arp_alone_is_on():
    site = standby([0], Neighbour("198.18.7.21", "00:11:22:33:44:55", "eth0", "reachable"))

    assert site.run(STANDBY) == []


def test_a_device_that_lies_about_its_tables_is_kept_within_bounds(
    site: Site, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(device_asking, "MAX_VALUES", 40)
    site.values |= {f"{STATION_PORT}.0.17.34.51.68.{number}": 1 for number in range(100)}
    for _ in range(3):
        with pytest.raises(CheckError, match="more than 40 values; the rest was not asked"):
            site.run()

    assert interfaces.OPER_STATUS in site.asked


def test_who_the_device_is_and_whom_it_sees_are_facts_of_every_run(site: Site):
    site.values[NAME] = "sw-xa-a"
    site.run()
    first = site.facts
    site.run()

    assert first["name"] == "sw-xa-a"
    assert first["object_id"] == "1.3.6.1.4.1.99999.1"
    assert first["stations.000"] == "GE0/0/1|0011223344ee"
    assert site.facts == first


def test_a_device_that_falls_silent_tells_no_facts(site: Site):
    site.run()
    site.record = {"silent": True}
    site.run()

    assert site.facts == {}


def test_facts_of_a_device_of_which_a_table_is_nonsense_are_told_after_a_while(site: Site):
    site.record = {"nonsense_at": [VLAN_STATION_PORT]}
    told_after = []
    for _ in range(5):
        with pytest.raises(CheckError):
            site.run(after=60)
        told_after.append(bool(site.facts))

    assert told_after == [False, False, False, True, True]
