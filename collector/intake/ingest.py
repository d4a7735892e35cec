"""From a request's bytes to accepted reports: authenticate, decode, make durable, apply.

1. The headers name agent and key; unknown ones are refused before the body is read.
2. The code is checked over the exact body, then the body is decompressed within bounds.
3. Every report is judged by itself: its form, and whether it is known already.
4. If anything is new the whole batch goes to the inbox; only then are its reports timed
   (`collector.intake.timing`), their times noted in the inbox, and applied; then it is answered.

Times are whole milliseconds from here on, so that every place shows the same one. A batch is
settled in one step, in the order of the inbox: a replay that finds no note times it just alike.

Reading from the network is done by `collector.intake.report_path`; times come in as parameters.
"""

import asyncio
from collections.abc import Callable
from hashlib import blake2b
from typing import Protocol

import msgspec

from collector.intake.inbox import Inbox, Stored
from collector.intake.inflate import inflate
from collector.intake.records import InboxRecord, Settled, SettledReport
from collector.intake.sequence import Known, Ledger
from collector.intake.timing import Moment, Timing, time_reports
from collector.store.registry import Credential, Registry
from collector.wire import (
    AgentIdentity,
    Received,
    WireBatch,
    WireReport,
    decode_batch,
    decode_report,
    encode_answer,
    seq_of,
)
from govnet.errors import JournalError, WireError
from govnet.report import MAX_DECOMPRESSED_BYTES, Purpose, verify


class Metrics(Protocol):
    """What ingest counts; `collector.metrics.selfmetrics` exposes it."""

    def reports(self, result: str, number: int) -> None:
        """Count reports by result: accepted, duplicate, rejected."""

    def rejected_report(self, reason: str) -> None:
        """Count a rejected report by its reason."""

    def received_bytes(self, number: int) -> None:
        """Count bytes of bodies as sent."""


class Judged(msgspec.Struct, frozen=True):
    """One report of a batch, decoded; `digest` is of its bytes."""

    report: WireReport
    digest: int


class Judgement(msgspec.Struct):
    """What a batch's reports are: new ones decoded, known ones and wrong ones by seq."""

    new: list[Judged]
    duplicate: list[int]
    rejected: dict[int, str]


class Outcome(msgspec.Struct):
    """What became of a batch's reports, by sequence number."""

    accepted: list[int]
    duplicate: list[int]
    rejected: dict[int, str]


