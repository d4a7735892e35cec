"""How long checks may take, and how far apart their probes are. Pure, in seconds."""

from typing import Final

MAX_TIMEOUT_SECONDS: Final = 10.0
LEAST_TIMEOUT_SECONDS: Final = 0.001
LEAST_SPACING_SECONDS: Final = 1e-6
"""Rounded down no further: agents refuse settings with a time of 0."""
PROBE_SPACING_SECONDS: Final = 0.2
LEAST_POLL_SECONDS: Final = 60.0
"""Devices and the quality of a circuit are measured no more often, whatever reports do: it costs
the device, or the line."""


def spacing(probes: int, interval_seconds: float) -> float:
    """Return the time between probes: all together take a quarter of the interval at most."""
    spacing_seconds = round(min(PROBE_SPACING_SECONDS, interval_seconds / (4 * probes)), 6)
    return max(spacing_seconds, LEAST_SPACING_SECONDS)


def deadline(interval_seconds: float, most_seconds: float = MAX_TIMEOUT_SECONDS) -> float:
    """Return the deadline of a check: a run ends before the next one starts."""
    return max(round(min(most_seconds, interval_seconds), 3), LEAST_TIMEOUT_SECONDS)


def poll_seconds(report_interval_seconds: float) -> float:
    """Return how often devices and the quality of a circuit are measured."""
    return max(report_interval_seconds, LEAST_POLL_SECONDS)
