"""Made-up reports of office PCs for load and rendering: real names and labels, plausible values."""

import random
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from govnet.catalogue import METRICS, Kind, Source
from govnet.report import (
    HEADER_AGENT,
    HEADER_KEY,
    HEADER_SIGNATURE,
    PATH_REPORTS,
    Clock,
    Purpose,
    Report,
    Result,
    Sample,
    encode_batch,
    encode_report,
    sign,
)

CHECK_SERIES = 3
"""Series that the collector makes of each result's head."""
CHECKS = ("machine", "lan")
_VALUES = {
    "mode": ("user", "system", "idle", "iowait"),
    "disk": ("C:", "D:", "E:", "F:"),
    "interface": tuple(f"Ethernet {number}" for number in range(1, 7)),
    "os": ("Windows 10",),
    "os_build": ("19045",),
}


@dataclass(frozen=True, slots=True)
class Sender:
    """An agent with its key."""

    agent: str
    machine: str
    key_id: str
    key: bytes


def samples(count: int, rng: random.Random) -> tuple[Sample, ...]:
    """Return `count` samples of the machine and LAN checks, the same names for every agent."""
    made = tuple(islice(_samples(rng), count))
    assert len(made) == count, f"the catalogue gives only {len(made)}"
    return made


def _samples(rng: random.Random) -> Iterator[Sample]:
    metrics = [
        metric
        for check in reversed(CHECKS)  # The LAN's first: all of it fits beside most of the machine.
        for metric in METRICS
        if metric.source is Source.MEASUREMENT and metric.name.startswith(f"govnet_{check}_")
    ]
    for metric in metrics:
        label_sets: list[dict[str, str]] = [{}]
        for label in metric.sample_labels:
            known = _VALUES[label]
            label_sets = [given | {label: value} for given in label_sets for value in known]
        for labels in label_sets:
            value = rng.randrange(10**11) if metric.kind is Kind.COUNTER else rng.randrange(10**6)
            yield Sample(metric.name, value / 100, labels or None)


def results(machine: str, count: int, rng: random.Random) -> tuple[Result, ...]:
    """Return the results of both checks with `count` samples together."""
    made = samples(count, rng)
    return tuple(
        Result(
            check=check,
            target=machine,
            duration_seconds=round(rng.uniform(0.01, 0.3), 6),
            age_seconds=round(rng.uniform(0, 1), 3),
            error=None,
            samples=tuple(one for one in made if one.name.startswith(f"govnet_{check}_")),
        )
        for check in CHECKS
    )


def request(sender: Sender, seq: int, now: float, count: int) -> bytes:
    """Return a whole HTTP request with a signed batch of one report of `count` samples."""
    rng = random.Random(f"{sender.agent} {seq}")
    report = Report(
        seq=seq,
        created_at=now,
        monotonic_seconds=1000.0 + seq,
        boot_id=sender.agent,
        interval_seconds=60.0,
        settings="0" * 16,
        results=results(sender.machine, count, rng),
    )
    clock = Clock(now, 1000.0 + seq, sender.agent)
    batch = encode_batch(sender.agent, incarnation(sender), clock, [encode_report(report)])
    head = (
        f"POST {PATH_REPORTS} HTTP/1.1\r\nHost: localhost\r\n"
        "Content-Type: application/json\r\nContent-Encoding: gzip\r\n"
        f"Content-Length: {len(batch.body)}\r\n"
        f"{HEADER_AGENT}: {sender.agent}\r\n{HEADER_KEY}: {sender.key_id}\r\n"
        f"{HEADER_SIGNATURE}: {sign(sender.key, Purpose.BATCH, batch.body)}\r\n\r\n"
    )
    return head.encode() + batch.body


def push(sender: Sender, seq: int, count: int) -> bytes:
    """Return a whole HTTP request that pushes the same samples to a Pushgateway.

    As little text as possible: no HELP, no TYPE, and the machine once, in the path.
    """
    rng = random.Random(f"{sender.agent} {seq}")
    body = b"".join(
        f"{series(one)} {one.value!r}\n".encode()
        for result in results(sender.machine, count, rng)
        for one in result.samples
    )
    head = (
        f"PUT /metrics/job/govnet/machine@base64/{_base64(sender.machine)} HTTP/1.1\r\n"
        f"Host: localhost\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def series(sample: Sample) -> str:
    """Return the sample's name with its own labels as Prometheus text; none needs escaping."""
    labels = ",".join(f'{name}="{value}"' for name, value in (sample.labels or {}).items())
    return f"{sample.name}{{{labels}}}" if labels else sample.name


def incarnation(sender: Sender) -> str:
    """Return a spool's id that is the same in every run."""
    return sender.agent.encode().hex()[:16].ljust(16, "0")


def split(items: Sequence[bytes], parts: int) -> list[list[bytes]]:
    """Deal the items to `parts` connections, in turn."""
    return [list(items[part::parts]) for part in range(parts)]


def _base64(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")
