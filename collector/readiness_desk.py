"""The desk of conferences as one collector has it: built of its live view and its database."""

from collections.abc import Callable, Iterable

from collector.live import Live
from collector.maintenance.records import Entry
from collector.readiness.board import Board
from collector.readiness.book import BookWatch
from collector.readiness.desk import ConferenceDesk
from collector.readiness.options import ConferenceOptions
from collector.readiness.sweeps import Again
from collector.store.worker import StoreWorker


def conference_desk(
    live: Live,
    worker: StoreWorker,
    watch: BookWatch,
    planned: Callable[[], Iterable[Entry]],
    wall: Callable[[], float],
    *,
    options: ConferenceOptions,
    again: Again | None = None,
) -> ConferenceDesk:
    """Return the desk; from then on `live` exposes the conferences that are near.

    `planned` are the entries of planned work. `again` has a site's checks run once more.
    """
    board = Board(live.sight, lambda: live.inventory, planned, needs_room=options.needs_room)
    desk = ConferenceDesk(
        worker,
        board,
        lambda: watch.refresh(wall()),
        lambda: live.inventory,
        wall,
        options=options,
        again=again,
    )
    live.conference_rows = desk.rows
    return desk
