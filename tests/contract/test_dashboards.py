"""Every shipped dashboard: in step with its source, as Grafana's types want it, and well-behaved.

Whether its queries find anything is tried against a real Prometheus (tests/e2e). No Grafana runs
here: what its browser makes of the JSON is not shown by these tests.
"""

import json
import re
from itertools import combinations
from typing import Any

import pytest
import yaml

from collector.pages.conference_routes import PATH as CONFERENCES
from collector.pages.coverage import PATH as COVERAGE
from collector.pages.links import PATH as LINKS
from collector.pages.maintenance_routes import PATH as MAINTENANCE
from collector.pages.site_routes import PATH as SITE
from collector.pages.units import PATH as UNITS_PAGE
from dashboards.source.files import FOLDERS, ROOT, found, texts
from dashboards.source.panels import RECORDED, RECORDED_BELIEF
from dashboards.source.queries import named, panels, parsed, queries, values_of, variables
from dashboards.source.variables import COLLECTOR, LEVELS
from govnet.catalogue import CATALOGUE, Kind
from inventory.model import UnitKind
from tests.contract.grafana_schema import CUSTOM_UNITS, PANEL_OPTIONS, UNITS, GridPos, dashboard

BOARDS = {path.stem: json.loads(path.read_text("utf-8")) for path in found()}
DEPLOY = ROOT.parent / "deploy"
RULES = sorted((DEPLOY / "prometheus/rules").glob("*.yml"))
RECORDS = {
    rule["record"]: rule["expr"]
    for file in RULES
    for group in yaml.safe_load(file.read_text("utf-8"))["groups"]
    for rule in group["rules"]
    if "record" in rule
}
PROMETHEUS_OWN = {"ALERTS", "ALERTS_FOR_STATE", "up", "scrape_duration_seconds"}
"""What Prometheus itself adds, for the dashboards about alerts and about govnet itself."""
GRAFANA_OWN = {
    "__range",
    "__range_s",
    "__interval",
    "__rate_interval",
    "__url_time_range",
    "__data",
}
METRIC = re.compile(r"\b(?:\w+:)?govnet_\w+(?::\w+)?")
SELECTED = re.compile(r"([A-Za-z_:][\w:]*)\s*\{([^{}]*)\}")
MATCHER = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)")
RANGED = re.compile(r"\b(rate|increase)\(\s*[\w:]+(?:\{[^{}]*\})?\[([^\]]+)\]")
UID = re.compile(r"/d/([\w-]+)")
ADDRESS = re.compile(r"https?://[^\s\"'\\]+")

pytestmark = pytest.mark.parametrize("name", BOARDS)


def metrics(expr: str) -> set[str]:
    """Return the metrics that a query names; a histogram's series count as the histogram."""
    names = METRIC.findall(expr)
    return {re.sub(r"_(bucket|sum|count)$", "", n) if n not in RECORDS else n for n in names}


def overlap(one: GridPos, other: GridPos) -> bool:
    across = one.x < other.x + other.w and other.x < one.x + one.w
    return across and one.y < other.y + other.h and other.y < one.y + one.h


def recorded_in(panel: dict[str, Any]) -> set[str]:
    return {n for target in panel["targets"] for n in metrics(target["expr"]) if ":" in n}


def test_the_file_is_what_its_source_makes(name: str):
    """`make dashboards` writes them."""
    wanted = {path.stem: text for path, text in texts()}
    path = next(path for path in found() if path.stem == name)

    assert wanted[name] == path.read_text("utf-8")
    assert set(wanted) == set(BOARDS)


def test_every_field_is_one_that_grafana_knows(name: str):
    _, _, shown = dashboard(BOARDS[name])

    for panel in shown:
        assert set(panel.options) == PANEL_OPTIONS[panel.type], panel.title


def test_ids_are_unique_and_panels_lie_beside_each_other(name: str):
    _, rows, shown = dashboard(BOARDS[name])
    everything = [*rows, *shown]

    assert len({one.id for one in everything}) == len(everything)
    assert len({panel.title for panel in shown}) == len(shown)
    for panel in everything:
        place = panel.gridPos
        assert place.x >= 0, panel.title
        assert place.y >= 0, panel.title
        assert place.x + place.w <= 24, panel.title
    for one, other in combinations(everything, 2):
        assert not overlap(one.gridPos, other.gridPos), (one.title, other.title)


