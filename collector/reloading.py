"""Takes changed files over while the collector runs: certificate, inventory, credentials."""

import asyncio
import logging
from collections.abc import Callable

from collector.intake.checkpoint import save_shards
from collector.live import Live
from collector.own_files import OwnFiles
from collector.store.audit import note_reloaded
from collector.store.worker import StoreWorker
from govnet.errors import ConfigError
from inventory.model import Inventory

log = logging.getLogger(__name__)


class Reloading:
    """Used from the event loop; files are read on another thread."""

    def __init__(
        self, files: OwnFiles, live: Live, worker: StoreWorker, wall: Callable[[], float]
    ) -> None:
        self._files = files
        self._live = live
        self._worker = worker
        self._wall = wall
        self._one_by_one = asyncio.Lock()

    async def reload(self) -> Inventory:
        """Read certificate, inventory and credentials again and take them over.

        Raises ConfigError with the mistakes of both; what has mistakes stays as it was, and does
        not keep the other from being taken over.
        """
        # Two at once could end with the older one, if that took longer to read.
        async with self._one_by_one:
            problems = await self._reload_tls()
            try:
                inventory = await self._reload()
            except ConfigError as exc:
                raise ConfigError([*problems, *exc.problems]) from exc
            if problems:
                self._live.keep_inventory()
                raise ConfigError(problems)
            return inventory

    async def _reload_tls(self) -> list[str]:
        """Take a renewed certificate and CA over; return what is wrong with them."""
        try:
            tls = await asyncio.to_thread(self._files.reload_tls)
        except ConfigError as exc:
            log.warning("certificate refused; the old one stays", extra={"problems": exc.problems})
            return exc.problems
        if tls is not None:
            self._live.replace_ca(tls.ca_pem)
            self._live.metrics.certificate_expires(tls.expires_at)
        return []

    async def _reload(self) -> Inventory:
        try:
            inventory, credentials = await asyncio.to_thread(self._files.load)
        except ConfigError as exc:
            self._live.keep_inventory()
            log.warning("inventory refused; the old one stays", extra={"problems": exc.problems})
            raise
        before = dict(self._live.shards)
        self._live.replace_inventory(inventory, self._wall(), credentials)
        await self._worker.run(save_shards, self._live.shards.items() - before.items())
        province, sites = inventory.province.id, len(inventory.sites)
        await self._worker.run(note_reloaded, province, sites, self._wall())
        log.info("inventory taken over", extra={"sites": len(inventory.sites)})
        return inventory
