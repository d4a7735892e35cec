"""Settings, table, checks and catalogue agree: nothing is ordered that cannot be measured."""

import json
import re
from collections import defaultdict
from pathlib import Path

import pytest

from agent.checks.table import CHECKS, load
from agent.measuring.health import Health
from agent.sending.learnt import Delivered, Learnt
from agent.spool.spool import Spool
from collector.series.layout import CHECK_METRICS
from govnet.catalogue import CATALOGUE, METRICS, Metric, Source
from govnet.settings import CHECK_SETTINGS

CASES = Path(__file__).parents[1] / "cases"
FAMILIES = Path(__file__).parents[1] / "families"
LINE = re.compile(r"^([a-z0-9_]+)(?:\{(.*)\})? \S+$")
LABEL = re.compile(r'([a-z_]+)="')


def measured_by_cases(check: str) -> dict[str, set[tuple[str, ...]]]:
    """Return the metric names that a check's cases expect, with the label names of each."""
    found: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    files = [*(CASES / check).glob("*/expected.prom")]
    files += [file for file in FAMILIES.glob("*/expected.prom") if check_of(file.parent) == check]
    for file in files:
        for line in file.read_text("utf-8").splitlines():
            match = LINE.match(line)
            assert match is not None, f"{file}: {line}"
            found[match[1]].add(tuple(LABEL.findall(match[2] or "")))
    return found


def check_of(family: Path) -> str:
    """Return which check asks a recorded device; see tests/e2e/test_device_families.py."""
    settings = family / "settings.json"
    plain = json.loads(settings.read_text("utf-8")) if settings.exists() else {}
    return str(plain.get("check", "device"))


def names_of(metrics: tuple[Metric, ...]) -> set[str]:
    return {metric.name for metric in metrics}


def test_table_lists_exactly_the_checks_that_can_be_ordered() -> None:
    assert set(CHECKS) == {kind.check for kind in CHECK_SETTINGS}


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_check_is_called_as_the_table_says(name: str) -> None:
    assert load(name).name == name


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_check_announces_rows_of_the_catalogue_that_agents_measure(name: str) -> None:
    metrics = load(name).metrics

    assert metrics
    assert len(names_of(metrics)) == len(metrics)
    for metric in metrics:
        assert CATALOGUE[metric.name] is metric
        assert metric.source is Source.MEASUREMENT
        assert metric.check == name


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_every_announced_metric_is_measured_in_some_case_with_its_labels(name: str) -> None:
    cases = measured_by_cases(name)

    assert set(cases) == names_of(load(name).metrics)
    for metric, labels in cases.items():
        assert labels == {CATALOGUE[metric].sample_labels}


def test_agent_measures_itself_by_the_catalogue(tmp_path: Path) -> None:
    with Spool(tmp_path, clock=lambda: 1790000000.0) as spool:
        learnt = Learnt(delivered=Delivered(1790000000.0, "https://198.18.0.1:443", "tslcd", 1))
        samples = Health(spool, learnt).samples()

    assert {sample.name for sample in samples} == {
        name for name in CATALOGUE if name.startswith("govnet_agent_") and is_measured(name)
    }
    for sample in samples:
        assert tuple(sample.labels or ()) == CATALOGUE[sample.name].sample_labels


def is_measured(name: str) -> bool:
    return CATALOGUE[name].source is Source.MEASUREMENT


def test_every_measured_row_has_somebody_who_measures_it() -> None:
    """The checks, the agent about itself, and what a result says about the run that gave it."""
    rows = {metric.name for metric in METRICS if metric.source is Source.MEASUREMENT}
    by_checks = {name for check in CHECKS for name in names_of(load(check).metrics)}
    others = rows - by_checks

    assert by_checks <= rows
    assert {name for name in others if not name.startswith("govnet_agent_")} == set(CHECK_METRICS)


def test_no_metric_is_measured_by_two_checks() -> None:
    names = [metric.name for check in CHECKS for metric in load(check).metrics]
    assert len(names) == len(set(names))
