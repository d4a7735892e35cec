"""The sender: one thread that brings waiting reports to a collector and learns from its answers.

What goes next is decided in `agent.sending.pick`, what an answer means in
`agent.sending.delivery`, where to in `agent.sending.route`; here are the thread, the clocks and
the connection.
"""

import logging
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Condition

from agent.clock import Clock
from agent.identity.credentials import Credentials
from agent.identity.post import post_batch
from agent.log import Fault
from agent.sending.boots import KeptBoots
from agent.sending.budget import Budget
from agent.sending.delivery import (
    Action,
    Delivery,
    Exchange,
    Judgement,
    Record,
    classify,
    is_too_large,
)
from agent.sending.last_sent import LastSent, write_last_sent
from agent.sending.learnt import Delivered, Learnt, Trouble
from agent.sending.orders import Orders, OrdersError, fetch_orders, keep_orders
from agent.sending.pick import Picker
from agent.sending.route import Route
from agent.spool.spool import Spool
from agent.transport.address import CollectorAddress
from agent.transport.channel import REQUEST_BYTES, Channel, ChannelError
from govnet import report
from govnet.errors import JournalError

_log = logging.getLogger(__name__)

ORDERS_RETRY_SECONDS = 30.0
"""Settings that could not be had are not asked for again before this time."""

AFTER_BUG_SECONDS = 60.0


