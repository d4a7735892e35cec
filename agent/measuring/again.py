"""A site's checks once more, because somebody asked: when they start, when that is told.

Pure; every method is told the monotonic time. The regular starts of checks stay where they are.

1. Requests that are new in the settings wait until the last extra start is a minute old.
2. Then one round serves them all: their checks start spread over some seconds, each once. A run
   that starts anyhow in that time serves as well; one that was under way when the round began is
   too old, and the check runs again behind it.
3. When all have come home, or time is up, the round is over and a report is due.

What was carried out is remembered for as long as it stands in the settings, in memory only: after
a restart every check runs anyway.
"""

import math
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Final

from agent.measuring.schedule import spread
from govnet.settings import CheckAgain

if TYPE_CHECKING:
    from agent.measuring.plan import Task

LEAST_SECONDS: Final = 60.0
"""No check gets two extra runs within this time, however often somebody asks."""
WITHIN_SECONDS: Final = 5.0
"""The starts of a round are spread over this time..."""
STARTS_PER_SECOND: Final = 20.0
"""...or over more, if the centre's agent has so many to start, ..."""
MOST_WITHIN_SECONDS: Final = 60.0
"""...but not over more than this."""
ENDS_AFTER_SECONDS: Final = 15.0
"""So long after its last start a round is over, whoever still runs: the report tells of the others,
20 s after a small round began."""


class Again:
    """The extra runs of one agent's checks."""

    def __init__(self, agent: str) -> None:
        self._agent = agent
        self._known: frozenset[str] | None = None
        """Ids in the present settings; None before the first ones."""
        self._waiting: tuple[CheckAgain, ...] = ()
        self._not_before = -math.inf
        self._awaited: set[Task] = set()
        self._ends_at: float | None = None

    @property
    def is_under_way(self) -> bool:
        """Whether a round is not over yet."""
        return self._ends_at is not None

    def take_over(self, asked: tuple[CheckAgain, ...], tasks: Collection["Task"]) -> None:
        """Follow new settings and the tasks that they leave; what is withdrawn waits no more."""
        ids = frozenset(each.id for each in asked)
        known = ids if self._known is None else self._known
        still = {each.id for each in self._waiting}
        self._waiting = tuple(each for each in asked if each.id not in known or each.id in still)
        self._known = ids
        self._awaited &= set(tasks)

    def begin(self, tasks: Iterable["Task"], own_site: str, now: float) -> None:
        """Begin a round if requests wait and it is time."""
        if not self._waiting or self.is_under_way or now < self._not_before:
            return
        asked, self._waiting = self._waiting, ()
        covered = [
            task
            for task in tasks
            if any(
                each.covers(own_site, task.settings.check, task.settings.target) for each in asked
            )
        ]
        if not covered:
            return
        within = max(WITHIN_SECONDS, len(covered) / STARTS_PER_SECOND)
        within = min(within, MOST_WITHIN_SECONDS)
        for task in covered:
            key = f"{self._agent}/{task.settings.check}/{task.settings.target}/again"
            task.again_at = now + spread(key) * within
        self._awaited = set(covered)
        self._ends_at = now + within + ENDS_AFTER_SECONDS
        self._not_before = now + LEAST_SECONDS

    def started(self, task: "Task", now: float, *, is_extra: bool) -> None:
        """Note that a run of the task starts, by its schedule or as an extra one."""
        task.again_at = math.inf
        if is_extra:
            self._not_before = max(self._not_before, now + LEAST_SECONDS)

    def came_home(self, task: "Task") -> None:
        """Note that a run of the task ended, or overran."""
        if task.again_at == math.inf:
            self._awaited.discard(task)

    def is_over(self, now: float) -> bool:
        """Whether the round is over now; true once. Whoever has not started by then is let be."""
        if self._ends_at is None or (self._awaited and now < self._ends_at):
            return False
        for task in self._awaited:
            task.again_at = math.inf
        self._awaited.clear()
        self._ends_at = None
        return True

    def next_at(self) -> float | None:
        """Return when a round is over or begins, which may be past; None if neither is to come."""
        if self._ends_at is not None:
            return self._ends_at if self._awaited else -math.inf
        return self._not_before if self._waiting else None
