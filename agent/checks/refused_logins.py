"""Remembers which accounts were refused: asking again every minute would lock them."""

import threading

from govnet.settings import Login

AGAIN_SECONDS = 900.0
"""How long a refused account rests; another password is tried at once."""


class RefusedLogins:
    """The last refusal of each target; used by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._refused: dict[str, tuple[Login, float]] = {}

    def rests(self, target: str, login: Login | None, now: float) -> bool:
        """Tell whether this account was refused there less than 15 minutes ago."""
        with self._lock:
            refused = self._refused.get(target)
        return refused is not None and refused[0] == login and now - refused[1] < AGAIN_SECONDS

    def note(self, target: str, login: Login, now: float) -> None:
        """Remember a refusal at `now`, a monotonic clock's time in seconds."""
        with self._lock:
            self._refused[target] = (login, now)
