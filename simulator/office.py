"""One simulated agent: makes reports like a real one and keeps them until they are accepted.

Its spool is a list in memory; everything else (report bytes, batches, codes, settings, what an
answer means) is the real agent's code and protocol.
"""

import random
import secrets
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain, islice

from agent.identity.keys import Identity
from agent.identity.post import post_batch
from agent.sending.boots import Boots
from agent.sending.delivery import Action, Delivery, Judgement, Record, choose, classify
from agent.sending.orders import Orders, fetch_orders
from agent.transport.channel import Channel, ChannelError
from govnet import report
from govnet.report import Report, Result, Sample
from simulator.faults import FaultKind, Faults
from simulator.life import Life
from simulator.moment import Moment
from simulator.values import results

KEPT_REPORTS = 10_080
"""A week of reports, one each minute."""
PLATFORM = "simulated"
RESIDENT_BYTES = 26e6
"""About what a real agent takes."""
ROUND_TRIP_SECONDS = 0.1
"""Taken for every exchange, where it is learnt from an answer when a boot began."""


@dataclass(slots=True)
class SimulatedAgent:
    """An agent of the simulated province."""

    identity: Identity
    machine: str
    orders: Orders | None = None
    incarnation: str = field(default_factory=lambda: secrets.token_hex(8))
    seq: int = 0
    failures: int = 0
    dropped: int = 0
    wanted_digest: str = ""
    waiting: deque[Record] = field(default_factory=deque)
    hardware: Mapping[str, str] | None = None
    rng: random.Random = field(init=False)
    delivery: Delivery = field(init=False)
    life: Life = field(init=False)
    boots: Boots = field(default_factory=Boots)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.identity.agent)
        self.delivery = Delivery(self.rng.random)
        self.life = Life(self.rng)

    @property
    def site(self) -> str:
        """The site it stands in."""
        return self.machine.partition("/")[0]

    @property
    def interval_seconds(self) -> float:
        """Time between its reports."""
        return self.orders.settings.report_interval_seconds if self.orders else 5.0

    def measure(self, faults: Faults, at: float, elapsed_seconds: float) -> None:
        """Make one report.

        `at` is Unix seconds by the machine's clock, `elapsed_seconds` the time since the
        simulator's start.
        """
        if self.orders is None:
            return
        settings = self.orders.settings
        uptime = self.life.uptime_seconds(elapsed_seconds)
        moment = Moment(settings, faults, at, uptime, self.rng, self.life.previous)
        self.life.alive_at = at
        self.seq += 1
        encoded = report.encode_report(
            Report(
                seq=self.seq,
                created_at=at,
                monotonic_seconds=uptime,
                boot_id=self.life.boot_id,
                interval_seconds=settings.report_interval_seconds,
                settings=self.orders.digest,
                results=(*results(moment), self._about_itself(faults)),
            )
        )
        self.waiting.append((self.seq, encoded))
        if len(self.waiting) > KEPT_REPORTS:
            self.waiting.popleft()
            self.dropped += 1

    def _about_itself(self, faults: Faults) -> Result:
        circuits = faults.items(FaultKind.MAIN_CIRCUIT_CUT)
        by_relay = any(circuit.partition("/")[0] == self.site for circuit in circuits)
        samples = (
            Sample("govnet_agent_info", 1.0, {"version": "simulated", "platform": PLATFORM}),
            Sample("govnet_agent_spool_waiting_reports", float(len(self.waiting))),
            Sample("govnet_agent_resident_memory_bytes", RESIDENT_BYTES),
            Sample("govnet_agent_spool_dropped_reports_total", float(self.dropped)),
            Sample("govnet_agent_send_failures_total", float(self.failures)),
            Sample("govnet_agent_path_in_use", float(not by_relay), {"path": "tslcd"}),
            Sample("govnet_agent_path_in_use", float(by_relay), {"path": "internet"}),
        )
        return Result("agent", self.machine, 0.0, 0.0, None, samples)

    def learn(self, channel: Channel) -> None:
        """Fetch the settings if they are missing or old. Raises OrdersError or ChannelError."""
        if self.orders is None or self.orders.digest != self.wanted_digest:
            self.orders = fetch_orders(channel, self.identity)
            self.wanted_digest = self.orders.digest

    def send(self, channel: Channel, at: float, elapsed_seconds: float) -> Action | None:
        """Send one batch, news before the backlog; None if nothing waits.

        Raises ChannelError. What the collector did not take stays.
        """
        if not self.waiting:
            return None
        batch = self._next_batch()
        seqs, bodies = [seq for seq, _ in batch], [body for _, body in batch]
        clock = report.Clock(at, self.life.uptime_seconds(elapsed_seconds), self.life.boot_id)
        encoded = report.encode_batch(
            self.identity.agent,
            self.incarnation,
            clock,
            bodies,
            hardware=self.hardware,
            boots=self.boots.of(bodies, clock.boot_id),
        )
        try:
            reply = post_batch(channel, self.identity, encoded.body)
        except ChannelError:
            self.delivery.settle(seqs, Judgement(Action.FAILED, "no answer"))
            raise
        judgement = classify(reply, encoded.id, len(batch))
        settlement = self.delivery.settle(seqs, judgement)
        done = {*settlement.accepted, *(seq for seq, _ in settlement.rejected)}
        self.waiting = deque(entry for entry in self.waiting if entry[0] not in done)
        if judgement.answer is None:
            self.failures += 1
        else:
            self.wanted_digest = judgement.answer.settings
            self.boots.learn(
                clock.boot_id,
                clock.sent_monotonic_seconds,
                ROUND_TRIP_SECONDS,
                judgement.answer.time,
            )
        return judgement.action

    def _next_batch(self) -> list[Record]:
        newest, most = self.waiting[-1], self.delivery.most_reports
        if not self.delivery.leads(newest[0]):
            return choose(self.waiting, most, self.delivery.goal_bytes)
        oldest = islice(self.waiting, len(self.waiting) - 1)
        return choose(chain([newest], oldest), most, self.delivery.goal_bytes)
