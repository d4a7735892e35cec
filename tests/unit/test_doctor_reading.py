"""What `govnet doctor` makes of the texts of others: chrony, Prometheus, Alertmanager, Grafana."""

from pathlib import Path

import pytest

from collector.doctor.looking.alertmanager import configured, receivers
from collector.doctor.looking.host import Clock, chrony_tracking
from collector.doctor.looking.prometheus import duration_seconds
from collector.doctor.looking.receiving import Receiver
from collector.doctor.looking.receiving import receivers as read_receivers
from collector.doctor.looking.shipped import board_of, look, rule_names

ROOT = Path(__file__).parents[2]
DAY = 86_400.0


def test_chrony_is_read_and_anything_else_is_not():
    text = "CB007106,203.0.113.6,3,1795865391.1,-0.000512,0,0,-5,0,0.1,0.02,0.001,64.5,Normal\n"

    assert chrony_tracking(text) == Clock("chrony", True, 0.000512)
    away = chrony_tracking(text.replace("Normal", "Not synchronised"))
    assert away is not None
    assert away.is_synchronised is False
    assert chrony_tracking("506 Cannot talk to daemon") is None


@pytest.mark.parametrize(
    ("text", "seconds"), [("24h", DAY), ("1d12h", 1.5 * DAY), ("0s", 0.0), ("1500ms", 1.5)]
)
def test_durations_are_read_as_prometheus_writes_them(text: str, seconds: float):
    assert duration_seconds(text) == seconds


def test_receivers_are_read_from_the_metrics():
    text = (
        'govnet_collector_history_up{receiver="vm"} 1.0\n'
        'govnet_collector_history_lag_seconds{receiver="vm"} 2.5\n'
        'govnet_collector_history_dropped_samples_total{receiver="vm",reason="refused"} 4.0\n'
        'govnet_collector_history_dropped_samples_total{receiver="vm",reason="too_old"} 5.0\n'
        'govnet_site_status{site="a",status="up"} 1\n'
    )

    assert list(read_receivers(text)) == [Receiver("vm", up=1.0, lag_seconds=2.5, refused=4.0)]


def test_the_shipped_alertmanager_reaches_everybody_and_is_known_as_the_example():
    found = configured("http://a", (ROOT / "deploy/alertmanager/alertmanager.yml").read_text())

    assert found.has_examples
    assert all(found.reached.values()), found.reached


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"role": "duty", "severity": "critical", "cluster": "a"}, ["part", "duty"]),
        ({"role": "duty", "severity": "critical"}, ["duty"]),
        ({"role": "duty", "severity": "warning"}, ["rest"]),
        ({"role": "old"}, ["former"]),
        ({}, ["rest"]),
    ],
)
def test_routes_are_followed_as_alertmanager_does(labels: dict[str, str], expected: list[str]):
    tree = {
        "receiver": "rest",
        "routes": [
            {"receiver": "part", "matchers": ['cluster=~"a|b"', 'role!=""'], "continue": True},
            {"matchers": ['{role=duty, severity!~"warning|none"}'], "receiver": "duty"},
            {"match": {"role": "old"}, "receiver": "former"},
        ],
    }

    assert receivers(tree, labels) == expected


def test_what_is_shipped_can_be_read():
    found = look()

    assert found.problems == ()
    assert "govnet-collector: GovnetCollectorDown" in found.rules
    assert len(found.boards) >= 10


def test_rules_and_dashboards_are_named_alike_in_files_and_answers():
    told = {"groups": [{"name": "g", "rules": [{"name": "A", "type": "alerting"}]}]}
    assert rule_names(told) == ["g: A"]

    panel = {"title": "Điểm", "targets": [{"expr": "up"}], "panels": [{"title": "Trong"}]}
    plain = {"uid": "u", "title": "T", "panels": [panel]}
    assert board_of(plain) == board_of(plain | {"id": 7, "version": 3})
    assert board_of(plain).asks == ("Điểm | up", "Trong")
