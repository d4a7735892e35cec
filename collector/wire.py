"""The collector's typed view of the wire format, decoded with msgspec.

`govnet.report` describes the format and is what the agent encodes with; golden files hold both
to the same bytes. Unknown fields are ignored, so a newer agent can talk to an older collector.
Nothing here reads the network or checks a code: see `collector.intake.ingest`.

Decoded JSON forms no cycles, so the records are not tracked by the garbage collector (`gc=False`):
with thousands of samples in memory its passes would cost more than the decoding.
"""

from collections.abc import Mapping
from typing import Annotated

import msgspec

from govnet.errors import WireError
from govnet.report import (
    MAX_COMMAS,
    MAX_FACT_CHARACTERS,
    MAX_FACT_KEY_CHARACTERS,
    MAX_FACTS,
    MAX_LISTS,
    MAX_REPORTS,
    MAX_RESULTS,
    MAX_SAMPLES,
    VERSION,
)

MAX_SEQ = 2**53 - 1
"""Largest sequence number: every JSON implementation keeps it exact."""
MAX_INTERVAL_SECONDS = 86_400.0

Seq = Annotated[int, msgspec.Meta(ge=1, le=MAX_SEQ)]
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Target = Annotated[str, msgspec.Meta(max_length=192)]
Detail = Annotated[str, msgspec.Meta(max_length=1000)]
BootId = Annotated[str, msgspec.Meta(max_length=64)]
Duration = Annotated[float, msgspec.Meta(ge=0)]
Interval = Annotated[float, msgspec.Meta(gt=0, le=MAX_INTERVAL_SECONDS)]
Epoch = Annotated[float, msgspec.Meta(ge=0, lt=1e11)]
"""Unix seconds; milliseconds, or a clock that is nowhere, are not."""
# `$` alone lets a line feed pass behind it; `\Z` is no word of the JSON schema made from these.
BatchId = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}(?!\n)$")]
Incarnation = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{16}(?!\n)$")]
HardwareWord = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-z_]{1,16}(?!\n)$")]
AgentId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}(?!\n)$")]


FactKey = Annotated[
    str, msgspec.Meta(pattern=r"^[a-z0-9_.]+(?!\n)$", max_length=MAX_FACT_KEY_CHARACTERS)
]
FactText = Annotated[str, msgspec.Meta(max_length=MAX_FACT_CHARACTERS)]


