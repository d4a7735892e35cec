"""Which machines claimed which IPv4 address lately: two within the time is a double address."""

import threading
from collections.abc import Mapping

AGEING_SECONDS = 1200.0
"""How long an ARP entry lives: 20 minutes with most makers (RFC 1122 leaves it open)."""
_MAX_ADDRESSES = 4096


class AddressClaims:
    """Remembers claims by target for one ageing time; a table larger than 4096 is not followed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[str, dict[str, dict[str, float]]] = {}

    def earlier(self, target: str, now: float) -> Mapping[str, frozenset[str]]:
        """Return the hardware addresses by the IPv4 address that they claimed until `now`."""
        with self._lock:
            return {
                address: frozenset(
                    owner for owner, at in owners.items() if now - at < AGEING_SECONDS
                )
                for address, owners in self._seen.get(target, {}).items()
            }

    def note(self, target: str, claims: Mapping[str, frozenset[str]], now: float) -> None:
        """Take in what is claimed now, and forget what is too old."""
        with self._lock:
            seen = self._seen.setdefault(target, {})
            for address, owners in claims.items():
                if address in seen or len(seen) < _MAX_ADDRESSES:
                    seen.setdefault(address, {}).update(dict.fromkeys(owners, now))
            self._seen[target] = {
                address: {owner: at for owner, at in owners.items() if now - at < AGEING_SECONDS}
                for address, owners in seen.items()
                if any(now - at < AGEING_SECONDS for at in owners.values())
            }
