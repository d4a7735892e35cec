"""Planned work as one viewer may change it: in their part of the province, under their name."""

from collections.abc import Sequence

from collector.accounts.narrowed import book_for
from collector.accounts.viewer import Viewer
from collector.maintenance.desk import Desk
from collector.maintenance.mistakes import Mistake, MistakesError
from collector.maintenance.records import Planned, State, entry_id, notice_id
from govnet.errors import WireError
from inventory.model import site_id


class DeskFor:
    """Raises what the desk raises, and WireError `forbidden` for what lies outside the part."""

    def __init__(self, desk: Desk, viewer: Viewer) -> None:
        self._desk = desk
        self._viewer = viewer

    async def add(self, planned: Planned) -> list[int]:
        """Enter planned work, confirmed at once."""
        inventory, item = self._desk.inventory(), planned.item
        if site_id(item) in inventory.sites or item in inventory.services:
            self._viewer.require(item)
        return await self._desk.add(planned, self._viewer.who)

    async def end(self, name: str) -> list[int]:
        """End an entry now."""
        number = entry_id(name)
        for entry in self._desk.book().entries:
            if entry.id == number:
                self._viewer.require(entry.item)
        return await self._desk.end(name, self._viewer.who)

    async def confirm(self, name: str, sites: Sequence[str]) -> list[int]:
        """Confirm which sites a notice reaches."""
        self._require_notice(name)
        chosen = list(sites)
        if not self._viewer.sees_all:
            chosen = chosen or self._waiting(name)
            known = self._desk.inventory().sites
            for site in chosen:
                if site in known:
                    self._viewer.require(site)
        return await self._desk.confirm(name, chosen, self._viewer.who)

    async def reject(self, name: str, sites: Sequence[str]) -> list[int]:
        """Note which sites a notice does not reach; without sites: none that waits and is seen."""
        self._require_notice(name)
        chosen = list(sites)
        if not self._viewer.sees_all:
            chosen = chosen or self._waiting(name)
            for site in chosen:
                self._viewer.require(site)
        return await self._desk.reject(name, chosen, self._viewer.who)

    def _require_notice(self, name: str) -> None:
        """Raise WireError `forbidden` for a notice that reaches nothing that is seen."""
        number = notice_id(name)
        is_there = any(one.id == number for one in self._desk.book().notices)
        seen = book_for(self._viewer, self._desk.book()).notices
        if is_there and all(one.id != number for one in seen):
            raise WireError("forbidden", f"{name}: outside the part that this account sees")

    def _waiting(self, name: str) -> list[str]:
        """Return the proposed sites of a notice that are seen and wait."""
        book = book_for(self._viewer, self._desk.book())
        rows = book.of_notice(notice_id(name) or 0)
        found = [one.item for one in rows if one.state is State.PROPOSED]
        if not found:
            # An empty list would mean all of them, also those that are not seen.
            raise MistakesError([Mistake("nothing_open", "id", name)])
        return found
