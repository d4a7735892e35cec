"""What became of an attempt to talk to a target, and which failures are results.

"Refused", "no answer in time" and the like are findings about the target. A failure of this machine
(no file descriptors, no IPv6 here, its own firewall) says nothing about the target: CheckError.
"""

import errno
from enum import StrEnum

from govnet.errors import CheckError


class Outcome(StrEnum):
    """How an exchange with a target ended."""

    ANSWERED = "answered"
    """The exchange was finished; what was answered stands beside it."""
    REFUSED = "refused"
    """The host is alive and nothing listens at this port."""
    TIMEOUT = "timeout"
    """No complete answer in time."""
    UNREACHABLE = "unreachable"
    """A router or this machine's routing table says there is no way."""
    UNRESOLVED = "unresolved"
    """The name has no address, or no resolver said so in time."""
    CLOSED = "closed"
    """The peer ended the connection before answering."""
    TLS_FAILED = "tls_failed"
    """No TLS handshake could be finished, not even without verification."""
    MALFORMED = "malformed"
    """Something answered, but not in this protocol."""
    DENIED = "denied"
    """The target answers and does not accept who asks: unknown user, wrong key, no such right."""


class PeerError(OSError):
    """The target ended the exchange in a way that is a finding: `outcome` says which.

    It stays inside agent.probe: every probe turns it into the outcome of its result.
    """

    def __init__(self, outcome: Outcome, detail: str) -> None:
        super().__init__(detail)
        self.outcome = outcome


_NO_WAY = frozenset(
    getattr(errno, name)
    for name in ("ENETUNREACH", "EHOSTUNREACH", "ENETDOWN", "EHOSTDOWN", "ENONET")
    if hasattr(errno, name)  # ENONET is unknown on Windows.
)


def outcome_of(error: OSError) -> Outcome:
    """Return the finding that a socket's error stands for.

    Raises CheckError when the error is about this machine and not about the target.
    """
    if isinstance(error, PeerError):
        return error.outcome
    if isinstance(error, TimeoutError):
        return Outcome.TIMEOUT
    if isinstance(error, ConnectionRefusedError):
        return Outcome.REFUSED
    if isinstance(error, ConnectionError):
        return Outcome.CLOSED
    if error.errno in _NO_WAY:
        return Outcome.UNREACHABLE
    raise CheckError(f"this machine could not ask: {error}") from error
