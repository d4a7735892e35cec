"""Which series the samples of one result become: one place for what is shown and for history.

Pure: names, labels and bounds only. Where the values go is decided by whoever asks.
"""

import math
from collections.abc import Iterable
from typing import Final, TypeAlias

from collector.series.labels import MEASURED, Place, check_series, sample_series
from collector.wire import WireResult, WireSample
from govnet.catalogue import Kind

MAX_SERIES: Final = 20_000
"""Most series of one agent: its site may have twenty switches of 48 ports."""
MAX_CENTRE_SERIES: Final = 100_000
"""Most series of an agent of the centre, which looks at every site."""

CHECK_METRICS: Final = (
    "govnet_check_success",
    "govnet_check_duration_seconds",
    "govnet_check_age_seconds",
)
"""Made from a result's head, in the order of `head_values`."""

Keys: TypeAlias = list[tuple[str, dict[str, str]]]
"""Name and own labels of each sample of a result, in its order."""


def most_series(site: str, centre: str) -> int:
    """Return how many series of samples an agent of that site may have."""
    return (MAX_CENTRE_SERIES if site == centre else MAX_SERIES) - len(CHECK_METRICS)


def lay_out(keys: Keys, place: Place, machine: str, room: int) -> list[bytes | str]:
    """Return the series of each sample, or why it is refused (a `str`), then those of the head.

    `room` is how many series the samples may become. A series counts once: of samples with the
    same labels the first.
    """
    taken: set[bytes] = set()
    found: list[bytes | str] = []
    for name, labels in keys:
        series = sample_series(name, labels, place)
        if isinstance(series, bytes):
            if series in taken:
                series = "bad_labels"
            elif len(taken) >= room:
                series = "too_many_series"
            else:
                taken.add(series)
        found.append(series)
    found.extend(check_series(name, machine, place) for name in CHECK_METRICS)
    return found


def possible(samples: list[WireSample]) -> list[WireSample]:
    """Return the samples whose values can be true, mostly the same list."""
    values = [sample.value for sample in samples]
    if not values or (min(values) >= 0.0 and math.isfinite(sum(values))):
        return samples
    return [sample for sample in samples if _is_possible(sample)]


def keys_of(samples: Iterable[WireSample]) -> Keys:
    """Return what decides about the series of samples."""
    return [(sample.name, sample.labels) for sample in samples]


def head_values(result: WireResult) -> tuple[float, float, float]:
    """Return the values of `CHECK_METRICS`."""
    success = 1.0 if result.error is None else 0.0
    return success, result.duration_seconds, result.age_seconds


def _is_possible(sample: WireSample) -> bool:
    """Whether the value can be true: a counter is finite and not negative."""
    measured = MEASURED.get(sample.name)
    if measured is None or measured.kind is not Kind.COUNTER:
        return True
    return 0.0 <= sample.value < math.inf
