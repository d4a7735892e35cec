"""What all tests share."""

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from collector.intake.inbox import Inbox
from collector.intake.ingest import Ingest, Outcome
from collector.intake.sequence import Ledger
from collector.series.labels import Targets
from collector.series.state import State
from collector.store.registry import AgentRow, Registry
from collector.wire import AgentIdentity, Received, WireReport, WireResult, WireSample
from govnet.disk import Disk
from govnet.journal import Journal
from govnet.report import Batch, Clock, Purpose, Report, Result, Sample, encode_batch, sign
from govnet.report import encode_report as encode
from inventory.model import (
    Assignment,
    ConferencePoint,
    Device,
    DeviceKind,
    FarEnd,
    Inventory,
    Lifecycle,
    Link,
    Machine,
    MachineCount,
    MachineProfile,
    MachineRole,
    PointKind,
    Province,
    Service,
    ServiceKind,
    Site,
    SiteKind,
    Technology,
    Unit,
    UnitKind,
    site_id,
)

# How fast a busy machine draws examples says nothing about the code.
settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tests")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write what the tests find into their expected files instead of comparing",
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compare a text with its expected file, or write the file with `--update-golden`."""
    update = bool(request.config.getoption("--update-golden"))

    def compare(path: Path, actual: str) -> None:
        if update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(actual, encoding="utf-8", newline="\n")
            return
        assert path.is_file(), f"{path} is missing; --update-golden writes it"
        assert actual == path.read_text(encoding="utf-8")

    return compare


def _site(site: str, **more: object) -> Site:
    fields = {
        "id": site,
        "name": f"Trụ sở {site}",
        "kind": SiteKind.COMMUNE,
        "assignments": (Assignment(unit="xa"),),
        "links": (
            Link(
                id=f"{site}/tslcd",
                technology=Technology.FIBER,
                carrier="vnpt",
                capacity_mbps=200,
                sla_availability_ratio=0.99,
                far_end=FarEnd(site="trung-tam"),
            ),
        ),
        "devices": (
            Device(
                id=f"{site}/cpe",
                kind=DeviceKind.CPE,
                address="198.18.1.1",
                always_on=True,
            ),
        ),
    }
    return Site(**(fields | more))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def small_province() -> Inventory:
    """Return a centre, communes a to e with a fiber circuit and a router, f blind, g exempt."""
    full = _site(
        "xa-a",
        name='Trụ sở "xã A"\\Đơn Dương',
        latitude=11.75,
        longitude=108.5,
        conference_points=(ConferencePoint(id="xa-a/diem-cau", kind=PointKind.CODEC),),
        machines=(
            Machine(id="xa-a/pc-1", profile="pc"),
            Machine(id="xa-a/pc-2", profile="pc"),
            Machine(id="xa-a/may-chu", profile="server"),
            Machine(id="xa-a/pc-mat", profile="pc", lifecycle=Lifecycle.EXEMPT),
        ),
        machine_counts=(
            MachineCount(profile="pc", count=4, as_of=date(2026, 10, 1), source="kiểm kê"),
        ),
    )
    centre = _site("trung-tam", kind=SiteKind.DATA_CENTRE, links=(), devices=())
    exempt = _site("xa-g", lifecycle=Lifecycle.EXEMPT, exempt_reason="trụ sở mật")
    sites = (centre, full, *map(_site, ("xa-b", "xa-c", "xa-d", "xa-e")), exempt)
    return Inventory(
        province=Province(
            id="lam-dong", code="68", name="Lâm Đồng", operator="Sở KH&CN", centre="trung-tam"
        ),
        calendars={},
        carriers={},
        clusters={},
        power_areas={},
        machine_profiles={
            "pc": MachineProfile(id="pc", name="Máy tính", role=MachineRole.PC),
            "server": MachineProfile(id="server", name="Máy chủ", role=MachineRole.SERVER),
        },
        units={"xa": Unit(id="xa", name="Xã", kind=UnitKind.COMMUNE, latitude=12.0, longitude=108)},
        sites={site.id: site for site in (*sites, _site("xa-f", links=(), devices=()))},
        services={
            "thu": Service(id="thu", name="Thư", kind=ServiceKind.EMAIL, url="smtp://198.18.0.9")
        },
        conferences={},
        report_interval_seconds=60.0,
    )


@pytest.fixture
def state(small_province: Inventory) -> State:
    """Return a live view that has heard nothing."""
    return State(Targets(small_province), {})


@pytest.fixture(scope="session")
def received() -> Callable[..., Received]:
    """Make an accepted report of `machine`; `results` maps (check, target) to its samples.

    A sample is (name, value) or (name, value, labels).
    """

    def make(
        machine: str,
        at: float,
        results: dict[tuple[str, str], list[tuple[object, ...]]] | None = None,
        **more: object,
    ) -> Received:
        given = {"seq": int(at), "interval_seconds": 60.0, "age_seconds": 0.0, "error": None} | more
        made = [
            WireResult(
                check=check,
                target=target,
                duration_seconds=0.5,
                age_seconds=given["age_seconds"],  # type: ignore[arg-type]
                error=given["error"],  # type: ignore[arg-type]
                samples=[WireSample(*sample) for sample in samples],  # type: ignore[arg-type]
            )
            for (check, target), samples in (results or {}).items()
        ]
        report = WireReport(
            seq=given["seq"],  # type: ignore[arg-type]
            created_at=at,
            monotonic_seconds=1.0,
            boot_id="b",
            interval_seconds=given["interval_seconds"],  # type: ignore[arg-type]
            results=made,
        )
        return Received(
            identity=AgentIdentity(
                str(given.get("agent", machine.replace("/", "."))), site_id(machine), machine
            ),
            incarnation=str(given.get("incarnation", "0" * 16)),
            report=report,
            at=at,
            received_at=float(given.get("received_at", at)),  # type: ignore[arg-type]
            skew_seconds=float(given.get("skew_seconds", 0.0)),  # type: ignore[arg-type]
        )

    return make


class IngestRig:
    """An ingest on a real inbox, with one agent; `applied` is what reached the live view."""

    identity = AgentIdentity("0a1b2c3d", "xa-a", "xa-a/pc-1")
    incarnation = "0123456789abcdef"

    def __init__(
        self, folder: Path, *, disk: Disk | None = None, secret: bytes | None = None
    ) -> None:
        self.secret = secret or secrets.token_bytes(32)
        self.registry = Registry(
            1,
            [AgentRow(self.identity, 0.0, None)],
            {(self.identity.agent, "k1"): (self.secret, False)},
        )
        self.journal = Journal(folder / "inbox", disk=disk)
        self.inbox: Inbox[Outcome] = Inbox(self.journal, group_seconds=0.0)
        self.ledger = Ledger()
        self.applied: list[Received] = []
        self.counts: Counter[str] = Counter()
        self.ingest = Ingest(
            registry=lambda: self.registry,
            ledger=self.ledger,
            inbox=self.inbox,
            apply=self.applied.append,
            settings_digest=lambda _: "5e7",
            metrics=self,
        )

    def reports(self, result: str, number: int) -> None:
        """Count as the collector's own metrics do."""
        self.counts[result] += number

    def rejected_report(self, reason: str) -> None:
        """Count as the collector's own metrics do."""
        self.counts[reason] += 1

    def received_bytes(self, number: int) -> None:
        """Count as the collector's own metrics do."""
        self.counts["bytes"] += number

    def report(self, seq: int, value: float = 1.0, created_at: float = 1000.0) -> bytes:
        """Return a report's bytes; made at second `seq` after the boot."""
        sample = Sample("govnet_machine_uptime_seconds", value)
        result = Result("machine", self.identity.machine, 0.1, 0.0, None, (sample,))
        return encode(Report(seq, created_at, float(seq), "boot", 60.0, "", (result,)))

    def batch(self, reports: Iterable[bytes], **more: object) -> Batch:
        """Return a batch sent 100 s after the boot, at 1000 s by the agent's clock."""
        given: dict[str, object] = {
            "agent": self.identity.agent,
            "incarnation": self.incarnation,
            "clock": Clock(1000.0, 100.0, "boot"),
        }
        return encode_batch(reports=reports, **(given | more))  # type: ignore[arg-type]

    async def take(self, body: bytes, received_at: float = 1000.0) -> bytes:
        """Send a body with the agent's right code; return the answer."""
        credential = self.registry.credential(self.identity.agent, "k1")
        code = sign(self.secret, Purpose.BATCH, body)
        return await self.ingest.take(credential, code, "gzip", body, received_at)


