"""Planned work for the running collector: what the API and the page ask for, checked and done.

Used from the event loop; the database has its own thread. Every change is in `book()` at once.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Concatenate, ParamSpec, TypeVar

from collector.maintenance import changes
from collector.maintenance.asked import planned_mistakes, site_mistakes
from collector.maintenance.mistakes import Mistake, MistakesError
from collector.maintenance.records import Book, Planned
from collector.store import Store
from collector.store.worker import StoreWorker
from inventory.model import Inventory

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class Desk:
    """Raises MistakesError for what cannot be, WireError `database_busy` where nobody can look.

    `book` returns what is planned at this very moment, and lets verdicts know of it.
    """

    def __init__(
        self,
        worker: StoreWorker,
        book: Callable[[], Book],
        inventory: Callable[[], Inventory],
        wall: Callable[[], float],
    ) -> None:
        self.book = book
        self.inventory = inventory
        self.wall = wall
        self._worker = worker

    def mistakes(self, planned: Planned, but: Collection[str] = ()) -> list[Mistake]:
        """Return what is wrong with what somebody enters, but for those fields."""
        found = planned_mistakes(self.inventory(), planned)
        return [one for one in found if one.field not in but]

    async def add(self, planned: Planned, who: str) -> list[int]:
        """Enter planned work, confirmed at once."""
        mistakes = self.mistakes(planned)
        if mistakes:
            raise MistakesError(mistakes)
        return await self._do(changes.add, [planned], self.wall(), who)

    async def end(self, name: str, who: str) -> list[int]:
        """End an entry now."""
        return [await self._do(changes.end, name, self.wall(), who)]

    async def confirm(self, name: str, sites: Sequence[str], who: str) -> list[int]:
        """Confirm which sites a notice reaches."""
        mistakes = site_mistakes(self.inventory(), sites)
        if mistakes:
            raise MistakesError(mistakes)
        return await self._do(changes.confirm, name, sites, self.wall(), who)

    async def reject(self, name: str, sites: Sequence[str], who: str) -> list[int]:
        """Note which sites a notice does not reach."""
        return await self._do(changes.reject, name, sites, self.wall(), who)

    async def _do(
        self,
        function: Callable[Concatenate[Store, Parameters], Result],
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> Result:
        result = await self._worker.answer(function, *args, **kwargs)
        self.book()
        return result
