"""Whether a page works as its users see it: redirects followed, each address family by itself.

`up` is what a browser would show: the addresses are tried in the system's order and the first one
that lets us in counts. Where the name has IPv4 and IPv6 addresses, the other family is asked once
more by itself, so that a dead half is seen behind a page that works.
"""

import socket
from collections.abc import Callable, Iterator
from typing import Any

from agent.checks.asking import answer_seconds
from agent.checks.contract import Context
from agent.checks.service_finding import Finding, of_connection
from agent.probe.http import Fetch
from agent.probe.outcome import Outcome
from agent.probe.redirects import LIMIT, Followed, follow
from govnet.catalogue import FAMILIES
from govnet.report import Sample
from govnet.settings import ServiceSettings

_FAILURES_FROM = 400
_REDIRECTS = range(300, 400)
_SOCKET_FAMILIES = dict(zip(FAMILIES, (socket.AF_INET, socket.AF_INET6), strict=True))


def use(
    fetch: Callable[..., Fetch], target: ServiceSettings, context: Context
) -> tuple[Finding, Fetch]:
    """Return what the page showed, and the first page of the way there."""
    followed = _follow(fetch, target, context)
    return _finding(target, followed), followed.first


def families(
    fetch: Callable[..., Fetch],
    target: ServiceSettings,
    context: Context,
    seen: tuple[Finding, Fetch],
) -> Iterator[Sample]:
    """Yield whether the page works by each family, where the name has addresses of both.

    `seen` is what `use` returned. A family that could not be tried for want of time has no sample.
    """
    finding, page = seen
    if page.families != FAMILIES:
        return
    if page.phases.connect_seconds is None:
        # Every address has been tried already, and none let us in.
        yield from (_family(family, up=False) for family in FAMILIES)
        return
    used = "ipv6" if ":" in page.address else "ipv4"
    yield _family(used, up=finding.is_up(verify_certificate=target.verify_certificate))
    (other,) = (family for family in FAMILIES if family != used)
    if context.remaining_seconds() > context.timeout_seconds / 10:
        again = _follow(fetch, target, context, family=_SOCKET_FAMILIES[other])
        up = _finding(target, again).is_up(verify_certificate=target.verify_certificate)
        yield _family(other, up=up)


def _family(family: str, *, up: bool) -> Sample:
    return Sample("govnet_service_family_up", float(up), {"family": family})


def _follow(
    fetch: Callable[..., Fetch], target: ServiceSettings, context: Context, **more: Any
) -> Followed:
    redirect_expected = target.expect_status in _REDIRECTS
    return follow(
        fetch,
        target.url,
        timeout_seconds=answer_seconds(context),
        limit=0 if redirect_expected else LIMIT,
        expected_content=(target.expect_content or "").encode(),
        limit_bytes=target.read_bytes,
        connect_to=target.address or "",
        trace=context.trace,
        **more,
    )


def _finding(target: ServiceSettings, followed: Followed) -> Finding:
    page = followed.page
    if target.expect_status is not None:
        as_expected = page.status_code == target.expect_status
    else:
        below = page.status_code is not None and page.status_code < _FAILURES_FROM
        as_expected = below and not followed.stuck
    return Finding(
        usable=page.outcome is Outcome.ANSWERED and as_expected,
        matched=page.content_matched,
        phases=(
            ("dns", page.phases.dns_seconds),
            ("connect", page.phases.connect_seconds),
            ("tls", page.phases.tls_seconds),
            ("first_byte", page.phases.first_byte_seconds),
            ("transfer", page.phases.transfer_seconds),
        ),
        status_code=page.status_code,
        handshake=page.handshake,
        details=(
            ("redirects", followed.redirects or None),
            *of_connection(page.tcp),
        ),
    )
