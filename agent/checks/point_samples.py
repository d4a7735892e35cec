"""What a conference endpoint showed or said, as samples; pure.

A call has several streams (audio, video, content). The worst of each direction is what people in
the room notice, so that is what is told.
"""

from collections.abc import Iterable, Iterator

from agent.devices.values import text
from agent.probe.point import PointFacts
from agent.probe.tls import Handshake
from govnet.report import Sample


def of_answer(
    protocol: str, *, alive: bool, rtt_seconds: float | None, handshake: Handshake | None = None
) -> Iterator[Sample]:
    """Yield whether an endpoint answered by a protocol, after what time, with what certificate."""
    labels = {"protocol": protocol}
    yield Sample("govnet_point_reachable", float(alive), labels)
    if alive and rtt_seconds is not None:
        yield Sample("govnet_point_rtt_seconds", rtt_seconds, labels)
    if handshake is not None:
        yield Sample(
            "govnet_point_certificate_expiry_timestamp_seconds",
            handshake.certificate_expires_at,
            labels,
        )


def of_description(model: str, firmware: str) -> Iterator[Sample]:
    """Yield what the endpoint says it is, if it says anything."""
    labels = {"model": text(model.encode()), "firmware": text(firmware.encode())}
    if any(labels.values()):
        yield Sample("govnet_point_info", 1.0, labels)


def of_facts(facts: PointFacts) -> Iterator[Sample]:
    """Yield what an endpoint says about itself and its call, and nothing that it does not say."""
    yield from of_description(facts.model, facts.firmware)
    for protocol, registered in facts.registered.items():
        yield Sample("govnet_point_registered", float(registered), {"protocol": protocol})
    if facts.in_call is not None:
        yield Sample("govnet_point_in_call", float(facts.in_call))
    for direction in ("receive", "transmit"):
        media = [each for each in facts.media if each.direction == direction]
        labels = {"direction": direction}
        loss = _worst(each.loss_ratio for each in media)
        if loss is not None:
            yield Sample("govnet_point_call_loss_ratio", loss, labels)
        jitter = _worst(each.jitter_seconds for each in media)
        if jitter is not None:
            yield Sample("govnet_point_call_jitter_seconds", jitter, labels)
    delay = _worst(each.delay_seconds for each in facts.media)
    if delay is not None:
        yield Sample("govnet_point_call_delay_seconds", delay)


def _worst(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)
