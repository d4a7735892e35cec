"""How fast a burst of full-size packets arrives at its far end; pure.

Packets that leave back to back arrive as far apart as the narrowest place on the way sets them.
That is the rate of a burst: a line that lets bursts through before it slows down (a policer)
carries less for long.
"""

from dataclasses import dataclass

from agent.probe.stamp import StampTrain

FEWEST_REPLIES = 10
"""Fewer packets tell more of chance than of the line."""
_CLEARLY_SLOWER = 0.8


@dataclass(frozen=True, slots=True)
class BurstRates:
    """Bytes per second on the wire; None where the burst tells nothing."""

    forward: float | None
    backward: float | None
    """None too where replies came as fast as the reflector sent them: then nothing on the way back
    is narrower than the way there."""


def rates(train: StampTrain, packet_bytes: int) -> BurstRates:
    """Return at what rates a burst of packets of that size (IP headers included) went each way."""
    replies = list({reply.index: reply for reply in reversed(train.replies)}.values())
    if len(replies) < FEWEST_REPLIES:
        return BurstRates(None, None)

    def rate(times: list[float]) -> float | None:
        span_seconds = max(times) - min(times)
        return (len(times) - 1) * packet_bytes / span_seconds if span_seconds > 0 else None

    forward = rate([reply.received for reply in replies])
    returned = rate([reply.returned for reply in replies])
    backward = rate([reply.arrived for reply in replies])
    if backward is None or returned is None or backward > _CLEARLY_SLOWER * returned:
        backward = None
    return BurstRates(forward, backward)
