"""The wire format between agent and collector: batches of reports, their code, their answer.

A batch is the body of one `POST /v1/reports`: gzip JSON, so that curl or a PowerShell script can
report too. `docs/protocol.md` describes it for people who write other senders.

    {"v": 1, "batch": "<32 hex>", "agent": "...", "incarnation": "<16 hex>",
     "sent_at": 1790000000.0, "sent_monotonic_seconds": 5000.0, "boot_id": "...",
     "reports": [
       {"seq": 7, "created_at": 1790000000.0, "monotonic_seconds": 4999.0, "boot_id": "...",
        "interval_seconds": 60.0, "settings": "<16 hex>",
        "results": [
          {"check": "link", "target": "xa-don-duong/tslcd", "duration_seconds": 2.1,
           "age_seconds": 0.4, "error": null,
           "samples": [["govnet_link_rtt_seconds", 0.012, {"end": "far"}], ...]}]}]}

Three fields of a batch stand there only where they say something:

    "hardware": {"board": "<8 hex>", ...}   the machine's fingerprint (`govnet.enrolment`)
    "boots": [{"boot_id": "...", "started_at": 1790000000.0}]
                                            when boots began by the *collector's* clock, as this
                                            agent learnt it while each of them ran
    "carried": true                         made to travel on a stick: `sent_at` says nothing about
                                            when it arrives

Every report is self-contained: it carries the newest result of every check with its age. Only the
facts of a machine, which hardly ever change, stand in few of them: a result may have

    "facts": {"model": "...", "disk.0.size": "..."}

all of them, where they differ from those sent before, after a start, and once a day.

`seq` is never reused within an incarnation. Times are Unix seconds by the sender's clock; the
collector corrects them once by `sent_at` or, after a clock step, by the monotonic times.

The authentication code is HMAC-SHA256 (RFC 2104) over a purpose line and the exact body bytes as
sent, so a report can travel through proxies and on a stick and still be believed. Keys are 32
random bytes, written as 64 hex digits.

This file needs the standard library only; the collector decodes with its own typed records
(`collector.wire`), and golden files hold both to the same bytes.
"""

import gzip
import hmac
import json
import math
import secrets
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

VERSION = 1

PATH_REPORTS = "/v1/reports"
PATH_SETTINGS = "/v1/settings"
PATH_CA = "/v1/ca"
PATH_ENROL = "/v1/enrol"
PATH_KEYS = "/v1/keys"

HEADER_AGENT = "Govnet-Agent"
HEADER_KEY = "Govnet-Key"
HEADER_SIGNATURE = "Govnet-Signature"
HEADER_NONCE = "Govnet-Nonce"
HEADER_CRC = "Govnet-Crc32"
"""CRC-32 (RFC 1952) of the body as sent, 8 hex digits: tells a body that something on the way has
changed from a wrong key. It protects nothing; the code does."""

MAX_BODY_BYTES = 1 << 20
"""Largest body of a batch, compressed as sent."""
MAX_DECOMPRESSED_BYTES = 8 << 20
"""Largest batch after decompression."""
MAX_REPORTS = 100
"""Most reports in one batch."""
MAX_SAMPLES = 60_000
"""Most samples in one report (the centre's agent checks every site, and polls switches)."""
MAX_RESULTS = 12_000
"""Most results in one report: more than an agent can be told to measure."""
MAX_LISTS = 2 * MAX_SAMPLES
"""Most `[` in a decompressed batch: every sample is a list, so no batch has more samples."""
MAX_COMMAS = 10 * MAX_SAMPLES
"""Most `,` in a decompressed batch: they bound how many values any decoder has to make."""
MAX_FACTS = 200
"""Most facts of one result."""
MAX_FACT_KEY_CHARACTERS = 64
"""Longest name of a fact: small letters, digits, dots, underscores."""
MAX_FACT_CHARACTERS = 256
"""Longest text of a fact."""
MAX_REASON_CHARACTERS = 200
"""So much of a reason for a rejected report is kept."""


class Purpose(StrEnum):
    """What a code was made for; one made for one purpose is worthless for another."""

    BATCH = "govnet-batch-v1"
    SETTINGS_REQUEST = "govnet-settings-request-v1"
    SETTINGS = "govnet-settings-v1"
    NEW_KEY = "govnet-new-key-v1"


class Duty(StrEnum):
    """What a sender does with the reports of a refused request, as `docs/protocol.md` says it."""

    SET_ASIDE = "send fewer at once; set aside a report refused alone, it will not get better"
    SLOW_DOWN = "keep everything, try rarely, say so: a person must act"
    MOVE = "keep everything, go to the collector that is named"
    RETRY = "keep everything, try again, at the earliest as `Retry-After` says"


@dataclass(frozen=True, slots=True)
class Refusal:
    """How a refused request is answered, and what its sender does then."""

    status: int
    duty: Duty


