"""A province before a meeting: a codec, a software point, the centre; a clock that is only told.

Everything is good unless a test changes it: `results` is what every machine reports, by machine,
then check and target.
"""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from collector.maintenance.records import Entry
from collector.readiness.judge import judge
from collector.readiness.readings import Readings
from collector.readiness.records import Judged as Point
from collector.readiness.records import Meeting, Part, Room, Tick
from collector.readiness.sight import Sight, sight_of
from collector.series.labels import Targets
from collector.wire import Received
from inventory.model import (
    Carrier,
    ConferencePoint,
    Contact,
    Group,
    Inventory,
    Machine,
    PointKind,
    PointProtocol,
    Reflector,
    Service,
    ServiceKind,
)
from tests.judged_province import ANSWERS, CENTRE, START, Judged, path, with_site

CODEC, SOFTWARE = "xa-a/diem-cau", "xa-b/vc"
PC_A, PC_B = "xa-a/pc-1", "xa-b/pc-1"
PLATFORM = "hop"
BEGINS = START + 3_600.0
Samples = list[tuple[Any, ...]]
Results = dict[str, dict[tuple[str, str], Samples]]


def with_points(inventory: Inventory) -> Inventory:
    """Return the small province with a reflector, a platform, two points and whom to call."""
    telephone = (Contact(role="Văn phòng xã A", telephone="+84 263 0000 001"),)
    codec = ConferencePoint(
        id=CODEC,
        kind=PointKind.CODEC,
        address="198.18.1.9",
        protocols=(PointProtocol.SIP_UDP, PointProtocol.H323, PointProtocol.CISCO_XAPI),
    )
    changed = with_site(
        inventory, "xa-a", conference_points=(codec,), contacts=telephone, power_area="dl-a"
    )
    software = ConferencePoint(
        id=SOFTWARE, kind=PointKind.SOFTWARE, machine=PC_B, platform=PLATFORM
    )
    changed = with_site(
        changed,
        "xa-b",
        conference_points=(software,),
        machines=(Machine(id=PC_B, profile="pc"),),
    )
    changed = with_site(
        changed, "trung-tam", machines=(Machine(id=CENTRE, profile="server", address="198.18.0.2"),)
    )
    hop = Service(
        id=PLATFORM,
        name="Họp trực tuyến",
        kind=ServiceKind.CONFERENCE_PLATFORM,
        url="https://hop.lamdong.example/",
    )
    shift = Contact(role="Trực ca", telephone="+84 263 0000 002")
    return msgspec.structs.replace(
        changed,
        province=msgspec.structs.replace(
            changed.province, reflector=Reflector(address="198.18.0.2")
        ),
        services=changed.services | {PLATFORM: hop},
        carriers={"vnpt": Carrier(id="vnpt", name="VNPT", contacts=(shift,))},
        power_areas={"dl-a": Group(id="dl-a", name="Điện lực A", contacts=(shift,))},
    )


def train(loss: float = 0.0, grade: float = 0.0, jitter: float = 0.001) -> Samples:
    """Return what a train of test packets tells."""
    directions = ("forward", "backward")
    return [
        ("govnet_path_reachable", 1.0),
        ("govnet_path_rtt_seconds", 0.01),
        *(("govnet_path_loss_ratio", loss, {"direction": one}) for one in directions),
        *(("govnet_path_jitter_mean_seconds", jitter, {"direction": one}) for one in directions),
        ("govnet_path_grade_code", grade),
    ]


def answers(**protocols: float) -> Samples:
    """Return by which protocols a point answers."""
    return [
        ("govnet_point_reachable", value, {"protocol": name}) for name, value in protocols.items()
    ]


def platform(up: float = 1.0, phases: Iterable[str] = ("dns", "connect", "tls")) -> Samples:
    """Return how far somebody comes who uses the platform."""
    return [
        ("govnet_service_up", up),
        *(("govnet_service_duration_seconds", 0.01, {"phase": one}) for one in phases),
        ("govnet_service_certificate_verified", 1.0),
    ]


def good() -> Results:
    """Return what all machines report while everything works."""
    routers = {("always_on", f"xa-{letter}/cpe"): list(ANSWERS) for letter in "abcde"}
    return {
        PC_A: {
            ("link", "xa-a/tslcd"): [path("gateway", answers=True), path("far", answers=True)],
            ("path", "xa-a/tslcd"): train(),
        },
        PC_B: {
            ("link", "xa-b/tslcd"): [path("gateway", answers=True), path("far", answers=True)],
            ("path", "xa-b/tslcd"): train(),
            ("service", PLATFORM): platform(),
        },
        CENTRE: {  # type: ignore[dict-item]
            **routers,
            ("conference", CODEC): [
                *answers(sip_udp=1.0, h323=1.0, cisco_xapi=1.0),
                ("govnet_point_registered", 1.0, {"protocol": "sip"}),
            ],
            ("service", PLATFORM): platform(),
        },
    }


def confirmed(at: float) -> Room:
    """Return a room that ticked everything."""
    return Room({part: Tick(is_good=True, at=at) for part in Part})


class Rehearsal:
    """The hour before a meeting at 10:00 in the province."""

    def __init__(self, inventory: Inventory, received: Callable[..., Received]) -> None:
        self.inventory = with_points(inventory)
        self.judged = Judged(self.inventory, received)
        self.readings = Readings(Targets(self.inventory))
        self.results = good()
        self.skew_seconds: dict[str, float] = {}
        self.planned: tuple[Entry, ...] = ()
        self.meeting = Meeting(
            id="giao-ban",
            title="Giao ban",
            starts_at=BEGINS,
            ends_at=BEGINS + 7_200.0,
            points=(CODEC, SOFTWARE),
            platform=PLATFORM,
        )
        self.rooms = {point: confirmed(START) for point in self.meeting.points}

    @property
    def now(self) -> float:
        return self.judged.now

    def pass_minutes(self, number: int, *, but: Iterable[str] = ()) -> None:
        """Let every machine report once a minute, but for these."""
        for _ in range(number):
            self.judged.now += 60.0
            for machine, results in self.results.items():
                if machine in but:
                    continue
                skew = self.skew_seconds.get(machine, 0.0)
                report = self.judged.made(machine, dict(results), skew_seconds=skew)
                self.judged.evidence.apply(report)
                self.readings.apply(report)
            self.judged.judge()

    def sight(self) -> Sight:
        return sight_of(
            self.inventory,
            self.judged.judge(),
            self.readings,
            self.judged.evidence.newest,
            cases=self.judged.judgement.record.book.cases(),
            planned=self.planned,
            now=self.now,
        )

    def points(self) -> dict[str, Point]:
        return {one.point: one for one in judge(self.sight(), self.meeting, self.rooms)}

    def states(self) -> dict[str, str]:
        return {point: one.state.value for point, one in self.points().items()}

    def why(self, point: str) -> list[str]:
        return [one.note.code for one in self.points()[point].reasons]
