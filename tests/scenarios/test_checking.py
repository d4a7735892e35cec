"""What is said wrong is found: a checker that is content with everything proves nothing."""

from pathlib import Path

import pytest

from tests.scenarios import alerting, checking
from tests.scenarios.reading import Outage, Recording
from tests.scenarios.scenario import Alert, Said, Scenario, Unsaid
from tests.scenarios.scenario import Outage as Wanted

LOOKS = 40
STEP_SECONDS = 30.0


def scenario(**more: object) -> Scenario:
    fields = {"description": "thử", "start": "2026-11-30 10:00", "until": "10:20", "name": "thu"}
    return Scenario(**(fields | more))  # type: ignore[arg-type]


BEGIN = scenario().begins.timestamp()


def recording(*outages: Outage) -> Recording:
    """Return what was said while xa-a was down from the tenth look on, and xa-b up."""
    found = Recording()
    found.looks = [BEGIN + STEP_SECONDS * (number + 1) for number in range(LOOKS)]
    down_at = found.looks[10]
    found.statuses = {
        "xa-a": [(found.looks[0], "up"), (down_at, "down")],
        "xa-b": [(found.looks[0], "up")],
    }
    found.causes = {"xa-a": [(found.looks[0], "none"), (down_at, "power")]}
    found.outages = list(outages)
    return found


def outage(**more: object) -> Outage:
    fields = {
        "item": "xa-a",
        "kind": "site",
        "start": BEGIN + 300,
        "end": None,
        "causes": ("power",),
        "count": 1,
        "is_corrected": False,
    }
    return Outage(**(fields | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        (Said(at="10:02", site="xa-a", status="up", cause="none"), 0),
        (Said(at="10:10", site="xa-a", status=("down", "degraded"), cause="power"), 0),
        (Said(at="10:10", site="xa-a", status="up"), 1),
        (Said(at="10:10", site="xa-a", status="down", cause="link"), 1),
        (Said(at="10:10", site="xa-a", status="down", items={"xa-a/vc": "up"}), 1),
        (Said(at="10:10", site="xa-a", status="down", notes=("target_silent",)), 1),
    ],
)
def test_what_is_not_said_is_found(said: Said, wrong: int):
    assert wrong == len(checking.mistakes(scenario(expect=(said,)), recording()))


@pytest.mark.parametrize(
    ("unsaid", "wrong"),
    [
        (Unsaid(sites=("xa-a",), causes=("power",)), 1),
        (Unsaid(sites=("xa-a",), causes=("link",)), 0),
        (Unsaid(statuses=("down",)), 1),
        (Unsaid(but=("xa-a",), statuses=("down",)), 0),
        (Unsaid(sites=("xa-a",), statuses=("down",), end="10:04"), 0),
        (Unsaid(sites=("xa-a",), statuses=("up",), start="10:06"), 0),
        (Unsaid(sites=("xa-a",), statuses=("down",), start="10:15"), 1),
    ],
)
def test_what_must_not_be_said_is_found(unsaid: Unsaid, wrong: int):
    assert wrong == len(checking.mistakes(scenario(never=(unsaid,)), recording()))


@pytest.mark.parametrize(
    "found",
    [
        (),
        (outage(start=BEGIN + 600),),
        (outage(end=BEGIN + 900),),
        (outage(causes=("link",)),),
        (outage(causes=("power", "link")),),
        (outage(count=2),),
        (outage(), outage(item="xa-b")),
    ],
    ids=["missing", "late", "ended", "other cause", "second phase", "twice", "one too many"],
)
def test_outages_that_are_not_as_wanted_are_found(found: tuple[Outage, ...]):
    wanted = Wanted(item="xa-a", start="10:05", causes=("power",))
    right = recording(outage(), outage(item="xa-a/vc", kind="point"))

    assert not checking.mistakes(scenario(outages=(wanted,)), right)
    assert len(checking.mistakes(scenario(outages=(wanted,)), recording(*found))) == 1


def test_an_outage_that_may_be_there_must_be_right_if_it_is():
    wanted = Wanted(item="xa-a", start="10:05", causes=("power",), may=True)

    assert not checking.mistakes(scenario(outages=(wanted,)), recording())
    assert not checking.mistakes(scenario(outages=(wanted,)), recording(outage()))
    assert checking.mistakes(scenario(outages=(wanted,)), recording(outage(causes=("link",))))


def with_two_silent_sites() -> Recording:
    """Return what the rules read while xa-a and xa-b are down from the tenth look on."""
    found = recording()
    found.series["govnet_collector_config_last_reload_successful"] = [(0, 1.0)]
    for site in ("xa-a", "xa-b"):
        facts = f'site="{site}",site_name="Xã",unit="x",unit_name="X",carrier="vnpt"'
        found.series[f"govnet_site_info{{{facts}}}"] = [(0, 1.0)]
        status = f'govnet_site_status{{site="{site}",status="down"}}'
        found.series[status] = [(0, 0.0), (10, 1.0), (30, 0.0)]
    return found


def test_every_alert_that_fires_is_found(tmp_path: Path):
    fired = alerting.fired_alerts(scenario(), with_two_silent_sites(), tmp_path)
    first, last = fired["site", "xa-a"][0], fired["site", "xa-a"][-1]

    assert {("site", "xa-a"), ("site", "xa-b")} == fired.keys()
    assert BEGIN + 330 < first <= BEGIN + 450
    assert BEGIN + 900 <= last


def test_alerts_that_are_missing_late_or_too_many_are_found(tmp_path: Path):
    alerts = (
        Alert(kind="site", site="xa-a", by="10:03"),
        Alert(kind="event", by="10:10"),
        Alert(kind="link", site="xa-a", may=True),
    )
    found = alerting.mistakes(scenario(alerts=alerts), with_two_silent_sites(), tmp_path)

    assert [line.partition(":")[0] for line in found] == [
        "alert site xa-a",
        "alert event",
        "alert site xa-b",
    ]
