"""Every path of the collector and what it needs; the routes and the OpenAPI document follow it."""

from typing import Any

from collector.alerts.trial import Trial
from collector.discovery.sightings import Sightings
from collector.maintenance.records import Planned
from collector.site_check import SiteCheck
from collector.store.machine_facts import MachineFacts
from collector.verdict.outages.handling import Said
from collector.verdict.outages.report import MonthTold
from collector.verdict.outages.shown import OutageDetail, OutageList
from collector.web.access import Need
from collector.web.agent_operations import AGENT_OPERATIONS
from collector.web.answers import (
    AgentList,
    CollectorTold,
    Health,
    Reloaded,
    SiteDetail,
    SiteList,
)
from collector.web.conference_operations import CONFERENCE_OPERATIONS
from collector.web.maintenance import MaintenanceChange, MaintenanceChanged, MaintenanceList
from collector.web.operation import HTML, METRICS, In, Operation, Parameter

_OUTAGE = Parameter("number", In.PATH, "Number of the outage.", "integer")

OPERATIONS: tuple[Operation, ...] = (
    *AGENT_OPERATIONS,
    Operation(
        path="/metrics",
        need=Need.SCRAPE,
        summary="All metrics for Prometheus.",
        handler="metrics",
        content=METRICS,
    ),
    Operation(
        path="/metrics/verdicts",
        need=Need.SCRAPE,
        summary="Verdicts, coverage and the collector's own metrics.",
        handler="metrics_verdicts",
        content=METRICS,
    ),
    Operation(
        path="/metrics/shards/{shard}",
        need=Need.SCRAPE,
        summary="Measurements of the sites of one shard.",
        handler="metrics_shard",
        content=METRICS,
        parameters=(Parameter("shard", In.PATH, "Number of the shard.", "integer"),),
    ),
    Operation(
        path="/v1/sd/prometheus",
        need=Need.SCRAPE,
        summary="Scrape targets for Prometheus' HTTP service discovery.",
        handler="discovery",
        answer=list[dict[str, Any]],
    ),
    Operation(
        path="/healthz",
        need=Need.NOTHING,
        summary="Whether the process answers.",
        handler="healthz",
        answer=Health,
    ),
    Operation(
        path="/readyz",
        need=Need.NOTHING,
        summary="Whether reports are taken and the inbox took the last one; 503 if not.",
        handler="readyz",
        answer=Health,
    ),
    Operation(
        path="/v1/sites",
        need=Need.READ,
        is_narrowed=True,
        summary="Every site with its status.",
        handler="sites",
        answer=SiteList,
    ),
    Operation(
        path="/v1/sites/{site}",
        need=Need.READ,
        is_narrowed=True,
        summary="One site with evidence, items and conditions.",
        handler="site",
        answer=SiteDetail,
        parameters=(Parameter("site", In.PATH, "Id of the site."),),
    ),
    Operation(
        path="/v1/collector",
        need=Need.OPERATE,
        summary="What the collector knows of itself: version, certificate, who reads its metrics.",
        handler="collector",
        answer=CollectorTold,
    ),
    Operation(
        path="/v1/sites/{site}/check",
        need=Need.READ,
        summary="Who looks at a site, how new what each saw is, and what was asked.",
        handler="site_check",
        answer=SiteCheck,
        is_narrowed=True,
        parameters=(Parameter("site", In.PATH, "Id of the site."),),
    ),
    Operation(
        method="POST",
        path="/v1/sites/{site}/check",
        need=Need.OPERATE,
        summary="Run a site's checks once more; 429 if it was asked within the minute.",
        status=202,
        handler="check_site",
        answer=SiteCheck,
        parameters=(
            Parameter("site", In.PATH, "Id of the site."),
            Parameter("at", In.QUERY, "When (Unix seconds, at most two days ahead), else now."),
        ),
    ),
    Operation(
        path="/v1/agents",
        need=Need.READ,
        is_narrowed=True,
        summary="Every agent with its last report.",
        handler="agents",
        answer=AgentList,
    ),
    Operation(
        path="/v1/machines/{site}/{machine}/facts",
        need=Need.READ,
        is_narrowed=True,
        summary="What a machine is, as it told it last, and since when.",
        handler="machine_facts",
        answer=MachineFacts,
        parameters=(
            Parameter("site", In.PATH, "Id of the site."),
            Parameter("machine", In.PATH, "Id of the machine within the site."),
        ),
    ),
    Operation(
        path="/v1/inventory/sightings",
        need=Need.READ,
        summary="What was seen: agents, devices with their neighbours, and what never was.",
        handler="sightings",
        answer=Sightings,
    ),
    Operation(
        path="/v1/maintenance",
        need=Need.READ,
        is_narrowed=True,
        summary="Planned work and announced power cuts: confirmed, waiting, over.",
        handler="maintenance",
        answer=MaintenanceList,
    ),
    Operation(
        method="POST",
        path="/v1/maintenance",
        need=Need.OPERATE,
        summary="Enter planned work, confirmed at once.",
        handler="add_maintenance",
        answer=MaintenanceChanged,
        request=Planned,
    ),
    Operation(
        method="POST",
        path="/v1/maintenance/{id}",
        need=Need.OPERATE,
        summary="Say which sites an announced power cut reaches (n3), or end an entry (12).",
        handler="change_maintenance",
        answer=MaintenanceChanged,
        request=MaintenanceChange,
        parameters=(Parameter("id", In.PATH, "A notice, like n3, or the number of an entry."),),
    ),
    *CONFERENCE_OPERATIONS,
    Operation(
        path="/v1/outages",
        need=Need.READ,
        is_narrowed=True,
        summary="Outages, the newest number first.",
        handler="outages",
        answer=OutageList,
        parameters=(
            Parameter("open", In.QUERY, "1: only those that last."),
            Parameter("since", In.QUERY, "Only those that lasted then or later (Unix seconds)."),
            Parameter("site", In.QUERY, "Only of that site."),
            Parameter("item", In.QUERY, "Only of that item."),
            Parameter("withdrawn", In.QUERY, "1: those that were none, instead of the others."),
            Parameter("limit", In.QUERY, "How many at most: 1 to 1000, else 100.", "integer"),
            Parameter("before", In.QUERY, "Go on behind that number (`next_before`).", "integer"),
        ),
    ),
    Operation(
        path="/v1/outages/{number}",
        need=Need.READ,
        is_narrowed=True,
        summary="One outage: its phases with evidence, its handling, what was believed in turn.",
        handler="outage",
        answer=OutageDetail,
        parameters=(_OUTAGE,),
    ),
    Operation(
        method="POST",
        path="/v1/outages/{number}",
        need=Need.OPERATE,
        summary="Acknowledge, assign, note, set or confirm the cause; what is left out stays.",
        handler="change_outage",
        answer=OutageDetail,
        request=Said,
        parameters=(_OUTAGE,),
    ),
    Operation(
        path="/v1/availability",
        need=Need.READ,
        is_narrowed=True,
        summary="How long everything worked in a month; of a closed one with its adjustments.",
        handler="availability",
        answer=MonthTold,
        parameters=(
            Parameter("month", In.QUERY, "Month like 2026-11, else the present one."),
            Parameter("by", In.QUERY, "One of site, link, unit, carrier, item; else site."),
        ),
    ),
    Operation(
        method="POST",
        path="/v1/reload",
        need=Need.OPERATE,
        summary="Read certificate and inventory again; what has mistakes is refused (422).",
        handler="reload",
        answer=Reloaded,
    ),
    Operation(
        method="POST",
        path="/v1/alerts/test",
        need=Need.OPERATE,
        summary="Expose a test alert for some minutes; 429 if too many are under way.",
        handler="try_alerts",
        answer=Trial,
    ),
    Operation(
        path="/v1/openapi.json",
        need=Need.NOTHING,
        summary="This document.",
        handler="openapi",
        answer=dict[str, Any],
    ),
    Operation(
        path="/login",
        need=Need.NOTHING,
        summary="The form to sign in by; with a one-time link: sets the session cookie.",
        handler="login",
        content=HTML,
        parameters=(Parameter("once", In.QUERY, "Token of a one-time link."),),
    ),
    Operation(
        method="POST",
        path="/login",
        need=Need.NOTHING,
        summary="Sign in by name, password and code: a form of our own page only.",
        handler="sign_in",
        content=HTML,
    ),
    Operation(
        method="POST",
        path="/logout",
        need=Need.NOTHING,
        summary="End the session: a form of our own page only.",
        handler="logout",
        content=HTML,
    ),
    Operation(
        path="/password",
        need=Need.NOTHING,
        summary="The form of a link by which somebody chooses a password.",
        handler="password",
        content=HTML,
        parameters=(Parameter("once", In.QUERY, "Token of the link."),),
    ),
    Operation(
        method="POST",
        path="/password",
        need=Need.NOTHING,
        summary="Choose the password, which uses the link up: a form of our own page only.",
        handler="choose_password",
        content=HTML,
    ),
    Operation(path="/", need=Need.READ, summary="The pages for people.", content=HTML),
)
