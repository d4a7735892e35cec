"""Who guesses passwords is made to wait, longer each time; per account and per address. Pure.

An account is free for a few mistakes, since people mistype; then each further one doubles the
wait. An address has more of them, as a whole office may stand behind it. What is refused while
somebody waits is not looked at and counts for nothing, so nobody is kept out for longer than the
longest wait. A success forgets the account's mistakes and not the address's: who has one account
gains nothing against the others.
"""

from collections import OrderedDict
from typing import Final

ACCOUNT_FREE: Final = 5
ADDRESS_FREE: Final = 20
FIRST_SECONDS: Final = 30.0
MOST_SECONDS: Final = 3600.0
FORGET_SECONDS: Final = 86_400.0
"""So long after the last mistake all are forgotten."""
MAX_KEYS: Final = 10_000


class _Mistakes:
    """Mistakes by key, in bounded memory: the key that erred longest ago is forgotten first."""

    def __init__(self, free: int, most: int) -> None:
        self._free = free
        self._most = most
        self._counts: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._counts)

    def wait_seconds(self, key: str, now: float) -> float:
        count, at = self._counts.get(key, (0, now))
        if count < self._free or now - at >= FORGET_SECONDS:
            return 0.0
        # The exponent is bounded, as the count is not.
        wait = min(FIRST_SECONDS * 2.0 ** min(count - self._free, 30), MOST_SECONDS)
        return max(0.0, at + wait - now)

    def note(self, key: str, now: float) -> None:
        count, at = self._counts.pop(key, (0, now))
        self._counts[key] = ((0 if now - at >= FORGET_SECONDS else count) + 1, now)
        if len(self._counts) > self._most:
            self._counts.popitem(last=False)

    def forget(self, key: str) -> None:
        self._counts.pop(key, None)


class LockOut:
    """Ask with `account_wait` and `address_wait` before the work; tell how it ended. Monotonic."""

    def __init__(self, most: int = MAX_KEYS) -> None:
        self._accounts = _Mistakes(ACCOUNT_FREE, most)
        self._addresses = _Mistakes(ADDRESS_FREE, most)

    def __len__(self) -> int:
        return len(self._accounts) + len(self._addresses)

    def account_wait(self, name: str, now: float) -> float:
        """Return how many seconds nobody may try that account; 0: now. It need not exist."""
        return self._accounts.wait_seconds(name, now)

    def address_wait(self, place: str, now: float) -> float:
        """Return how many seconds that address may try no account; 0: now."""
        return self._addresses.wait_seconds(place, now)

    def failed(self, name: str, place: str, now: float) -> float:
        """Note a wrong password or code; return how long the account has to wait from now on.

        `place` "": an address that stands for many, and is not counted.
        """
        self._accounts.note(name, now)
        if place:
            self._addresses.note(place, now)
        return self.account_wait(name, now)

    def succeeded(self, name: str) -> None:
        """Note that somebody signed in."""
        self._accounts.forget(name)
