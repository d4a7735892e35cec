"""The open ports of this process: each belongs to a check, and closes when nobody orders it.

A check that listens (`reflector`, `trap`) calls `hold` in every run. The runner calls `follow` with
the checks of the newest settings: what belongs to none of them is closed at once.
"""

from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Protocol, TypeVar

from govnet.errors import CheckError


class Listener(Protocol):
    """Something that has a port open."""

    def close(self) -> None:
        """Close the port and end what works there."""
        ...


L = TypeVar("L", bound=Listener)


@dataclass(frozen=True, slots=True)
class _Held:
    key: Hashable
    listener: Listener


class Ports:
    """What is open, by the name of the check that it belongs to."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: dict[str, _Held] = {}
        self._ordered: frozenset[str] | None = None

    def hold(self, check: str, key: Hashable, start: Callable[[], L], kind: type[L]) -> L:
        """Return the check's listener; `start` one if there is none, or none with that key.

        The key is all that a listener cannot change while it is open. Raises CheckError if the
        check is no longer ordered (a run may end after its settings are gone), or as `start`.
        """
        with self._lock:
            if self._ordered is not None and check not in self._ordered:
                raise CheckError(f"{check} is no longer ordered")
            held = self._held.get(check)
            if held is not None and held.key == key and isinstance(held.listener, kind):
                return held.listener
            if held is not None:
                del self._held[check]
                held.listener.close()
            listener = start()
            self._held[check] = _Held(key, listener)
            return listener

    def drop(self, check: str) -> None:
        """Close what a check holds; its next run opens it again."""
        with self._lock:
            held = self._held.pop(check, None)
            if held is not None:
                held.listener.close()

    def follow(self, checks: Collection[str]) -> None:
        """Close what belongs to none of these checks."""
        with self._lock:
            self._ordered = frozenset(checks)
            for check in self._held.keys() - self._ordered:
                self._held.pop(check).listener.close()


PORTS = Ports()
"""Those of this process."""
