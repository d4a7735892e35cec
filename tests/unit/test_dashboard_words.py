"""Whatever a code or a kind may be, a dashboard has a Vietnamese word for it."""

from collections.abc import Iterable
from typing import Any

import pytest
import yaml

from dashboards.source.files import ROOT
from dashboards.source.grafana import Query
from dashboards.source.panels import RECORDED, Words
from dashboards.source.variables import LEVELS
from dashboards.source.words import (
    CAUSE_CODES,
    DEVICE_KINDS,
    ROLES,
    STATUS_CODES,
    TECHNOLOGIES,
    TOLD,
)
from govnet.catalogue import CAUSES, STATUSES
from inventory.model import DeviceKind, MachineRole, Technology, UnitKind


def words(mapping: list[dict[str, Any]]) -> set[str]:
    """Return the values that a mapping has a text for."""
    (one,) = mapping
    return {value for value, shown in one["options"].items() if shown["text"]}


@pytest.mark.parametrize(
    ("mapping", "wanted"),
    [
        (STATUS_CODES, map(str, range(len(STATUSES)))),
        (CAUSE_CODES, map(str, range(len(CAUSES) + 1))),
        (DEVICE_KINDS, DeviceKind),
        (TECHNOLOGIES, Technology),
        (ROLES, MachineRole),
    ],
)
def test_every_value_has_a_word(mapping: list[dict[str, Any]], wanted: Iterable[str]):
    assert set(wanted) == words(mapping)


def test_every_level_of_units_can_be_chosen_and_none_has_a_comma_that_would_part_it():
    assert set(UnitKind) == set(LEVELS)
    assert not [text for text in LEVELS.values() if "," in text]


def test_whoever_an_alert_is_for_has_a_word():
    told = {
        rule["labels"]["role"]
        for name in ("alerts.yml", "collector.yml")
        for group in yaml.safe_load(
            (ROOT.parent / "deploy/prometheus/rules" / name).read_text("utf-8")
        )["groups"]
        for rule in group["rules"]
    }

    assert told - {"watchdog", "test"} == words(TOLD)


def test_a_recorded_series_is_told_from_a_measured_one():
    about = Words("Điểm", "Số điểm.", "Sites.").about

    assert "Số điểm.\n\nSites." == about((Query("sum(govnet_site_status)"),))
    assert RECORDED[0] in about((Query("sum(site:govnet_site_status:code)"),))
