"""What all tests share."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from collector.wire import AgentIdentity, Received, WireReport, WireResult, WireSample
from inventory.model import (
    Assignment,
    ConferencePoint,
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
                far_end=FarEnd(site="trung-tam"),
            ),
        ),
    }
    return Site(**(fields | more))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def small_province() -> Inventory:
    """Return a centre, communes a to e with one fiber circuit each, f without any, g exempt."""
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
    centre = _site("trung-tam", kind=SiteKind.DATA_CENTRE, links=())
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
        sites={site.id: site for site in (*sites, _site("xa-f", links=()))},
        services={
            "thu": Service(id="thu", name="Thư", kind=ServiceKind.EMAIL, url="smtp://198.18.0.9")
        },
        conferences={},
        report_interval_seconds=60.0,
    )


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
