"""What every check is: how it is called, what it may know, what it gives back.

A check measures or raises. Schedules, deadlines, success, duration, logging and clocks belong to
`agent.measuring.runner`; a check neither sleeps nor logs nor reads a clock of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from agent.clock import Clock
from agent.probe.trace import Trace, silent
from govnet.catalogue import Metric
from govnet.report import Fact, Sample
from govnet.settings import CheckSettings


@dataclass(frozen=True, slots=True)
class PreviousRun:
    """What the agent that ran here before left behind.

    `alive_at` is the last wall-clock time (Unix seconds) at which it was known alive; `clean_stop`
    whether it was stopped in order.
    """

    alive_at: float
    clean_stop: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """All that one run of a check may know besides its settings.

    - `timeout_seconds`: the whole run's time; `deadline`: its end on `clock.monotonic()`
    - `trace`: called with what was sent and what came back; silent unless a person asked
    - `state_dir`: the agent's folder, None in an ad-hoc run
    - `previous_run`: None on the first start, and in an ad-hoc run
    - `clock_offset_seconds`: this machine's wall clock minus the collector's, None until learnt
    """

    timeout_seconds: float
    deadline: float
    clock: Clock
    trace: Trace = silent
    state_dir: Path | None = None
    previous_run: PreviousRun | None = None
    clock_offset_seconds: float | None = None

    def remaining_seconds(self) -> float:
        """Return what is left of this run's time in seconds; 0 when it is over."""
        return max(0.0, self.deadline - self.clock.monotonic())


S_contra = TypeVar("S_contra", bound=CheckSettings, contravariant=True)


class Check(Protocol[S_contra]):
    """One subject that can be measured.

    One instance serves every target and several threads at once. State that must outlive a run
    (the time of a counter's last reset, say) is kept under a lock and keyed by target.
    """

    @property
    def name(self) -> str:
        """Return the word of the check in settings and reports."""
        ...

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """Return the rows of the catalogue that this check may fill."""
        ...

    def run(self, target: S_contra, context: Context) -> Iterable[Sample | Fact]:
        """Measure one target and give its samples, each as soon as it is known.

        A check of what a machine *is* gives facts as well, all of them in every run. A target that
        is down is a sample of 0. What was yielded before an error is kept.

        Raises CheckError if it could not measure.
        """
        ...
