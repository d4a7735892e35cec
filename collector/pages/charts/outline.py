"""A map without a map: points of known coordinates in a frame, and the outline around them. Pure.

Degrees are WGS 84. What is drawn is small (a province), so a plate carrée whose east-west scale is
that of the middle latitude shows shapes and distances well enough.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 1000.0
"""Width of the drawing in its own units."""
MOST_HEIGHT: Final = 1000.0
MARGIN: Final = 40.0
_CORNERS: Final = 3

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """Where points lie in the drawing; `width` and `height` are its size."""

    width: float
    height: float
    _west: float
    _north: float
    _scale: float
    _shrink: float

    def place(self, latitude: float, longitude: float) -> Point:
        """Return a point's place: to the right, downwards."""
        return (
            round(MARGIN + (longitude - self._west) * self._shrink * self._scale, 1),
            round(MARGIN + (self._north - latitude) * self._scale, 1),
        )


def frame(degrees: Sequence[Point]) -> Frame:
    """Return the frame around points (latitude, longitude); there is at least one."""
    south, north = min(one[0] for one in degrees), max(one[0] for one in degrees)
    west, east = min(one[1] for one in degrees), max(one[1] for one in degrees)
    shrink = max(0.01, math.cos(math.radians((south + north) / 2)))
    wide, high = (east - west) * shrink, north - south
    inner = WIDTH - 2 * MARGIN
    scale = (
        min(inner / wide if wide else math.inf, (MOST_HEIGHT - 2 * MARGIN) / high) if high else 0
    )
    if not scale:
        scale = inner / wide if wide else 1.0
    return Frame(
        round(2 * MARGIN + wide * scale, 1),
        round(2 * MARGIN + high * scale, 1),
        west,
        north,
        scale,
        shrink,
    )


def hull(points: Iterable[Point]) -> tuple[Point, ...]:
    """Return the corners of the smallest convex outline, in order (Andrew's monotone chain)."""
    ordered = sorted(set(points))
    if len(ordered) < _CORNERS:
        return tuple(ordered)
    return (*_half(ordered), *_half(ordered[::-1]))


def _half(ordered: Sequence[Point]) -> list[Point]:
    chain: list[Point] = []
    for point in ordered:
        while len(chain) > 1 and _turn(chain[-2], chain[-1], point) <= 0:
            chain.pop()
        chain.append(point)
    return chain[:-1]


def _turn(start: Point, middle: Point, end: Point) -> float:
    """Return more than 0 for a turn to one side, less for the other, 0 for straight on."""
    return (middle[0] - start[0]) * (end[1] - start[1]) - (middle[1] - start[1]) * (
        end[0] - start[0]
    )
