"""How much one agent, one address and all of them together may ask of the collector.

Pure: the time is passed in (monotonic seconds), nothing is read, nothing sleeps.

- `Buckets`: a rate with a burst for every key, in bounded memory.
- `Failures`: what an address may get wrong; who is right never draws on it.
- `Crowd`: how many connections one address may hold while places are scarce.
- `Admission`: how many batches are under way; the others are told when there will be room.
"""

import ipaddress
import math
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Iterable
from typing import Final, Generic, TypeVar

from govnet.errors import WireError

MAX_KEYS: Final = 10_000
FAILURES_PER_MINUTE: Final = 30.0
FAILURES_AT_ONCE: Final = 60.0
FORGERIES_PER_MINUTE: Final = 6.0
FORGERIES_AT_ONCE: Final = 20.0
RECEIVING_PER_WORKING: Final = 4
"""So many bodies may be on the way for each batch that may be in work: lines are slow."""
RECEIVING_PER_SENDER: Final = 4
"""Most bodies of one agent from one address at once; an agent sends one after the other."""
LEAST_RETRY_SECONDS: Final = 2.0
MOST_RETRY_SECONDS: Final = 300.0
LEAST_PER_SECOND: Final = 50.0
"""So much is done in a second even by a slow machine: the backlog is reckoned by it at least."""
JITTER: Final = 0.25
_IPV6_SITE_BITS: Final = 64
_RATE_SECONDS: Final = 5.0
_COUNT_SECONDS: Final = 1.0

Key = TypeVar("Key", bound=Hashable)


class RateLimitedError(WireError):
    """Someone asks too much; `retry_seconds` is when it is worth asking again."""

    def __init__(self, detail: str, retry_seconds: float) -> None:
        super().__init__("rate_limited", detail)
        self.retry_seconds = retry_seconds


PENDING_SECONDS: Final = (
    (4 * 3600.0, 5.0, 15.0),
    (86_400.0, 60.0, 180.0),
    (math.inf, 300.0, 900.0),
)
"""Age up to which an agent that waits for approval asks again after so many to so many seconds.

In the first hours somebody stands at the PC and wants to see it approved."""
PENDING_PER_SECOND: Final = 40.0
"""So many requests of such agents together are cheap; more of them ask less often."""


class PendingError(WireError):
    """An agent waits until a person approves it; `retry_seconds` is when to ask again."""

    def __init__(self, detail: str, retry_seconds: float) -> None:
        super().__init__("pending", detail)
        self.retry_seconds = retry_seconds


def pending_retry_seconds(age_seconds: float, waiting: int, random: float) -> float:
    """Return when an agent that enrolled so long ago asks again, of so many that wait.

    `random` is a number from 0 up to 1.
    """
    least, most = next((low, high) for age, low, high in PENDING_SECONDS if age_seconds < age)
    return max(least, waiting / PENDING_PER_SECOND) + random * (most - least)


class Buckets(Generic[Key]):
    """A bucket of tokens for every key: `at_once` of them, refilled by `per_minute`.

    Of more than `most` keys the one that was used longest ago is forgotten.
    """

    def __init__(self, per_minute: float, at_once: float, most: int = MAX_KEYS) -> None:
        self._per_second = per_minute / 60.0
        self._at_once = at_once
        self._most = most
        self._filled: OrderedDict[Key, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._filled)

    def wait_seconds(self, key: Key, now: float) -> float:
        """Return how long until the key has a token; 0: it has one. Draws none."""
        return max(0.0, (1.0 - self._tokens(key, now)) / self._per_second)

    def draw(self, key: Key, now: float) -> None:
        """Take a token of the key if it has one."""
        tokens = self._tokens(key, now)
        self._filled[key] = (tokens - 1.0 if tokens >= 1.0 else tokens, now)
        self._filled.move_to_end(key)
        if len(self._filled) > self._most:
            self._filled.popitem(last=False)

    def _tokens(self, key: Key, now: float) -> float:
        found = self._filled.get(key)
        if found is None:
            return self._at_once
        tokens, at = found
        return min(self._at_once, tokens + max(0.0, now - at) * self._per_second)


class Failures:
    """What may go wrong per address, and per agent that an address claims to be.

    Ask with `check` before the work, tell with `note` what went wrong. `agent` is "" where no
    known one was named: then only the address counts.
    """

    def __init__(self) -> None:
        self._addresses: Buckets[str] = Buckets(FAILURES_PER_MINUTE, FAILURES_AT_ONCE)
        self._forgeries: Buckets[tuple[str, str]] = Buckets(FORGERIES_PER_MINUTE, FORGERIES_AT_ONCE)

    def check(self, host: str | None, agent: str, now: float) -> None:
        """Raise RateLimitedError where too much went wrong of late."""
        place = place_of(host)
        if agent:
            wait = self._forgeries.wait_seconds((place, agent), now)
        else:
            wait = self._addresses.wait_seconds(place, now)
        if wait > 0:
            raise RateLimitedError("too many wrong requests; come later", wait)

    def note(self, host: str | None, agent: str, now: float) -> None:
        """Count one request that went wrong."""
        place = place_of(host)
        if agent:
            self._forgeries.draw((place, agent), now)
        else:
            self._addresses.draw(place, now)


