"""What a collector refuses is told from what anything else on the way answers."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govnet.report import REFUSALS, Refused, decode_refusal


@pytest.mark.parametrize("reason", REFUSALS)
def test_every_refusal_of_the_protocol_is_read(reason: str):
    body = json.dumps({"error": reason, "detail": "why"}).encode()

    assert Refused(reason, "why", None) == decode_refusal(REFUSALS[reason].status, body)


def test_the_collector_that_is_named_is_read():
    body = b'{"error": "wrong_collector", "detail": "", "collector": "https://198.18.0.9"}'

    assert Refused("wrong_collector", "", "https://198.18.0.9") == decode_refusal(421, body)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b'{"error": "pending"}'),
        (403, b'{"error": "not our word"}'),
        (403, b'{"detail": "pending"}'),
        (403, b'["pending"]'),
        (403, b"<html>log in</html>"),
        (403, b"[" * 100_000),
        (403, b""),
    ],
)
def test_what_no_collector_said_is_no_refusal(status: int, body: bytes):
    assert decode_refusal(status, body) is None


@given(st.integers(100, 599), st.binary(max_size=60))
def test_garbage_is_no_refusal(status: int, body: bytes):
    assert decode_refusal(status, body) is None
