"""What the read API answers with: records only, described in the OpenAPI document from here.

Times are Unix seconds. `status` and `cause` are words of `govnet.catalogue`.
"""

from collections.abc import Callable, Iterator

import msgspec

from collector.store.registry import Registry
from collector.verdict.coverage import Coverage, SiteCoverage
from collector.verdict.verdicts import Condition, EvidenceNote, ItemVerdict, SiteVerdict, Verdicts
from inventory.model import Inventory, site_id


class Refusal(msgspec.Struct, frozen=True):
    """Any refusal: a fixed word and a text for people."""

    error: str
    detail: str


class Health(msgspec.Struct, frozen=True):
    """Whether the collector lives, or is ready."""

    status: str


class SiteSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One site in the list; `machines` is None for a site that is not counted."""

    id: str
    name: str
    unit: str
    unit_name: str
    status: str
    cause: str | None
    since: float
    last_sign_at: float | None
    machines: SiteCoverage | None


class SiteList(msgspec.Struct, frozen=True):
    """Every site, in the order of the inventory."""

    judged_at: float
    sites: list[SiteSummary]


class SiteDetail(msgspec.Struct, frozen=True, kw_only=True):
    """One site with its evidence, the items in it and what is wrong with them."""

    judged_at: float
    site: SiteSummary
    evidence: tuple[EvidenceNote, ...]
    items: list[ItemVerdict]
    conditions: list[Condition]
    latitude: float | None
    longitude: float | None


class AgentSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One agent; what is None was never heard.

    `state` is active or pending: then it waits for approval, and site and machine are empty.
    `last_report_at` is when its newest report was made, `last_received_at` when it arrived.
    """

    agent: str
    site: str
    machine: str
    state: str
    enrolled_at: float
    revoked_at: float | None
    up: bool
    last_report_at: float | None
    last_received_at: float | None
    interval_seconds: float | None
    skew_seconds: float | None


class AgentList(msgspec.Struct, frozen=True):
    """Every agent that ever held a key, by machine."""

    agents: list[AgentSummary]


class CollectorTold(msgspec.Struct, frozen=True, kw_only=True):
    """What the collector knows of itself; times are Unix seconds.

    `scraped_at` is when metrics were last read by another than the operator, None if not since the
    start. `certificate_expires_at` is None without TLS of its own. `receivers` are the names of
    those of history, `credentials_missing` a line for every name that the inventory uses in vain.
    `versions` says how many agents report with which version. `open_files_limit` is None where the
    system has none.
    """

    version: str
    started_at: float
    inventory: str
    url: str | None
    certificate_expires_at: float | None
    scraped_at: float | None
    receivers: list[str]
    credentials_missing: list[str]
    versions: dict[str, int] = {}
    max_connections: int = 0
    open_files_limit: int | None = None


class Reloaded(msgspec.Struct, frozen=True):
    """The inventory that is used from now on."""

    inventory: str
    sites: int


class Mistakes(msgspec.Struct, frozen=True):
    """Why nothing was changed: a fixed word, and one line per mistake."""

    error: str
    problems: list[str]


def site_list(verdicts: Verdicts, coverage: Coverage) -> SiteList:
    """Return all judged sites."""
    return SiteList(verdicts.judged_at, list(_summaries(verdicts, coverage)))


def site_detail(
    site: str, inventory: Inventory, verdicts: Verdicts, coverage: Coverage
) -> SiteDetail | None:
    """Return one site, None if it is not judged."""
    summary = next((item for item in _summaries(verdicts, coverage) if item.id == site), None)
    if summary is None or site not in inventory.sites:
        return None
    facts = next(facts for facts in coverage.facts if facts.site == site)
    return SiteDetail(
        judged_at=verdicts.judged_at,
        site=summary,
        evidence=verdicts.sites[site].evidence,
        items=[item for item in verdicts.items.values() if site_id(item.item) == site],
        conditions=sorted(item for item in verdicts.conditions if item.site == site),
        latitude=facts.latitude,
        longitude=facts.longitude,
    )


def agent_list(registry: Registry, coverage: Coverage, sees: Callable[[str], bool]) -> AgentList:
    """Return the agents of the sites that are seen; one that waits for approval has none ("")."""
    found = []
    for row in registry.rows:
        identity = row.identity
        if not sees(identity.site):
            continue
        known = coverage.agents.get(identity.machine)
        live = known.live if known and known.live and known.live.identity == identity else None
        found.append(
            AgentSummary(
                agent=identity.agent,
                site=identity.site,
                machine=identity.machine,
                state=row.state,
                enrolled_at=row.enrolled_at,
                revoked_at=row.revoked_at,
                up=known.up if known and live else False,
                last_report_at=live.last_report_at if live else None,
                last_received_at=live.received_at if live else None,
                interval_seconds=live.interval_seconds if live else None,
                skew_seconds=live.skew_seconds if live else None,
            )
        )
    return AgentList(found)


def _summaries(verdicts: Verdicts, coverage: Coverage) -> Iterator[SiteSummary]:
    for facts in coverage.facts:
        verdict: SiteVerdict | None = verdicts.sites.get(facts.site)
        if verdict is not None:
            yield SiteSummary(
                id=facts.site,
                name=facts.site_name,
                unit=facts.unit,
                unit_name=facts.unit_name,
                status=verdict.status,
                cause=verdict.cause,
                since=verdict.since,
                last_sign_at=verdict.last_sign_at,
                machines=coverage.sites.get(facts.site),
            )