class Ingest:
    """Takes batches in; used from one event loop.

    `apply` is called once for every accepted report, in the order of the inbox.
    `settings_digest` says which settings an agent should run.
    """

    def __init__(
        self,
        *,
        registry: Callable[[], Registry],
        ledger: Ledger,
        inbox: Inbox[Outcome],
        apply: Callable[[Received], None],
        settings_digest: Callable[[AgentIdentity], str],
        metrics: Metrics,
    ) -> None:
        self._registry = registry
        self._ledger = ledger
        self._inbox = inbox
        self._apply = apply
        self._settings_digest = settings_digest
        self._metrics = metrics

    async def take(
        self, credential: Credential, signature: str, encoding: str, body: bytes, received_at: float
    ) -> bytes:
        """Take one batch in and return the answer's body.

        `received_at` is when its request began (Unix seconds). Raises WireError with a word of
        `govnet.report.REASONS`.
        """
        received_at = round(received_at, 3)
        self._metrics.received_bytes(len(body))
        if not verify(credential.secret, signature, Purpose.BATCH, body):
            raise WireError("bad_signature", "the code does not fit key and body")
        batch = decode_batch(inflate(body, encoding, MAX_DECOMPRESSED_BYTES))
        identity = credential.identity
        if batch.agent != identity.agent:
            raise WireError("agent_mismatch", "the batch names another agent than the request")
        self._registry().accept(credential, batch.hardware, received_at)
        judgement = judge_reports(batch, self._ledger.known)
        if not judgement.new:
            outcome = Outcome([], judgement.duplicate, judgement.rejected)
        else:
            record = InboxRecord(
                identity.agent,
                identity.site,
                identity.machine,
                credential.key,
                batch.incarnation,
                received_at,
                signature,
                encoding,
                body,
                credential.former,
            )
            try:
                outcome = await self._inbox.commit(
                    record,
                    lambda position: self._settle(
                        position, identity, batch, judgement, received_at
                    ),
                )
            except JournalError as exc:
                raise WireError("storage_full", "the inbox cannot be written now") from exc
        self._count(outcome)
        return encode_answer(
            batch.batch,
            accepted=outcome.accepted,
            duplicate=outcome.duplicate,
            rejected=outcome.rejected,
            time=received_at,
            settings=self._settings_digest(identity),
            newest=self._ledger.highest(identity.agent, batch.incarnation),
        )

    def replay(self, stored: Stored) -> list[Received]:
        """Take a batch of the inbox in again after a start; returns what it said.

        Its reports are timed as they were: by its note, or else anew from the same state, and then
        noted. What was said for an agent that is gone is not returned. The reports are returned
        even if the ledger knew them from its checkpoint.
        """
        record, settled = stored.record, stored.settled
        try:
            batch = decode_batch(inflate(record.body, record.encoding, MAX_DECOMPRESSED_BYTES))
        except WireError:
            # An older version that is no longer spoken; it was checked before it was stored.
            return []
        identity = AgentIdentity(record.agent, record.site, record.machine)
        if settled is None:
            new = judge_reports(batch, self._ledger.known).new
            timings = self._take_in(stored.position, batch, new, record.received_at)
        else:
            timings = {
                report.seq: Timing(report.at_ms / 1000, report.is_timed)
                for report in settled.reports
            }
            new = [item for item in judge_reports(batch).new if item.report.seq in timings]
            for item in new:
                self._remember(batch, item, timings[item.report.seq])
        if self._registry().identity(record.agent) is None:
            return []
        return [
            _received(identity, batch, item, timings[item.report.seq], record.received_at)
            for item in new
        ]

    async def _settle(
        self,
        position: int,
        identity: AgentIdentity,
        batch: WireBatch,
        judgement: Judgement,
        received_at: float,
    ) -> Outcome:
        """Decide about every report and apply the new ones; others have a turn in between.

        Runs when the batch is durable: another batch with the same reports may have been settled
        since it came in, so what is known is asked anew.
        """
        outcome = Outcome([], judgement.duplicate, judgement.rejected)
        new: list[Judged] = []
        for item in judgement.new:
            seq = item.report.seq
            match self._ledger.known(identity.agent, batch.incarnation, seq, item.digest):
                case Known.NEW:
                    new.append(item)
                    outcome.accepted.append(seq)
                case Known.DUPLICATE:
                    outcome.duplicate.append(seq)
                case Known.CONFLICT:
                    outcome.rejected[seq] = "seq_conflict"
        timings = self._take_in(position, batch, new, received_at)
        for number, item in enumerate(new):
            if number:
                await asyncio.sleep(0)
            self._apply(_received(identity, batch, item, timings[item.report.seq], received_at))
        return outcome

    def _take_in(
        self, position: int, batch: WireBatch, new: list[Judged], received_at: float
    ) -> dict[int, Timing]:
        """Time and remember the new reports of a batch, and note that, all in one step."""
        newest = self._ledger.newest(batch.agent, batch.incarnation)
        told = time_reports(batch, [item.report for item in new], received_at, newest)
        timings = {
            seq: Timing(round(timing.at * 1000) / 1000, timing.is_timed)
            for seq, timing in told.items()
        }
        for item in new:
            self._remember(batch, item, timings[item.report.seq])
        self._inbox.note(
            Settled(
                position,
                [
                    SettledReport(seq, round(timing.at * 1000), timing.is_timed)
                    for seq, timing in sorted(timings.items())
                ],
            )
        )
        return timings

    def _remember(self, batch: WireBatch, item: Judged, timing: Timing) -> None:
        seq = item.report.seq
        self._ledger.remember(batch.agent, batch.incarnation, seq, item.digest)
        if timing.is_timed:
            self._ledger.note_time(batch.agent, batch.incarnation, Moment(seq, timing.at))

    def _count(self, outcome: Outcome) -> None:
        self._metrics.reports("accepted", len(outcome.accepted))
        self._metrics.reports("duplicate", len(outcome.duplicate))
        self._metrics.reports("rejected", len(outcome.rejected))
        for reason in outcome.rejected.values():
            self._metrics.rejected_report(reason)


def _nothing_known(_agent: str, _incarnation: str, _seq: int, _digest: int) -> Known:
    return Known.NEW


def judge_reports(
    batch: WireBatch, known: Callable[[str, str, int, int], Known] = _nothing_known
) -> Judgement:
    """Tell known reports by their bytes, and decode the others.

    A report whose seq cannot be read is rejected as seq 0. A seq that stands there twice counts
    once; with different bytes nobody knows which is meant, and none is taken (`seq_conflict`).
    """
    new: dict[int, Judged] = {}
    duplicate: dict[int, None] = {}
    rejected: dict[int, str] = {}
    digests: dict[int, int] = {}
    for raw in batch.reports:
        seq = seq_of(raw)
        if seq is None:
            rejected[0] = "bad_report"
            continue
        digest = int.from_bytes(blake2b(bytes(raw), digest_size=8).digest(), "little")
        if seq in digests:
            if digests[seq] != digest:
                new.pop(seq, None)
                duplicate.pop(seq, None)
                rejected[seq] = "seq_conflict"
            continue
        digests[seq] = digest
        match known(batch.agent, batch.incarnation, seq, digest):
            case Known.DUPLICATE:
                duplicate[seq] = None
            case Known.CONFLICT:
                rejected[seq] = "seq_conflict"
            case Known.NEW:
                try:
                    new[seq] = Judged(decode_report(raw), digest)
                except WireError as exc:
                    rejected[seq] = exc.reason
    return Judgement(list(new.values()), list(duplicate), rejected)


def _received(
    identity: AgentIdentity, batch: WireBatch, item: Judged, timing: Timing, received_at: float
) -> Received:
    return Received(
        identity=identity,
        incarnation=batch.incarnation,
        report=item.report,
        at=timing.at,
        received_at=received_at,
        # What travelled on a stick says nothing about the sender's clock now.
        skew_seconds=0.0 if batch.carried else batch.sent_at - received_at,
        is_timed=timing.is_timed,
    )