REFUSALS: dict[str, Refusal] = {
    "bad_request": Refusal(400, Duty.SET_ASIDE),
    "bad_gzip": Refusal(400, Duty.SET_ASIDE),
    "bad_json": Refusal(400, Duty.SET_ASIDE),
    "bad_schema": Refusal(400, Duty.SET_ASIDE),
    "wrong_version": Refusal(400, Duty.SLOW_DOWN),
    "body_truncated": Refusal(400, Duty.RETRY),
    "unauthenticated": Refusal(401, Duty.SLOW_DOWN),
    "unknown_agent": Refusal(401, Duty.SLOW_DOWN),
    "unknown_key": Refusal(401, Duty.SLOW_DOWN),
    "bad_signature": Refusal(401, Duty.SLOW_DOWN),
    "body_altered": Refusal(401, Duty.SLOW_DOWN),
    "revoked": Refusal(403, Duty.SLOW_DOWN),
    "agent_mismatch": Refusal(403, Duty.SLOW_DOWN),
    "clone_suspected": Refusal(403, Duty.SLOW_DOWN),
    "pending": Refusal(403, Duty.RETRY),
    "bad_token": Refusal(403, Duty.SLOW_DOWN),
    "token_expired": Refusal(403, Duty.SLOW_DOWN),
    "token_used_up": Refusal(403, Duty.SLOW_DOWN),
    "unknown_site_code": Refusal(403, Duty.SLOW_DOWN),
    "forbidden": Refusal(403, Duty.SLOW_DOWN),
    "key_conflict": Refusal(409, Duty.SLOW_DOWN),
    "not_found": Refusal(404, Duty.SLOW_DOWN),
    "method_not_allowed": Refusal(405, Duty.SLOW_DOWN),
    "request_timeout": Refusal(408, Duty.RETRY),
    "body_too_large": Refusal(413, Duty.SET_ASIDE),
    "decompressed_too_large": Refusal(413, Duty.SET_ASIDE),
    "too_many_reports": Refusal(413, Duty.SET_ASIDE),
    "unsupported_media_type": Refusal(415, Duty.SLOW_DOWN),
    "wrong_collector": Refusal(421, Duty.MOVE),
    "rate_limited": Refusal(429, Duty.RETRY),
    "storage_full": Refusal(503, Duty.RETRY),
    "database_busy": Refusal(503, Duty.RETRY),
    "shutting_down": Refusal(503, Duty.RETRY),
}
"""Why a request was refused. The body says `{"error": reason, "detail": ...}`."""

REASONS: dict[str, int] = {reason: refusal.status for reason, refusal in REFUSALS.items()}
"""HTTP status of every reason."""

REPORT_REASONS = ("bad_report", "too_many_results", "too_many_samples", "seq_conflict")
"""Why one report of an accepted batch was rejected; the others are not touched."""

SAMPLE_REASONS = (
    "unknown_metric",
    "bad_labels",
    "bad_value",
    "unknown_target",
    "foreign_target",
    "too_many_series",
)
"""Why a sample of an accepted report is not published."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One value: metric name, value, and the labels that the check itself gives."""

    name: str
    value: float
    labels: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """What a machine is, as text under a dotted name: `Fact("disk.0.model", "...")`."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Result:
    """The newest run of one check on one target.

    `age_seconds` is the time from the run's end to the report. `error` says why nothing could be
    measured; samples may still hold what was measured before that. `facts` are all facts by key,
    None where they stay as they were sent.
    """

    check: str
    target: str
    duration_seconds: float
    age_seconds: float
    error: str | None
    samples: tuple[Sample, ...]
    facts: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What one agent knows at one moment; see the module's text for units."""

    seq: int
    created_at: float
    monotonic_seconds: float
    boot_id: str
    interval_seconds: float
    settings: str
    results: tuple[Result, ...]


@dataclass(frozen=True, slots=True)
class Clock:
    """The sender's clocks at the moment of sending."""

    sent_at: float
    sent_monotonic_seconds: float
    boot_id: str


