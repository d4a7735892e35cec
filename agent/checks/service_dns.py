"""Whether one name server answers one name, and with the right addresses.

The response code must be `expect_status`, or 0 with an address. `expect_answers` is the whole set
of IPv4 and IPv6 addresses: both kinds are asked for, and one more or one less is wrong. Where none
is an IPv6 address, a server that does not answer for those is not wrong: some refuse to.
`expect_content` is one address that must be among them.
"""

import ipaddress
from collections.abc import Callable

from agent.checks.asking import answer_seconds
from agent.checks.contract import Context
from agent.checks.service_finding import Finding
from agent.probe.dns import Lookup, RecordType
from agent.probe.outcome import Outcome
from govnet.errors import CheckError
from govnet.settings import ServiceSettings

PORT = 53
_NO_ERROR, _NO_SUCH_NAME = 0, 3


def use(
    query: Callable[..., Lookup],
    target: ServiceSettings,
    resolver: str,
    port: int,
    context: Context,
    *,
    name: str,
) -> Finding:
    """Ask the resolver. Raises CheckError for settings that cannot be asked."""
    if not name:
        raise CheckError(f"expected dns://RESOLVER/NAME, got {target.url!r}")
    expected = _expected(target)

    def look_up(record_type: RecordType) -> Lookup:
        return query(
            target.address or resolver,
            name,
            record_type,
            port=port,
            timeout_seconds=answer_seconds(context),
            trace=context.trace,
        )

    first = decisive = look_up(RecordType.A)
    addresses = set(first.addresses)
    if first.rcode == _NO_ERROR and (expected or not first.addresses):
        # The name exists: it may have IPv6 addresses as well, or nothing else.
        second = look_up(RecordType.AAAA)
        addresses |= set(second.addresses)
        if not first.addresses or any(":" in each for each in expected):
            decisive = second
    answered = decisive.outcome is Outcome.ANSWERED
    rcode = decisive.rcode
    if target.expect_status is None:
        as_expected = rcode == _NO_ERROR and bool(addresses)
    else:
        as_expected = rcode == target.expect_status
    right = None
    if expected and answered and rcode in (_NO_ERROR, _NO_SUCH_NAME):
        right = addresses == expected
    matched = None
    if target.expect_content is not None and answered:
        matched = target.expect_content in addresses
    return Finding(
        usable=answered and as_expected and right is not False,
        matched=matched,
        phases=(("dns", decisive.rtt_seconds),),
        details=(("dns_rcode", rcode), ("dns_answers_expected", right)),
    )


def _expected(target: ServiceSettings) -> set[str]:
    """Return the expected addresses as they are written in answers. Raises CheckError."""
    try:
        return {str(ipaddress.ip_address(each)) for each in target.expect_answers}
    except ValueError as exc:
        raise CheckError(f"expect_answers: {exc}") from exc