def test_the_uid_is_the_name_that_links_and_favourites_keep(name: str):
    board, _, _ = dashboard(BOARDS[name])

    assert f"govnet-{name}" == board.uid
    assert 8 <= len(board.uid) <= 40


def test_every_panel_says_what_it_shows_in_both_languages_and_in_which_unit(name: str):
    board, rows, shown = dashboard(BOARDS[name])

    assert board.description
    assert all(row.title for row in rows)
    for panel in shown:
        vietnamese, _, english = panel.description.partition("\n\n")
        assert panel.title.strip(), panel.id
        assert vietnamese.strip(), panel.title
        assert english.strip(), panel.title
        units = {panel.fieldConfig.defaults.unit} | {
            one["value"]
            for override in panel.fieldConfig.overrides
            for one in override.properties
            if one["id"] == "unit"
        }
        for unit in units:
            assert unit in UNITS or unit.startswith(CUSTOM_UNITS), (panel.title, unit)


def test_panels_over_recorded_series_say_so_and_no_other_does(name: str):
    """Rules are not evaluated again for what arrives late: whoever looks back must know."""
    for panel in panels(BOARDS[name]):
        recorded = recorded_in(panel)
        wanted = (
            RECORDED
            if any(not one.startswith("outage:") for one in recorded)
            else (RECORDED_BELIEF if recorded else ())
        )
        said = [
            sentence
            for sentence in (*RECORDED, *RECORDED_BELIEF)
            if sentence in panel["description"]
        ]

        assert list(wanted) == said, panel["title"]


def test_queries_name_only_what_the_catalogue_or_a_rule_has(name: str):
    asked = [query.expr for query in queries(BOARDS[name])]
    asked += [
        parsed(variable["query"]["query"])[0]
        for variable in variables(BOARDS[name])
        if variable["type"] == "query"
    ]
    for expr in asked:
        assert metrics(expr) <= CATALOGUE.keys() | RECORDS.keys(), expr
        for metric, matchers in SELECTED.findall(expr):
            known = re.sub(r"_bucket$", "", metric)
            assert known in CATALOGUE.keys() | RECORDS.keys() | PROMETHEUS_OWN, expr
            if known in CATALOGUE:
                wanted = set(MATCHER.findall(re.sub(r'"[^"]*"', "", matchers)))
                assert wanted <= set(CATALOGUE[known].labels), (metric, wanted)


def test_a_legend_and_a_column_show_a_label_that_is_asked_for(name: str):
    for panel in panels(BOARDS[name]):
        asked = " ".join(target["expr"] for target in panel["targets"])
        asked += " ".join(RECORDS[one] for one in recorded_in(panel))
        labels = {
            label
            for known in metrics(asked)
            for label in (CATALOGUE[known].labels if known in CATALOGUE else ())
        }
        for target in panel["targets"]:
            for label in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]):
                assert label in labels or re.search(rf"\b{label}\b", asked), (panel["title"], label)


def test_counters_are_asked_as_rates_over_a_time_that_grafana_chooses(name: str):
    counters = {metric.name for metric in CATALOGUE.values() if metric.kind is Kind.COUNTER}
    counters |= {"govnet_collector_ingest_duration_seconds_bucket"}
    for query in queries(BOARDS[name]):
        for counter in counters:
            for match in re.finditer(rf"(?<![\w:]){counter}\b", query.expr):
                before = query.expr[: match.start()]
                assert before.endswith(("rate(", "increase(")), query.where
        for function, span in RANGED.findall(query.expr):
            assert ("rate", "$__rate_interval") == (function, span) or (
                ("increase", "$__range") == (function, span)
            ), query.where


