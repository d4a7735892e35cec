"""Browser sessions for the event loop: the database behind, a small memory in front.

What cannot be a cookie or a link's token never reaches the database, and of what could be few ask
at a time: strangers can send as many as they like, and the database has one thread.
"""

import math
import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Concatenate, Final, ParamSpec, TypeVar

from collector.store import Store
from collector.store.worker import StoreWorker
from collector.web.access import Session, note_used, redeem_link, session_of
from govnet.errors import WireError

MAX_REMEMBERED: Final = 10_000
UNKNOWN_SECONDS: Final = 60.0
"""So long a cookie that does not exist is remembered as such."""
SAVE_SECONDS: Final = 60.0
"""So often at most the database is told that a session is still used."""
MAX_ASKING: Final = 8
"""Most questions to the database at once; beyond it one is asked to come later."""
_FORM: Final = re.compile(r"[A-Za-z0-9_-]{43}")
"""32 random bytes, as `secrets.token_urlsafe` writes them."""

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
Remembered = TypeVar("Remembered")


class Sessions:
    """Who is signed in.

    `session_seconds` is how long a session lasts, `idle_seconds` how long one that nobody uses.
    `is_changed` says whether accounts or sessions were changed since it was asked last: then all
    that is remembered is looked up again. Raises WireError `database_busy` where the database
    cannot be asked now.
    """

    def __init__(
        self,
        worker: StoreWorker,
        session_seconds: float,
        idle_seconds: float = math.inf,
        *,
        is_changed: Callable[[], bool] = lambda: False,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.session_seconds = session_seconds
        self._idle_seconds = idle_seconds
        self._worker = worker
        self._is_changed = is_changed
        self._wall = wall
        self._asking = 0
        self._changes = 0
        self._known: dict[str, Session] = {}
        self._unknown_until: dict[str, float] = {}

    async def redeem(self, token: str) -> str | None:
        """Use a one-time link up; return the new session's cookie, None if it is not valid."""
        if not is_token(token):
            return None
        return await self._ask(redeem_link, token, self._wall(), self.session_seconds)

    async def find(self, cookie: str) -> Session | None:
        """Return the session of that cookie if it lasts; it counts as used now."""
        if not is_token(cookie):
            return None
        if self._is_changed():
            self._known.clear()
            self._changes += 1
        now, session = self._wall(), self._known.get(cookie)
        if session is None:
            session = await self._look_up(cookie)
        if session is None or now >= session.ends_at or now - session.used_at > self._idle_seconds:
            return None
        session.used_at = max(now, session.used_at)
        if now - session.saved_at >= SAVE_SECONDS:
            session.saved_at = now
            # Whoever only reads is let in all the same while the database is locked.
            with suppress(WireError):
                await self._ask(note_used, cookie, now)
        return session

    async def _look_up(self, cookie: str) -> Session | None:
        if self._wall() < self._unknown_until.get(cookie, 0.0):
            return None
        changes = self._changes
        session = await self._ask(session_of, cookie)
        if session is None:
            _remember(self._unknown_until, cookie, self._wall() + UNKNOWN_SECONDS)
        elif changes == self._changes:
            # What was changed meanwhile may not be in it: then it serves this one request.
            _remember(self._known, cookie, session)
        return session

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
            return await self._worker.answer(function, *args, **kwargs)
        finally:
            self._asking -= 1


def is_token(text: str) -> bool:
    """Whether a text can be a cookie or a link's token."""
    return _FORM.fullmatch(text) is not None


def _remember(memory: dict[str, Remembered], cookie: str, what: Remembered) -> None:
    if len(memory) >= MAX_REMEMBERED:
        memory.clear()
    memory[cookie] = what
