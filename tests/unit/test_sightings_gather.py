"""What was seen is brought together: whose word counts, what is recognised, what never showed."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec
import pytest

from collector.discovery.gather import gather, present, read
from collector.discovery.sightings import AgentSeen, Neighbour, Sightings, Station
from collector.live import Live
from collector.metrics.selfmetrics import SelfMetrics
from collector.store import Store, open_store
from collector.store.device_facts import forget_devices, save_devices, told_of_devices
from collector.store.machine_facts import FactRow, Told, save_told
from collector.store.registry import AgentRow, Registry
from collector.wire import AgentIdentity, Received
from govnet.surroundings import SeenNeighbour, SeenStation, Surroundings, pack
from inventory.model import Device, DeviceKind, Inventory, Lifecycle, Machine

NOW = 1_790_000_000.0
ROUTER = "xa-a/cpe"
REACHED = [("govnet_device_reachable", 1.0, {"protocol": "snmp"})]
SILENT = [("govnet_device_reachable", 0.0, {"protocol": "snmp"})]


def row(machine: str, **more: object) -> AgentRow:
    agent, site = machine.replace("/", "."), machine.partition("/")[0]
    given = {"enrolled_at": 5.0, "revoked_at": None} | more
    return AgentRow(AgentIdentity(agent, site, machine), **given)  # type: ignore[arg-type]


def pending(agent: str, **more: object) -> AgentRow:
    given = {"enrolled_at": 7.0, "revoked_at": None, "state": "pending"} | more
    return AgentRow(AgentIdentity(agent, "", ""), **given)  # type: ignore[arg-type]


def live_of(inventory: Inventory, *rows: AgentRow) -> Live:
    return Live(inventory, Registry(1, rows, {}), {}, SelfMetrics("1"), NOW)


def with_facts(
    received: Received, facts: Mapping[str, str], target: str = ROUTER, check: str = "device"
) -> Received:
    results = [
        msgspec.structs.replace(result, facts=dict(facts))
        if (result.check, result.target) == (check, target)
        else result
        for result in received.report.results
    ]
    report = msgspec.structs.replace(received.report, results=results)
    return msgspec.structs.replace(received, report=report)


@pytest.fixture
def province(small_province: Inventory) -> Inventory:
    """Return the small province with hardware addresses, and a marked vantage in xa-a."""
    site = small_province.sites["xa-a"]
    site = msgspec.structs.replace(
        site,
        devices=(
            *site.devices,
            Device(id="xa-a/sw1", kind=DeviceKind.SWITCH, mac="00-11-22-33-44-CC"),
        ),
        machines=(
            Machine(id="xa-a/pc-1", profile="pc", mac="00:11:22:33:44:AA", vantage=True),
            Machine(id="xa-a/pc-2", profile="pc", mac="00:11:22:33:44:BB"),
            *site.machines[2:],
        ),
    )
    return msgspec.structs.replace(small_province, sites=small_province.sites | {"xa-a": site})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()


def told(around: Surroundings, device: str = ROUTER, at: float = NOW) -> Told:
    return Told(device, "xa-a.pc-1", at, pack(around))


def gathered(inventory: Inventory, *devices: Told, rows: tuple[AgentRow, ...] = ()) -> Sightings:
    return gather(present(live_of(inventory, *rows), NOW), {}, devices)


# --- agents ---------------------------------------------------------------------------------------


def test_an_agent_is_seen_with_what_its_machine_told(
    province: Inventory, received: Callable[..., Received]
):
    live = live_of(
        province,
        row("xa-a/pc-1", host="198.18.7.10", hostname="PC-07"),
        row("xa-a/pc-9", revoked_at=6.0),
        pending("0a1b", host="198.18.8.1", proposed_site="xa-b", network_site="xa-c"),
    )
    live.apply(received("xa-a/pc-1", NOW))
    facts = {
        "hardware.serial": "SN1",
        "hardware.model": "OptiPlex",
        "adapter.a.mac": "00:11:22:33:44:01",
        "adapter.b.mac": "00:11:22:33:44:02",
        "adapter.b.addresses": "198.18.7.10",
    }
    machines = {"xa-a/pc-1": {key: FactRow(text, NOW) for key, text in facts.items()}}
    waiting, enrolled = gather(present(live, NOW), machines, ()).agents

    assert enrolled == AgentSeen(
        agent="xa-a.pc-1",
        state="active",
        site="xa-a",
        machine="xa-a/pc-1",
        host="198.18.7.10",
        hostname="PC-07",
        enrolled_at=5.0,
        heard=True,
        serial="SN1",
        model="OptiPlex",
        mac="00:11:22:33:44:02",
    )
    assert (waiting.state, waiting.proposed_site, waiting.network_site, waiting.heard) == (
        "pending",
        "xa-b",
        "xa-c",
        False,
    )


def test_places_count_the_agents_that_are_no_declared_machine(province: Inventory):
    rows = (
        row("xa-a/pc-1"),
        row("xa-a/pc-001"),
        row("xa-a/pc-002", revoked_at=6.0),
        row("xa-b/pc-001"),
        pending("0a1b"),
    )

    assert gathered(province, rows=rows).places == {"xa-a": (4, 1), "xa-b": (0, 1)}


# --- devices --------------------------------------------------------------------------------------


def test_a_device_is_seen_with_its_neighbours_and_stations(province: Inventory):
    around = Surroundings(
        name="sw",
        family="huawei-vrp",
        serial="SN2",
        neighbours=(SeenNeighbour(port="GE1", name="core", item="xa-a/sw1", address="198.18.7.2"),),
        stations=(
            SeenStation(port="GE2", item="xa-a/pc-1", address="198.18.7.10"),
            SeenStation(port="GE3", mac="00:11:22:33:44:bb"),
            SeenStation(port="GE4", mac="00:11:22:33:44:99"),
        ),
    )
    (device,) = gathered(province, told(around)).devices

    assert (device.device, device.told_at, device.name, device.family, device.serial) == (
        ROUTER,
        NOW,
        "sw",
        "huawei-vrp",
        "SN2",
    )
    assert device.neighbours == (
        Neighbour(
            port="GE1",
            name="core",
            mac="00:11:22:33:44:cc",
            address="198.18.7.2",
            item="xa-a/sw1",
        ),
    )
    # The second one was declared after it was told.
    assert device.stations == (
        Station("00:11:22:33:44:aa", "198.18.7.10", "GE2", "xa-a/pc-1"),
        Station("00:11:22:33:44:bb", "", "GE3", "xa-a/pc-2"),
        Station("00:11:22:33:44:99", "", "GE4", ""),
    )


def test_items_that_are_gone_or_of_another_site_are_not_named(province: Inventory):
    around = Surroundings(
        neighbours=(SeenNeighbour(port="GE1", name="x", item="xa-b/cpe"),),
        stations=(SeenStation(item="xa-a/pc-gone"), SeenStation(item="xa-b/cpe")),
    )
    (device,) = gathered(province, told(around)).devices

    assert device.neighbours == (Neighbour(port="GE1", name="x"),)
    assert device.stations == ()


def test_a_device_that_left_the_inventory_counts_no_more(province: Inventory, store: Store):
    save_devices(store, [told(Surroundings(name="a")), told(Surroundings(name="b"), "xa-a/gone")])

    assert [one.device for one in read(store, present(live_of(province), NOW)).devices] == [ROUTER]
    forget_devices(store, {ROUTER})
    assert [one.subject for one in told_of_devices(store)] == [ROUTER]


def test_what_was_told_last_stands_whatever_arrives_late(store: Store):
    save_devices(store, [told(Surroundings(name="new"), at=NOW)])
    save_devices(store, [told(Surroundings(name="old"), at=NOW - 60)])

    assert told_of_devices(store) == [told(Surroundings(name="new"))]


def test_the_database_tells_of_machines_and_devices(province: Inventory, store: Store):
    save_told(store, [Told("xa-a/pc-1", "a", NOW, {"hardware.serial": "SN1"})])
    save_devices(store, [told(Surroundings(name="sw"))])
    found = read(store, present(live_of(province, row("xa-a/pc-1")), NOW))

    assert [agent.serial for agent in found.agents] == ["SN1"]
    assert [device.name for device in found.devices] == ["sw"]


# --- whose word counts ----------------------------------------------------------------------------

FACTS = {"name": "sw-xa-a"}


def noted(live: Live) -> list[str]:
    return [one.agent for one in live.device_facts.take()]


def test_facts_of_a_device_count_from_who_measures_it(
    province: Inventory, received: Callable[..., Received]
):
    live = live_of(province, row("xa-a/pc-1"), row("xa-a/pc-2"))
    live.apply(with_facts(received("xa-a/pc-1", NOW, {("device", ROUTER): REACHED}), FACTS))
    assert noted(live) == ["xa-a.pc-1"]

    live.apply(with_facts(received("xa-a/pc-2", NOW + 1, {("device", ROUTER): REACHED}), FACTS))
    assert noted(live) == []


@pytest.mark.parametrize(
    ("machine", "target", "samples"),
    [
        ("xa-b/pc-1", ROUTER, REACHED),
        ("xa-a/pc-1", "xa-b/cpe", REACHED),
        ("xa-a/pc-1", "xa-a/unknown", REACHED),
        ("xa-a/pc-1", ROUTER, []),
    ],
)
def test_nobody_tells_of_a_device_that_he_does_not_measure(
    province: Inventory,
    received: Callable[..., Received],
    machine: str,
    target: str,
    samples: list[tuple[object, ...]],
):
    live = live_of(province, row("xa-a/pc-1"), row("xa-b/pc-1"))
    live.apply(with_facts(received(machine, NOW, {("device", target): samples}), FACTS, target))

    assert noted(live) == []


def test_of_what_came_before_a_restart_only_a_marked_vantages_word_counts(
    province: Inventory, received: Callable[..., Received]
):
    live = live_of(province, row("xa-a/pc-1"), row("xa-a/pc-2"))
    for machine in ("xa-a/pc-2", "xa-a/pc-1"):
        live.recall(with_facts(received(machine, NOW, {("device", ROUTER): REACHED}), FACTS))

    assert noted(live) == ["xa-a.pc-1"]


# --- never seen -----------------------------------------------------------------------------------


def test_everything_declared_was_never_seen_before_anybody_looked(province: Inventory):
    found = set(gathered(province).never_seen)

    assert {"xa-a", "xa-a/tslcd", ROUTER, "xa-a/pc-1", "xa-a/diem-cau", "thu", "xa-f"} <= found
    assert found.isdisjoint({"xa-g", "xa-g/cpe", "xa-a/pc-mat"})


def test_who_reported_answered_or_notified_was_seen(
    province: Inventory, received: Callable[..., Received]
):
    live = live_of(province, row("xa-a/pc-1"), row("trung-tam/pc-1"))
    answers = {
        ("always_on", "xa-b/cpe"): [("govnet_target_reachable", 1.0)],
        ("device", "xa-c/cpe"): REACHED,
        ("device", "xa-d/cpe"): SILENT,
        ("trap", "xa-e/cpe"): [
            ("govnet_trap_newest_timestamp_seconds", NOW, {"trap": "cold_start"})
        ],
        ("conference", "xa-a/diem-cau"): [("govnet_point_reachable", 1.0, {"protocol": "icmp"})],
    }
    live.apply(received("trung-tam/pc-1", NOW, answers))
    live.apply(
        received(
            "xa-a/pc-1",
            NOW,
            {
                ("link", "xa-a/tslcd"): [("govnet_link_reachable", 1.0, {"end": "far"})],
                ("service", "thu"): [("govnet_service_up", 1.0)],
            },
        )
    )
    live.judge(NOW + 1)
    found = set(present(live, NOW + 1).never_seen)

    assert found.isdisjoint({"xa-a", "xa-a/pc-1", "xa-a/tslcd", "xa-a/diem-cau", "thu"})
    assert found.isdisjoint({"xa-b", "xa-b/cpe", "xa-c/cpe", "xa-e/cpe"})
    assert {"xa-d/cpe", "xa-d", "xa-a/pc-2", "xa-b/tslcd"} <= found


def test_who_fell_silent_was_seen_and_who_only_ever_kept_silent_was_not(
    province: Inventory, received: Callable[..., Received]
):
    live = live_of(province, row("xa-a/pc-1"))
    for minute, samples in enumerate([REACHED, SILENT, SILENT, SILENT, SILENT]):
        at = NOW + 60 * minute
        both = {("device", ROUTER): samples, ("device", "xa-a/sw1"): SILENT}
        live.apply(received("xa-a/pc-1", at, both))
        live.judge(at)

    found = present(live, NOW + 600).never_seen
    assert ROUTER not in found
    assert "xa-a/sw1" in found


def test_who_is_seen_at_a_switch_is_not_among_the_never_seen(province: Inventory):
    around = Surroundings(stations=(SeenStation(port="GE2", item="xa-a/pc-2"),))

    assert "xa-a/pc-2" not in gathered(province, told(around)).never_seen


def test_planned_and_retired_items_are_not_missing(province: Inventory):
    site = province.sites["xa-a"]
    planned = [
        msgspec.structs.replace(device, lifecycle=Lifecycle.PLANNED) for device in site.devices
    ]
    changed = msgspec.structs.replace(site, devices=tuple(planned))
    inventory = msgspec.structs.replace(province, sites=province.sites | {"xa-a": changed})

    assert ROUTER not in gathered(inventory).never_seen
