"""Follow a page's redirects (RFC 9110 §15.4) as a browser would, within a bound.

- At most `limit` of them, all within one time, 0 for none; to http and https only.
- Nothing secret is ever sent along: a request here has no cookies and no login.
- A page elsewhere cannot make this machine ask itself: from the first redirect on, addresses of
  this machine are refused, unless the first page was here too.
- The phases are those of the whole; of several certificates the one counts that is not trusted,
  else the one that expires first.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urldefrag, urljoin

from agent.probe.deadline import Clock, Deadline
from agent.probe.http import Fetch, Phases, is_local
from agent.probe.http_url import parse
from agent.probe.tls import Handshake
from agent.probe.trace import Trace, silent
from govnet.errors import CheckError

LIMIT = 5
_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Followed:
    """Where a URL led."""

    page: Fetch
    """The last page, with the phases and the certificate of the whole."""
    first: Fetch
    """The page that was asked for."""
    redirects: int
    """How many were followed."""
    stuck: str
    """Why the last page's redirect was not followed; empty when it is no redirect."""


def follow(
    fetch: Callable[..., Fetch],
    url: str,
    *,
    timeout_seconds: float,
    limit: int = LIMIT,
    connect_to: str = "",
    clock: Clock = time.perf_counter,
    trace: Trace = silent,
    **more: Any,
) -> Followed:
    """Fetch `url` with `fetch` (http.fetch) and what it redirects to.

    `connect_to` and `family` hold for the URL's own host; `more` goes to every fetch. Raises
    CheckError for a URL that is none and when this machine could not ask.
    """
    deadline = Deadline(timeout_seconds, clock)
    own_host = parse(url).host
    page = fetch(
        url,
        timeout_seconds=timeout_seconds,
        **({"connect_to": connect_to} if connect_to else {}),
        trace=trace,
        **more,
    )
    pages = [page]
    stuck = ""
    here = bool(page.address) and is_local(page.address)
    elsewhere = {key: value for key, value in more.items() if key != "family"}
    while limit and page.status_code in _REDIRECTS and page.location:
        if len(pages) > limit:
            stuck = f"more than {limit} redirects"
            break
        try:
            url = urldefrag(urljoin(url, page.location)).url
            same_host = parse(url).host == own_host
            left = deadline.remaining_seconds()
        except (CheckError, ValueError):
            stuck = f"a redirect to what cannot be asked: {page.location[:200]}"
            break
        except TimeoutError:
            stuck = "no time left to follow the redirect"
            break
        trace(f"redirected to {url}")
        page = fetch(
            url,
            timeout_seconds=left,
            **({"connect_to": connect_to} if connect_to and same_host else {}),
            **({} if same_host or here else {"allow_local": False}),
            trace=trace,
            **(more if same_host else elsewhere),
        )
        pages.append(page)
    if stuck:
        trace(stuck)
    return Followed(
        page=replace(page, phases=_sum(pages), handshake=_worst(pages)),
        first=pages[0],
        redirects=len(pages) - 1,
        stuck=stuck,
    )


def _sum(pages: list[Fetch]) -> Phases:
    """Return the phases of the whole; one that the last page did not finish is left out."""
    total: dict[str, float] = {}
    for field in fields(Phases):
        spent = [getattr(page.phases, field.name) for page in pages]
        if spent[-1] is not None or field.name == "tls_seconds":
            known = [each for each in spent if each is not None]
            if known:
                total[field.name] = sum(known)
    return Phases(**total)


def _worst(pages: list[Fetch]) -> Handshake | None:
    seen = [page.handshake for page in pages if page.handshake is not None]
    return min(seen, key=lambda each: (each.verified, each.certificate_expires_at), default=None)
