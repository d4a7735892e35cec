"""The quality of circuits now, read from the measurements that are exposed.

A path with a reflector at its far end is measured both ways (`govnet_path_*`) and goes first; else
probes to the far end tell (`govnet_link_*`), then those of the centre to the site. What is no
longer fresh is not there at all (`collector.series.state`).
"""

import math
import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from collector.series.state import State

KEPT_SECONDS: Final = 5.0
_LABEL: Final = re.compile(rb'(\w+)="([^"]*)"')
"""Ids and fixed words hold no quotes, so none is escaped."""
_BOTH_WAYS: Final = b"both"
_ENDS: Final = (b"far", b"site")
"""Ends that lie behind the whole circuit, the better one first."""


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured last of one circuit; None was not measured.

    `grade` is 0 good, 1 fair, 2 poor for a conference; `at` is Unix seconds of the newest value.
    """

    rtt_seconds: float | None = None
    loss_ratio: float | None = None
    jitter_seconds: float | None = None
    grade: int | None = None
    at: float = 0.0


class Kept:
    """The quality of every circuit as it was a few seconds ago at most, for whoever asks often."""

    def __init__(self) -> None:
        self._at = -math.inf
        self._found: dict[str, Quality] = {}

    def qualities(self, state: State, now: float) -> dict[str, Quality]:
        """Return what `qualities` did at `now` (Unix seconds), or at most `KEPT_SECONDS` before."""
        if not 0 <= now - self._at < KEPT_SECONDS:
            self._found, self._at = qualities(state), now
        return self._found


class _Found(msgspec.Struct):
    """A value of one circuit and how good its source is: less is better."""

    rank: int
    value: float
    at: float


_FIELDS: Final = {
    "rtt_seconds": ("govnet_path_rtt_seconds", "govnet_link_rtt_seconds"),
    "loss_ratio": ("govnet_path_loss_ratio", "govnet_link_loss_ratio"),
    "jitter_seconds": (
        "govnet_path_jitter_mean_seconds",
        "govnet_link_rtt_variation_mean_seconds",
    ),
    "grade": ("govnet_path_grade_code",),
}


def qualities(state: State) -> dict[str, Quality]:
    """Return the quality of every circuit of which anything is fresh, by its id."""
    values: dict[str, dict[str, _Found]] = {}
    for field, names in _FIELDS.items():
        for metric, name in enumerate(names):
            for link, rank, value, at in _read(state.render(name)):
                found = _Found(metric * len(_ENDS) + rank, value, at)
                of_link = values.setdefault(link, {})
                known = of_link.get(field)
                if known is None or (found.rank, -found.at) < (known.rank, -known.at):
                    of_link[field] = found
    return {link: _quality(found) for link, found in values.items()}


def _quality(found: dict[str, _Found]) -> Quality:
    def value(field: str) -> float | None:
        return found[field].value if field in found else None

    grade = value("grade")
    return Quality(
        rtt_seconds=value("rtt_seconds"),
        loss_ratio=value("loss_ratio"),
        jitter_seconds=value("jitter_seconds"),
        grade=None if grade is None else int(grade),
        at=max(one.at for one in found.values()),
    )


def _read(text: Iterable[bytes]) -> Iterator[tuple[str, int, float, float]]:
    """Yield link, rank of the end, value and time of what is about a whole circuit."""
    for piece in text:
        for line in piece.splitlines():
            series, _, rest = line.rpartition(b"} ")
            labels = dict(_LABEL.findall(series))
            end, direction = labels.get(b"end", _ENDS[0]), labels.get(b"direction", _BOTH_WAYS)
            if end in _ENDS and direction == _BOTH_WAYS and b"link" in labels:
                value, _, millis = rest.partition(b" ")
                yield labels[b"link"].decode(), _ENDS.index(end), float(value), int(millis) / 1000