def test_rates_of_many_machines_are_recorded(name: str):
    """6,000 machines have 60 series each: a panel reads what a rule made of them."""
    of_machines = {
        metric.name
        for metric in CATALOGUE.values()
        if metric.check in ("machine", "lan", "facts", "agent") and "machine" in metric.labels
    } | {"govnet_machine_health_code", "govnet_agent_up"}
    for query in queries(BOARDS[name]):
        for metric in metrics(query.expr) & of_machines:
            # What is declared by itself, and chosen: servers and a few desks.
            is_narrowed = re.search(rf'{metric}\{{[^}}]*machine=~"\$(machine|server)"', query.expr)
            assert is_narrowed, (query.where, metric)


def test_every_variable_that_is_used_is_there_and_every_one_there_is_used(name: str):
    board = BOARDS[name]
    names = [variable["name"] for variable in variables(board)]
    used = named(json.dumps([board["panels"], board["links"]]))
    used |= {
        one
        for variable in variables(board)
        if variable["type"] == "query"
        for one in named(variable["query"]["query"])
    }

    assert used - GRAFANA_OWN <= set(names)
    assert set(names) <= used | {"datasource"}
    assert len(names) == len(set(names))


def test_choices_narrow_each_other_and_none_asks_for_a_later_one(name: str):
    before: list[str] = []
    asked = {}
    for variable in variables(BOARDS[name]):
        if variable["type"] == "query":
            asked[variable["name"]] = named(variable["query"]["query"])
            assert asked[variable["name"]] <= set(before), variable["name"]
        before.append(variable["name"])

    assert ["datasource", "level", "unit", "site"] == before[:4]
    assert {"level"} == asked["unit"]
    assert {"level", "unit"} == asked["site"]
    assert "collector" in before


def test_a_unit_is_chosen_by_its_name_and_asked_by_its_id(name: str):
    unit = next(one for one in variables(BOARDS[name]) if one["name"] == "unit")

    assert ["xa-a"] == values_of(unit, ['{unit="xa-a",unit_name="Xã \'A\', Đơn Dương"} 1 17'])
    assert set(UnitKind) == set(LEVELS)


def test_links_lead_to_dashboards_and_pages_that_are_there(name: str):
    text = json.dumps(BOARDS[name], ensure_ascii=False)
    uids = {board.uid for boards in FOLDERS.values() for board in boards}

    assert set(UID.findall(text)) <= uids
    whole = {"/", CONFERENCES, COVERAGE, LINKS, MAINTENANCE, UNITS_PAGE}
    with_an_id = (SITE.format(site="${__data."), f"{UNITS_PAGE}/${{__data.")
    paths = re.findall(r"\$\{collector\}([^\"\\]*)", text)
    assert paths
    for path in paths:
        assert path in whole or path.startswith(with_an_id), path


def test_nothing_is_fetched_from_elsewhere(name: str):
    """Not even map tiles: the base layer is a picture inside the dashboard."""
    text = json.dumps(BOARDS[name], ensure_ascii=False)

    assert {COLLECTOR} == set(ADDRESS.findall(text))
    for panel in panels(BOARDS[name]):
        if panel["type"] == "geomap":
            assert panel["options"]["basemap"]["config"]["url"].startswith("data:image/gif;")
            assert {"markers"} == {layer["type"] for layer in panel["options"]["layers"]}


def test_columns_of_a_table_are_those_that_are_kept(name: str):
    for panel in panels(BOARDS[name]):
        if panel["type"] not in ("table", "geomap"):
            continue
        steps = {one["id"]: one["options"] for one in panel["transformations"]}
        kept = steps["filterFieldsByName"]["include"]["names"]
        titles = steps["organize"]["renameByName"]
        values = [f"Value #{target['refId']}" for target in panel["targets"]]

        assert len(kept) == len(set(kept)), panel["title"]
        assert set(kept) == set(titles), panel["title"]
        assert {column for column in kept if column.startswith("Value")} <= (
            set(values) if len(values) > 1 else {"Value"}
        ), panel["title"]
        shown = {one["matcher"]["options"] for one in panel["fieldConfig"]["overrides"]}
        assert shown == set(titles.values()), panel["title"]
        asked = " ".join(target["expr"] for target in panel["targets"])
        for column in kept:
            if not column.startswith("Value"):
                assert re.search(rf"\b{column}\b", asked), (panel["title"], column)
        for sort in panel["options"].get("sortBy", []):
            assert sort["displayName"] in titles.values(), panel["title"]
