"""A site's checks once more: the request, and what is known before and after it.

For the API, for pages and for whoever plans checks before a conference; who may ask is theirs to
decide.
"""

import msgspec

from collector.live import Live
from collector.rechecks import ROUND_SECONDS, Asked, Looker, is_answered, lookers
from govnet.errors import WireError


class SiteCheck(msgspec.Struct, frozen=True, kw_only=True):
    """How a site stands, how new the evidence for it is, and what was asked.

    `newest_at` is when anybody looked last. `asked_at` is when the request begins: the one just
    made, else the last one that has begun, else the next one; None if there is none.
    `look_again_at` is when its answer can be expected at the latest from agents that report;
    `is_answered` says whether everybody has looked since.
    """

    site: str
    status: str
    cause: str | None
    since: float
    newest_at: float | None
    lookers: list[Looker]
    asked_at: float | None
    look_again_at: float | None
    is_answered: bool


def check_site(live: Live, site: str, at: float, now: float, who: str) -> SiteCheck:
    """Ask for a site's checks once more at that moment; `who` is for the log.

    Raises WireError: `not_found` for a site that is not judged or that no agent looks at,
    `bad_request` for a time too far ahead, RateLimitedError if asked too often.
    """
    if site not in live.verdicts.sites:
        raise _no_site()
    return _told(live, site, live.check_again(site, at, now, who), now)


def site_check(live: Live, site: str, now: float) -> SiteCheck:
    """Return how a site stands and how new that is. Raises WireError (`not_found`)."""
    return _told(live, site, live.rechecks.newest(site, now), now)


def _told(live: Live, site: str, asked: Asked | None, now: float) -> SiteCheck:
    verdict = live.verdicts.sites.get(site)
    if verdict is None:
        raise _no_site()
    seen_by = lookers(site, live.derivation, live.evidence, now)
    interval_seconds = live.inventory.report_interval_seconds
    return SiteCheck(
        site=site,
        status=verdict.status,
        cause=verdict.cause,
        since=verdict.since,
        newest_at=max((each.looked_at for each in seen_by if each.looked_at), default=None),
        lookers=seen_by,
        asked_at=None if asked is None else asked.at,
        look_again_at=None if asked is None else asked.at + interval_seconds + ROUND_SECONDS,
        is_answered=asked is not None and is_answered(asked, seen_by),
    )


def _no_site() -> WireError:
    return WireError("not_found", "no such site")
