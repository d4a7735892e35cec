import asyncio
from collections.abc import Callable
from typing import Any

from starlette.types import Message

from collector.intake.report_path import ReportPath
from govnet.report import (
    HEADER_AGENT,
    HEADER_KEY,
    HEADER_SIGNATURE,
    Purpose,
    decode_answer,
    sign,
)

Rig = Any
"""`IngestRig` of the shared conftest."""


class _Counts:
    def rejected(self, reason: str) -> None:
        raise AssertionError(reason)

    def ingest_seconds(self, seconds: float) -> None:
        del seconds


def test_a_slow_upload_is_no_skew_of_the_senders_clock(ingest_rig: Callable[[], Rig]):
    """The body arrives in two halves, a minute after the head."""
    rig = ingest_rig()
    body = rig.batch([rig.report(90)]).body
    wall = [1000.0]
    path = ReportPath(
        ingest=rig.ingest,
        registry=lambda: rig.registry,
        derivation=lambda: None,
        metrics=_Counts(),
        wall=lambda: wall[0],
    )
    halves = [
        {"type": "http.request", "body": body[:50], "more_body": True},
        {"type": "http.request", "body": body[50:]},
    ]

    async def receive() -> Message:
        wall[0] += 30.0
        return halves.pop(0)

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    headers = {
        HEADER_AGENT: rig.identity.agent,
        HEADER_KEY: "k1",
        HEADER_SIGNATURE: sign(rig.secret, Purpose.BATCH, body),
        "Content-Encoding": "gzip",
    }
    scope = {
        "type": "http",
        "method": "POST",
        "headers": [(name.lower().encode(), text.encode()) for name, text in headers.items()],
    }
    asyncio.run(path.reports(scope, receive, send))

    assert decode_answer(sent[1]["body"]).accepted == (90,)
    (received,) = rig.applied
    assert (received.received_at, received.skew_seconds, received.at) == (1000.0, 0.0, 990.0)