class Sender:
    """Sends until it is stopped.

    `on_orders` is called with new settings and `on_step` after every attempt, from this thread.
    `bytes_per_hour` is the budget until new settings say another, `hardware` this machine's
    fingerprint.
    """

    def __init__(
        self,
        *,
        credentials: Credentials,
        collectors: tuple[CollectorAddress, ...],
        spool: Spool,
        state_dir: Path,
        clock: Clock,
        boot_id: str,
        orders_digest: str,
        on_orders: Callable[[Orders], None],
        on_step: Callable[[], None] = lambda: None,
        bytes_per_hour: int | None = None,
        hardware: Mapping[str, str] | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.learnt = Learnt()
        self._credentials = credentials
        self._spool = spool
        self._state_dir = state_dir
        self._clock = clock
        self._boot_id = boot_id
        self._orders_digest = orders_digest
        self._on_orders = on_orders
        self._on_step = on_step
        self._hardware = hardware
        self._boots = KeptBoots(state_dir, boot_id)
        self._delivery = Delivery(jitter)
        self._budget = Budget(bytes_per_hour, clock.monotonic())
        self._picker = Picker(spool, self._delivery, self._budget, self.learnt)
        self._route = Route(collectors)
        self._channel: Channel | None = None
        self._orders_not_before = 0.0
        self._refused_digest = ""
        self._changed = Condition()
        self._notified = True
        self._stopping = False
        self._sending: dict[CollectorAddress, Fault] = {}
        self._settings = Fault(_log, "fetching settings")
        self._showing = Fault(_log, "keeping what was sent last")
        self._settling = Fault(_log, "noting what became of reports")
        self._keeping = Fault(_log, "keeping settings for the next start")

    def notify(self) -> None:
        """Say that a report waits; never blocks."""
        with self._changed:
            self._notified = True
            self._changed.notify()

    def stop(self) -> None:
        """Make `run` return; an exchange under way ends first, within its time limit."""
        with self._changed:
            self._stopping = True
            self._changed.notify()

    def run(self) -> None:
        """Send until stopped."""
        while self._wait_for_work():
            try:
                pause_seconds = self.step()
                self._on_step()
            except Exception:  # noqa: BLE001 - a bug met by one batch must not silence this PC until somebody restarts it
                _log.exception("sending stumbled")
                pause_seconds = AFTER_BUG_SECONDS
            if pause_seconds > 0:
                with self._changed:
                    self._changed.wait_for(lambda: self._stopping, pause_seconds)
        if self._channel is not None:
            self._channel.close()

    def _wait_for_work(self) -> bool:
        """Return True when something may go, False when stopped."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._notified or self._stopping, self._picker.look_again_seconds
            )
            self._notified = False
            return not self._stopping

    def step(self) -> float:
        """Send one batch if a report waits; return the seconds to hold back after it."""
        batch = self._picker.next_batch(self._clock.monotonic())
        if not batch:
            return 0.0
        with self._changed:
            self._notified = True  # There may be more; the next step finds out.
        channel = self._open_channel()
        sent_before = channel.sent_bytes
        try:
            judgement, exchange = self._offer(channel, batch)
            settlement = self._delivery.settle([seq for seq, _ in batch], judgement, exchange)
            self._spool_settled(batch, settlement.accepted, settlement.rejected)
            if judgement.answer is not None:
                self._go_on_behind(judgement.answer.newest)
            return self._follow(channel, judgement, settlement.wait_seconds)
        finally:
            self._count_bytes(channel.sent_bytes - sent_before)

    def _offer(
        self, channel: Channel, batch: Sequence[Record]
    ) -> tuple[Judgement, Exchange | None]:
        """Send a batch and judge what came back."""
        reports = [encoded_report for _, encoded_report in batch]
        try:
            # Before the clocks are read: the collector counts from when the request arrives.
            channel.connect()
        except ChannelError as exc:
            return Judgement(Action.FAILED, str(exc), kind=exc.kind), None
        sent_at, sent_monotonic = self._clock.time(), self._clock.monotonic()
        encoded = report.encode_batch(
            self._credentials.identity.agent,
            self._spool.incarnation,
            report.Clock(sent_at, sent_monotonic, self._boot_id),
            reports,
            hardware=self._hardware,
            boots=self._boots.of(reports),
        )
        if is_too_large(encoded.body, batch):
            # Not even tried: a peer that hangs up on it would look like a network failure.
            action = Action.SPLIT if len(batch) > 1 else Action.QUARANTINE
            return Judgement(action, "body_too_large"), None
        try:
            write_last_sent(self._state_dir, LastSent(sent_at, str(channel.address), encoded.body))
            self._showing.over()
        except OSError as exc:
            self._showing.appeared(type(exc).__name__, exc)
        plain_bytes = sum(map(len, reports))
        try:
            reply = post_batch(channel, self._credentials.identity, encoded.body)
        except ChannelError as exc:
            exchange = Exchange(plain_bytes, self._clock.monotonic() - sent_monotonic)
            return Judgement(Action.FAILED, str(exc), kind=exc.kind), exchange
        round_trip = self._clock.monotonic() - sent_monotonic
        judgement = classify(reply, encoded.id, len(batch))
        if judgement.answer is not None:
            self.learnt.clock_offset_seconds = self._boots.answered(
                sent_at, sent_monotonic, round_trip, judgement.answer.time
            )
            cost_bytes = len(encoded.body) + REQUEST_BYTES
            self._budget.learn(plain_bytes, cost_bytes, is_newest_alone=len(batch) == 1)
        return judgement, Exchange(plain_bytes, round_trip)

    def _count_bytes(self, sent_bytes: int) -> None:
        self.learnt.sent_bytes += sent_bytes
        self._budget.spent(sent_bytes, self._clock.monotonic())

    def _open_channel(self) -> Channel:
        """Return a connection to the route's present address."""
        address = self._route.current()
        tls = self._credentials.tls
        if self._channel is None or not self._channel.is_for(address, tls):
            if self._channel is not None:
                self._channel.close()
            self._channel = Channel(address, tls)
        return self._channel

    def _spool_settled(
        self,
        batch: Sequence[Record],
        accepted: tuple[int, ...],
        rejected: tuple[tuple[int, str], ...],
    ) -> None:
        """Let the spool forget what is done with, and set aside what was refused."""
        try:
            if accepted:
                self._spool.accept(accepted)
            if rejected:
                self._spool.quarantine(dict(rejected))
        except (JournalError, OSError) as exc:
            # They are offered again and answered "duplicate": late, not wrong.
            self._settling.appeared(type(exc).__name__, exc)
        else:
            self._settling.over()
        for seq, reason in rejected:
            _log.error("report refused", extra={"seq": seq, "reason": reason})
        if accepted:
            _log.debug("reports accepted", extra={"offered": len(batch), "count": len(accepted)})

    def _go_on_behind(self, newest: int) -> None:
        """Notice that the spool is an older copy than the one that has sent: a restored disk."""
        # A full disk: the next answer says it again.
        with suppress(JournalError, OSError):
            if self._spool.skip_through(newest):
                _log.error("the spool was restored; it goes on behind", extra={"seq": newest})

    def _follow(self, channel: Channel, judgement: Judgement, wait_seconds: float) -> float:
        """Change route or hold back as the judgement says; return the seconds to hold back."""
        address = channel.address
        self._note_state(address, judgement)
        fault = self._sending.setdefault(address, Fault(_log, "sending"))
        match judgement.action:
            case Action.FAILED:
                fault.appeared(judgement.reason, address)
                return 0.0 if self._route.failed() else wait_seconds
            case Action.MOVE if judgement.move_to and self._route.move(judgement.move_to):
                _log.warning("another collector is in charge", extra={"to": judgement.move_to})
                return 0.0
            case Action.MOVE:
                fault.appeared("collectors send this agent in a circle", address)
                return self._delivery.settle([], Judgement(Action.BUSY, "circle")).wait_seconds
            case Action.SLOW_DOWN if self._credentials.refused(judgement.reason):
                return 0.0
            case Action.SLOW_DOWN:
                fault.appeared(judgement.reason, address, level=logging.ERROR)
            case Action.BUSY | Action.PENDING:
                fault.appeared(judgement.reason, address)
            case Action.SETTLED:
                fault.over()
        self._route.succeeded(self._clock.monotonic())
        if judgement.answer is not None:
            self._follow_digest(channel, judgement.answer.settings)
            self._credentials.accepted(channel, self._clock.monotonic())
            self._try_to_return()
        return wait_seconds

    def _note_state(self, address: CollectorAddress, judgement: Judgement) -> None:
        """Keep for others whether reports get through, and by which network."""
        now = self._clock.time()
        if judgement.action is Action.SETTLED:
            answer = judgement.answer
            reports = 0 if answer is None else len(answer.accepted) + len(answer.duplicate)
            self.learnt.delivered = Delivered(now, str(address), address.path, reports)
            self.learnt.trouble = None
            return
        self.learnt.send_failures += 1
        if judgement.action not in {Action.SPLIT, Action.QUARANTINE}:
            kind = judgement.kind or judgement.reason
            self.learnt.trouble = Trouble(kind, judgement.reason, now, str(address))

    def _try_to_return(self) -> None:
        """See whether the first address lives again, now that the newest report is away."""
        first = self._route.return_due(self._clock.monotonic())
        if first is None:
            return
        channel = Channel(first, self._credentials.tls)
        try:
            channel.connect()
        except ChannelError:
            self._route.tried_to_return(self._clock.monotonic(), is_alive=False)
            return
        self._count_bytes(channel.sent_bytes)
        self._route.tried_to_return(self._clock.monotonic(), is_alive=True)
        _log.info("the first collector address lives again", extra={"to": first})
        if self._channel is not None:
            self._channel.close()
        self._channel = channel

    def _follow_digest(self, channel: Channel, digest: str) -> None:
        """Fetch the settings if the collector speaks of others than we have."""
        now = self._clock.monotonic()
        if not digest or digest == self._orders_digest:
            return
        if digest == self._refused_digest and now < self._orders_not_before:
            return
        self._refused_digest = digest
        self._orders_not_before = now + ORDERS_RETRY_SECONDS
        try:
            orders = fetch_orders(channel, self._credentials.identity)
        except (OrdersError, ChannelError) as exc:
            self._settings.appeared(type(exc).__name__, exc, level=logging.ERROR)
            return
        try:
            keep_orders(self._state_dir, orders)
            self._keeping.over()
        except OSError as exc:
            self._keeping.appeared(type(exc).__name__, exc)
        self._settings.over()
        self._orders_digest = orders.digest
        self._budget.limit(orders.settings.send_bytes_per_hour, now)
        _log.info(
            "settings taken over",
            extra={"digest": orders.digest, "checks": len(orders.settings.checks)},
        )
        self._on_orders(orders)
