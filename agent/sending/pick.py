"""What goes next: news before the backlog, as much as the line takes, and the budget allows."""

from agent.sending.budget import Budget
from agent.sending.delivery import Delivery, Record, choose
from agent.sending.learnt import Learnt
from agent.spool.spool import Entry, Spool


class Picker:
    """Takes batches from a spool; counts in `learnt` what the budget holds back."""

    def __init__(self, spool: Spool, delivery: Delivery, budget: Budget, learnt: Learnt) -> None:
        self._spool = spool
        self._delivery = delivery
        self._budget = budget
        self._learnt = learnt
        self._held_seq = 0
        self.look_again_seconds: float | None = None
        """When the budget may let through what it holds; None where it holds nothing."""

    def next_batch(self, now: float) -> list[Record]:
        """Return what goes at this moment (monotonic), empty where nothing does."""
        self.look_again_seconds = None
        most = self._delivery.most_reports
        newest = self._spool.newest()
        if newest is None:
            return []
        if not self._delivery.leads(newest.seq):
            backlog = self._backlog(most, None, now)
            if not backlog:
                self._learnt.held_back["backlog"] += 1
            return choose(backlog, most, self._delivery.goal_bytes)
        if (wait_seconds := self._budget.newest_waits_seconds(now)) > 0:
            self.look_again_seconds = wait_seconds
            if newest.seq != self._held_seq:
                self._held_seq = newest.seq
                self._learnt.held_back["live"] += 1
            return []
        backlog = self._backlog(most - 1, newest.seq, now)
        return choose([newest, *backlog], most, self._delivery.goal_bytes)

    def _backlog(self, most: int, below: int | None, now: float) -> list[Entry]:
        """Return the oldest reports that may go now, none if the budget holds them."""
        room_bytes = self._budget.backlog_bytes(now)
        goal_bytes = self._delivery.goal_bytes
        limit_bytes = goal_bytes if room_bytes is None else min(goal_bytes, room_bytes)
        entries = self._spool.oldest(limit_bytes, most, below=below)
        if entries and room_bytes is not None and len(entries[0].report) > room_bytes:
            wanted_bytes = len(entries[0].report)
            self.look_again_seconds = self._budget.backlog_waits_seconds(wanted_bytes, now)
            return []
        return entries
