"""One run of one check, held to its contract: what it may give back and how it may fail."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from agent.checks.contract import Check, Context
from govnet.catalogue import Metric
from govnet.errors import CheckError
from govnet.report import (
    MAX_FACT_CHARACTERS,
    MAX_FACT_KEY_CHARACTERS,
    MAX_FACTS,
    Fact,
    Sample,
    is_text,
)
from govnet.settings import CheckSettings

_FACT_KEY = re.compile(rf"[a-z0-9_.]{{1,{MAX_FACT_KEY_CHARACTERS}}}")

_LONGEST_ERROR = 500
"""Characters of an error that travel; the collector refuses reports with far longer ones."""


MAX_FINDING_BYTES = 512 << 10
"""So much of a report one run may fill: a switch of 48 ports takes 80 kB, a device that lies about
its ports and their names all it is let; the others' results travel in the same report."""
_SAMPLE_BYTES, _LABEL_BYTES = 32, 6
"""What brackets, quotes and a number take beside the texts of a sample, in JSON."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one run gave: `error` says why it could not measure, or not all of it.

    `facts` is None for a check that gives none, or gave none this time. `size_bytes` is about what
    the samples take in a report.
    """

    duration_seconds: float
    error: str | None
    samples: tuple[Sample, ...]
    facts: Mapping[str, str] | None = None
    size_bytes: int = 0


def execute(
    load: Callable[[str], Check[Any]], settings: CheckSettings, context: Context
) -> Finding:
    """Run a check once and return what it found; never raises for a check's own failure.

    Samples that came before an error are kept. A sample that the check did not announce, or whose
    labels are not those of the catalogue, is left out and makes the run an error: a mistake in a
    check must show on the pages and not only in the collector's rejections. So is one that cannot
    travel, and whatever comes after MAX_FINDING_BYTES.
    """
    started = context.clock.monotonic()
    samples: list[Sample] = []
    facts: dict[str, str] = {}
    error: str | None = None
    size_bytes = 0
    try:
        check = load(settings.check)
        rows = {metric.name: metric for metric in check.metrics}
        for given in check.run(settings, context):
            if isinstance(given, Fact):
                problem = _fact_problem(facts, given)
                if problem is None:
                    facts[given.key] = given.text[:MAX_FACT_CHARACTERS]
            else:
                problem = _problem(rows, given)
                if problem is None:
                    size_bytes += _size_bytes(given)
                    if size_bytes > MAX_FINDING_BYTES:
                        error = error or (
                            f"gave more than {MAX_FINDING_BYTES >> 10} kB; the rest is left out"
                        )
                        break
                    samples.append(given)
            error = error or problem
    except CheckError as exc:
        error = str(exc)
    except Exception as exc:  # noqa: BLE001 - a bug in one check must cost neither the others nor the report, and must be seen
        error = f"unexpected {type(exc).__name__}: {exc}"
    if error is not None:
        # What others said may stand in it: half of a surrogate pair could not be written down.
        error = error[:_LONGEST_ERROR].encode(errors="replace").decode()
    duration_seconds = context.clock.monotonic() - started
    return Finding(
        duration_seconds,
        error,
        tuple(samples),
        facts or None,
        min(size_bytes, MAX_FINDING_BYTES),
    )


def _problem(rows: dict[str, Metric], sample: Sample) -> str | None:
    """Return what the catalogue has against a sample, or None."""
    metric = rows.get(sample.name)
    if metric is None:
        return f"gave {sample.name}, which it does not announce"
    given = set(sample.labels or ())
    if given != set(metric.sample_labels):
        wanted = ", ".join(metric.sample_labels) or "none"
        return f"gave {sample.name} with labels {sorted(given)}, expected {wanted}"
    if not all(map(is_text, (sample.labels or {}).values())):
        return f"gave {sample.name} with a label that is no text"
    return None if _is_double(sample.value) else f"gave {sample.name} with too large a number"


def _is_double(value: float) -> bool:
    """Whether a number fits into the format: integers of devices have no end."""
    try:
        math.isfinite(value)
    except OverflowError:
        return False
    return True


def _size_bytes(sample: Sample) -> int:
    texts = (sample.labels or {}).items()
    labels = (_LABEL_BYTES + len(name) + len(text.encode()) for name, text in texts)
    return _SAMPLE_BYTES + len(sample.name) + sum(labels)


def _fact_problem(facts: Mapping[str, str], fact: Fact) -> str | None:
    """Return why a fact cannot be taken, or None."""
    if not _FACT_KEY.fullmatch(fact.key):
        return f"gave a fact named {fact.key[:80]!r}, expected small letters, digits, dots"
    if not is_text(fact.text):
        return f"gave a fact {fact.key} that is no text"
    if len(facts) >= MAX_FACTS and fact.key not in facts:
        return f"gave more than {MAX_FACTS} facts"
    return None
