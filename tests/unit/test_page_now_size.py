"""The first page on the worst day: the shipped province with every site cut off, weighed."""

import time
from pathlib import Path

import pytest

from collector import pages
from collector.accounts.records import Role
from collector.accounts.viewer import Viewer
from collector.pages import now, now_changes, now_map, now_outages, now_storm
from collector.pages.now_asked import MAP_OUTLINE, Asked
from collector.pages.now_routes import Shown
from collector.series.labels import Targets
from collector.series.state import State
from collector.verdict.coverage import measure
from collector.verdict.outages.records import Case, Outage, Phase
from collector.verdict.spans import SpanKind
from collector.verdict.verdicts import EvidenceNote, SiteVerdict, Verdicts
from inventory.load import load

AT = 1_790_000_000.0
MOST_BYTES = 300_000
WITHIN_SECONDS = 1.0
NOTES = (
    EvidenceNote("agents_silent", (AT,)),
    EvidenceNote("target_silent", (1.0, AT)),
    EvidenceNote("in_event", (AT,)),
)


@pytest.mark.parametrize("chosen", [MAP_OUTLINE, ""])
def test_the_page_stays_light_and_quick_while_every_site_is_out(chosen: str):
    inventory = load(Path(__file__).parents[2] / "inventory.yaml")
    coverage = measure(inventory, (), State(Targets(inventory), {}), AT)
    sites = [fact.site for fact in coverage.facts]
    verdicts = Verdicts(
        AT,
        {site: SiteVerdict(site, "down", "power", AT, AT, NOTES) for site in sites},
        {},
        frozenset(),
    )
    cases = [
        Case(Outage(n, site, site, SpanKind.SITE, AT, None, 1, (Phase(AT, None, "power", NOTES),)))
        for n, site in enumerate(sites)
    ]
    asked = Asked.read({"map": chosen})
    started_at = time.thread_time()
    shown = Shown(
        now.build(inventory, verdicts, coverage, asked),
        now_map.tiles(inventory, verdicts, coverage),
        now_map.outline(verdicts, coverage) if chosen else None,
        now_outages.build(inventory, cases, asked, AT, lambda _: True),
        now_storm.build(inventory, verdicts, cases),
        now_changes.build(inventory, (), AT, AT, sees=lambda _: True),
        may_change=True,
    )
    text = pages._TEMPLATES.get_template("now.html").render(
        province="Lâm Đồng",
        operator="Sở KH&CN",
        viewer=Viewer(who="truc", title="Trực ca", role=Role.OPERATOR),
        shown=shown,
        page=shown.page,
    )

    assert time.thread_time() - started_at < WITHIN_SECONDS
    assert len(sites) > 250
    assert len(text.encode()) < MOST_BYTES
