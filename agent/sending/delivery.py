"""What to send next, what an answer means, how long to wait: the sender's decisions, no sockets.

A report is offered until the collector accepted it or refused it for its content, and never after
that. Everything else (no network, no rights, no room, a hotel's log-in page) keeps it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum, auto

from agent.transport.address import CollectorAddress, parse_collector
from agent.transport.channel import Reply
from govnet.report import (
    MAX_BODY_BYTES,
    MAX_DECOMPRESSED_BYTES,
    MAX_REPORTS,
    REFUSALS,
    Answer,
    Duty,
    decode_answer,
    decode_refusal,
)

BATCH_BYTES = 1_000_000
"""Reports of at most this much JSON go into one batch, which compressed is then below the limit."""
FIRST_GOAL_BYTES = 64_000
LEAST_GOAL_BYTES = 4_000
GOAL_SECONDS = 5.0
"""An exchange shall take no longer: behind it waits whatever is newer, and after 20 s it fails."""

_ENVELOPE_BYTES = 1024
"""More than a batch adds around its reports."""

LONGEST_RETRY_AFTER_SECONDS = 3600.0

FOREIGN_ANSWER = "foreign_answer"
"""Something answered that is no collector: a log-in page, a proxy, a wrong port."""

PENDING = "pending"
"""The protocol's word for an agent that waits for approval."""

Record = tuple[int, bytes]
"""A waiting report: its seq and its JSON."""


class Action(Enum):
    """What follows from an answer."""

    SETTLED = auto()
    """The answer says which reports are done with."""
    SPLIT = auto()
    """The collector wants less at once, or one of several cannot be read: send fewer."""
    QUARANTINE = auto()
    """This single report will never be taken."""
    SLOW_DOWN = auto()
    """The agent itself is refused: keep everything, ask rarely, say so."""
    MOVE = auto()
    """Another collector is in charge."""
    BUSY = auto()
    """The collector speaks and cannot take it now."""
    PENDING = auto()
    """A person must approve this agent first; the collector says when to ask again."""
    FAILED = auto()
    """No collector answered here."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a reply means. `reason` is a word of the protocol or a sentence, for the log.

    `kind` is a word of `agent.onsite.advice` for what to do about it, "" for one of the protocol.
    """

    action: Action
    reason: str
    answer: Answer | None = None
    retry_after_seconds: float = 0.0
    move_to: CollectorAddress | None = None
    kind: str = ""


_ACTIONS: dict[Duty, Action] = {
    Duty.SET_ASIDE: Action.QUARANTINE,
    Duty.SLOW_DOWN: Action.SLOW_DOWN,
    Duty.MOVE: Action.MOVE,
    Duty.RETRY: Action.BUSY,
}
"""What the protocol asks for, for a batch of one report."""


def classify(reply: Reply, batch_id: str, reports: int) -> Judgement:
    """Judge the reply to the batch of that id with that many reports.

    1. 2xx with a collector's answer about this batch settles; 413 splits, whoever said it.
    2. A refusal in the protocol's form is judged by its reason; for a batch of several, "this
       content is wrong" first means "send fewer", so that one bad report takes no other with it.
    3. Anything else was not said by a collector: a captive portal, a proxy, a wrong port.
    """
    if 200 <= reply.status < 300:  # noqa: PLR2004 - the successes of RFC 9110 §15.3
        try:
            answer = decode_answer(reply.body)
        except ValueError:
            reason = f"status {reply.status}, but not a collector's answer"
            return Judgement(Action.FAILED, reason, kind=FOREIGN_ANSWER)
        if answer.batch != batch_id:
            return Judgement(Action.FAILED, "an answer about another batch", kind=FOREIGN_ANSWER)
        return Judgement(Action.SETTLED, "answered", answer=answer)
    refused = decode_refusal(reply.status, reply.body)
    wait = retry_after_seconds(reply.retry_after)
    if refused is None:
        if reply.status == 413 and reports > 1:  # noqa: PLR2004 - a proxy's own limit (RFC 9110 §15.5.14)
            return Judgement(Action.SPLIT, "status 413")
        reason = f"status {reply.status}, not in a collector's form"
        return Judgement(Action.FAILED, reason, retry_after_seconds=wait, kind=FOREIGN_ANSWER)
    reason, named = refused.reason, _address(refused.collector)
    action = _ACTIONS[REFUSALS[reason].duty]
    if action is Action.QUARANTINE and reports > 1:
        action = Action.SPLIT
    if reason == PENDING:
        action = Action.PENDING
    if action is Action.MOVE and named is None:
        action = Action.SLOW_DOWN
    return Judgement(action, reason, retry_after_seconds=wait, move_to=named)


