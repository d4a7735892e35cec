"""A province as the judge knows it: reports, looks of the centre, and a clock that is only told."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from collector.series.labels import Targets
from collector.verdict.evidence.evidence import Evidence
from collector.verdict.judge import Judge
from collector.verdict.spans import Span
from collector.verdict.verdicts import SiteVerdict, Verdicts
from collector.wire import Received
from inventory.model import Inventory, Site

INTERVAL_SECONDS = 60.0
MINUTE = 60.0
OTHERS = ("xa-a/pc-1", "xa-c/pc-1", "xa-d/pc-1")
CENTRE = "trung-tam/giam-sat"
ANSWERS = [("govnet_target_reachable", 1.0)]
SILENT = [("govnet_target_reachable", 0.0)]
Results = dict[tuple[str, str], list[tuple[Any, ...]]]


def local(day: int, hour: int, minute: int = 0, month: int = 11) -> float:
    """Return a time of autumn 2026 in the province (Unix seconds)."""
    zone = ZoneInfo("Asia/Ho_Chi_Minh")
    return datetime(2026, month, day, hour, minute, tzinfo=zone).timestamp()


START = local(25, 9)
"""A Wednesday within working hours."""


def with_site(inventory: Inventory, site: str, **changed: object) -> Inventory:
    """Return the inventory with that site changed."""
    other: Site = msgspec.structs.replace(inventory.sites[site], **changed)
    return msgspec.structs.replace(inventory, sites=inventory.sites | {site: other})


def path(end: str, *, answers: bool) -> tuple[object, ...]:
    """Return the sample that says whether an end of a circuit answered."""
    return ("govnet_link_reachable", float(answers), {"end": end})


def lan(
    machine: str, *, gateway: bool | None, peers: bool | None = None, cable: bool | None = None
) -> Results:
    """Return what a machine says of its LAN; None is not said."""
    samples: list[tuple[Any, ...]] = []
    if gateway is not None:
        samples.append(("govnet_lan_gateway_reachable", float(gateway)))
    if cable is not None:
        samples.append(("govnet_lan_interface_up", float(cable), {"interface": "eth0"}))
    if peers is not None:
        samples += [("govnet_lan_peers_assigned", 2.0), ("govnet_lan_peers_seen", 2.0 * peers)]
    return {("lan", machine): samples}


class Judged:
    """A judge with its evidence. Time passes when told; numbers count by one per machine."""

    def __init__(
        self,
        inventory: Inventory,
        received: Callable[..., Received],
        *,
        start: float = START,
        listens_since: float | None = None,
    ) -> None:
        self.inventory = inventory
        self.received = received
        self.now = start
        self.evidence = Evidence(Targets(inventory))
        self.evidence.listen(start - 86_400 if listens_since is None else listens_since)
        self.judgement = Judge(inventory, self.evidence, start)
        self._seqs: dict[str, int] = {}

    def made(self, machine: str, results: Results | None = None, **more: Any) -> Received:
        """Return the machine's next report, made now; `at` and `received_at` may be given."""
        self._seqs[machine] = seq = self._seqs.get(machine, 0) + 1
        at = float(more.pop("at", self.now))
        return self.received(machine, at, results, **({"seq": seq} | more))

    def hear(self, machine: str, results: Results | None = None, **more: Any) -> None:
        """Take in the machine's next report."""
        self.evidence.apply(self.made(machine, results, **more))

    def look(self, **answers: bool) -> None:
        """Let the centre's agent report whether routers answer, by commune letter."""
        looks = {
            ("always_on", f"xa-{letter}/cpe"): ANSWERS if answer else SILENT
            for letter, answer in answers.items()
        }
        self.hear(CENTRE, looks)  # type: ignore[arg-type]

    def judge(self) -> Verdicts:
        self.evidence.listen_until(self.now)
        return self.judgement.judge(self.now)

    def minutes(self, number: int, *machines: str, **answers: bool) -> Verdicts:
        """Let that many intervals pass in which these report, and the centre looks; judge each."""
        for _ in range(number):
            self.now += INTERVAL_SECONDS
            for machine in machines:
                self.hear(machine)
            if answers:
                self.look(**answers)
            self.judge()
        return self.judge()

    def site(self, site: str) -> SiteVerdict:
        return self.judge().sites[site]

    def status(self, site: str) -> str:
        return self.site(site).status

    def item(self, item: str) -> str:
        return self.judge().items[item].status

    def codes(self, site: str) -> list[str]:
        return [note.code for note in self.site(site).evidence]

    def story(self, item: str) -> list[tuple[str, str | None, float]]:
        """Return what was so of an item: status, cause, and minutes since the start."""
        return [
            (span.status, span.cause, (span.start - START) / 60.0)
            for span in self.judgement.record.spans(item)
        ]

    def restarted(self, spans: Iterable[Span], stopped_seconds: float) -> "Judged":
        """Return it after a stop, with the evidence and these spans from the disk."""
        after = Judged(self.inventory, self.received, start=self.now + stopped_seconds)
        after.evidence = self.evidence
        after.evidence.listen(after.now)
        after.judgement = Judge(
            self.inventory, self.evidence, after.now, book=self.judgement.record.book, spans=spans
        )
        after._seqs = self._seqs
        return after


class Cut:
    """Site b, cut off after three minutes for nine; what its PCs noted comes afterwards."""

    def __init__(self, province: Judged) -> None:
        self.province = province
        self.waiting: list[Received] = []

    def before(self, *machines: str, results: Results | None = None) -> None:
        """Let all live for three minutes."""
        province = self.province
        for _ in range(3):
            province.now += MINUTE
            for machine in machines:
                province.hear(machine, results)
            for machine in OTHERS:
                province.hear(machine)
            province.look(a=True, b=True, c=True, d=True)
            province.judge()

    def during(self, notes: dict[str, Results] | None = None, minutes: int = 9) -> None:
        """Let b be cut off while its machines note these for later."""
        province = self.province
        for _ in range(minutes):
            province.now += MINUTE
            for machine, results in (notes or {}).items():
                self.waiting.append(province.made(machine, results))
            for machine in OTHERS:
                province.hear(machine)
            province.look(a=True, b=False, c=True, d=True)
            province.judge()

    def after(self, *more: Received) -> None:
        """Let what waited come, the newest first, and the site live again."""
        province = self.province
        province.now += MINUTE + 1
        for one in (*more, *reversed(self.waiting)):
            late = msgspec.structs.replace(one, received_at=province.now)
            province.evidence.apply(late)
        province.look(a=True, b=True, c=True, d=True)
        province.judge()
        province.minutes(1, "xa-b/pc-1", *OTHERS, a=True, b=True, c=True, d=True)

    @property
    def cause(self) -> str | None:
        """The cause of the one outage."""
        faults = [
            span for span in self.province.judgement.record.spans("xa-b") if span.status == "down"
        ]
        (only,) = faults
        assert (only.start, only.end) == (START + 4 * MINUTE, START + 13 * MINUTE + 1)
        return only.cause

    @property
    def codes(self) -> list[str]:
        faults = [
            span for span in self.province.judgement.record.spans("xa-b") if span.status == "down"
        ]
        return [note.code for note in faults[-1].notes]
