"""What a train of echoes says about a path: loss, mean RTT, |ΔRTT|; pure.

|ΔRTT| is the difference between consecutive received probes. The smoothed jitter of RFC 3550 §6.4.1
starts at 0 and reaches only half its value after ten probes, so short trains use mean and p95.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

_P95 = 0.95


@dataclass(frozen=True, slots=True)
class TrainStatistics:
    """Figures of one train; None where too few probes were answered."""

    loss_ratio: float | None
    """Lost / sent, 0 to 1; None when nothing was sent."""
    mean_rtt_seconds: float | None
    """Needs one answer."""
    mean_rtt_change_seconds: float | None
    """Mean |ΔRTT|; needs two answers."""
    p95_rtt_change_seconds: float | None
    """95th percentile of |ΔRTT| by nearest rank; needs two answers."""


def statistics(rtts_seconds: Sequence[float | None]) -> TrainStatistics:
    """Return the figures of a train; `rtts_seconds` is in sending order, None for a lost probe."""
    if not rtts_seconds:
        return TrainStatistics(None, None, None, None)
    received = [rtt for rtt in rtts_seconds if rtt is not None]
    loss_ratio = 1 - len(received) / len(rtts_seconds)
    if not received:
        return TrainStatistics(loss_ratio, None, None, None)
    mean = math.fsum(received) / len(received)
    changes = sorted(abs(later - earlier) for earlier, later in itertools.pairwise(received))
    if not changes:
        return TrainStatistics(loss_ratio, mean, None, None)
    return TrainStatistics(
        loss_ratio=loss_ratio,
        mean_rtt_seconds=mean,
        mean_rtt_change_seconds=math.fsum(changes) / len(changes),
        p95_rtt_change_seconds=changes[math.ceil(_P95 * len(changes)) - 1],
    )
