"""Drops what is over, once a day, in small steps between which others use the database."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, Protocol

from sqlalchemy import func, select

from collector.retention.clock import MOST_AHEAD_SECONDS, Heard, ahead_seconds
from collector.retention.options import Retention
from collector.retention.table import KINDS, Kind
from collector.store import Store
from collector.store.database import FILE_NAME
from collector.store.worker import StoreWorker

log = logging.getLogger(__name__)

TICK_SECONDS: Final = 60.0
"""How often it is looked whether it is due."""
EVERY_SECONDS: Final = 86_400.0
AGAIN_SECONDS: Final = 3_600.0
"""After a failure."""
PAUSE_SECONDS: Final = 0.05
_DAY_SECONDS: Final = 86_400.0


class Metrics(Protocol):
    """What is told of it."""

    def retained(self, kind: str, dropped: int) -> None:
        """Count rows that were dropped."""

    def retention_failed(self) -> None:
        """Count a kind that could not be dropped."""

    def retention_done(self, at: float) -> None:
        """Note that all of it was done (Unix seconds)."""

    def stored(self, rows: dict[str, int], size_bytes: int) -> None:
        """Show what is there now."""


class Retaining:
    """The daily work. Used from one event loop."""

    def __init__(
        self,
        options: Retention,
        data: Path,
        worker: StoreWorker,
        metrics: Metrics,
        heard: Callable[[], Iterable[Heard]],
        *,
        wall: Callable[[], float],
    ) -> None:
        """Take, besides, how the agents were heard last: their clocks vouch for `wall`."""
        self._options = options
        self._data = data
        self._worker = worker
        self._metrics = metrics
        self._heard = heard
        self._wall = wall
        self._due_at = wall()

    async def tick(self) -> None:
        """Do it if it is due; also when the clock was set back by more than a day."""
        if not self._due_at - EVERY_SECONDS <= self._wall() < self._due_at:
            done = await self.run()
            self._due_at = self._wall() + (EVERY_SECONDS if done else AGAIN_SECONDS)

    async def run(self) -> bool:
        """Drop everything that is over; whether all of it could be.

        One kind that fails keeps no other from being dropped. By a clock that nobody vouches for
        nothing is.
        """
        if not self._is_vouched_for():
            return False
        dropped: dict[str, int] = {}
        failed = []
        for kind in KINDS:
            try:
                number = await self._drop(kind)
            except Exception:
                # A damaged page, a full disk: it is logged, counted and tried again.
                log.exception("what is over cannot be dropped", extra={"kind": kind.name})
                self._metrics.retention_failed()
                failed.append(kind.name)
                continue
            if number:
                dropped[kind.name] = number
        if dropped:
            log.info("what is over was dropped", extra={"rows": dropped})
        if not failed:
            self._metrics.retention_done(self._wall())
        rows = await self._worker.run(rows_now)
        self._metrics.stored(rows, database_bytes(self._data))
        return not failed

    def _is_vouched_for(self) -> bool:
        """Whether the clock may be believed; offices that are all silent are no failure."""
        ahead = ahead_seconds(self._heard(), self._wall())
        if ahead is not None and ahead > MOST_AHEAD_SECONDS:
            log.error(
                "what is over cannot be dropped: the clock is ahead", extra={"seconds": ahead}
            )
            self._metrics.retention_failed()
            return False
        return ahead is not None

    async def _drop(self, kind: Kind) -> int:
        total, now = 0, self._wall()
        days = kind.days(self._options)
        while days is not None:
            number = await self._worker.run(drop_some, kind, now - days * _DAY_SECONDS, now)
            if not number:
                break
            total += number
            self._metrics.retained(kind.name, number)
            await asyncio.sleep(PAUSE_SECONDS)
        return total


def drop_some(store: Store, kind: Kind, before: float, now: float) -> int:
    """Drop some of a kind that were over before that time; return how many, 0 if there are none."""
    with store.write() as connection:
        return kind.step(connection, before, now)


def rows_now(store: Store) -> dict[str, int]:
    """Return how many rows each kind has."""
    with store.read() as connection:
        return {
            kind.name: sum(
                connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in kind.tables
            )
            for kind in KINDS
        }


def database_bytes(data: Path) -> int:
    """Return the size of the database with what is not yet moved into it."""
    files = (data / FILE_NAME, data / f"{FILE_NAME}-wal")
    return sum(file.stat().st_size for file in files if file.exists())
