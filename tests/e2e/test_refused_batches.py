"""Nobody speaks for an office but its own agent: every false batch is refused for its own reason.

Each refusal stands in the answer and is counted in `/metrics`, and the true agent goes on.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from collector.store import open_store
from collector.store.registry import NewKey, revoke
from govnet.report import (
    HEADER_CRC,
    HEADER_SIGNATURE,
    Clock,
    Purpose,
    Report,
    Result,
    Sample,
    crc,
    encode_batch,
    encode_report,
    sign,
)

pytestmark = pytest.mark.e2e

Collector = Any
"""`CollectorProcess` of the folder's conftest."""
REFUSED = "govnet_collector_rejected_requests_total"
REJECTED = "govnet_collector_rejected_reports_total"
REPORTS = "govnet_collector_reports_total"
INCARNATION = "0123456789abcdef"
OWN = {"board": "0000000b", "disk": "0000000d", "mac": "0000000e"}
COPY = {"board": "1000000b", "disk": "1000000d", "mac": "1000000e"}


@pytest.fixture
def collector(collector_process: Callable[..., Collector]) -> Collector:
    return collector_process()


def _body(key: NewKey, seq: int, value: float = 1.0, hardware: dict[str, str] = OWN) -> bytes:
    now = time.time()
    sample = Sample("govnet_machine_uptime_seconds", value)
    result = Result("machine", key.identity.machine, 0.1, 0.0, None, (sample,))
    report = encode_report(Report(seq, now, 100.0, "boot", 60.0, "", (result,)))
    clock = Clock(now, 100.0, "boot")
    return encode_batch(key.identity.agent, INCARNATION, clock, [report], hardware=hardware).body


def _header(name: str, value: str) -> dict[str, str]:
    return {name.replace("-", "_"): value}


@contextmanager
def _counted_once(collector: Collector, metric: str, label: str) -> Iterator[None]:
    """Hold that in between one more of these was counted, and no other refusal."""
    before = collector.counted(metric)
    yield
    after = collector.counted(metric)
    grown = {name: after[name] - before.get(name, 0.0) for name in after}
    assert {name: number for name, number in grown.items() if number} == {label: 1}


def _refused(
    collector: Collector, reason: str, status: int, body: bytes, key: NewKey, **headers: str
) -> None:
    with _counted_once(collector, REFUSED, reason):
        answer = collector.post(body, key, **headers)

    assert (status, reason) == (answer[0], answer[1]["error"])
    assert answer[1]["detail"]


def test_a_batch_forged_without_the_key_is_refused(collector: Collector):
    key = collector.key
    guessed = NewKey(key.identity, key.key, b"g" * 32)

    _refused(collector, "bad_signature", 401, _body(key, 1), guessed)
    assert collector.post(_body(key, 1))[1]["accepted"] == [1]


def test_a_code_made_for_another_purpose_is_refused(collector: Collector):
    key, body = collector.key, _body(collector.key, 1)
    code = sign(key.secret, Purpose.SETTINGS, body)

    _refused(collector, "bad_signature", 401, body, key, **_header(HEADER_SIGNATURE, code))


def test_a_batch_under_another_agents_name_is_refused(collector_process: Callable[..., Collector]):
    """Whoever has a key of one office cannot speak for another, nor with its captured words."""
    collector = collector_process(is_started=False)
    key, other = collector.key, collector.enrol("xa-a")
    collector.start()
    captured = _body(key, 1)
    code = sign(key.secret, Purpose.BATCH, captured)

    _refused(collector, "agent_mismatch", 403, captured, other)
    _refused(collector, "bad_signature", 401, captured, other, **_header(HEADER_SIGNATURE, code))


def test_the_same_bytes_again_are_a_duplicate_without_effect(collector: Collector):
    body = _body(collector.key, 1, value=11.0)
    assert collector.post(body)[1]["accepted"] == [1]
    shown = collector.get("/metrics")[1]
    with _counted_once(collector, REPORTS, "duplicate"):
        status, answer = collector.post(body)

    assert (status, answer["accepted"], answer["duplicate"]) == (200, [], [1])
    assert _uptime(shown) == _uptime(collector.get("/metrics")[1]) == 11.0


def test_the_same_seq_with_other_bytes_is_refused(collector: Collector):
    collector.post(_body(collector.key, 1, value=11.0))
    with (
        _counted_once(collector, REPORTS, "rejected"),
        _counted_once(collector, REJECTED, "seq_conflict"),
    ):
        status, answer = collector.post(_body(collector.key, 1, value=99.0))

    assert (status, answer["accepted"]) == (200, [])
    assert answer["rejected"] == [{"seq": 1, "reason": "seq_conflict"}]
    assert _uptime(collector.get("/metrics")[1]) == 11.0


def test_a_batch_that_something_on_the_way_has_changed_is_told_from_a_forged_one(
    collector: Collector,
):
    """The checksum in the header is of what was sent; without it only the code speaks."""
    key, body = collector.key, _body(collector.key, 1)
    code = sign(key.secret, Purpose.BATCH, body)
    changed = body[:40] + bytes([body[40] ^ 1]) + body[41:]
    headers = _header(HEADER_SIGNATURE, code)

    _refused(
        collector, "body_altered", 401, changed, key, **headers, **_header(HEADER_CRC, crc(body))
    )
    _refused(collector, "bad_signature", 401, changed, key, **headers)
    assert collector.post(body, key, **_header(HEADER_CRC, crc(body)))[1]["accepted"] == [1]


def test_a_revoked_agent_is_refused_with_its_very_next_request(collector: Collector):
    key = collector.key
    assert collector.post(_body(key, 1))[0] == 200
    store = open_store(collector.data)
    try:
        revoke(store, key.identity.agent, time.time())
    finally:
        store.close()

    _refused(collector, "revoked", 403, _body(key, 2), key)


def test_a_copied_disk_is_refused_and_the_machine_itself_goes_on(collector: Collector):
    """Two living machines under one key: the second one is not believed, the first not hindered."""
    key = collector.key
    assert collector.post(_body(key, 1))[0] == 200

    _refused(collector, "clone_suspected", 403, _body(key, 2, hardware=COPY), key)
    assert collector.post(_body(key, 2))[1]["accepted"] == [2]


def _uptime(text: bytes) -> float:
    (line,) = [
        row
        for row in text.decode().splitlines()
        if row.startswith("govnet_machine_uptime_seconds{")
    ]
    return float(line.split()[1])
