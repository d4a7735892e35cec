"""Runs many simulated agents in one process: a schedule, and a few workers with one line each.

Starts are spread over the interval like those of real agents. A dark machine makes no report; a
cut-off one makes it and keeps it.
"""

import heapq
import logging
import threading
import time
from collections.abc import Iterable, Sequence
from itertools import count

from agent.sending.delivery import Action
from agent.sending.orders import OrdersError
from agent.transport.address import CollectorAddress
from agent.transport.channel import Channel, ChannelError
from simulator import faults
from simulator.faults import Fault, Faults
from simulator.network import Network
from simulator.office import SimulatedAgent

_log = logging.getLogger(__name__)

WORKERS = 8
BATCHES_PER_TURN = 5
"""An agent with a backlog sends at most this many batches before the next one has its turn."""


class SimulatedProvince:
    """All simulated agents and the faults they live under."""

    def __init__(
        self,
        agents: Iterable[SimulatedAgent],
        collector: CollectorAddress,
        script: Sequence[Fault],
        spread_seconds: float,
    ) -> None:
        self._agents = list(agents)
        self._collector = collector
        self._script = tuple(script)
        self._spread_seconds = spread_seconds
        self._started_at = 0.0
        self._turns = count()
        self._queue: list[tuple[float, int, SimulatedAgent]] = []
        self._changed = threading.Condition()
        self._stopping = False

    def run(self) -> None:
        """Simulate until `stop` is called from another thread."""
        self._started_at = time.monotonic()
        for index, agent in enumerate(self._agents):
            share = index / max(1, len(self._agents))
            self._plan(agent, self._started_at + share * self._spread_seconds)
        workers = [
            threading.Thread(target=self._work, name=f"worker-{number}", daemon=True)
            for number in range(min(WORKERS, max(1, len(self._agents))))
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    def stop(self) -> None:
        """Let every worker finish its exchange and end."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    def _plan(self, agent: SimulatedAgent, due_at: float) -> None:
        with self._changed:
            heapq.heappush(self._queue, (due_at, next(self._turns), agent))
            self._changed.notify()

    def _next(self) -> SimulatedAgent | None:
        """Wait for the next agent that is due; None when stopped."""
        with self._changed:
            while not self._stopping:
                now = time.monotonic()
                if self._queue and self._queue[0][0] <= now:
                    return heapq.heappop(self._queue)[2]
                self._changed.wait(self._queue[0][0] - now if self._queue else None)
            return None

    def _work(self) -> None:
        channel = Channel(self._collector, tls=None)
        while (agent := self._next()) is not None:
            self._plan(agent, self._turn(agent, channel))
        channel.close()

    def _turn(self, agent: SimulatedAgent, channel: Channel) -> float:
        """Let one agent have its turn; return when it is due again."""
        now = time.monotonic()
        elapsed = now - self._started_at
        turn(agent, faults.at(self._script, elapsed), channel, time.time(), elapsed)
        return now + agent.interval_seconds


def turn(
    agent: SimulatedAgent, moment: Faults, channel: Channel, at: float, elapsed_seconds: float
) -> None:
    """Let an agent do under the faults of the moment what it does each interval.

    One that does not run does nothing, one that is cut off measures and keeps, any other also sends
    what waits. `at` is Unix seconds, `elapsed_seconds` the time since the simulator's start.
    """
    network = Network(moment)
    stopped = network.stop_of(agent.site, agent.machine)
    if stopped is not None:
        agent.life.stop(stopped)
        return
    agent.life.go_on(elapsed_seconds)
    can_send = network.can_send(agent.site)
    wall = at + network.clock_error_seconds(agent.machine)
    try:
        if can_send:
            agent.learn(channel)
        agent.measure(moment, wall, elapsed_seconds)
        for _ in range(BATCHES_PER_TURN if can_send else 0):
            if agent.send(channel, wall, elapsed_seconds) is not Action.SETTLED:
                break
    except (ChannelError, OrdersError) as exc:
        agent.failures += 1
        _log.debug("agent could not send", extra={"agent": agent.machine, "error": str(exc)})