@pytest.fixture
def ingest_rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., IngestRig]]:
    """Make an ingest with everything behind it; each call makes a fresh one, or one on `folder`."""
    rigs: list[IngestRig] = []

    def make(folder: Path | None = None, **more: Any) -> IngestRig:
        rigs.append(IngestRig(folder or tmp_path_factory.mktemp("ingest"), **more))
        return rigs[-1]

    yield make
    for rig in rigs:
        rig.journal.close()


SMALL_INVENTORY = """\
province: {id: lam-dong, code: "68", name: Tỉnh Lâm Đồng, operator: Sở KH&CN, centre: trung-tam}
report_interval_seconds: 60
carriers: [{id: vnpt, name: VNPT}]
profiles:
  machines: [{id: pc, name: Máy tính, role: pc}]
units: [{id: xa, name: Xã Đơn Dương, kind: commune}]
sites:
  - {id: trung-tam, name: Trung tâm dữ liệu, kind: data_centre, unit: xa, networks: [198.18.0.0/24]}
  - id: xa-a
    name: Trụ sở xã A
    kind: commune
    unit: xa
    networks: [198.18.1.0/24]
    links: [{id: tslcd, technology: fiber, carrier: vnpt, far_end: {site: trung-tam}}]
    devices: [{id: cpe, kind: cpe, address: "+1", always_on: true}]
    machine_counts: [{profile: pc, count: 4, as_of: 2026-10-01, source: kiểm kê}]
"""


@pytest.fixture
def small_inventory_file(tmp_path: Path) -> Path:
    """Write a small inventory: a centre, and the commune xa-a with one circuit."""
    path = tmp_path / "inventory.yaml"
    path.write_text(SMALL_INVENTORY, encoding="utf-8")
    return path
