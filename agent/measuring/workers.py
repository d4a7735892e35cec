"""A few threads that run checks, started when they are needed and never more than the limit.

Not `concurrent.futures`: a thread that hangs in a system call must not hold up the process's end,
and it must be replaceable.
"""

import math
from collections.abc import Callable
from queue import SimpleQueue
from threading import Lock, Thread

from agent.measuring.plan import Task
from govnet.settings import MAX_WORKERS, CheckSettings, workers_needed

FEWEST = 2


def workers_for(checks: tuple[CheckSettings, ...]) -> int:
    """Return how many threads keep up even if every check takes all of its time."""
    return max(FEWEST, min(MAX_WORKERS, math.ceil(workers_needed(checks))))


class Workers:
    """Threads that call `run(task)` for every submitted task."""

    def __init__(self, run: Callable[[Task], None]) -> None:
        self._run = run
        self._queue: SimpleQueue[Task] = SimpleQueue()
        self._lock = Lock()
        self._limit = FEWEST
        self._threads = 0
        self._outstanding = 0
        self._given_up: set[Task] = set()

    def resize(self, limit: int) -> None:
        """Allow this many threads at once; surplus ones end after their next task."""
        with self._lock:
            self._limit = limit
            self._start_if_needed()

    def submit(self, task: Task) -> None:
        """Run the task as soon as a thread is free."""
        self._queue.put(task)
        with self._lock:
            self._outstanding += 1
            self._start_if_needed()

    def give_up_on(self, task: Task) -> None:
        """Count a thread as lost to its task, so that another may take its place.

        At most as many as the limit are replaced: if everything hangs, more threads do not help.
        """
        with self._lock:
            if len(self._given_up) < self._limit:
                self._given_up.add(task)
                self._threads -= 1
                self._outstanding -= 1
                self._start_if_needed()

    def _start_if_needed(self) -> None:
        while self._threads < min(self._outstanding, self._limit):
            self._threads += 1
            Thread(target=self._work, name="check", daemon=True).start()

    def _work(self) -> None:
        while True:
            task = self._queue.get()
            self._run(task)
            with self._lock:
                if task in self._given_up:
                    self._given_up.remove(task)
                    return
                self._outstanding -= 1
                if self._threads > self._limit:
                    self._threads -= 1
                    return
