"""CPU to judge a whole country's worth of sites, and to take in one report; memory of evidence.

10,000 sites with ten items each: a circuit, a router, a switch, a conference point and six
machines. Every machine has reported; the centre looks at all of it.
"""

import random
import statistics
import time
import tracemalloc

from bench.figures import Comparison, Figure, middle
from collector.series.labels import Targets
from collector.verdict.evidence.evidence import Evidence
from collector.verdict.judge import Judge
from collector.wire import AgentIdentity, Received, WireReport, WireResult, WireSample
from inventory.model import (
    Assignment,
    Carrier,
    ConferencePoint,
    Device,
    DeviceKind,
    FarEnd,
    Inventory,
    Link,
    Machine,
    MachineProfile,
    MachineRole,
    PointKind,
    Province,
    Site,
    SiteKind,
    Technology,
    Unit,
    UnitKind,
)

SITES, MACHINES = 10_000, 6
START = 1_795_568_400.0  # 25 November 2026, 08:00 in Viet Nam: a Wednesday.
INTERVAL_SECONDS = 60.0


def compare(rounds: int, *, quick: bool) -> list[Comparison]:
    """Measure both; nobody else judges, so there is no peer."""
    sites = 200 if quick else SITES
    full, one = [], []
    kib = 0.0
    for _ in range(rounds):
        scene = Scene(sites)
        full.append(scene.judge_all())
        one.append(scene.one_report_seconds() * 1e6)
        kib = scene.evidence_kib()
    notes = (
        f"{sites:,} sites with {sites * 10:,} items; 25 November 2026, 08:30, all of them alive.",
        (
            "`one report`: taking it in and judging what it changes, of a machine that sees its"
            " neighbours no more; the median of 500."
        ),
    )
    figures = (
        Figure("all sites judged", "s", middle(full), most=2.0 if not quick else None),
        Figure("one report", "us", middle(one), most=1000.0),
        Figure("evidence in memory, a site", "KiB", kib),
    )
    return [Comparison("Judging", "-", figures, notes)]


class Scene:
    """A country in which everything works, with its judge."""

    def __init__(self, sites: int) -> None:
        self.inventory = country(sites)
        self.now = START + 1800.0
        self.seqs: dict[str, int] = {}
        tracemalloc.start()
        self.evidence = Evidence(Targets(self.inventory))
        self.evidence.listen(START - 86_400.0)
        self.evidence.listen_until(self.now)
        self.names = [site for site in self.inventory.sites if site != "centre"]
        for back in (60.0, 0.0):
            for site in self.names:
                for number in range(MACHINES):
                    self.hear(f"{site}/pc-{number}", self.now - back - 20.0)
            self.look(self.now - back - 10.0)
        self._bytes = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        self.judge = Judge(self.inventory, self.evidence, START)

    def evidence_kib(self) -> float:
        """Return what the evidence of one site takes."""
        return self._bytes / len(self.names) / 1024

    def judge_all(self) -> float:
        """Return the seconds of CPU that it takes to judge every site once, all being known."""
        self._judge()
        self.judge.replace_inventory(self.inventory, self.now)
        started = time.process_time()
        self._judge()
        return time.process_time() - started

    def _judge(self) -> None:
        self.judge.judge(self.now)
        while self.judge.waiting:
            self.judge.judge(self.now)

    def one_report_seconds(self) -> float:
        """Return the seconds for a report that changes something, judged at once."""
        spent = []
        for site in random.Random(1).sample(self.names, min(500, len(self.names))):
            machine = f"{site}/pc-0"
            report = self.report(machine, self.now, {("lan", machine): LAN_WITHOUT_PEERS})
            started = time.process_time()
            self.evidence.apply(report)
            self.judge.judge(self.now)
            spent.append(time.process_time() - started)
        return statistics.median(spent)

    def hear(self, machine: str, at: float) -> None:
        """Take in a report of a machine."""
        self.evidence.apply(self.report(machine, at, {("lan", machine): LAN}))

    def look(self, at: float) -> None:
        """Let the centre's agent look at everything."""
        results = {}
        for site in self.names:
            results["link", f"{site}/line"] = [("govnet_link_reachable", 1.0, {"end": "site"})]
            results["conference", f"{site}/room"] = [
                ("govnet_point_reachable", 1.0, {"protocol": "h323"})
            ]
            for device in ("cpe", "sw"):
                results["always_on", f"{site}/{device}"] = [("govnet_target_reachable", 1.0)]
        self.evidence.apply(self.report("centre/agent", at, results))

    def report(
        self, machine: str, at: float, results: dict[tuple[str, str], list[tuple[object, ...]]]
    ) -> Received:
        """Return a machine's next report."""
        seq = self.seqs[machine] = self.seqs.get(machine, 0) + 1
        made = WireReport(
            seq=seq,
            created_at=at,
            monotonic_seconds=at - START + 86_400.0,
            boot_id="b",
            interval_seconds=INTERVAL_SECONDS,
            results=[
                WireResult(
                    check=check,
                    target=target,
                    duration_seconds=0.1,
                    samples=[WireSample(*sample) for sample in samples],  # type: ignore[arg-type]
                )
                for (check, target), samples in results.items()
            ],
        )
        return Received(
            identity=AgentIdentity(machine, machine.partition("/")[0], machine),
            incarnation="0" * 16,
            report=made,
            at=at,
            received_at=at + 1.0,
            skew_seconds=0.0,
        )


