"""Names to addresses by the machine's own resolver, within a time limit.

`getaddrinfo` takes no timeout and blocks for up to half a minute while a resolver is away, so it
runs in a thread that is left to itself when time is up. To ask one particular resolver: dns.py.
"""

import socket
import threading
from dataclasses import dataclass

from agent.probe.outcome import Outcome, PeerError
from govnet.errors import CheckError


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One socket address: `family` is AF_INET or AF_INET6, `sockaddr` what `connect` takes."""

    family: int
    sockaddr: tuple[str, int] | tuple[str, int, int, int]

    @property
    def address(self) -> str:
        """The address in numbers, without its port."""
        return self.sockaddr[0]

    @property
    def scope(self) -> int:
        """Number of the adapter that a link-local IPv6 address belongs to; 0 for all others."""
        return self.sockaddr[3] if len(self.sockaddr) == 4 else 0  # noqa: PLR2004 - address, port, flow, scope


def bracketed(address: str) -> str:
    """Return an address as URIs write it: IPv6 in brackets, without its zone."""
    return f"[{address.partition('%')[0]}]" if ":" in address else address


def _lookup(host: str, port: int, family: int, flags: int) -> tuple[Endpoint, ...]:
    found: list[Endpoint] = []
    for entry in socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, 0, flags):
        address = entry[4]
        if entry[0] == socket.AF_INET:
            endpoint = Endpoint(entry[0], (str(address[0]), int(address[1])))
        elif entry[0] == socket.AF_INET6 and len(address) == 4:  # noqa: PLR2004 - address, port, flow, scope
            endpoint = Endpoint(
                entry[0], (str(address[0]), int(address[1]), int(address[2]), int(address[3]))
            )
        else:
            continue
        if endpoint not in found:
            found.append(endpoint)
    return tuple(found)


def resolve(
    host: str, port: int, *, timeout_seconds: float, family: int = socket.AF_UNSPEC
) -> tuple[Endpoint, ...]:
    """Return the addresses of `host`, in the order in which the system wants them tried.

    An address in numbers is returned at once without asking anybody. Raises PeerError(UNRESOLVED)
    when the name has no address or the resolver was not in time, CheckError for a name that
    cannot be one.
    """
    if not host or not 0 <= port <= 65535:  # noqa: PLR2004 - the range of ports
        raise CheckError(f"expected a host and a port from 0 to 65535, got {host!r} and {port}")
    try:
        return _lookup(host, port, family, socket.AI_NUMERICHOST)
    except socket.gaierror:
        pass  # Not an address in numbers: it is a name.
    except (UnicodeError, ValueError) as exc:
        raise CheckError(f"{host!r} cannot be a host name: {exc}") from exc

    answers: list[tuple[Endpoint, ...] | OSError] = []

    def ask() -> None:
        try:
            answers.append(_lookup(host, port, family, 0))
        except OSError as exc:
            answers.append(exc)

    thread = threading.Thread(target=ask, name="resolve", daemon=True)
    thread.start()
    thread.join(timeout_seconds)
    if not answers:
        raise PeerError(
            Outcome.UNRESOLVED, f"no resolver answered for {host!r} in {timeout_seconds:.3g} s"
        )
    answer = answers[0]
    if isinstance(answer, OSError):
        raise PeerError(Outcome.UNRESOLVED, f"{host!r} has no address: {answer.strerror or answer}")
    if not answer:
        raise PeerError(Outcome.UNRESOLVED, f"{host!r} has no IPv4 or IPv6 address")
    return answer