def place_of(host: str | None) -> str:
    """Return whom an address stands for: itself, of IPv6 the /64, which is one customer's."""
    try:
        address = ipaddress.ip_address((host or "").partition("%")[0])
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None) or address
    if mapped.version == 4:  # noqa: PLR2004 - the number of the protocol
        return str(mapped)
    return str(ipaddress.ip_network((mapped, _IPV6_SITE_BITS), strict=False).network_address)


class Crowd:
    """Who may have one more connection while places are scarce.

    As long as half of the places are free everybody may. Beyond that an address that holds a tenth
    of them already gets no more, so that one machine cannot keep a province out. Connections from
    this machine itself are a proxy's, as are those from the networks `proxies`: they stand for
    many.
    """

    def __init__(self, max_connections: int, proxies: Iterable[str] = ()) -> None:
        self._proxies = tuple(ipaddress.ip_network(network) for network in proxies)
        self._scarce = max_connections // 2
        self._share = max(max_connections // 10, 1)
        self._counts: Counter[str] = Counter()
        self._counted_at = -math.inf

    def has_room(
        self, host: str | None, present: int, hosts: Callable[[], Iterable[str | None]], now: float
    ) -> bool:
        """Whether that address may have one more of `present` connections; then it is counted.

        `hosts` gives the address of each connection; they are counted again once a second at most.
        """
        if present < self._scarce:
            return True
        if now - self._counted_at >= _COUNT_SECONDS:
            self._counted_at = now
            self._counts = Counter(place_of(one) for one in hosts())
        place = place_of(host)
        if is_loopback(place) or self._is_proxy(host):
            return True
        if self._counts[place] >= self._share:
            return False
        self._counts[place] += 1
        return True

    def _is_proxy(self, host: str | None) -> bool:
        if not self._proxies or not host:
            return False
        address = ipaddress.ip_address(host.partition("%")[0])
        return any(address in network for network in self._proxies)


def is_loopback(place: str) -> bool:
    """Whether a place is this machine itself: often a proxy, which stands for many."""
    return place.startswith("127.") or place == "::"


class Admission:
    """Which batches are let in. Who is in is finished; newcomers beyond the bounds come later.

    A batch is *receiving* while its body arrives, then *working* until it is answered. Each has a
    bound, so that bodies on slow lines do not keep out those that arrive at once.

    When to come later follows the backlog: everyone who is turned away is given the next place in
    an imagined queue, which moves as fast as batches were finished of late.
    """

    def __init__(self, max_working: int) -> None:
        self._max_working = max_working
        self._max_receiving = max_working * RECEIVING_PER_WORKING
        self._working = 0
        self._receiving: dict[Hashable, int] = {}
        self._receiving_in_all = 0
        self._next_place_at = -math.inf
        self._per_second = 0.0
        self._rated_at = -math.inf

    @property
    def in_flight(self) -> int:
        """Batches between head and answer."""
        return self._working + self._receiving_in_all

    def enter(self, sender: Hashable, now: float, chance: float) -> None:
        """Let a batch in whose head has arrived; `chance` (0 to 1) spreads those turned away.

        Raises RateLimitedError if there is no room.
        """
        if self._receiving.get(sender, 0) >= RECEIVING_PER_SENDER:
            raise RateLimitedError("send one batch after the other", LEAST_RETRY_SECONDS)
        if self._working >= self._max_working or self._receiving_in_all >= self._max_receiving:
            raise RateLimitedError("too much at once; come later", self._queue_up(now, chance))
        self._receiving[sender] = self._receiving.get(sender, 0) + 1
        self._receiving_in_all += 1

    def received(self, sender: Hashable) -> None:
        """Note that a batch's body is here."""
        self._leave_receiving(sender)
        self._working += 1

    def given_up(self, sender: Hashable) -> None:
        """Note that a batch's body will not come."""
        self._leave_receiving(sender)

    def finished(self, now: float) -> None:
        """Note that a batch in work has its answer."""
        self._working -= 1
        if not math.isfinite(self._rated_at):
            self._rated_at = now
        # A mean that forgets: after 5 s two thirds of it are new.
        share = math.exp(-max(0.0, now - self._rated_at) / _RATE_SECONDS)
        self._per_second = self._per_second * share + 1.0 / _RATE_SECONDS
        self._rated_at = now

    def _leave_receiving(self, sender: Hashable) -> None:
        self._receiving_in_all -= 1
        left = self._receiving[sender] - 1
        if left:
            self._receiving[sender] = left
        else:
            del self._receiving[sender]

    def _queue_up(self, now: float, chance: float) -> float:
        """Return how long someone who is turned away should wait."""
        per_second = max(self._per_second, LEAST_PER_SECOND)
        self._next_place_at = max(self._next_place_at, now) + 1.0 / per_second
        # Beyond the longest wait the queue would only keep growing.
        self._next_place_at = min(self._next_place_at, now + MOST_RETRY_SECONDS)
        wait = max(LEAST_RETRY_SECONDS, self._next_place_at - now)
        return wait * (1.0 + JITTER * chance)