LAN = [
    ("govnet_lan_gateway_reachable", 1.0),
    ("govnet_lan_peers_assigned", 2.0),
    ("govnet_lan_peers_seen", 2.0),
]
LAN_WITHOUT_PEERS = [*LAN[:2], ("govnet_lan_peers_seen", 0.0)]


def country(sites: int) -> Inventory:
    """Return an inventory of that many sites with ten items each, and the centre."""
    made = [
        Site(
            id="centre",
            name="Centre",
            kind=SiteKind.DATA_CENTRE,
            assignments=(Assignment(unit="unit"),),
        )
    ]
    made += (_site(f"site-{number}", number) for number in range(sites))
    return Inventory(
        province=Province(id="country", code="01", name="Country", operator="-", centre="centre"),
        calendars={},
        carriers={name: Carrier(id=name, name=name) for name in CARRIERS},
        clusters={},
        power_areas={},
        machine_profiles={"pc": MachineProfile(id="pc", name="PC", role=MachineRole.PC)},
        units={"unit": Unit(id="unit", name="Unit", kind=UnitKind.COMMUNE)},
        sites={site.id: site for site in made},
        services={},
        conferences={},
        report_interval_seconds=INTERVAL_SECONDS,
    )


CARRIERS = ("vnpt", "viettel", "mobifone")


def _site(site: str, number: int) -> Site:
    cpe = Device(id=f"{site}/cpe", kind=DeviceKind.CPE, address="198.18.0.1", always_on=True)
    switch = Device(
        id=f"{site}/sw",
        kind=DeviceKind.SWITCH,
        address="198.18.0.2",
        always_on=True,
        upstream=cpe.id,
    )
    return Site(
        id=site,
        name=site,
        kind=SiteKind.COMMUNE,
        assignments=(Assignment(unit="unit"),),
        power_area=f"area-{number % 500}",
        links=(
            Link(
                id=f"{site}/line",
                technology=Technology.FIBER,
                carrier=CARRIERS[number % len(CARRIERS)],
                far_end=FarEnd(site="centre"),
            ),
        ),
        devices=(cpe, switch),
        conference_points=(ConferencePoint(id=f"{site}/room", kind=PointKind.CODEC),),
        machines=tuple(Machine(id=f"{site}/pc-{one}", profile="pc") for one in range(MACHINES)),
    )