def _address(text: str | None) -> CollectorAddress | None:
    """Return the collector that a refusal names, None for none that can be used."""
    try:
        return parse_collector(text) if text is not None else None
    except ValueError:
        return None


def retry_after_seconds(text: str | None) -> float:
    """Read `Retry-After` in seconds; its form with a date would depend on our own clock."""
    digits = (text or "").strip()  # It also takes off marks that float() does not read over.
    return min(float(digits), LONGEST_RETRY_AFTER_SECONDS) if digits.isdecimal() else 0.0


def choose(
    records: Iterable[Record], most_reports: int, most_bytes: int = BATCH_BYTES
) -> list[Record]:
    """Return the next batch from records in the order of their importance; one always fits."""
    batch: list[Record] = []
    room = most_bytes
    for record in records:
        if batch and (len(batch) >= most_reports or len(record[1]) > room):
            break
        batch.append(record)
        room -= len(record[1])
    return batch


def is_too_large(body: bytes, batch: Iterable[Record]) -> bool:
    """Whether a batch breaks the protocol's limits, as sent or unpacked."""
    plain_bytes = sum(len(encoded) + 1 for _, encoded in batch) + _ENVELOPE_BYTES
    return len(body) > MAX_BODY_BYTES or plain_bytes > MAX_DECOMPRESSED_BYTES


class Backoff:
    """Waits that grow from failure to failure, with full jitter so that agents spread out.

    The n-th wait is random between 0 and `base_seconds` * 2^n, at most `cap_seconds`.
    `random` gives numbers from 0 up to 1.
    """

    __slots__ = ("_base", "_cap", "_failures", "_random")

    def __init__(
        self, base_seconds: float, cap_seconds: float, random: Callable[[], float]
    ) -> None:
        self._base = base_seconds
        self._cap = cap_seconds
        self._random = random
        self._failures = 0

    def reset(self) -> None:
        """Start over after a success."""
        self._failures = 0

    def next_seconds(self, at_least: float = 0.0) -> float:
        """Return the next wait; `at_least` is what the collector asked for, never undercut."""
        ceiling = min(self._cap, self._base * 2.0 ** min(self._failures, 32))
        self._failures += 1
        return at_least + self._random() * ceiling


@dataclass(frozen=True, slots=True)
class Settlement:
    """What to do with the offered reports, and when to send again (0: at once)."""

    accepted: tuple[int, ...] = ()
    rejected: tuple[tuple[int, str], ...] = ()
    wait_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Exchange:
    """What one exchange carried, in bytes of JSON, and how long it took."""

    plain_bytes: int
    seconds: float


