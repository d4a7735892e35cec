"""The desk of conferences as one collector has it: built of its live view and its database."""

from collections.abc import Callable, Iterable

from collector.live import Live
from collector.maintenance.records import Entry
from collector.readiness.board import Board
from collector.readiness.book import BookWatch
from collector.readiness.desk import ConferenceDesk
from collector.readiness.options import ConferenceOptions
from collector.site_check import check_site
from collector.store.worker import StoreWorker


class SiteChecks:
    """Has sites looked at again by way of the live view."""

    def __init__(self, live: Live, wall: Callable[[], float]) -> None:
        self._live = live
        self._wall = wall

    def ask(self, site: str, at: float, who: str) -> None:
        """Let everybody who looks at that site do so at that moment; raises what `Again` raises."""
        check_site(self._live, site, at, self._wall(), who)


def conference_desk(
    live: Live,
    worker: StoreWorker,
    watch: BookWatch,
    planned: Callable[[], Iterable[Entry]],
    wall: Callable[[], float],
    *,
    options: ConferenceOptions,
) -> ConferenceDesk:
    """Return the desk; from then on `live` exposes the conferences that are near.

    `planned` are the entries of planned work.
    """
    board = Board(live.sight, lambda: live.inventory, planned, needs_room=options.needs_room)
    desk = ConferenceDesk(
        worker,
        board,
        lambda: watch.refresh(wall()),
        lambda: live.inventory,
        wall,
        options=options,
        again=SiteChecks(live, wall),
    )
    live.conference_rows = desk.rows
    return desk
