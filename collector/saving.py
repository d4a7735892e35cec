"""What a running collector saves from time to time, so that a start finds it again.

- verdicts, what requests showed about agents, and what was told of machines and devices: with
  every judgement, where it changed
- a checkpoint of the sequence numbers and the evidence: so that a start need not read the whole
  inbox
- the notes of the last batches, and what the inbox need not keep any more
"""

import asyncio
import contextlib
import logging
import shutil
from collections.abc import Callable
from pathlib import Path

from collector.config import Config
from collector.facts import FactsTold
from collector.intake.checkpoint import Checkpoint, save
from collector.intake.inbox import Inbox, room_bytes
from collector.intake.ingest import Outcome
from collector.intake.sequence import Ledger
from collector.live import Live
from collector.store.binding import bind_by_facts
from collector.store.changes import save_noted
from collector.store.database import Store
from collector.store.device_facts import forget_devices, save_devices
from collector.store.machine_facts import Told, save_told
from collector.store.registry import Registry
from collector.store.worker import StoreWorker
from collector.verdict.evidence.saved import put_back, take
from collector.verdict.outages.saved import save_judged
from govnet.errors import JournalError
from inventory.model import Inventory

log = logging.getLogger(__name__)

_DAY_SECONDS = 86_400.0
_MIB = 1 << 20


class Saving:
    """Saves what changed since the last time. Used from one event loop.

    `checkpointed` is what the database holds at the start: the
    inbox position up to which it is complete.
    """

    def __init__(
        self,
        *,
        config: Config,
        live: Live,
        registry: Callable[[], Registry],
        ledger: Ledger,
        inbox: Inbox[Outcome],
        worker: StoreWorker,
        checkpointed: int,
        wall: Callable[[], float],
    ) -> None:
        self._data = Path(config.data_dir)
        self._keep_seconds = config.inbox_days * _DAY_SECONDS
        self._evidence_seconds = config.evidence_days * _DAY_SECONDS
        self._max_bytes = config.inbox_max_mib * _MIB
        self._live = live
        self._registry = registry
        self._ledger = ledger
        self._inbox = inbox
        self._worker = worker
        self._checkpointed = checkpointed
        self._wall = wall
        self._bound_by: Inventory | None = None
        self._to_bind: set[str] = set()
        """Machines with new facts, by which their agents may be known."""

    async def noted(self) -> None:
        """Save what requests showed about agents: hardware, keys outlived, clones."""
        now = self._wall()
        noted = self._registry().take_noted(now)
        if not noted:
            return
        try:
            await self._worker.run(save_noted, noted, now)
        except BaseException:
            self._registry().put_back(noted)
            raise
        if noted.outlived:
            self._live.registry_changed(())

    async def verdicts(self) -> None:
        """Save what was judged otherwise than before."""
        judgement = self._live.judgement
        spans, outages = judgement.record.take_spans(), judgement.record.book.take_changes()
        if not spans and not outages:
            return
        try:
            await self._worker.run(save_judged, spans, outages)
        except BaseException:
            judgement.record.put_back(spans)
            judgement.record.book.put_back(outages)
            raise

    async def facts(self) -> None:
        """Save what was told of machines and devices, but for who tells others all the time.

        By it agents are bound to the machines that the inventory declares, all of them once there
        is another inventory.
        """
        now = self._wall()
        await self._save_facts(lambda facts: facts.take_due(now))
        inventory, machines = self._live.inventory, self._to_bind
        is_new = inventory is not self._bound_by
        if not machines and not is_new:
            return
        # Noted while it is asked for: a checkpoint, too, saves facts.
        self._to_bind = set()
        try:
            asked = None if is_new else machines
            bound = await self._worker.run(bind_by_facts, inventory, asked, self._wall())
        except BaseException:
            self._to_bind |= machines
            raise
        self._bound_by = inventory
        for identity in bound:
            log.info(
                "agent is a declared machine, by its facts",
                extra={"agent": identity.agent, "machine": identity.machine},
            )

    async def _save_facts(self, taken: Callable[[FactsTold], list[Told]]) -> None:
        kept: tuple[tuple[FactsTold, Callable[[Store, list[Told]], None]], ...] = (
            (self._live.machine_facts, save_told),
            (self._live.device_facts, save_devices),
        )
        for facts, save_them in kept:
            told = taken(facts)
            if not told:
                continue
            try:
                await self._worker.run(save_them, told)
            except BaseException:
                facts.put_back(told)
                raise
            if facts is self._live.machine_facts:
                self._to_bind.update(one.subject for one in told)

    async def checkpoint(self) -> None:
        """Save what changed since the last time."""
        changed, self._ledger.changed = self._ledger.changed, set()
        position = self._inbox.applied_position
        known = self._live.evidence
        known.listen_until(self._wall())
        evidence = take(known)
        checkpoint = Checkpoint(
            position,
            {agent: self._ledger.seen(agent) for agent in changed},
            self._live.last_reports(changed),
            evidence,
        )
        try:
            # What is saved as seen must have its times on disk: they would be made anew otherwise.
            await self._inbox.flush()
            # Reports before the position are not read again at a start.
            await self._save_facts(FactsTold.take)
            await self._worker.run(save, checkpoint)
        except BaseException as exc:
            self._ledger.changed |= changed
            put_back(known, evidence)
            if isinstance(exc, JournalError):
                return  # A full disk is told when a batch is refused; the next checkpoint has all.
            raise
        self._checkpointed = position

    async def flush(self) -> None:
        """Make the notes of the last batches durable when no batch follows them."""
        # A full disk is told when a batch is refused.
        with contextlib.suppress(JournalError):
            await self._inbox.flush()

    async def retain(self) -> None:
        """Drop what need not be kept any more, and batches for which there is no room."""
        disk = await asyncio.to_thread(shutil.disk_usage, self._data)
        room = room_bytes(self._inbox.size_bytes, disk.free, disk.total)
        is_short = room < self._inbox.size_bytes
        freed = await asyncio.to_thread(
            self._inbox.retain,
            since=self._wall() - self._keep_seconds,
            max_bytes=min(room, self._max_bytes),
            before=self._checkpointed,
        )
        self._live.evidence.expire(self._wall() - self._evidence_seconds)
        sites = self._live.inventory.sites.values()
        devices = {device.id for site in sites for device in site.devices}
        await self._worker.run(forget_devices, devices)
        if freed and is_short:
            log.warning(
                "the disk is nearly full; the oldest batches of the inbox went before their time",
                extra={"freed_bytes": freed, "free_bytes": disk.free},
            )
