"""The live view: which agents were heard from, and their newest measurements in columns.

Pure: no clock, no files, no network; every time is given. Only the newest report of an agent
(incarnation, then seq) changes anything, and its measurements vanish after three missed report
intervals. That an agent exists and when it was last heard from stays.
"""

import heapq
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from collector.series.labels import Targets
from collector.series.published import Measurements, Published
from collector.wire import AgentIdentity, Received

MISSED_INTERVALS: Final = 3
"""After so many intervals without a report, what was measured is no longer true."""
MIN_FRESH_SECONDS: Final = 3.0
EXPIRED_SERIES: Final = 10_000
"""So many series are withdrawn at once, or as many more as the last result has."""


def fresh_seconds(interval_seconds: float) -> float:
    """Return for how long a report of that interval tells the present."""
    return max(MISSED_INTERVALS * interval_seconds, MIN_FRESH_SECONDS)


class Order(msgspec.Struct, frozen=True):
    """Which report this is; decides everywhere which of two reports of a machine is the newer one.

    `at` is the report's corrected time (Unix seconds).
    """

    incarnation: str
    seq: int
    at: float

    @classmethod
    def of(cls, received: Received) -> "Order":
        """Return the order of a report."""
        return cls(received.incarnation, received.report.seq, received.at)

    def precedes(self, other: "Order") -> bool:
        """Whether the other report is newer: by sequence number, between incarnations by time.

        Within an incarnation times do not decide: after a boot the clock may have been set back.
        """
        if other.incarnation == self.incarnation:
            return other.seq > self.seq
        return other.at > self.at


class AgentLive(msgspec.Struct, frozen=True):
    """When and how an agent was last heard from.

    `last_report_at` is the newest report's corrected time, `received_at` its arrival (both Unix
    seconds); `skew_seconds` the agent's clock minus the collector's.
    """

    identity: AgentIdentity
    incarnation: str
    seq: int
    last_report_at: float
    received_at: float
    interval_seconds: float
    skew_seconds: float

    def up(self, now: float) -> bool:
        """Whether it was heard from within three report intervals."""
        return now - self.last_report_at <= fresh_seconds(self.interval_seconds)

    @property
    def order(self) -> Order:
        """Which report this was."""
        return Order(self.incarnation, self.seq, self.last_report_at)


class State:
    """All agents and all fresh measurements of one collector."""

    def __init__(self, targets: Targets, shards: Mapping[str, int]) -> None:
        """Start empty; `shards` maps a site to its shard (see `collector.metrics.discovery`)."""
        self.agents: dict[str, AgentLive] = {}
        """By agent id; an agent that fell silent stays."""
        self._targets = targets
        self._shards = shards
        self._measurements = Measurements()
        self._published: dict[str, Published] = {}
        self._owners: dict[str, str] = {}
        self._expiries: list[tuple[float, int, Published]] = []
        self._queued = 0

    @property
    def series(self) -> int:
        """Number of measurement series that are exposed."""
        return self._measurements.series

    def apply(self, received: Received) -> Mapping[str, int]:
        """Take in a report; return how many of its samples were refused, by reason.

        A report that is not newer than what is known changes nothing and refuses nothing. One that
        is too old at its arrival says only that the agent lived then.
        """
        identity, report = received.identity, received.report
        if not self._is_newest(received):
            return {}
        self._owners[identity.machine] = identity.agent
        self.agents[identity.agent] = AgentLive(
            identity,
            received.incarnation,
            report.seq,
            received.at,
            received.received_at,
            report.interval_seconds,
            received.skew_seconds,
        )
        expires_at = received.at + fresh_seconds(report.interval_seconds)
        if received.received_at > expires_at:
            return {}
        published = self._published.get(identity.agent)
        if published is None:
            shard = self._shards.get(identity.site, 0)
            published = Published(identity, shard, self._measurements)
            self._published[identity.agent] = published
            self._expect(expires_at, published)
        elif expires_at < published.queued_for:
            # Its interval became shorter, so it may go stale before its turn in the queue.
            self._expect(expires_at, published)
        published.expires_at = expires_at
        return published.write(report, round(received.at * 1000), self._targets)

    def remember(self, agent: AgentLive) -> None:
        """Restore what was known of an agent before a restart, without measurements.

        Done after the reports that were kept are applied. They may be older than what is
        remembered, if a backlog came last: the newer one stays.
        """
        name = agent.identity.agent
        if self._owners.get(agent.identity.machine, name) != name:
            return
        known = self.agents.get(name)
        if known is not None:
            if not known.order.precedes(agent.order):
                return
            self.forget(name)
        self.agents[name] = agent
        self._owners[agent.identity.machine] = agent.identity.agent

    def expire(self, now: float) -> None:
        """Drop the measurements of agents that missed three report intervals.

        At most about `EXPIRED_SERIES` go per call, so that reports are taken in between when the
        whole province falls silent; the others stand a few seconds longer, with their old time.
        """
        most = self.series - EXPIRED_SERIES
        expiries = self._expiries
        while expiries and expiries[0][0] < now and self.series > most:
            queued_for, _, published = expiries[0]
            agent = published.identity.agent
            if self._published.get(agent) is not published or queued_for != published.queued_for:
                heapq.heappop(expiries)
            elif published.expires_at >= now:
                heapq.heappop(expiries)
                self._expect(published.expires_at, published)
            elif published.shrink(self.series - most):
                heapq.heappop(expiries)
                del self._published[agent]

    def forget(self, agent: str) -> None:
        """Drop everything about an agent: it was removed, moved or replaced."""
        self._withdraw(agent)
        known = self.agents.pop(agent, None)
        if known is not None and self._owners.get(known.identity.machine) == agent:
            del self._owners[known.identity.machine]

    def replace_inventory(self, targets: Targets, shards: Mapping[str, int] | None = None) -> None:
        """Go by another inventory from now on; what it does not allow any more vanishes.

        `shards` None keeps the shards. An agent whose site changed shard is exposed again with its
        next report.
        """
        self._targets = targets
        if shards is not None:
            self._shards = shards
        for agent, published in tuple(self._published.items()):
            if published.shard == self._shards.get(published.identity.site, 0):
                published.keep_allowed(targets)
            else:
                self._withdraw(agent)

    def speaks_for(self, device: str) -> AgentIdentity | None:
        """Return the agent whose measurements of a device are shown, None if nobody's are."""
        owner = self._measurements.owners.get(("device", device))
        return None if owner is None else owner.identity

    def render(self, name: str, shard: int | None = None) -> Iterator[bytes]:
        """Yield the lines of one measurement, of one shard or of all, shard by shard."""
        return self._measurements.render(name, shard)

    def _is_newest(self, received: Received) -> bool:
        """Whether the report is its agent's newest; what it replaces is forgotten.

        A machine has one agent: the one that reported last. An agent that moved starts anew.
        """
        identity = received.identity
        known = self.agents.get(identity.agent)
        if known is not None and not known.order.precedes(Order.of(received)):
            return False
        owner = self._owners.get(identity.machine, identity.agent)
        if owner != identity.agent:
            if self.agents[owner].last_report_at > received.at:
                return False
            self.forget(owner)
        if known is not None and known.identity != identity:
            self.forget(identity.agent)
        return True

    def _expect(self, expires_at: float, published: Published) -> None:
        self._queued += 1
        published.queued_for = expires_at
        heapq.heappush(self._expiries, (expires_at, self._queued, published))

    def _withdraw(self, agent: str) -> None:
        published = self._published.pop(agent, None)
        if published is not None:
            published.clear()
