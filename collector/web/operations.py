"""Every path of the collector and what it needs; the routes and the OpenAPI document follow it."""

from typing import Annotated, Any

import msgspec

from collector.alerts.trial import Trial
from collector.discovery.sightings import Sightings
from collector.maintenance.records import Planned
from collector.readiness.records import Asked
from collector.site_check import SiteCheck
from collector.store.machine_facts import MachineFacts
from collector.verdict.outages.handling import Said
from collector.verdict.outages.report import MonthTold
from collector.verdict.outages.shown import OutageDetail, OutageList
from collector.web.access import Need
from collector.web.answers import (
    AgentList,
    CollectorTold,
    Health,
    Reloaded,
    SiteDetail,
    SiteList,
)
from collector.web.conferences import (
    CheckPlanned,
    ConferenceDetail,
    ConferenceList,
    ConferenceMade,
    PointsAsked,
    TicksGiven,
)
from collector.web.maintenance import MaintenanceChange, MaintenanceChanged, MaintenanceList
from collector.web.operation import HTML, METRICS, PEM, In, Operation, Parameter
from collector.wire import WireBatch, WireReport
from govnet.report import (
    HEADER_AGENT,
    HEADER_CRC,
    HEADER_KEY,
    HEADER_NONCE,
    HEADER_SIGNATURE,
    PATH_CA,
    PATH_ENROL,
    PATH_KEYS,
    PATH_REPORTS,
    PATH_SETTINGS,
)


class Accepted(msgspec.Struct, frozen=True):
    """Answer to a batch; `settings` is the digest of the settings that the agent should run."""

    batch: str
    accepted: list[int]
    duplicate: list[int]
    rejected: list["RejectedReport"]
    time: float
    settings: str


class RejectedReport(msgspec.Struct, frozen=True):
    """A report that was not taken, and why."""

    seq: int
    reason: str


Batch = msgspec.defstruct(
    "Batch",
    [
        (field.name, list[WireReport] if field.name == "reports" else field.type)
        for field in msgspec.structs.fields(WireBatch)
    ],
)
"""A batch as senders see it: `WireBatch` keeps its reports undecoded."""

KeyHex = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]


class Enrolment(msgspec.Struct, frozen=True):
    """A machine that becomes an agent; `key` is the one that it has just made."""

    v: int
    secret: str
    key: KeyHex
    hardware: dict[str, str] = {}
    hostname: str = ""
    code: str = ""


class NewKey(msgspec.Struct, frozen=True):
    """A key that shall stand beside the one that signs the request."""

    v: int
    key_id: str
    key: KeyHex


class Enrolled(msgspec.Struct, frozen=True):
    """Who the agent is; `state` is active or pending, site and machine are empty while pending."""

    v: int
    agent: str
    key_id: str
    state: str
    site: str
    machine: str


_SIGNED = (
    Parameter(HEADER_AGENT, In.HEADER, "Id of the agent."),
    Parameter(HEADER_KEY, In.HEADER, "Id of the agent's key."),
    Parameter(HEADER_SIGNATURE, In.HEADER, "HMAC-SHA256 as 64 hex digits; see docs/protocol.md."),
)
_CRC = Parameter(HEADER_CRC, In.HEADER, "CRC-32 of the body as 8 hex digits; may be left out.")

_OUTAGE = Parameter("number", In.PATH, "Number of the outage.", "integer")

_CONFERENCE = Parameter("id", In.PATH, "Id of the conference.")

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        method="POST",
        path=PATH_REPORTS,
        need=Need.SIGNATURE,
        summary="Take in one batch of an agent's reports (JSON, gzip allowed).",
        answer=Accepted,
        request=Batch,
        parameters=(*_SIGNED, _CRC),
    ),
    Operation(
        path=PATH_SETTINGS,
        need=Need.SIGNATURE,
        summary="What an agent should measure, signed over its nonce.",
        answer=dict[str, Any],
        parameters=(*_SIGNED, Parameter(HEADER_NONCE, In.HEADER, "8 to 128 random characters.")),
    ),
    Operation(
        path=PATH_CA,
        need=Need.NOTHING,
        summary="The CA by which agents trust the collector, as PEM; 404 if there is none.",
        handler="ca",
        content=PEM,
    ),
    Operation(
        method="POST",
        path=PATH_ENROL,
        need=Need.TOKEN,
        summary="Enrol a machine by a token; see docs/protocol.md.",
        answer=Enrolled,
        request=Enrolment,
    ),
    Operation(
        method="POST",
        path=PATH_KEYS,
        need=Need.SIGNATURE,
        summary="Let a new key of an agent stand beside its old one.",
        answer=Enrolled,
        request=NewKey,
        parameters=_SIGNED,
    ),
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
    Operation(
        path="/v1/conferences",
        need=Need.READ,
        is_narrowed=True,
        summary="Conferences by their start: of the inventory, of calendars, entered by hand.",
        handler="conferences",
        answer=ConferenceList,
    ),
    Operation(
        method="POST",
        path="/v1/conferences",
        need=Need.OPERATE,
        summary="Enter a conference.",
        handler="add_conference",
        answer=ConferenceMade,
        request=Asked,
    ),
    Operation(
        path="/v1/conferences/{id}",
        need=Need.READ,
        is_narrowed=True,
        summary="One conference: whether every invited point is ready, and why one is not.",
        handler="conference",
        answer=ConferenceDetail,
        parameters=(_CONFERENCE,),
    ),
    Operation(
        method="POST",
        path="/v1/conferences/{id}/cancel",
        need=Need.OPERATE,
        summary="Call a conference off.",
        handler="cancel_conference",
        answer=ConferenceMade,
        parameters=(_CONFERENCE,),
    ),
    Operation(
        method="POST",
        path="/v1/conferences/{id}/check",
        need=Need.OPERATE,
        summary="Have one point checked again, or all in turn within the budget.",
        handler="check_conference",
        answer=CheckPlanned,
        request=PointsAsked,
        parameters=(_CONFERENCE,),
    ),
    Operation(
        method="POST",
        path="/v1/conferences/{id}/tick",
        need=Need.OPERATE,
        summary="Say for a room whether TV, camera, microphone, speakers and operator are there.",
        handler="tick_conference",
        answer=ConferenceMade,
        request=TicksGiven,
        parameters=(_CONFERENCE,),
    ),
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
