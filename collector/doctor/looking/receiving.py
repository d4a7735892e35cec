"""How the receivers of history stand, from the collector's own metrics."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
from prometheus_client.parser import text_string_to_metric_families

from collector.local_call import get_as_operator
from govnet.errors import GovnetError

ANSWER_SECONDS: Final = 5.0
_FIELDS: Final = {
    "govnet_collector_history_up": "up",
    "govnet_collector_history_lag_seconds": "lag_seconds",
    "govnet_collector_history_samples_total": "sent",
    "govnet_collector_history_failures_total": "failures",
}
_DROPPED: Final = "govnet_collector_history_dropped_samples_total"


class Receiver(msgspec.Struct, frozen=True):
    """One receiver: whether it answered last, how far behind it is, samples since the start."""

    name: str
    up: float = 0.0
    lag_seconds: float = 0.0
    sent: float = 0.0
    failures: float = 0.0
    refused: float = 0.0
    """Samples that it refused for good."""


def look(data: Path) -> tuple[Receiver, ...]:
    """Return every receiver, none if the collector does not tell."""
    try:
        answer = get_as_operator(data, "/metrics/verdicts", ANSWER_SECONDS)
    except GovnetError:
        return ()
    return tuple(receivers(answer.text)) if answer.ok else ()


def receivers(text: str) -> Iterator[Receiver]:
    """Read the text of metrics."""
    found: dict[str, dict[str, float]] = {}
    # Only these lines: those of a whole province would take their time.
    ours = (line for line in text.splitlines(keepends=True) if "govnet_collector_history_" in line)
    for family in text_string_to_metric_families("".join(ours)):
        for sample in family.samples:
            if sample.name == _DROPPED and sample.labels["reason"] == "refused":
                found.setdefault(sample.labels["receiver"], {})["refused"] = sample.value
            elif (field := _FIELDS.get(sample.name)) is not None:
                found.setdefault(sample.labels["receiver"], {})[field] = sample.value
    for name, fields in found.items():
        yield msgspec.convert({"name": name} | fields, Receiver)
