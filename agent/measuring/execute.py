"""One run of one check, held to its contract: what it may give back and how it may fail."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from agent.checks.contract import Check, Context
from govnet.catalogue import Metric
from govnet.errors import CheckError
from govnet.report import Sample
from govnet.settings import CheckSettings

_LONGEST_ERROR = 500
"""Characters of an error that travel; the collector refuses reports with far longer ones."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one run gave: `error` says why it could not measure, or not all of it."""

    duration_seconds: float
    error: str | None
    samples: tuple[Sample, ...]


def execute(
    load: Callable[[str], Check[Any]], settings: CheckSettings, context: Context
) -> Finding:
    """Run a check once and return what it found; never raises for a check's own failure.

    Samples that came before an error are kept. A sample that the check did not announce, or whose
    labels are not those of the catalogue, is left out and makes the run an error: a mistake in a
    check must show on the pages and not only in the collector's rejections.
    """
    started = context.clock.monotonic()
    samples: list[Sample] = []
    error: str | None = None
    try:
        check = load(settings.check)
        rows = {metric.name: metric for metric in check.metrics}
        for sample in check.run(settings, context):
            problem = _problem(rows, sample)
            if problem is None:
                samples.append(sample)
            else:
                error = error or problem
    except CheckError as exc:
        error = str(exc)
    except Exception as exc:  # noqa: BLE001 - a bug in one check must cost neither the others nor the report, and must be seen
        error = f"unexpected {type(exc).__name__}: {exc}"
    if error is not None:
        error = error[:_LONGEST_ERROR]
    return Finding(context.clock.monotonic() - started, error, tuple(samples))


def _problem(rows: dict[str, Metric], sample: Sample) -> str | None:
    """Return what the catalogue has against a sample, or None."""
    metric = rows.get(sample.name)
    if metric is None:
        return f"gave {sample.name}, which it does not announce"
    given = set(sample.labels or ())
    if given != set(metric.sample_labels):
        wanted = ", ".join(metric.sample_labels) or "none"
        return f"gave {sample.name} with labels {sorted(given)}, expected {wanted}"
    return None
