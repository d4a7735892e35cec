"""Browser sessions for the event loop: the database behind, a small memory in front."""

import time
from collections.abc import Callable

from collector.access import redeem_link, session_ends_at
from collector.store.worker import StoreWorker

MAX_REMEMBERED = 10_000


class Sessions:
    """Who is signed in. `session_seconds` is how long a session lasts."""

    def __init__(
        self,
        worker: StoreWorker,
        session_seconds: float,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.session_seconds = session_seconds
        self._worker = worker
        self._wall = wall
        self._ends: dict[str, float] = {}

    async def redeem(self, token: str) -> str | None:
        """Use a one-time link up; return the new session's cookie, None if it is not valid."""
        return await self._worker.run(redeem_link, token, self._wall(), self.session_seconds)

    async def is_valid(self, cookie: str) -> bool:
        """Whether that cookie belongs to a session that lasts."""
        if not cookie:
            return False
        ends_at = self._ends.get(cookie)
        if ends_at is None:
            ends_at = await self._worker.run(session_ends_at, cookie)
            if ends_at is None:
                return False
            if len(self._ends) >= MAX_REMEMBERED:
                self._ends.clear()
            self._ends[cookie] = ends_at
        return self._wall() < ends_at
