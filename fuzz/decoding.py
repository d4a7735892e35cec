"""Fuzz target: bytes into everything that decodes what came over the network.

The first byte chooses the decoder, the rest is its input. Each may refuse with the error that its
docstring names and with nothing else; what it accepts must be usable.
"""

import gzip
import math
from collections.abc import Callable

from agent.sending.delivery import classify
from agent.transport.channel import Reply
from collector.intake.inflate import inflate
from collector.intake.ingest import judge_reports
from collector.intake.timing import time_reports
from collector.wire import decode_batch
from govnet import enrolment, settings
from govnet.errors import WireError
from govnet.report import MAX_DECOMPRESSED_BYTES, REASONS, REPORT_REASONS, decode_answer

NOW = 1_790_000_000.0
ENCODINGS = ("gzip", "", "identity", "x-gzip", "br")
STATUSES = (200, 202, 400, 401, 403, 404, 413, 421, 429, 500, 503)


def feed(data: bytes) -> None:
    """Give one input to one decoder."""
    if data:
        _DECODERS[data[0] % len(_DECODERS)](data[1:])


def _body(data: bytes) -> None:
    """Take a request's body as the collector does, after the code has been checked."""
    encoding = ENCODINGS[data[0] % len(ENCODINGS)] if data else ""
    _judged(lambda: inflate(data[1:], encoding, MAX_DECOMPRESSED_BYTES))


def _packed(data: bytes) -> None:
    """Let JSON come in packed, so that the fuzzer need not find its way through gzip."""
    _judged(lambda: inflate(gzip.compress(data, 1, mtime=0), "gzip", MAX_DECOMPRESSED_BYTES))


def _judged(unpack: Callable[[], bytes]) -> None:
    try:
        batch = decode_batch(unpack())
    except WireError as exc:
        assert exc.reason in REASONS
        return
    judgement = judge_reports(batch)
    new = [item.report for item in judgement.new]
    seqs = [report.seq for report in new]
    assert len(seqs) == len(set(seqs))
    assert not judgement.rejected.keys() & set(seqs)
    assert set(judgement.rejected.values()) <= set(REPORT_REASONS)
    timings = time_reports(batch, new, NOW, None)
    assert timings.keys() == set(seqs)
    assert all(timing.at <= NOW and math.isfinite(timing.at) for timing in timings.values())


def _settings(data: bytes) -> None:
    try:
        found = settings.decode(data)
    except WireError as exc:
        assert exc.reason in REASONS
        return
    again = settings.encode(found)
    assert settings.decode(again) == found
    assert settings.workers_needed(found.checks) >= 0


def _answer(data: bytes) -> None:
    try:
        answer = decode_answer(data)
    except ValueError:
        return
    assert math.isfinite(answer.time)


def _reply(data: bytes) -> None:
    """Judge whatever a server says as the sender does."""
    if len(data) > 1:
        text = data[2:12].decode("latin-1") if data[1] % 2 else None
        classify(Reply(STATUSES[data[0] % len(STATUSES)], data[2:], text), "0" * 32, data[1] % 3)


def _token(data: bytes) -> None:
    try:
        token = enrolment.EnrolmentToken.parse(data.decode("utf-8", "surrogateescape"))
    except ValueError:
        return
    assert enrolment.EnrolmentToken.parse(token.text()) == token


def _enrolment(data: bytes) -> None:
    for kind in (enrolment.EnrolRequest, enrolment.EnrolAnswer, enrolment.NewKeyRequest):
        try:
            message = enrolment.decode(kind, data)
        except WireError as exc:
            assert exc.reason in REASONS
            continue
        assert enrolment.decode(kind, enrolment.encode(message)) == message


_DECODERS = (_body, _packed, _settings, _answer, _reply, _token, _enrolment)
