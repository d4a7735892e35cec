"""DNS against a real server (dnsmasq): codes, sets of addresses, and answers too long for UDP."""

from collections.abc import Callable

import pytest

from agent.probe import dns
from agent.probe.dns import RecordType
from agent.probe.outcome import Outcome
from govnet.settings import ServiceSettings

pytestmark = pytest.mark.e2e

MANY = tuple(f"198.18.1.{number}" for number in range(1, 61))
TWO = ("198.18.2.1", "2001:db8:2::1")


@pytest.fixture(scope="module")
def resolver(
    free_port: Callable[[], int],
    start_program: Callable[[list[str], Callable[[], bool]], None],
) -> int:
    port = free_port()
    start_program(
        [
            *("dnsmasq", "--keep-in-foreground", f"--port={port}", "--listen-address=127.0.0.1"),
            *("--bind-interfaces", "--no-resolv", "--no-hosts", "--conf-file=/dev/null"),
            *("--user=root", "--pid-file=", "--address=/mat.example/"),
            *(f"--host-record=nhieu.example,{address}" for address in MANY),
            f"--host-record=cong.example,{','.join(TWO)}",
        ],
        lambda: _ask(port, "cong.example").outcome is Outcome.ANSWERED,
    )
    return port


def _ask(port: int, name: str, record_type: RecordType = RecordType.A) -> dns.Lookup:
    return dns.query("127.0.0.1", name, record_type, port=port, timeout_seconds=5)


def test_addresses_of_both_kinds_are_told(resolver: int) -> None:
    assert _ask(resolver, "cong.example").addresses == TWO[:1]
    assert _ask(resolver, "cong.example", RecordType.AAAA).addresses == TWO[1:]


def test_answer_too_long_for_udp_comes_over_tcp(resolver: int) -> None:
    seen = _ask(resolver, "nhieu.example")

    assert seen.used_tcp
    assert set(seen.addresses) == set(MANY)


@pytest.mark.parametrize(("name", "rcode"), [("mat.example", 3), ("khac.example", 5)])
def test_refusals_have_their_codes(resolver: int, name: str, rcode: int) -> None:
    assert (_ask(resolver, name).rcode, _ask(resolver, name).addresses) == (rcode, ())


def test_service_check_compares_the_whole_set(
    resolver: int, measured: Callable[[ServiceSettings], dict[str, float]]
) -> None:
    def seen(name: str, *expected: str) -> tuple[float, float, float | None]:
        url = f"dns://127.0.0.1:{resolver}/{name}"
        found = measured(ServiceSettings(target="t", url=url, expect_answers=expected))
        return (
            found["govnet_service_up"],
            found["govnet_service_dns_rcode"],
            found.get("govnet_service_dns_answers_expected"),
        )

    assert seen("cong.example", *TWO) == (1, 0, 1)
    assert seen("cong.example", TWO[0]) == (0, 0, 0)
    assert seen("cong.example") == (1, 0, None)
    assert seen("nhieu.example", *MANY) == (1, 0, 1)
    assert seen("mat.example", TWO[0]) == (0, 3, 0)
    assert seen("khac.example", TWO[0]) == (0, 5, None)
