"""The boots of one simulated machine, and what its agent finds of its run before.

As on a real PC: a power failure and a switch-off end the boot, a crash only the agent; only who was
switched off leaves word of an orderly stop (`agent.measuring.alive`).
"""

import random
from dataclasses import dataclass, field

from agent.checks.contract import PreviousRun
from simulator.network import Stop

BOOT_SECONDS = (20.0, 45.0)
"""From power on to the agent's first report."""
_EARLIER_SECONDS = (600.0, 200_000.0)
"""So long before the simulator's start a machine was booted."""


@dataclass(slots=True)
class Life:
    """Which boot this is.

    `booted_at` is on the simulator's clock, negative for before its start; `alive_at` is by the
    machine's own wall clock.
    """

    rng: random.Random
    boot_id: str = field(init=False)
    booted_at: float = field(init=False)
    previous: PreviousRun | None = None
    alive_at: float | None = None
    _stop: Stop | None = None
    _is_boot_over: bool = False

    def __post_init__(self) -> None:
        self.boot_id = self._new_id()
        self.booted_at = -self.rng.uniform(*_EARLIER_SECONDS)

    def uptime_seconds(self, elapsed_seconds: float) -> float:
        """Return the time since the boot."""
        return elapsed_seconds - self.booted_at

    def stop(self, how: Stop) -> None:
        """Note that the agent does not run; how it ended counts, not what came on top of it."""
        if self._stop is None:
            self._stop = how
        if how is not Stop.CRASH:
            self._is_boot_over = True

    def go_on(self, elapsed_seconds: float) -> None:
        """Note that the agent runs; after a stop it starts, if need be in a new boot."""
        if self._stop is None:
            return
        if self.alive_at is not None:
            self.previous = PreviousRun(self.alive_at, self._stop is Stop.SWITCHED_OFF)
        if self._is_boot_over:
            self.boot_id = self._new_id()
            self.booted_at = elapsed_seconds - self.rng.uniform(*BOOT_SECONDS)
        self._stop, self._is_boot_over = None, False

    def _new_id(self) -> str:
        return f"{self.rng.getrandbits(64):016x}"