@dataclass(frozen=True, slots=True)
class Boot:
    """When a boot of the sender began, by the collector's clock (Unix seconds).

    A report of it was made at `started_at` plus its `monotonic_seconds`.
    """

    boot_id: str
    started_at: float


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch ready to send: its id and its exact body bytes (gzip JSON)."""

    id: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """The collector's answer to a batch.

    `batch` is the id of the batch it is about: an answer about another one (a proxy's cache, an
    earlier exchange) says nothing. `rejected` maps a seq to its reason. `duplicate` ones were
    known already and may be deleted like accepted ones. `time` is the collector's clock (Unix
    seconds); `settings` the digest of the settings this agent should run. `newest` is the highest
    seq of this incarnation that the collector has; one that was never given out tells the sender
    that its own memory is older than that. 0 where the collector does not say.
    """

    batch: str
    accepted: tuple[int, ...]
    duplicate: tuple[int, ...]
    rejected: Mapping[int, str]
    time: float
    settings: str
    newest: int = 0


def _dumps(plain: object) -> bytes:
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def encode_report(report: Report) -> bytes:
    """Return a report's JSON bytes: what the spool keeps and every batch repeats unchanged.

    Samples that are not finite are left out: absence is how "no value" is said.
    """
    return _dumps(
        {
            "seq": report.seq,
            "created_at": round(report.created_at, 3),
            "monotonic_seconds": round(report.monotonic_seconds, 3),
            "boot_id": report.boot_id,
            "interval_seconds": report.interval_seconds,
            "settings": report.settings,
            "results": [_plain_result(result) for result in report.results],
        }
    )


def _plain_result(result: Result) -> dict[str, object]:
    plain: dict[str, object] = {
        "check": result.check,
        "target": result.target,
        "duration_seconds": round(result.duration_seconds, 6),
        "age_seconds": round(result.age_seconds, 3),
        "error": result.error,
        "samples": [
            [sample.name, sample.value, dict(sample.labels)]
            if sample.labels
            else [sample.name, sample.value]
            for sample in result.samples
            if math.isfinite(sample.value)
        ],
    }
    if result.facts is not None:
        plain["facts"] = dict(result.facts)
    return plain


def encode_batch(
    agent: str,
    incarnation: str,
    clock: Clock,
    reports: Iterable[bytes],
    *,
    hardware: Mapping[str, str] | None = None,
    boots: Iterable[Boot] = (),
    carried: bool = False,
) -> Batch:
    """Return a batch of already encoded reports, compressed, under a fresh random id."""
    batch_id = secrets.token_hex(16)
    plain_head: dict[str, object] = {
        "v": VERSION,
        "batch": batch_id,
        "agent": agent,
        "incarnation": incarnation,
        "sent_at": round(clock.sent_at, 3),
        "sent_monotonic_seconds": round(clock.sent_monotonic_seconds, 3),
        "boot_id": clock.boot_id,
    }
    if hardware:
        plain_head["hardware"] = dict(hardware)
    if known := [
        {"boot_id": boot.boot_id, "started_at": round(boot.started_at, 3)} for boot in boots
    ]:
        plain_head["boots"] = known
    if carried:
        plain_head["carried"] = True
    head = _dumps(plain_head)
    plain = head[:-1] + b',"reports":[' + b",".join(reports) + b"]}"
    return Batch(batch_id, gzip.compress(plain, compresslevel=6, mtime=0))


def decode_answer(body: bytes) -> Answer:
    """Read the collector's answer.

    Raises ValueError if it does not follow the protocol (a captive portal's page, for instance).
    """
    try:
        plain = json.loads(body)
        answer = Answer(
            batch=str(plain["batch"]),
            accepted=tuple(int(seq) for seq in plain["accepted"]),
            duplicate=tuple(int(seq) for seq in plain["duplicate"]),
            rejected={int(item["seq"]): _reason(item["reason"]) for item in plain["rejected"]},
            time=float(plain["time"]),
            settings=str(plain["settings"]),
            newest=int(plain.get("newest", 0)),
        )
    except (KeyError, TypeError, OverflowError, RecursionError) as exc:
        raise ValueError(f"not a collector's answer: {exc!r}") from exc
    if not math.isfinite(answer.time):
        raise ValueError(f"not a collector's answer: its time is {answer.time}")
    return answer


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal as a collector says it.

    `reason` is a word of `REFUSALS`, `detail` for people; `collector` the address of another one,
    if it named one.
    """

    reason: str
    detail: str
    collector: str | None


def decode_refusal(status: int, body: bytes) -> Refused | None:
    """Read what refused a request; None if no collector said it: a proxy, a captive portal."""
    try:
        plain = json.loads(body)
        reason = str(plain["error"])
        if REFUSALS[reason].status != status:
            return None
        detail, collector = plain.get("detail"), plain.get("collector")
        return Refused(
            reason,
            _reason(detail) if isinstance(detail, str) else "",
            collector if isinstance(collector, str) else None,
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _reason(text: object) -> str:
    """Return a reason as it can be logged and written down. Raises ValueError if it is no text."""
    return str(text)[:MAX_REASON_CHARACTERS].encode().decode()


def sign(key: bytes, purpose: Purpose, *parts: bytes) -> str:
    """Return the authentication code as 64 hex digits.

    The parts are joined by line feeds behind the purpose. For `SETTINGS_REQUEST` they are agent id
    and nonce; for `SETTINGS` nonce and body; for `BATCH` and `NEW_KEY` the body.
    """
    return hmac.digest(key, b"\n".join((purpose.encode(), *parts)), "sha256").hex()


def crc(body: bytes) -> str:
    """Return the text of `HEADER_CRC` for a body."""
    return f"{zlib.crc32(body):08x}"


def verify(key: bytes, code: str, purpose: Purpose, *parts: bytes) -> bool:
    """Whether the code was made with this key for this purpose over these parts."""
    return hmac.compare_digest(sign(key, purpose, *parts).encode(), code.encode())


def is_text(text: str) -> bool:
    """Whether a text can be written at all: JSON, and names of files, can hold half a character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
