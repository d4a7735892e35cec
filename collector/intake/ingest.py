"""From a request's bytes to accepted reports: authenticate, decode, make durable, apply.

1. The headers name agent and key; unknown ones are refused before the body is read.
2. The code is checked over the exact body, then the body is decompressed within bounds.
3. Every report is judged by itself: its form, and whether it is known already.
4. If anything is new the whole batch goes to the inbox; only then are its reports timed
   (`collector.intake.timing`) and applied, and it is answered.

Reading from the network is done by `collector.intake.report_path`; times come in as parameters.
"""

import asyncio
from collections.abc import Callable
from hashlib import blake2b
from typing import Protocol

import msgspec

from collector.intake.inbox import RECORD_VERSION, Inbox, InboxRecord
from collector.intake.inflate import inflate
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
                RECORD_VERSION,
                identity.agent,
                credential.key,
                batch.incarnation,
                received_at,
                signature,
                encoding,
                body,
            )
            try:
                outcome = await self._inbox.commit(
                    record, lambda: self._settle(identity, batch, judgement, received_at)
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
        )

    def replay(self, record: InboxRecord) -> list[Received]:
        """Take a record of the inbox in again after a start; returns what it said.

        The registry may have changed since: what it does not know any more is left out. The
        reports are returned even if the ledger knew them from its checkpoint.
        """
        identity = self._registry().identity(record.agent)
        if identity is None:
            return []
        try:
            batch = decode_batch(inflate(record.body, record.encoding, MAX_DECOMPRESSED_BYTES))
        except WireError:
            # An older version that is no longer spoken; it was checked before it was stored.
            return []
        judged = judge_reports(batch).new
        timings = self._time(batch, judged, record.received_at)
        received = []
        for item in judged:
            seq = item.report.seq
            known = self._ledger.known(identity.agent, batch.incarnation, seq, item.digest)
            if known is not Known.CONFLICT:
                self._remember(batch, item, timings[seq])
                received.append(_received(identity, batch, item, timings[seq], record.received_at))
        return received

    async def _settle(
        self, identity: AgentIdentity, batch: WireBatch, judgement: Judgement, received_at: float
    ) -> Outcome:
        """Decide about every report and apply the new ones; others have a turn in between.

        Runs when the batch is durable: another batch with the same reports may have been settled
        since it came in, so what is known is asked anew.
        """
        outcome = Outcome([], judgement.duplicate, judgement.rejected)
        timings = self._time(batch, judgement.new, received_at)
        for item in judgement.new:
            if outcome.accepted:
                await asyncio.sleep(0)
            seq = item.report.seq
            match self._ledger.known(identity.agent, batch.incarnation, seq, item.digest):
                case Known.NEW:
                    self._remember(batch, item, timings[seq])
                    self._apply(_received(identity, batch, item, timings[seq], received_at))
                    outcome.accepted.append(seq)
                case Known.DUPLICATE:
                    outcome.duplicate.append(seq)
                case Known.CONFLICT:
                    outcome.rejected[seq] = "seq_conflict"
        return outcome

    def _time(
        self, batch: WireBatch, judged: list[Judged], received_at: float
    ) -> dict[int, Timing]:
        newest = self._ledger.newest(batch.agent, batch.incarnation)
        return time_reports(batch, [item.report for item in judged], received_at, newest)

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
