"""The work of one history process: from a position in the inbox to a receiver, for ever."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from collector.history.channel import Done, Start
from collector.history.inbox_reader import InboxReader
from collector.history.messages import encode_labels
from collector.history.position import PositionFile
from collector.history.pusher import MAX_SAMPLES, Counts, Pusher, Rows
from collector.history.receiver import Pushes
from collector.history.samples import Layout
from collector.series.labels import Targets

log = logging.getLogger(__name__)

SAVE_SECONDS: Final = 1.0
"""How often the position is saved while there is much to send; what it lacks is sent again."""
_HOUR_SECONDS: Final = 3600.0


class Sending:
    """Sends what is settled. `wait` sleeps; `tell` is called when there is news."""

    def __init__(
        self,
        start: Start,
        receiver: Pushes,
        *,
        tell: Callable[[Done], None],
        wait: Callable[[float], None] = time.sleep,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Find where to go on. Raises ConfigError or JournalError when that cannot be read."""
        job = start.receiver.job
        self._window_seconds = start.receiver.window_hours * _HOUR_SECONDS
        self._pusher = Pusher(receiver, self._window_seconds, wall=wall, wait=self._wait_telling)
        self._layout = Layout(Targets(start.allowed), lambda series: encode_labels(series, job))
        self._reader = InboxReader(Path(start.inbox))
        self._file = PositionFile(Path(start.position_file))
        self._tell, self._wait, self._wall, self._monotonic = tell, wait, wall, monotonic
        self._behind_since: float | None = None
        saved = self._file.load()
        # What was written before the window began holds nothing that a new receiver would take.
        begin = self._reader.position_at(wall() - self._window_seconds)
        self._position = begin if saved is None else saved
        self._saved = saved
        self._saved_at = -SAVE_SECONDS

    @property
    def position(self) -> int:
        """Up to where everything was sent."""
        return self._position

    def replace_targets(self, targets: Targets) -> None:
        """Go by another inventory from now on."""
        self._layout.replace_targets(targets)

    def send(self, durable_position: int) -> None:
        """Send everything before `durable_position`."""
        self._find_gap(durable_position)
        rows: Rows = []
        samples = 0
        position = self._position
        for batch in self._reader.read(self._position, durable_position):
            if self._behind_since is None:
                self._behind_since = batch.record.received_at
            made = list(self._layout.rows(batch.record, batch.settled))
            rows += made
            samples += sum(len(row.values) for row in made)
            position = batch.end
            if samples >= MAX_SAMPLES:
                self._push(rows, position)
                rows, samples = [], 0
        self._push(rows, position)
        self._behind_since = None
        self.save(at_once=True)
        self.report()

    def _push(self, rows: Rows, position: int) -> None:
        self._pusher.deliver(rows)
        self._position = position
        self._behind_since = None
        self.save(at_once=False)

    def _find_gap(self, durable_position: int) -> None:
        """Go on from the first batch there is, if what comes next is gone or never was."""
        first = self._reader.available_from(self._position)
        if first <= self._position <= durable_position:
            return
        log.error(
            "the inbox no longer has what was to be sent next; history has a gap",
            extra={"position": self._position, "goes_on_at": first},
        )
        self._pusher.counts.gaps += 1
        self._position = first

    def save(self, *, at_once: bool) -> None:
        """Save the position, at most once in `SAVE_SECONDS` unless `at_once`."""
        now = self._monotonic()
        if self._position == self._saved or (not at_once and now - self._saved_at < SAVE_SECONDS):
            return
        try:
            self._file.save(self._position)
        except OSError as exc:
            # A full disk: what is sent again does no harm.
            log.warning("the position of history cannot be saved", extra={"error": str(exc)})
        else:
            self._saved = self._position
        self._saved_at = now
        self.report()

    def report(self) -> None:
        """Tell what happened since the last time."""
        counts, self._pusher.counts = self._pusher.counts, Counts()
        self._tell(
            Done(
                counts.pushed,
                dict(counts.dropped),
                counts.failures,
                counts.gaps,
                self._pusher.is_up,
                self._behind_since,
            )
        )

    def _wait_telling(self, seconds: float) -> None:
        self.report()
        self._wait(seconds)
