"""One collector with everything it holds: opens what is on disk, replays, reloads, saves, stops.

Start: the inventory is read, database and inbox are opened, what was acknowledged is replayed
(values of the last minutes; sequence numbers and evidence since the last checkpoint). Listening is
done by `collector.server`.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.types import ASGIApp

from collector.accounts.door import Door
from collector.accounts.watch import AccountsWatch
from collector.alerts.daily import Daily
from collector.alerts.digest_source import recent
from collector.backup.told import BackupTold
from collector.config import Config, read_token
from collector.derivation.credentials import Credentials
from collector.discovery.comparing import LOOK_SECONDS, Comparing, found
from collector.discovery.differences import Differences
from collector.discovery.gather import present
from collector.history.supervise import Histories
from collector.intake.checkpoint import (
    load_live,
    load_position,
    load_seen,
    load_shards,
    save_shards,
)
from collector.intake.enrol_path import EnrolPath
from collector.intake.gate import Gate
from collector.intake.inbox import SEGMENT_BYTES, Inbox
from collector.intake.ingest import Ingest, Outcome
from collector.intake.limits import Failures
from collector.intake.replay import REPLAY_SECONDS, choose
from collector.intake.report_path import ReportPath
from collector.intake.sequence import Ledger
from collector.live import Live
from collector.maintenance.book import MaintenanceWatch
from collector.maintenance.desk import Desk
from collector.maintenance.records import Book
from collector.maintenance.windows import windows_of
from collector.metrics.counts import Counts
from collector.metrics.selfmetrics import SelfMetrics
from collector.own_files import OwnFiles
from collector.own_machine import measure
from collector.periodic import every
from collector.places import ensure_operator_token
from collector.readiness.book import BookWatch
from collector.readiness_desk import conference_desk
from collector.reloading import Reloading
from collector.retention.work import TICK_SECONDS as RETENTION_SECONDS
from collector.retention.work import Retaining
from collector.saving import Saving
from collector.store import Store, open_store
from collector.store.database import open_reader
from collector.store.registry import Registry, load_registry
from collector.store.watch import RegistryWatch
from collector.store.worker import StoreWorker
from collector.tls.serving import ServedTls
from collector.verdict.evidence.saved import load as load_evidence
from collector.verdict.judge import KEPT_SECONDS
from collector.verdict.outages.handling import HandlingWatch
from collector.verdict.outages.saved import load_book, load_spans
from collector.web.access import Access, Need
from collector.web.api import Api
from collector.web.sessions import Sessions
from govnet import __version__
from govnet.errors import ConfigError, JournalError
from govnet.journal import Journal
from inventory.model import Inventory

log = logging.getLogger(__name__)

JUDGE_SECONDS = 1.0
CHECKPOINT_SECONDS = 30.0
BACKUP_SECONDS = 10.0
"""How often it is looked whether a backup was made."""
DIGEST_SECONDS = 30.0
"""How often it is looked whether the digest is due."""
SWEEP_SECONDS = 1.0
"""How often it is looked whether points are to be checked before a conference."""
FLUSH_SECONDS = 1.0
"""So long after a batch at most, its times are on disk, and history may have them."""
RETAIN_SECONDS = 600.0
_HOUR_SECONDS = 3600.0
_DAY_SECONDS = 86_400.0


class Collector:
    """Everything that one process holds; made and used inside one event loop."""

    def __init__(self, config: Config, wall: Callable[[], float] = time.time) -> None:
        """Open, read and replay everything.

        Raises ConfigError for whatever a person must mend: inventory, token files, database,
        an inbox in use.
        """
        self._config = config
        self._wall = wall
        self._is_serving = False
        self._write_failures = 0
        self._files = OwnFiles(config)
        inventory, credentials = self._files.load()
        data = Path(config.data_dir)
        scrape_tokens, read_tokens = (
            read_token(config.metrics_token_file),
            read_token(config.api_token_file),
        )
        master = None if config.master_key_file is None else Path(config.master_key_file)
        store = open_store(data, master)
        try:
            journal = Journal(data / "inbox", segment_bytes=SEGMENT_BYTES)
        except JournalError as exc:
            store.close()
            raise ConfigError([str(exc)]) from exc
        operator = read_token(str(ensure_operator_token(data)))
        self._access = Access(
            config.networks,
            {
                Need.SCRAPE: (*scrape_tokens, *read_tokens, *operator),
                Need.READ: (*read_tokens, *operator),
                Need.OPERATE: operator,
            },
        )
        self._metrics = SelfMetrics(__version__, (one.name for one in config.remote_write))
        self.counts = Counts(self._metrics)
        self._backup = BackupTold(data, self._metrics)
        self.failures = Failures()
        self._ledger = Ledger()
        self._inbox: Inbox[Outcome] = Inbox(journal)
        self._worker = StoreWorker(store)
        self._live = self._restored(store, inventory, credentials)
        self._reloading = Reloading(self._files, self._live, self._worker, wall)
        gate = Gate(
            failures=self.failures,
            max_in_flight=config.max_in_flight,
            agent_batches_per_minute=config.agent_batches_per_minute,
            in_flight=self.counts.in_flight,
        )
        self._histories = Histories(
            config.remote_write,
            data,
            durable_position=lambda: self._inbox.durable_position,
            allowed=lambda: self._live.allowed,
            metrics=self.counts,
            log_options=config.log,
            wall=wall,
        )
        self._retaining = Retaining(
            config.retention,
            data,
            self._worker,
            self.counts,
            self._live.state.agents.values,
            wall=wall,
        )
        self._daily = Daily(
            config.alerts,
            data,
            lambda: self._live.inventory,
            lambda since: self._worker.run(recent, since),
            wall,
        )
        self._conference_desk = conference_desk(
            self._live,
            self._worker,
            self._conferences,
            lambda: self._planned.book.entries,
            wall,
            options=config.conference,
        )
        self._comparing = Comparing(
            find=self._differences,
            inventory=lambda: self._live.inventory,
            version=lambda: self._registry().version,
            compared=self._live.compared,
            wall=wall,
        )
        self.path = ReportPath(
            ingest=self._ingest,
            registry=self._registry,
            derivation=lambda: self._live.derivation,
            metrics=self.counts,
            gate=gate,
            body_seconds=config.body_seconds,
            wall=wall,
        )
        self.enrol_path = EnrolPath(
            reports=self.path,
            gate=gate,
            worker=self._worker,
            inventory=lambda: self._live.inventory,
            metrics=self.counts,
            wall=wall,
        )

    @property
    def tls(self) -> ServedTls | None:
        """What is served; None: plain HTTP."""
        return self._files.tls

    def _registry(self) -> Registry:
        """Return who may report, as it is at this very moment."""
        gone = self._watch.refresh()
        if gone is not None:
            self._live.registry_changed(gone)
        return self._watch.registry

    async def _differences(self) -> Differences:
        """Compare the inventory with what was seen, on the store's thread: reports go on."""
        return await self._worker.run(found, present(self._live, self._wall()))

    def _restored(self, store: Store, inventory: Inventory, credentials: Credentials) -> Live:
        """Build the live view from what is on disk."""
        now = self._wall()
        shards = load_shards(store)
        book, told = load_book(store, now - KEPT_SECONDS), load_spans(store, now - KEPT_SECONDS)
        registry = load_registry(store)
        reader = open_reader(Path(self._config.data_dir), store.vault)
        self._watch = RegistryWatch(reader, registry)
        self._planned = MaintenanceWatch(reader)
        self._conferences = BookWatch(reader, now)
        self._said = HandlingWatch(reader)
        self._accounts = AccountsWatch(reader)
        live = Live(
            inventory,
            registry,
            shards,
            self._metrics,
            now,
            book=book,
            spans=(span for spans in told.values() for span in spans),
            ca_pem=self.tls.ca_pem if self.tls else "",
            key_days=self._config.key_days,
            credentials=credentials,
        )
        if self.tls is not None:
            self._metrics.certificate_expires(self.tls.expires_at)
        save_shards(store, live.shards.items() - shards.items())
        self._ingest = Ingest(
            registry=lambda: live.registry,
            ledger=self._ledger,
            inbox=self._inbox,
            apply=live.apply,
            settings_digest=live.settings_digest,
            metrics=self.counts,
        )
        load_seen(store, self._ledger)
        before = load_live(store)
        load_evidence(store, live.evidence)
        live.evidence.keep({identity.machine for identity in registry.enrolled})
        checkpointed = load_position(store)
        start = min(checkpointed, self._inbox.position_at(now - REPLAY_SECONDS))
        centre = inventory.province.centre
        chosen = choose(self._inbox.records(start), checkpointed, lambda site: site == centre)
        for stored in self._inbox.replay(start, chosen):
            for received in self._ingest.replay(stored):
                if received.received_at >= now - REPLAY_SECONDS:
                    live.apply(received)
                else:
                    live.recall(received)
        log.info("inbox replayed", extra={"batches": len(chosen), "from_position": start})
        live.remember(before)
        live.evidence.expire(now - self._config.evidence_days * _DAY_SECONDS)
        live.evidence.listen(self._wall())
        live.windows_changed(windows_of(self._planned.book.entries), self._wall())
        self._metrics.inbox_torn_bytes.inc(self._inbox.torn_bytes)
        self._saving = Saving(
            config=self._config,
            live=live,
            registry=lambda: self._watch.registry,
            ledger=self._ledger,
            inbox=self._inbox,
            worker=self._worker,
            checkpointed=checkpointed,
            wall=self._wall,
        )
        return live

    def _book(self) -> Book:
        """Return planned work as it is at this very moment."""
        if self._planned.refresh():
            windows = windows_of(self._planned.book.entries)
            self._live.windows_changed(windows, self._wall())
        return self._planned.book

    def rest(self) -> ASGIApp:
        """Return the application for everything beside the report path."""
        session_seconds = self._config.session_hours * _HOUR_SECONDS
        sessions = Sessions(
            self._worker,
            session_seconds,
            self._config.session_idle_hours * _HOUR_SECONDS,
            is_changed=self._accounts.is_changed,
            wall=self._wall,
        )
        door = Door(
            self._worker,
            session_seconds=session_seconds,
            count=self._metrics.login,
            wall=self._wall,
        )
        return Api(
            live=self._live,
            access=self._access,
            sessions=sessions,
            door=door,
            desk=Desk(self._worker, self._book, lambda: self._live.inventory, self._wall),
            conferences=self._conference_desk,
            worker=self._worker,
            registry=self._registry,
            compare=self._comparing.compare,
            reload=self.reload,
            is_ready=lambda: self._is_serving and self._inbox.is_writable,
            is_stopping=lambda: self.path.stopping,
            ca_pem=lambda: self.tls.ca_pem if self.tls else "",
            failures=self.failures,
            certificate_expires_at=lambda: self.tls.expires_at if self.tls else None,
            config=self._config,
            wall=self._wall,
        ).application()

    async def reload(self) -> Inventory:
        """Read certificate, inventory and credentials again; raises what `Reloading` raises."""
        return await self._reloading.reload()

    def note_trust(self) -> None:
        """Note by which name and CA commands on this machine know us. Raises ConfigError."""
        self._files.note_trust()

    async def run_beside(self, serving: Awaitable[None]) -> None:
        """Do the periodic work while `serving` runs, then stop in order."""
        tasks = [
            asyncio.create_task(every(JUDGE_SECONDS, self._judge)),
            asyncio.create_task(every(LOOK_SECONDS, self._comparing.tick)),
            asyncio.create_task(every(CHECKPOINT_SECONDS, self._saving.checkpoint)),
            asyncio.create_task(every(RETAIN_SECONDS, self._saving.retain)),
            asyncio.create_task(every(RETENTION_SECONDS, self._retaining.tick)),
            asyncio.create_task(every(FLUSH_SECONDS, self._saving.flush)),
            asyncio.create_task(every(BACKUP_SECONDS, self._backup.look)),
            asyncio.create_task(every(DIGEST_SECONDS, self._daily.tick)),
            asyncio.create_task(every(SWEEP_SECONDS, self._conference_desk.tick_sweeps)),
            asyncio.create_task(self._histories.run()),
        ]
        self._is_serving = True
        try:
            await serving
        finally:
            self.stop_taking()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._close()

    def stop_taking(self) -> None:
        """Refuse new batches as `shutting_down` and say that we are not ready."""
        self._is_serving = False
        self.path.stopping = True

    async def reload_quietly(self) -> None:
        """Reload for a signal, which nobody can answer."""
        with contextlib.suppress(ConfigError):  # Its problems were logged.
            await self.reload()

    async def _judge(self) -> None:
        """Judge, and notice what a command changed while no request did."""
        self._book()
        self._live.judgement.record.book.handled(self._said.refresh())
        started = time.perf_counter()
        self._live.judge(self._wall())
        self._metrics.verdict_seconds.set(time.perf_counter() - started)
        self._metrics.inbox_bytes.set(self._inbox.size_bytes)
        failures = self._inbox.write_failures
        self._metrics.inbox_write_failures.inc(failures - self._write_failures)
        self._write_failures = failures
        self._registry()
        await self._saving.noted()
        await self._saving.facts()
        await self._saving.verdicts()
        measure(Path(self._config.data_dir), self._metrics)

    async def _close(self) -> None:
        """Finish what was acknowledged, save a checkpoint, close the files."""
        await self._inbox.drain()
        try:
            await self._saving.checkpoint()
            await self._saving.noted()
            await self._saving.verdicts()
        finally:
            self._watch.close()
            self._worker.close()
            self._inbox.close()
