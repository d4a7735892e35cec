"""The shipped Alertmanager configuration: accepted, leads alerts to whom it says, shows them."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy/alertmanager"
CONFIG = FOLDER / "alertmanager.yml"
RULES = sorted((ROOT / "deploy/prometheus/rules").glob("*.yml"))


def amtool(*arguments: str) -> str:
    done = subprocess.run(
        ["amtool", *arguments], check=False, capture_output=True, text=True, cwd=ROOT, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def alerts() -> list[dict[str, Any]]:
    return [
        rule
        for file in RULES
        for group in yaml.safe_load(file.read_text("utf-8"))["groups"]
        for rule in group["rules"]
        if "alert" in rule
    ]


def configured() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(CONFIG.read_text("utf-8"))
    return loaded


def test_amtool_accepts_the_configuration_with_its_templates() -> None:
    told = amtool("check-config", str(CONFIG))

    assert "1 templates" in told


@pytest.mark.parametrize(
    ("labels", "receivers"),
    [
        ("role=duty severity=critical cluster=da-lat", "khu-vuc-da-lat,truc-tinh-khan"),
        ("role=duty severity=critical cluster=bac-binh", "khu-vuc-phan-thiet,truc-tinh-khan"),
        ("role=duty severity=critical event=e-1", "truc-tinh-khan"),
        ("role=duty severity=warning cluster=da-lat", "truc-tinh"),
        ("role=admin severity=critical", "quan-tri-khan"),
        ("role=admin severity=warning", "quan-tri"),
        ("role=test severity=none", "thu"),
        ("role=digest severity=none", "ban-tin"),
        ("role=watchdog severity=none", "khong-gui"),
        ("alertname=of-another-system", "quan-tri"),
    ],
)
def test_an_alert_reaches_those_who_are_to_act(labels: str, receivers: str) -> None:
    found = amtool("config", "routes", "test", f"--config.file={CONFIG}", *labels.split())

    assert found.strip() == receivers


def test_warnings_wait_for_office_hours_in_the_provinces_own_time() -> None:
    config = configured()

    (interval,) = config["time_intervals"][0]["time_intervals"]
    assert interval["location"] == "Asia/Ho_Chi_Minh"
    warned = {
        route["receiver"]
        for route in config["route"]["routes"]
        if route.get("active_time_intervals") == ["gio-lam-viec"]
    }
    assert warned == {"truc-tinh", "quan-tri"}


def test_nothing_that_pages_is_muted_by_night() -> None:
    for route in configured()["route"]["routes"]:
        if 'severity="critical"' in str(route["matchers"]):
            assert "active_time_intervals" not in route
            assert "mute_time_intervals" not in route


def test_every_role_of_the_rules_has_a_route() -> None:
    routes = str(configured()["route"]["routes"])

    for rule in alerts():
        assert f'role="{rule["labels"]["role"]}"' in routes


def test_who_cannot_be_judged_is_not_told_to_be_well() -> None:
    """When the collector dies all its alerts end; the duty officer must not read that as cured."""
    first = configured()["inhibit_rules"][0]

    assert first == {
        "source_matchers": ['alertname=~"GovnetCollectorDown|GovnetVerdictsStale"'],
        "target_matchers": ['role="duty"'],
    }


def test_inhibited_alerts_exist() -> None:
    names = {rule["alert"] for rule in alerts()}

    text = str(configured()["inhibit_rules"])
    assert set(re.findall(r"Govnet\w+", text)) <= names


def test_templates_show_every_annotation_of_the_rules() -> None:
    text = (FOLDER / "templates/govnet.tmpl").read_text("utf-8")
    shown = set(re.findall(r"\.Annotations\.(\w+)", text))

    given = {name for rule in alerts() for name in rule["annotations"]}
    assert given <= shown
    assert shown - given == {"open", "changed", "corrected"}  # Those of the digest.


def test_every_mail_has_subject_text_and_page_from_the_templates() -> None:
    text = (FOLDER / "templates/govnet.tmpl").read_text("utf-8")
    defined = set(re.findall(r'\{\{ define "([\w.]+)"', text))

    used = set(re.findall(r'template "([\w.]+)"', text + CONFIG.read_text("utf-8")))
    assert used == defined
    for receiver in configured()["receivers"]:
        for mail in receiver.get("email_configs", ()):
            assert {"Subject"} == set(mail["headers"])
            assert {"text", "html"} <= set(mail)


@pytest.mark.parametrize("form", ["text", "html"])
def test_a_mail_leads_to_the_runbook_at_the_provinces_own_address(
    form: str, tmp_path: Path
) -> None:
    told = {"summary": "Điểm A mất liên lạc", "runbook_url": "/runbook/GovnetSiteSilent"}
    alert = {
        "status": "firing",
        "labels": {"severity": "critical"},
        "annotations": told,
        "startsAt": "2026-11-29T02:00:00Z",
    }
    data = tmp_path / "alerts.json"
    data.write_text(json.dumps({"alerts": [alert]}), encoding="utf-8")

    mail = amtool(
        *("template", "render", f"--template.glob={FOLDER}/templates/*.tmpl"),
        *(f"--template.type={form}", f"--template.data={data}"),
        f'--template.text={{{{ template "govnet.{form}" . }}}}',
    )

    assert "https://giamsat.lamdong.example/runbook/GovnetSiteSilent" in mail
