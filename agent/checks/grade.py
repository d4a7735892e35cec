"""How good a path is for a conference: a grade of the E-model and a traffic light; pure.

The E-model (ITU-T G.107) is one of voice. The simplification is that of Cole and Rosenbluth, "Voice
over IP performance monitoring" (ACM SIGCOMM Computer Communication Review 31(2), 2001), with the
delay of the jitter buffer taken as twice the jitter and 20 ms for the coder.
"""

import math
from dataclasses import dataclass
from enum import IntEnum

from agent.probe.stamp.figures import PathFigures

CODECS: dict[str, tuple[float, float, float]] = {
    "g711": (0.0, 30.0, 15.0),
    "g729": (11.0, 40.0, 10.0),
}
"""Impairment of a codec without loss, and how it grows with the loss (Cole and Rosenbluth)."""

_BEST, _WORST = 4.5, 1.0


class Light(IntEnum):
    """The traffic light; the number is the value of the metric."""

    GOOD = 0
    FAIR = 1
    POOR = 2


def mos(codec: str, *, rtt_seconds: float, jitter_seconds: float, loss_ratio: float) -> float:
    """Return the mean opinion score, 1 to 4.5, that listeners would give.

    The delay of one way is taken as half the round trip. Raises KeyError for a codec that is not
    one of `CODECS`.
    """
    base, growth, steepness = CODECS[codec]
    delay_ms = 1000 * (rtt_seconds / 2 + 2 * jitter_seconds) + 20
    by_delay = 0.024 * delay_ms + 0.11 * max(0.0, delay_ms - 177.3)
    by_equipment = base + growth * math.log(1 + steepness * loss_ratio)
    r = 94.2 - by_delay - by_equipment
    if r <= 0:
        return _WORST  # Below 0 the polynomial of G.107 Annex B rises again.
    score = 1 + 0.035 * r + 7e-6 * r * (r - 60) * (100 - r)
    return min(_BEST, max(_WORST, score))


def light(*, rtt_seconds: float, jitter_seconds: float, loss_ratio: float) -> Light:
    """Return the traffic light for a conference: the worst of delay, jitter and loss.

    - good: one way up to 150 ms (ITU-T G.114), jitter up to 30 ms, loss up to 1 %: what makers of
      conference systems ask for
    - fair: one way up to 400 ms (the upper limit of G.114); jitter up to 50 ms and loss up to 3 %
      are our own judgement
    - poor: anything beyond
    """
    one_way_seconds = rtt_seconds / 2
    if one_way_seconds <= 0.150 and jitter_seconds <= 0.030 and loss_ratio <= 0.01:  # noqa: PLR2004 - the limits are the text above
        return Light.GOOD
    if one_way_seconds <= 0.400 and jitter_seconds <= 0.050 and loss_ratio <= 0.03:  # noqa: PLR2004 - the limits are the text above
        return Light.FAIR
    return Light.POOR


@dataclass(frozen=True, slots=True)
class Grade:
    """What a conference would meet on this path, and the light that follows."""

    rtt_seconds: float
    jitter_seconds: float
    loss_ratio: float
    light: Light


def grade_of(found: PathFigures) -> Grade | None:
    """Grade the worse direction, as the people in the worse-off room will; else both together.

    What was lost where nobody knows the way (the end of a train) counts against it. None where
    too little came back to know the jitter.
    """
    loss_ratio, jitter_seconds = found.loss_ratio, found.both.mean_seconds
    known = found.direction_loss
    if known is not None and loss_ratio is not None:
        of_unknown_way = loss_ratio - (1 - (1 - known.forward) * (1 - known.backward))
        loss_ratio = max(known.forward, known.backward) + max(0.0, of_unknown_way)
    if found.forward.mean_seconds is not None and found.backward.mean_seconds is not None:
        jitter_seconds = max(found.forward.mean_seconds, found.backward.mean_seconds)
    if found.rtt_seconds is None or jitter_seconds is None or loss_ratio is None:
        return None
    return Grade(
        found.rtt_seconds,
        jitter_seconds,
        loss_ratio,
        light(rtt_seconds=found.rtt_seconds, jitter_seconds=jitter_seconds, loss_ratio=loss_ratio),
    )
