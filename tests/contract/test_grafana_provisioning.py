"""What Grafana is provisioned with fits the dashboards, the rules, and how often agents report."""

import json
import re
from pathlib import Path

import yaml

from dashboards.source.files import ROOT, found
from dashboards.source.queries import variables
from govnet.catalogue import CAUSES, STATUSES
from inventory.load import load

DEPLOY = ROOT.parent / "deploy"
FOLDER = DEPLOY / "grafana/provisioning"


def rule(name: str) -> str:
    """Return the PromQL of a recording rule of the dashboards."""
    groups = yaml.safe_load((DEPLOY / "prometheus/rules/dashboards.yml").read_text("utf-8"))
    (expr,) = [
        rule["expr"]
        for group in groups["groups"]
        for rule in group["rules"]
        if rule["record"] == name
    ]
    return str(expr)


def numbered(label: str, expr: str) -> dict[str, int]:
    """Return by which number a rule multiplies each word of a label; once if by none."""
    pairs = re.findall(rf'\b{label}="(\w+)"\}}(?: \* (\d+))?', expr)
    return {word: int(number or 1) for word, number in pairs}


def test_the_source_is_asked_by_post_in_steps_of_the_report_interval():
    (source,) = yaml.safe_load((FOLDER / "datasources/govnet.yaml").read_text("utf-8"))[
        "datasources"
    ]
    scrape = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text("utf-8"))["global"]
    interval = float(source["jsonData"]["timeInterval"].removesuffix("s"))

    assert "POST" == source["jsonData"]["httpMethod"]
    assert load(ROOT.parent / "inventory.yaml").report_interval_seconds == interval
    assert float(scrape["scrape_interval"].removesuffix("s")) <= interval


def test_every_dashboard_chooses_the_provisioned_source_at_first():
    (source,) = yaml.safe_load((FOLDER / "datasources/govnet.yaml").read_text("utf-8"))[
        "datasources"
    ]
    for path in found():
        first = next(variables(json.loads(path.read_text("utf-8"))))

        assert ("datasource", source["uid"]) == (first["name"], first["current"]["value"])
        assert source["type"] == first["query"]


def test_folders_are_those_of_the_files():
    (provider,) = yaml.safe_load((FOLDER / "dashboards/govnet.yaml").read_text("utf-8"))[
        "providers"
    ]

    assert provider["options"]["foldersFromFilesStructure"] is True
    assert "folder" not in provider
    assert provider["allowUiUpdates"] is False


def test_numbers_of_statuses_are_those_of_the_catalogue():
    expr = rule("site:govnet_site_status:code")

    assert {word: code for code, word in enumerate(STATUSES)} == numbered("status", expr)


def test_numbers_of_causes_are_those_of_the_catalogue_concluded_or_confirmed():
    expr = rule("outage:govnet_outage_info:cause_code")
    wanted = {word: number for number, word in enumerate(CAUSES, start=1)}

    assert wanted == numbered("cause", expr)
    assert wanted == numbered("confirmed_cause", expr)


def test_only_dashboards_lie_where_grafana_reads():
    boards = [json.loads(path.read_text("utf-8")) for path in Path(ROOT).rglob("*.json")]

    assert all(board["schemaVersion"] == 42 for board in boards)
    assert len(found()) == len(boards)
