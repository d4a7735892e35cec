"""Which collector address to use: the list in order, over to the next on failure, and back.

The way back is tried aside, when nothing has to be sent (`return_due`): a first address that is
still dead costs no report any time.
"""

from dataclasses import replace

from agent.transport.address import CollectorAddress

RETURN_AFTER_SECONDS = 300.0
"""So long an agent stays on a later address before it tries the first again."""

_MOST_MOVES = 3
"""Collectors that send an agent on in a circle are not followed for ever."""


class Route:
    """The addresses of `agent.toml`, led by the one that a collector named, if any.

    `now` is monotonic.
    """

    def __init__(self, addresses: tuple[CollectorAddress, ...]) -> None:
        self._configured = addresses
        self._addresses = addresses
        self._index = 0
        self._failed_in_a_row = 0
        self._moves = 0
        self._return_at: float | None = None

    def current(self) -> CollectorAddress:
        """Return the address for the next attempt."""
        return self._addresses[self._index]

    def return_due(self, now: float) -> CollectorAddress | None:
        """Return the first address when it is time to see whether it lives again."""
        if self._return_at is None or now < self._return_at:
            return None
        return self._addresses[0]

    def tried_to_return(self, now: float, *, is_alive: bool) -> None:
        """Go back to the first address if it lives; otherwise ask again later."""
        if is_alive:
            self._return_at = None
            self._index = 0
        else:
            self._return_at = now + RETURN_AFTER_SECONDS

    def succeeded(self, now: float) -> None:
        """Note that a collector spoke at the current address."""
        self._failed_in_a_row = 0
        self._moves = 0
        if self._index > 0 and self._return_at is None:
            self._return_at = now + RETURN_AFTER_SECONDS

    def failed(self) -> bool:
        """Go to the next address; return False when every one has failed since a success."""
        self._failed_in_a_row += 1
        self._return_at = None
        if self._failed_in_a_row >= len(self._addresses):
            self._failed_in_a_row = 0
            self._index = 0
            return False
        self._index = (self._index + 1) % len(self._addresses)
        return True

    def move(self, address: CollectorAddress) -> bool:
        """Follow a collector to the one in charge; False if that has led nowhere before.

        An address that is not configured is reached by the network of the one that named it.
        """
        self._moves += 1
        if self._moves > _MOST_MOVES:
            self._moves = 0
            return False
        known = next((one for one in self._configured if one == address), None)
        leader = known or replace(address, path=self.current().path)
        others = tuple(one for one in self._configured if one != address)
        self._addresses = (leader, *others)
        self._index = 0
        self._failed_in_a_row = 0
        self._return_at = None
        return True
