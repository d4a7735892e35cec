"""Browser sessions for the event loop: the database behind, a small memory in front.

What cannot be a cookie or a link's token never reaches the database, and of what could be few ask
at a time: strangers can send as many as they like, and the database has one thread.
"""

import re
import time
from collections.abc import Callable
from typing import Concatenate, Final, ParamSpec, TypeVar

from sqlalchemy.exc import OperationalError

from collector.store import Store
from collector.store.worker import StoreWorker
from collector.web.access import redeem_link, session_ends_at
from govnet.errors import WireError

MAX_REMEMBERED: Final = 10_000
UNKNOWN_SECONDS: Final = 60.0
"""So long a cookie that does not exist is remembered as such."""
MAX_ASKING: Final = 8
"""Most questions to the database at once; beyond it one is asked to come later."""
_FORM: Final = re.compile(r"[A-Za-z0-9_-]{43}")
"""32 random bytes, as `secrets.token_urlsafe` writes them."""

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class Sessions:
    """Who is signed in. `session_seconds` is how long a session lasts.

    Raises WireError `database_busy` where the database cannot be asked now.
    """

    def __init__(
        self,
        worker: StoreWorker,
        session_seconds: float,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.session_seconds = session_seconds
        self._worker = worker
        self._wall = wall
        self._asking = 0
        self._ends: dict[str, float] = {}
        self._unknown_until: dict[str, float] = {}

    async def redeem(self, token: str) -> str | None:
        """Use a one-time link up; return the new session's cookie, None if it is not valid."""
        if not _FORM.fullmatch(token):
            return None
        return await self._ask(redeem_link, token, self._wall(), self.session_seconds)

    async def is_valid(self, cookie: str) -> bool:
        """Whether that cookie belongs to a session that lasts."""
        if not _FORM.fullmatch(cookie):
            return False
        ends_at = self._ends.get(cookie)
        if ends_at is None:
            if self._wall() < self._unknown_until.get(cookie, 0.0):
                return False
            ends_at = await self._ask(session_ends_at, cookie)
            if ends_at is None:
                _remember(self._unknown_until, cookie, self._wall() + UNKNOWN_SECONDS)
                return False
            _remember(self._ends, cookie, ends_at)
        return self._wall() < ends_at

    async def _ask(
        self,
        function: Callable[Concatenate[Store, Parameters], Result],
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> Result:
        if self._asking >= MAX_ASKING:
            raise WireError("database_busy", "too many sign in at once; come later")
        self._asking += 1
        try:
            return await self._worker.run(function, *args, **kwargs)
        except OperationalError as exc:
            raise WireError("database_busy", f"the database cannot be used: {exc.orig}") from exc
        finally:
            self._asking -= 1


def _remember(memory: dict[str, float], cookie: str, until: float) -> None:
    if len(memory) >= MAX_REMEMBERED:
        memory.clear()
    memory[cookie] = until
