"""Verdicts and coverage as series: devices, sites by cause, machines by unit."""

from collector.metrics.exposition import Exposition, Part
from collector.metrics.selfmetrics import SelfMetrics
from collector.series.labels import Targets
from collector.series.state import State
from collector.verdict.coverage import Coverage, SiteCoverage, SiteFacts
from collector.verdict.spans import SpanKind
from collector.verdict.verdicts import ItemVerdict, SiteVerdict, Verdicts
from govnet.catalogue import CAUSES
from inventory.model import Inventory


def facts(site: str, unit: str) -> SiteFacts:
    return SiteFacts(
        site=site,
        site_name=site,
        unit=unit,
        unit_name=unit,
        unit_kind="commune",
        carrier="vnpt",
        cluster="",
        power_area="",
        latitude=None,
        longitude=None,
    )


def series(
    province: Inventory, name: str, verdicts: Verdicts, coverage: Coverage | None = None
) -> list[str]:
    exposition = Exposition(State(Targets(province), {}), SelfMetrics("1"))
    known = coverage or Coverage({}, {}, (), {}, province)
    text = b"".join(exposition.stream(verdicts, known, Part.VERDICTS)).decode()
    return [line for line in text.splitlines() if line.startswith(f"{name}{{")]


def down(site: str, cause: str | None, status: str = "down") -> SiteVerdict:
    return SiteVerdict(site, status, cause, 0.0, None, ())


def test_sites_are_counted_by_cause_and_every_cause_has_its_number(
    small_province: Inventory,
) -> None:
    sites = (down("a", "power"), down("b", "power", "degraded"), down("c", "link"))
    well = down("d", None, "up")
    verdicts = Verdicts(0.0, {one.site: one for one in (*sites, well)}, {}, frozenset())

    numbers = dict.fromkeys(CAUSES, 0.0) | {"power": 2.0, "link": 1.0}
    assert sorted(series(small_province, "govnet_cause_sites", verdicts)) == sorted(
        f'govnet_cause_sites{{cause="{cause}"}} {number}' for cause, number in numbers.items()
    )


def test_a_device_has_its_code_under_its_site(small_province: Inventory) -> None:
    router = ItemVerdict("xa-b/cpe", "xa-b", "unreachable", 0.0, SpanKind.DEVICE)
    verdicts = Verdicts(0.0, {}, {"xa-b/cpe": router}, frozenset())

    assert series(small_province, "govnet_device_health_code", verdicts) == [
        'govnet_device_health_code{site="xa-b",device="xa-b/cpe"} 3.0'
    ]


def test_machines_are_counted_over_the_sites_of_a_unit(small_province: Inventory) -> None:
    coverage = Coverage(
        {
            "a": SiteCoverage(12, 1, 5, 3),
            "b": SiteCoverage(8, 0, 2, 2),
            "c": SiteCoverage(1, 0, 1, 0),
        },
        {},
        (facts("a", "xa"), facts("b", "xa"), facts("c", "phuong")),
        {},
        small_province,
    )
    nothing = Verdicts(0.0, {}, {}, frozenset())

    expected = {
        ("phuong", "declared"): 1.0,
        ("phuong", "exempt"): 0.0,
        ("phuong", "enrolled"): 1.0,
        ("phuong", "reporting"): 0.0,
        ("xa", "declared"): 20.0,
        ("xa", "exempt"): 1.0,
        ("xa", "enrolled"): 7.0,
        ("xa", "reporting"): 5.0,
    }
    assert sorted(series(small_province, "govnet_unit_machines", nothing, coverage)) == sorted(
        f'govnet_unit_machines{{unit="{unit}",state="{state}"}} {number}'
        for (unit, state), number in expected.items()
    )