class WireSample(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One value: `[name, value]` or `[name, value, {label: value}]`."""

    name: Word
    value: float
    labels: dict[str, str] = {}


class WireResult(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The newest run of one check on one target."""

    check: Word
    target: Target
    duration_seconds: Duration
    age_seconds: Duration = 0.0
    error: Detail | None = None
    samples: list[WireSample] = []
    facts: Annotated[dict[FactKey, FactText], msgspec.Meta(max_length=MAX_FACTS)] | None = None
    """All facts of a machine; None where they are as they were told before."""


class WireReport(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one agent knew at one moment."""

    seq: Seq
    created_at: float
    monotonic_seconds: float
    boot_id: BootId
    interval_seconds: Interval
    settings: BootId = ""
    results: list[WireResult]


class WireBoot(msgspec.Struct, frozen=True, gc=False):
    """When a boot of the sender began, by the collector's clock (Unix seconds)."""

    boot_id: BootId
    started_at: Epoch


class WireBatch(msgspec.Struct, frozen=True, kw_only=True):
    """One request's body; its reports stay raw so that one bad report spoils no other."""

    v: int
    batch: BatchId
    agent: AgentId
    incarnation: Incarnation
    sent_at: Epoch
    sent_monotonic_seconds: float
    boot_id: BootId
    reports: list[msgspec.Raw]
    hardware: Annotated[dict[HardwareWord, HardwareWord], msgspec.Meta(max_length=8)] = {}
    boots: Annotated[list[WireBoot], msgspec.Meta(max_length=64)] = []
    carried: bool = False


class AgentIdentity(msgspec.Struct, frozen=True, order=True):
    """Who an agent is: `machine` is the full id `site/name`."""

    agent: str
    site: str
    machine: str


class FormerIdentity(msgspec.Struct, array_like=True, frozen=True):
    """Whom an agent spoke for before it was moved or renamed at `until` (Unix seconds)."""

    site: str
    machine: str
    until: float


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """An accepted report with its final time.

    `at` is the report's corrected time (Unix seconds, never later than `received_at`); if not
    `is_timed` it is only a bound, and the report says nothing about the present (see
    `collector.intake.timing`). `skew_seconds` is the agent's clock minus the collector's when
    the batch was sent.
    """

    identity: AgentIdentity
    incarnation: str
    report: WireReport
    at: float
    received_at: float
    skew_seconds: float
    is_timed: bool = True


class _Version(msgspec.Struct, frozen=True):
    v: int


class _SeqOnly(msgspec.Struct, frozen=True):
    seq: Seq


class _Rejected(msgspec.Struct, frozen=True):
    seq: int
    reason: str


class _Answer(msgspec.Struct, frozen=True):
    batch: str
    accepted: list[int]
    duplicate: list[int]
    rejected: list[_Rejected]
    time: float
    settings: str
    newest: int


_batch_decoder = msgspec.json.Decoder(WireBatch)
_report_decoder = msgspec.json.Decoder(WireReport)
_version_decoder = msgspec.json.Decoder(_Version)
_seq_decoder = msgspec.json.Decoder(_SeqOnly)
_encoder = msgspec.json.Encoder()


def decode_batch(plain: bytes) -> WireBatch:
    """Read a decompressed body.

    Raises WireError with `bad_json`, `wrong_version`, `bad_schema`, `too_many_reports`, or
    `decompressed_too_large` if it holds more values than any honest batch.
    """
    # A few kilobytes of gzip unfold to millions of values; counting costs nothing beside decoding.
    for mark, most in ((b",", MAX_COMMAS), (b"[", MAX_LISTS)):
        if (found := plain.count(mark)) > most:
            raise WireError(
                "decompressed_too_large", f"{found} times {mark.decode()!r}, at most {most}"
            )
    try:
        batch = _batch_decoder.decode(plain)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise _classified(plain, exc) from exc
    if batch.v != VERSION:
        raise _wrong_version(batch.v)
    if len(batch.reports) > MAX_REPORTS:
        raise WireError("too_many_reports", f"{len(batch.reports)} reports, at most {MAX_REPORTS}")
    return batch


def _classified(plain: bytes, exc: Exception) -> WireError:
    """Say what is wrong with a body: not JSON, another version, or other fields."""
    if not isinstance(exc, msgspec.ValidationError):
        return WireError("bad_json", str(exc))
    try:
        version = _version_decoder.decode(plain).v
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return WireError("bad_schema", str(exc))
    return WireError("bad_schema", str(exc)) if version == VERSION else _wrong_version(version)


def _wrong_version(version: int) -> WireError:
    return WireError("wrong_version", f"version {version}; this collector speaks {VERSION}")


def decode_report(raw: msgspec.Raw) -> WireReport:
    """Read one report of a batch; raises WireError with a word of `REPORT_REASONS`."""
    try:
        report = _report_decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise WireError("bad_report", str(exc)) from exc
    results = len(report.results)
    if results > MAX_RESULTS:
        raise WireError("too_many_results", f"{results} results, at most {MAX_RESULTS}")
    samples = sum(len(result.samples) for result in report.results)
    if samples > MAX_SAMPLES:
        raise WireError("too_many_samples", f"{samples} samples, at most {MAX_SAMPLES}")
    return report


def seq_of(raw: msgspec.Raw) -> int | None:
    """Return the seq of a report that may be broken otherwise, None if it has no usable one."""
    try:
        return _seq_decoder.decode(raw).seq
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def encode_answer(
    batch: str,
    *,
    accepted: list[int],
    duplicate: list[int],
    rejected: Mapping[int, str],
    time: float,
    settings: str,
    newest: int = 0,
) -> bytes:
    """Return the JSON body that answers a batch; `govnet.report.decode_answer` reads it.

    A report whose seq could not be read is listed as seq 0.
    """
    return _encoder.encode(
        _Answer(
            batch,
            accepted,
            duplicate,
            [_Rejected(seq, reason) for seq, reason in rejected.items()],
            round(time, 3),
            settings,
            newest,
        )
    )
