"""Rules name only what the catalogue knows, and behave as their promtool cases say."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from govnet.catalogue import CATALOGUE, Source

ROOT = Path(__file__).parents[2]
RULES = sorted((ROOT / "deploy/prometheus/rules").glob("*.yml"))
CASES = sorted((ROOT / "tests/cases/rules").glob("*_test.yml"))
ANNOTATIONS = {
    *("summary", "description", "where", "since", "cause", "evidence", "advice", "call", "sites"),
    "runbook_url",
}
"""What the Alertmanager templates show."""
NAME = re.compile(r"(?<![:\w])govnet_[a-z0-9_]+(?![:\w])")
RECORDED_INSIDE = re.compile(r"\w+:govnet_[\w:]+")


def rules() -> list[dict[str, str]]:
    """Return every rule of every file."""
    return [
        rule
        for file in RULES
        for group in yaml.safe_load(file.read_text("utf-8"))["groups"]
        for rule in group["rules"]
    ]


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["promtool", *arguments], check=False, capture_output=True, text=True, cwd=ROOT
    )


def test_rules_use_only_metrics_of_the_catalogue() -> None:
    for rule in rules():
        names = NAME.findall(RECORDED_INSIDE.sub("", rule["expr"]))
        unknown = {name for name in names if name not in CATALOGUE}

        assert set() == unknown, rule


def test_alerts_never_ask_measurements() -> None:
    """Timed series have no staleness marker: an alert on one would fire or resolve by accident."""
    for rule in rules():
        if "alert" in rule:
            names = NAME.findall(rule["expr"])

            assert all(CATALOGUE[name].source is not Source.MEASUREMENT for name in names), rule


def test_every_alert_says_in_words_what_happened() -> None:
    for rule in rules():
        if "alert" in rule:
            assert {"summary", "description"} <= set(rule["annotations"]) <= ANNOTATIONS, rule
            assert rule["annotations"]["runbook_url"] == f"/runbook/{rule['alert']}"
            assert {"severity", "role"} == set(rule["labels"]), rule["alert"]


def test_what_an_alert_is_never_holds_what_is_believed() -> None:
    """A corrected cause must change an alert's words, not end it and begin another."""
    for rule in rules():
        assert "explanation" not in rule["expr"], rule


def test_promtool_accepts_the_configurations_and_the_rules() -> None:
    for arguments in (
        ("check", "config", "deploy/prometheus/prometheus.yml"),
        # Its token and CA are the centre's.
        ("check", "config", "--syntax-only", "deploy/prometheus/centre.yml"),
        ("check", "rules", *(str(file) for file in RULES)),
    ):
        done = promtool(*arguments)

        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("cases", CASES, ids=lambda path: path.stem)
def test_alerts_fire_and_stay_quiet_as_their_cases_say(cases: Path) -> None:
    done = promtool("test", "rules", str(cases))

    assert done.returncode == 0, done.stdout + done.stderr
