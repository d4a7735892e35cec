"""What a train of STAMP packets says about a path, by direction; pure.

The two clocks need not agree: an offset between them cancels in every figure here. Direction by
direction there is loss, by the reflector's own count, and delay variation, by its time stamps.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import overload

from agent.probe.stamp import StampReply, StampTrain
from agent.probe.trains import TrainStatistics, statistics


@dataclass(frozen=True, slots=True)
class DelayVariation:
    """|delay change| between consecutive packets that arrived; None below two of them."""

    mean_seconds: float | None
    p95_seconds: float | None


@dataclass(frozen=True, slots=True)
class DirectionLoss:
    """Lost / sent for each way, 0 to 1."""

    forward: float
    backward: float


@dataclass(frozen=True, slots=True)
class PathFigures:
    """The figures of one train; None where it cannot tell."""

    loss_ratio: float | None
    direction_loss: DirectionLoss | None
    """None where the reflector copies our numbers: then nobody knows on which way a packet died."""
    rtt_seconds: float | None
    """Mean round trip, less the time in the reflector."""
    forward: DelayVariation
    backward: DelayVariation
    both: DelayVariation
    duplicates: int
    reordered: int
    """Replies that came after one to a later packet (RFC 4737 §3.3)."""


def figures(train: StampTrain) -> PathFigures:
    """Return the figures of a train."""
    first: dict[int, StampReply] = {}
    reordered, highest = 0, -1
    for reply in train.replies:
        if reply.index in first:
            continue
        first[reply.index] = reply
        reordered += reply.index < highest
        highest = max(highest, reply.index)
    in_order = [first.get(index) for index in range(train.sent)]
    rtts = [
        None
        if reply is None
        else max(0.0, _to_ns(reply.arrived - reply.sent - (reply.returned - reply.received)))
        for reply in in_order
    ]
    both = statistics(rtts)
    return PathFigures(
        loss_ratio=both.loss_ratio,
        direction_loss=direction_loss(train),
        rtt_seconds=_to_ns(both.mean_rtt_seconds),
        forward=_variation(in_order, lambda reply: reply.received - reply.sent),
        backward=_variation(in_order, lambda reply: reply.arrived - reply.returned),
        both=_variation_of(both),
        duplicates=len(train.replies) - len(first),
        reordered=reordered,
    )


def _variation(
    in_order: Sequence[StampReply | None], delay_seconds: Callable[[StampReply], float]
) -> DelayVariation:
    """Return the variation of a delay that holds the unknown offset of two clocks as well."""
    return _variation_of(
        statistics([None if reply is None else delay_seconds(reply) for reply in in_order])
    )


def _variation_of(found: TrainStatistics) -> DelayVariation:
    return DelayVariation(
        _to_ns(found.mean_rtt_change_seconds), _to_ns(found.p95_rtt_change_seconds)
    )


@overload
def _to_ns(seconds: float) -> float: ...
@overload
def _to_ns(seconds: float | None) -> float | None: ...
def _to_ns(seconds: float | None) -> float | None:
    """Return a time to the nanosecond: what is smaller comes from floating point alone."""
    return None if seconds is None else round(seconds, 9)


def direction_loss(train: StampTrain) -> DirectionLoss | None:
    """Return how much was lost on either way, None where that cannot be told.

    1. A reflector that keeps a count numbers its replies from 0. Those that we never saw were
       lost on the way back; packets that it never counted were lost on the way there.
    2. Nothing is known of what came after the last reply that arrived: that part is left out
       here and stands only in the loss of both ways together.
    3. A reflector whose count did not begin with this train is compared from the first reply on.
    4. Copied numbers, and counts that contradict themselves (a restarted reflector), tell nothing.
    """
    numbers: dict[int, int] = {}
    for reply in train.replies:
        if numbers.setdefault(reply.reflector_sequence, reply.index) != reply.index:
            return None
    if not numbers or all(
        number == train.first_sequence + index for number, index in numbers.items()
    ):
        return None
    seen = set(numbers.values())
    copies = len(numbers) - len(seen)  # Doubled on the way there: the reflector answered both.
    lowest, highest = min(numbers), max(numbers)
    begins_here = lowest <= numbers[lowest] + copies
    replied = highest + 1 if begins_here else highest - lowest + 1
    sent = max(seen) + 1 if begins_here else max(seen) - numbers[lowest] + 1
    reached = replied - copies
    if not len(seen) <= reached <= sent:
        return None
    return DirectionLoss(forward=1 - reached / sent, backward=1 - len(numbers) / replied)


def dscp_kept(train: StampTrain, dscp: int) -> bool | None:
    """Return whether every packet arrived with the DSCP that it was sent with, both ways.

    None where the reflector does not say with which one our packets came.
    """
    there = [reply.dscp_there for reply in train.replies if reply.dscp_there is not None]
    if not there:
        return None
    back = [reply.dscp_back for reply in train.replies if reply.dscp_back is not None]
    return all(found == dscp for found in there + back)