class Delivery:
    """The state between batches: how much at once, and how long to hold back.

    The line decides: batches grow while exchanges are quick and shrink when one takes longer than
    `GOAL_SECONDS`.
    """

    FAILED_CAP_SECONDS = 20.0
    """When a line comes back, its sites must show within a minute, though an address may first be
    waited for in vain (`agent.transport.channel.CONNECT_SECONDS`), and though one try more fails:
    the line is still bad, or the collector is just being started."""
    BUSY_CAP_SECONDS = 60.0
    REFUSED_CAP_SECONDS = 600.0
    LEAST_PENDING_SECONDS = 5.0

    def __init__(self, random: Callable[[], float]) -> None:
        self._random = random
        self._failed = Backoff(1.0, self.FAILED_CAP_SECONDS, random)
        self._busy = Backoff(1.0, self.BUSY_CAP_SECONDS, random)
        self._refused = Backoff(30.0, self.REFUSED_CAP_SECONDS, random)
        self._most = 1
        self._goal_bytes = FIRST_GOAL_BYTES
        self._highest_settled = 0

    def leads(self, seq: int) -> bool:
        """Whether this newest waiting report goes before the backlog.

        It does when it is news: it brings the live view up to date at once. Once something newer
        has arrived it is backlog too, which goes from its oldest end.
        """
        return seq > self._highest_settled

    @property
    def most_reports(self) -> int:
        """How many reports the next batch may hold; 1 until a batch has got through."""
        return self._most

    @property
    def goal_bytes(self) -> int:
        """How many bytes of JSON the next batch may hold, for `choose`."""
        return self._goal_bytes

    def settle(
        self, offered: list[int], judgement: Judgement, exchange: Exchange | None = None
    ) -> Settlement:
        """Decide about the offered seqs; those in neither list of the result are kept."""
        if exchange is not None:
            self._fit_to_the_line(exchange, judgement.action)
        settlement = self._decide(offered, judgement)
        settled = (*settlement.accepted, *(seq for seq, _ in settlement.rejected))
        self._highest_settled = max(self._highest_settled, *settled, 0)
        return settlement

    def _decide(self, offered: list[int], judgement: Judgement) -> Settlement:
        match judgement.action:
            case Action.SETTLED:
                return self._settled(offered, judgement)
            case Action.SPLIT:
                self._most = max(1, len(offered) // 2)
                return Settlement()
            case Action.QUARANTINE:
                self._grow()
                return Settlement(rejected=tuple((seq, judgement.reason) for seq in offered))
            case Action.MOVE:
                return Settlement()
            case Action.SLOW_DOWN:
                self._most = 1
                wait = self._refused.next_seconds(30.0 + judgement.retry_after_seconds)
                return Settlement(wait_seconds=wait)
            case Action.PENDING:
                # The collector spreads them; somebody may be looking at this machine meanwhile.
                asked = max(judgement.retry_after_seconds, self.LEAST_PENDING_SECONDS)
                return Settlement(wait_seconds=asked * (1.0 + 0.2 * self._random()))
            case Action.BUSY | Action.FAILED:
                self._most = 1
                backoff = self._busy if judgement.action is Action.BUSY else self._failed
                wait = backoff.next_seconds(judgement.retry_after_seconds)
                return Settlement(wait_seconds=wait)

    def _settled(self, offered: list[int], judgement: Judgement) -> Settlement:
        answer = judgement.answer
        if answer is None:
            raise AssertionError("BUG: settled without an answer")
        done = {*answer.accepted, *answer.duplicate}
        accepted = tuple(seq for seq in offered if seq in done)
        rejected = tuple(
            (seq, answer.rejected[seq])
            for seq in offered
            if seq in answer.rejected and seq not in done
        )
        if not accepted and not rejected:
            # An answer about nothing we offered must not be asked for again at once.
            return Settlement(wait_seconds=self._failed.next_seconds(1.0))
        self._grow()
        return Settlement(accepted, rejected)

    def _fit_to_the_line(self, exchange: Exchange, action: Action) -> None:
        if exchange.seconds > GOAL_SECONDS:
            fitting = int(exchange.plain_bytes * GOAL_SECONDS / exchange.seconds)
            if action is Action.FAILED:
                # It would have taken longer still.
                fitting //= 2
            self._goal_bytes = max(LEAST_GOAL_BYTES, min(self._goal_bytes, fitting))
        elif action is Action.SETTLED and 2 * exchange.plain_bytes >= self._goal_bytes:
            # Only what filled the goal says anything about more.
            fitting = int(exchange.plain_bytes * GOAL_SECONDS / max(exchange.seconds, 0.001))
            grown = min(4 * self._goal_bytes, fitting, BATCH_BYTES)
            self._goal_bytes = max(self._goal_bytes, grown)
        elif exchange.seconds > GOAL_SECONDS / 5:
            # A small batch that was not quick: the next one may well be, but not a huge one.
            fitting = int(exchange.plain_bytes * GOAL_SECONDS / exchange.seconds)
            self._goal_bytes = max(LEAST_GOAL_BYTES, min(self._goal_bytes, 4 * fitting))

    def _grow(self) -> None:
        self._failed.reset()
        self._busy.reset()
        self._refused.reset()
        self._most = min(MAX_REPORTS, self._most * 4)
