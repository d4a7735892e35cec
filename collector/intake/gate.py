"""Who gets through to the report path just now: the limits of `collector.intake.limits`, applied.

It knows the requests' addresses and the clock. What is refused here is refused at the head, before
a body is read; a batch that is let in is finished.
"""

import random
import time
from collections.abc import Callable
from typing import Final, Self

from starlette.types import Scope

from collector.intake.limits import Admission, Buckets, Failures, RateLimitedError
from govnet.errors import WireError

MAX_IN_FLIGHT: Final = 256
AGENT_BATCHES_PER_MINUTE: Final = 120
KEYS_PER_MINUTE: Final = 2.0
KEYS_AT_ONCE: Final = 10.0
"""New keys of one agent: each is written to the database, and to the account of changes."""
_MAX_AGENTS: Final = 100_000


def _ignore(_: int) -> None:
    """Tell nobody."""


class Gate:
    """The limits of one collector. `in_flight` is told how many batches are under way."""

    def __init__(
        self,
        *,
        failures: Failures | None = None,
        max_in_flight: int = MAX_IN_FLIGHT,
        agent_batches_per_minute: float = AGENT_BATCHES_PER_MINUTE,
        in_flight: Callable[[int], None] = _ignore,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._failures = failures or Failures()
        # Apart: agents that are refused for days must not keep their own office from enrolling.
        self._enrolments = Failures()
        self._admission = Admission(max_in_flight)
        self._agents: Buckets[str] = Buckets(
            agent_batches_per_minute, 2 * agent_batches_per_minute, most=_MAX_AGENTS
        )
        self._keys: Buckets[str] = Buckets(KEYS_PER_MINUTE, KEYS_AT_ONCE)
        self._proven: dict[str, object] = {}
        self._in_flight = in_flight
        self._monotonic = monotonic

    def enter(self, scope: Scope, agent: str) -> "Passage":
        """Let a batch of that agent in; raises RateLimitedError if it must come later.

        A connection on which the agent's code was right is the agent's own: what others behind its
        address forge does not touch it.
        """
        now = self._monotonic()
        wait = self._agents.wait_seconds(agent, now)
        if wait > 0:
            raise RateLimitedError("more batches than one agent may send; come later", wait)
        client = scope.get("client")
        if client is None or self._proven.get(agent) != client:
            self._failures.check(host_of(scope), agent, now)
        passage = Passage(self._admission, (host_of(scope), agent), self._monotonic, self._count)
        self._admission.enter(passage.sender, now, random.random())  # noqa: S311 - spreads load, keeps no secret
        self._count()
        return passage

    def admit_enrolment(self, scope: Scope) -> None:
        """Let one ask who is no agent yet; RateLimitedError after too many wrong tokens of late."""
        self._enrolments.check(host_of(scope), "", self._monotonic())

    def admit_key(self, agent: str) -> None:
        """Let an agent bring a new key, which it has signed; RateLimitedError if it brings many."""
        now = self._monotonic()
        wait = self._keys.wait_seconds(agent, now)
        if wait > 0:
            raise RateLimitedError("more keys than one agent may bring; come later", wait)
        self._keys.draw(agent, now)

    def wrong_enrolment(self, scope: Scope, error: WireError) -> WireError:
        """Count an enrolment that was refused; return what to answer."""
        return self._counted(self._enrolments, scope, "", error)

    def prove(self, scope: Scope, agent: str) -> None:
        """Note that a batch was the agent's own; it counts for the agent's rate."""
        self._agents.draw(agent, self._monotonic())
        if len(self._proven) >= _MAX_AGENTS:
            self._proven.clear()
        self._proven[agent] = scope.get("client")

    def wrong(self, scope: Scope, agent: str, error: WireError) -> WireError:
        """Count what went wrong before a code was right; return what to answer.

        `agent` is "" if the request names none that is known.
        """
        return self._counted(self._failures, scope, agent, error)

    def _counted(self, failures: Failures, scope: Scope, agent: str, error: WireError) -> WireError:
        host, now = host_of(scope), self._monotonic()
        try:
            failures.check(host, agent, now)
        except RateLimitedError as limited:
            return limited
        failures.note(host, agent, now)
        return error

    def _count(self) -> None:
        self._in_flight(self._admission.in_flight)


class Passage:
    """One batch on its way through; leaves at the end of its `with`, however that ends."""

    def __init__(
        self,
        admission: Admission,
        sender: tuple[str | None, str],
        monotonic: Callable[[], float],
        count: Callable[[], None],
    ) -> None:
        self.sender = sender
        self._admission = admission
        self._monotonic = monotonic
        self._count = count
        self._is_received = False

    def received(self) -> None:
        """Note that the body is here."""
        self._is_received = True
        self._admission.received(self.sender)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_received:
            self._admission.finished(self._monotonic())
        else:
            self._admission.given_up(self.sender)
        self._count()


def host_of(scope: Scope) -> str | None:
    """Return the address from which a request came."""
    client = scope.get("client")
    return client[0] if client else None
