"""The same evidence in any order ends in the same outages and spans, judged often or only once."""

import random
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from collector.series.labels import Targets
from collector.verdict.evidence.evidence import Evidence
from collector.verdict.judge import Judge
from collector.wire import Received
from inventory.model import Device, DeviceKind, Inventory

START = datetime(2026, 11, 25, 7, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")).timestamp()
INTERVAL_SECONDS = 60.0
CENTRE = "trung-tam/giam-sat"
LETTERS = "abcd"
Answers = list[tuple[Any, ...]]
Results = dict[tuple[str, str], Answers]


class Weather(msgspec.Struct, frozen=True):
    """From one minute to another something is broken at one site, or at all of them."""

    kind: str
    letter: str
    first: int
    last: int


MINUTES = 70
WEATHER = st.builds(
    Weather,
    st.sampled_from(
        ("power", "line", "gateway", "centre", "router", "battery", "notified", "vantage")
    ),
    st.sampled_from(LETTERS),
    st.integers(0, MINUTES - 1),
    st.integers(0, MINUTES + 20),
)


class Pc:
    """A PC that is on while there is power, and keeps what it cannot send."""

    def __init__(self, machine: str, received: Callable[..., Received]) -> None:
        self.machine = machine
        self.received = received
        self.seq = 0
        self.booted_at = START - 3600
        self.alive_at: float | None = None
        self.stopped_at: float | None = None
        self.waiting: list[Received] = []

    def report(self, at: float, *, gateway: bool, far: bool, devices: Results) -> None:
        if self.alive_at is not None and at - self.alive_at > 2 * INTERVAL_SECONDS:
            self.stopped_at, self.booted_at = self.alive_at, at - 20
        self.alive_at = at
        self.seq += 1
        site = self.machine.partition("/")[0]
        itself: Answers = [("govnet_machine_uptime_seconds", at - self.booted_at)]
        if self.stopped_at is not None:
            itself += [
                ("govnet_machine_last_alive_timestamp_seconds", self.stopped_at),
                ("govnet_machine_clean_stop", 0.0),
            ]
        results: Results = {
            ("machine", self.machine): itself,
            ("lan", self.machine): [
                ("govnet_lan_gateway_reachable", float(gateway)),
                ("govnet_lan_peers_assigned", 2.0),
                ("govnet_lan_peers_seen", 2.0),
            ],
            ("link", f"{site}/tslcd"): [
                ("govnet_link_reachable", float(gateway), {"end": "gateway"}),
                ("govnet_link_reachable", float(far), {"end": "far"}),
            ],
        } | devices
        made = self.received(self.machine, at, results, seq=self.seq)
        report = msgspec.structs.replace(made.report, boot_id=f"b{self.booted_at}")
        self.waiting.append(msgspec.structs.replace(made, report=report))

    def send(self, at: float) -> list[Received]:
        """Return what waits, the newest first as agents do, with when it arrives."""
        came = [msgspec.structs.replace(one, received_at=at) for one in reversed(self.waiting)]
        self.waiting.clear()
        return came


def reports_of(
    weather: list[Weather], received: Callable[..., Received], rng: random.Random
) -> list[Received]:
    """Return what everybody reported, each with when it arrived, by arrival."""
    pcs = [Pc(f"xa-{letter}/pc-{n}", received) for letter in LETTERS for n in (1, 2, 3)]
    arrived: list[Received] = []
    for minute in range(MINUTES):
        at = START + minute * INTERVAL_SECONDS
        now = {(one.kind, one.letter) for one in weather if one.first <= minute < one.last}
        all_away = any(kind == "centre" for kind, _ in now)
        cut = {
            letter: all_away or bool({("line", letter), ("gateway", letter)} & now)
            for letter in LETTERS
        }
        looks: Results = {}
        for letter in LETTERS:
            is_told = ("notified", letter) in now
            looks["trap", f"xa-{letter}/ups"] = [
                ("govnet_trap_newest_timestamp_seconds", at, {"trap": "on_battery"})
            ] * is_told
            away = cut[letter] or bool({("power", letter), ("router", letter)} & now)
            looks["always_on", f"xa-{letter}/cpe"] = [("govnet_target_reachable", float(not away))]
            looks["link", f"xa-{letter}/tslcd"] = [
                ("govnet_link_reachable", float(not away), {"end": "site"})
            ]
        looks["device", "xa-d/cpe"] = [
            ("govnet_device_reachable", float(not cut["d"]), {"protocol": "snmp"})
        ]
        arrived.append(received(CENTRE, at + 30, looks, seq=minute + 1))
        for pc in pcs:
            letter = pc.machine[3]
            is_vantage = pc.machine.endswith("1")
            if ("power", letter) in now or (is_vantage and ("vantage", letter) in now):
                continue
            moment = at + rng.uniform(0, 20)
            pc.report(
                moment,
                gateway=("gateway", letter) not in now,
                far=not cut[letter],
                devices=measured(pc.machine, letter, now),
            )
            if not cut[letter]:
                arrived += pc.send(moment + 1)
    return sorted(arrived, key=lambda one: one.received_at)


def devices_of(letter: str, now: set[tuple[str, str]]) -> Results:
    """Return what a site's vantage measures of its UPS, router and switch."""
    is_dark = bool({("line", letter), ("centre", letter)} & now)
    answers = ("govnet_device_reachable", 1.0, {"protocol": "snmp"})
    light = {"port": "1", "lane": "1"}
    return {
        ("device", f"xa-{letter}/ups"): [
            answers,
            ("govnet_ups_on_mains", float(("battery", letter) not in now)),
        ],
        ("device", f"xa-{letter}/cpe"): [
            answers,
            ("govnet_optics_receive_light", float(not is_dark), light),
        ],
        ("device", f"xa-{letter}/sw1"): [answers],
    }


def measured(machine: str, letter: str, now: set[tuple[str, str]]) -> Results:
    """Return what a PC says of devices: the second one nothing while the first one is on."""
    if machine.endswith("3"):
        return {}
    found = devices_of(letter, now)
    is_standing_by = machine.endswith("2") and ("vantage", letter) not in now
    return {key: [] for key in found} if is_standing_by else found


def with_devices(inventory: Inventory) -> Inventory:
    """Return the inventory with a UPS and a switch at every site that is played."""
    sites = dict(inventory.sites)
    for letter in LETTERS:
        site = sites[f"xa-{letter}"]
        more = (
            Device(id=f"{site.id}/ups", kind=DeviceKind.UPS, address="198.18.1.5", snmp="ups"),
            Device(id=f"{site.id}/sw1", kind=DeviceKind.SWITCH, address="198.18.1.2", snmp="sw"),
        )
        sites[site.id] = msgspec.structs.replace(site, devices=(*site.devices, *more))
    return msgspec.structs.replace(inventory, sites=sites)


def outcome(judge: Judge) -> object:
    """Return everything that is believed in the end, numbers aside."""
    outages = [
        (
            case.outage.item,
            case.outage.started_at,
            case.outage.ended_at,
            case.outage.count,
            [(phase.start, phase.end, phase.cause) for phase in case.outage.phases],
        )
        for case in judge.record.book.cases()
        if not case.is_withdrawn
    ]
    items = [f"xa-{letter}{more}" for letter in LETTERS for more in ("", "/tslcd", "/cpe")]
    spans = [
        (span.item, span.status, span.cause, span.start, span.end)
        for item in items
        for span in judge.record.spans(item)
        if span.status != "never_seen"  # From when on nobody was seen depends on who asked when.
    ]
    return sorted(outages), spans


def played(inventory: Inventory, reports: list[Received], every_seconds: float | None) -> Judge:
    """Feed the reports in their order; judge as time passes, or only at the end."""
    evidence = Evidence(Targets(inventory))
    evidence.listen(START - 86_400)
    judge = Judge(inventory, evidence, START - 300)
    end = START + (MINUTES + 30) * INTERVAL_SECONDS
    if every_seconds is not None:
        now = START
        evidence.listen_until(now)
        judge.judge(now)
        for report in reports:
            while now + every_seconds < report.received_at:
                now += every_seconds
                evidence.listen_until(now)
                judge.judge(now)
            evidence.apply(report)
    else:
        for report in reports:
            evidence.apply(report)
    evidence.listen_until(end)
    for _ in range(3):
        judge.judge(end)
    return judge


# A counter-example is told by its weather; to shrink it would play hundreds of provinces.
@settings(max_examples=12, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(st.lists(WEATHER, max_size=4), st.integers(0, 2**32))
def test_any_order_and_pace_gives_the_same_outages(
    small_province: Inventory,
    received: Callable[..., Received],
    weather: list[Weather],
    seed: int,
) -> None:
    rng = random.Random(seed)
    inventory = with_devices(small_province)
    reports = reports_of(weather, received, rng)
    shuffled = rng.sample(reports, len(reports))

    live = outcome(played(inventory, reports, 10.0))

    assert outcome(played(inventory, reports, None)) == live
    assert outcome(played(inventory, shuffled, None)) == live
    assert outcome(played(inventory, shuffled, 1000.0)) == live
