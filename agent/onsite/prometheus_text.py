"""Samples as a person on site reads them: lines in the form of Prometheus' text format 0.0.4."""

from collections.abc import Iterable, Iterator

from govnet.catalogue import CATALOGUE, IDENTITY_LABELS
from govnet.report import Sample

_SET_BY_REPORTER = ("site", "machine", "check")
"""Identity labels that say who measured, and not on what."""


def sample_lines(samples: Iterable[Sample], target: str) -> Iterator[str]:
    """Yield one line per sample; the target stands in the label that the collector will use."""
    for sample in samples:
        metric = CATALOGUE.get(sample.name)
        labels = {
            label: target
            for label in (metric.labels if metric else ())
            if label in IDENTITY_LABELS and label not in _SET_BY_REPORTER
        }
        yield line(sample.name, labels | dict(sample.labels or {}), sample.value)


def line(name: str, labels: dict[str, str], value: float) -> str:
    """Return one line, for instance `govnet_point_up{point="x",protocol="h323"} 1`."""
    inside = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
    return f"{name}{{{inside}}} {value!r}" if inside else f"{name} {value!r}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
