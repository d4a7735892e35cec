"""What is due, what runs, what is newest: the runner's decisions, without threads or clocks.

Every method is told the monotonic time. The runner calls them under one lock.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from agent.measuring.again import Again
from agent.measuring.execute import Finding
from agent.measuring.schedule import Schedule
from govnet.report import MAX_DECOMPRESSED_BYTES, MAX_SAMPLES, Result
from govnet.settings import CheckSettings, Settings

FACTS_AGAIN_SECONDS = 86_400.0
"""Facts are told again after this time: the report that held them may have been lost."""
_REPORT_BYTES = MAX_DECOMPRESSED_BYTES // 8 * 7
"""So much of a report its samples may fill; heads, errors and facts take the rest."""
FACTS_BYTES = 256 << 10
"""So much of a report facts may fill: the centre's agent tells of hundreds of devices. What finds
no room is told by the next one."""
_FACT_BYTES = 6
"""What quotes, a colon and a comma take beside the texts of a fact, in JSON."""
OVERRUN_GRACE_SECONDS = 2.0
"""A check that ends by its own deadline may take this much longer to come home."""


class State(Enum):
    """Where a task stands."""

    IDLE = auto()
    QUEUED = auto()
    RUNNING = auto()
    OVERRUN = auto()


@dataclass(slots=True, eq=False)
class Task:
    """One check on one target, and its newest finding.

    `again_at` is when it is to run once more beside its schedule, infinity for not.
    """

    settings: CheckSettings
    schedule: Schedule
    state: State = State.IDLE
    again_at: float = math.inf
    started_at: float = 0.0
    newest: Finding | None = None
    newest_at: float = 0.0
    facts_told: Mapping[str, str] | None = None
    facts_told_at: float = 0.0

    @property
    def overrun_at(self) -> float:
        """When a running task counts as overrun."""
        return self.started_at + self.settings.timeout_seconds + OVERRUN_GRACE_SECONDS

    def keep(self, finding: Finding, now: float) -> None:
        """Make this the newest finding."""
        self.newest = finding
        self.newest_at = now

    def facts_to_tell(self, now: float) -> Mapping[str, str] | None:
        """Return the facts if they differ from those told before, or those are a day old.

        Not what an earlier run gave and the newest one did not: who stands by, or finds its device
        silent, tells nothing of it.
        """
        if self.newest is None or self.newest.facts is None:
            return None
        is_old = now - self.facts_told_at >= FACTS_AGAIN_SECONDS
        facts = self.newest.facts
        return facts if facts != self.facts_told or is_old else None


class Plan:
    """All tasks of one agent."""

    def __init__(self, agent: str) -> None:
        self._agent = agent
        self._site = ""
        self._tasks: dict[tuple[str, str], Task] = {}
        self._again = Again(agent)

    @property
    def settings(self) -> tuple[CheckSettings, ...]:
        """What is being measured now."""
        return tuple(task.settings for task in self._tasks.values())

    def take_over(self, settings: Settings, now: float) -> bool:
        """Follow new settings: unchanged checks go on as they are, others start or stop.

        Returns whether there is something to measure that was not measured before.
        """
        tasks = {}
        for record in settings.checks:
            key = (record.check, record.target)
            task = self._tasks.get(key)
            if task is None or task.settings != record:
                spread_by = f"{self._agent}/{record.check}/{record.target}"
                task = Task(record, Schedule(spread_by, record.interval_seconds, now))
            tasks[key] = task
        has_more = not tasks.keys() <= self._tasks.keys()
        self._tasks, self._site = tasks, settings.site
        self._again.take_over(settings.check_again, tasks.values())
        return has_more

    def due(self, now: float) -> list[Task]:
        """Return the tasks to start now; they count as queued from here on.

        One that still waits or runs is not started a second time. One that has overrun shows so
        again with a fresh error.
        """
        self._again.begin(self._tasks.values(), self._site, now)
        started = []
        for task in self._tasks.values():
            is_regular = now >= task.schedule.next_at
            if not is_regular and now < task.again_at:
                continue
            if is_regular:
                task.schedule.advance(now)
            if task.state is State.IDLE:
                task.state = State.QUEUED
                started.append(task)
                self._again.started(task, now, is_extra=not is_regular)
            elif task.state is State.OVERRUN and is_regular:
                task.keep(_overrun(task, now), now)
        return started

    @property
    def runs_again(self) -> bool:
        """Whether a round of extra runs is under way."""
        return self._again.is_under_way

    def has_run_again(self, now: float) -> bool:
        """Whether a round of extra runs is over now, and a report is to tell of it; true once."""
        return self._again.is_over(now)

    def begin(self, task: Task, now: float) -> None:
        """Note that a worker took the task."""
        task.state = State.RUNNING
        task.started_at = now

    def finish(self, task: Task, finding: Finding, now: float) -> None:
        """Take a run's finding; one that comes after its overrun was reported is not believed."""
        if task.state is not State.OVERRUN:
            task.keep(finding, now)
        task.state = State.IDLE
        self._again.came_home(task)

    def overruns(self, now: float) -> list[Task]:
        """Return the tasks that have just overrun their deadline; their error is now newest."""
        late = [
            task
            for task in self._tasks.values()
            if task.state is State.RUNNING and now >= task.overrun_at
        ]
        for task in late:
            task.state = State.OVERRUN
            task.keep(_overrun(task, now), now)
            self._again.came_home(task)
        return late

    def next_at(self) -> float | None:
        """Return when something is due or overrun next, None if nothing is planned."""
        times = [task.schedule.next_at for task in self._tasks.values()]
        times += [task.overrun_at for task in self._tasks.values() if task.state is State.RUNNING]
        # What still runs is started again when it has come home.
        times += [task.again_at for task in self._tasks.values() if task.state is State.IDLE]
        if (again_at := self._again.next_at()) is not None:
            times.append(again_at)
        return min(times, default=None)

    def results(self, now: float) -> tuple[Result, ...]:
        """Return the newest result of every check that has one, at most a report's worth."""
        results = []
        room, room_bytes, facts_bytes = MAX_SAMPLES, _REPORT_BYTES, FACTS_BYTES
        for task in self._tasks.values():
            finding = task.newest
            if finding is None:
                continue
            if len(finding.samples) > room:
                error = f"left out: a report holds {MAX_SAMPLES} samples"
                finding = Finding(finding.duration_seconds, error, ())
            elif finding.size_bytes > room_bytes:
                error = f"left out: a report holds {_REPORT_BYTES >> 20} MB of samples"
                finding = Finding(finding.duration_seconds, error, ())
            room -= len(finding.samples)
            room_bytes -= finding.size_bytes
            facts = task.facts_to_tell(now)
            size_bytes = _size_bytes(facts or {})
            if size_bytes > facts_bytes:
                facts = None
            else:
                facts_bytes -= size_bytes
            results.append(
                Result(
                    check=task.settings.check,
                    target=task.settings.target,
                    duration_seconds=max(0.0, finding.duration_seconds),
                    age_seconds=max(0.0, now - task.newest_at),
                    error=finding.error,
                    samples=finding.samples,
                    facts=facts,
                )
            )
        return tuple(results)

    def told(self, results: Iterable[Result], now: float) -> None:
        """Note that a report with these results is kept: its facts are told."""
        for result in results:
            task = self._tasks.get((result.check, result.target))
            if task is not None and result.facts is not None:
                task.facts_told, task.facts_told_at = result.facts, now


def _size_bytes(facts: Mapping[str, str]) -> int:
    return sum(len(key) + len(text.encode()) + _FACT_BYTES for key, text in facts.items())


def _overrun(task: Task, now: float) -> Finding:
    elapsed = now - task.started_at
    error = f"not finished after {elapsed:.0f} s, allowed {task.settings.timeout_seconds:g} s"
    return Finding(elapsed, error, ())
