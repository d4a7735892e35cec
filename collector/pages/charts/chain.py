"""A chain of what depends on what, drawn as boxes in a row or, for a phone, below each other. Pure.

What is broken has another outline, a cross and a word; so nobody has to tell red from green.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """What is shown of one part; the value is its class in the sheet."""

    WORKS = "works"
    BROKEN = "broken"
    SUSPECT = "suspect"
    """It, or something beside it, is broken: nobody knows which."""
    BEYOND = "beyond"
    """Out of reach, behind what is broken."""
    UNKNOWN = "unknown"
    """Nobody looks at it, or nothing is known now."""


MARKS: Final = {
    State.BROKEN: "Hỏng ở đây",
    State.SUSPECT: "Nghi hỏng",
}
"""The words above what somebody has to look at."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the chain: what it is, and how it is in a word or two."""

    role: str
    word: str
    state: State


@dataclass(frozen=True, slots=True)
class Box:
    """Where a part stands; `mark` stands above it in a row, else in it, empty for no mark.

    `x`, `y` are of the box's upper left corner, `icon_x`, `icon_y` of the middle of its sign.
    """

    part: Part
    x: int
    y: int
    mark: str
    mark_x: int
    mark_y: int
    icon_x: int
    icon_y: int


@dataclass(frozen=True, slots=True)
class Line:
    """What joins two boxes; dashed where nothing comes through."""

    x1: int
    y1: int
    x2: int
    y2: int
    is_cut: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chain with its size; the boxes are all equally large."""

    kind: str
    width: int
    height: int
    box_width: int
    box_height: int
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """Both drawings, and what they show in one sentence."""

    title: str
    summary: str
    drawings: tuple[Drawing, ...]


_WIDE_WIDTH, _WIDE_HEIGHT, _WIDE_GAP, _ABOVE = 168, 58, 26, 26
_TALL_WIDTH, _TALL_HEIGHT, _TALL_GAP = 340, 54, 18
_ICON: Final = 20
_EDGE: Final = 2
"""Room for the outline."""
_CUT: Final = frozenset({State.BROKEN, State.BEYOND})


def chain(title: str, parts: Sequence[Part]) -> Chain:
    """Return both drawings of these parts, in their order."""
    said = "; ".join(f"{one.role}: {one.word}{_said(one.state)}" for one in parts)
    return Chain(title, f"{said}.", (_wide(parts), _tall(parts)))


def _said(state: State) -> str:
    mark = MARKS.get(state)
    return f" ({mark.lower()})" if mark else ""


def _wide(parts: Sequence[Part]) -> Drawing:
    step = _WIDE_WIDTH + _WIDE_GAP
    boxes, lines = [], []
    middle = _ABOVE + _WIDE_HEIGHT // 2
    for number, part in enumerate(parts):
        x = _EDGE + number * step
        mark = MARKS.get(part.state, "")
        boxes.append(Box(part, x, _ABOVE, mark, x, _ABOVE - 9, x + _ICON, middle))
        if number:
            lines.append(Line(x - _WIDE_GAP, middle, x, middle, part.state in _CUT))
    width = max(len(parts) * step - _WIDE_GAP, 0) + 2 * _EDGE
    height = _ABOVE + _WIDE_HEIGHT + _EDGE
    return Drawing("wide", width, height, _WIDE_WIDTH, _WIDE_HEIGHT, tuple(boxes), tuple(lines))


def _tall(parts: Sequence[Part]) -> Drawing:
    step = _TALL_HEIGHT + _TALL_GAP
    boxes, lines = [], []
    for number, part in enumerate(parts):
        y = _EDGE + number * step
        mark = MARKS.get(part.state, "")
        boxes.append(Box(part, _EDGE, y, mark, 224, y + 23, _EDGE + _ICON, y + _TALL_HEIGHT // 2))
        if number:
            lines.append(Line(_ICON, y - _TALL_GAP, _ICON, y, part.state in _CUT))
    height = max(len(parts) * step - _TALL_GAP, 0) + 2 * _EDGE
    return Drawing(
        "tall",
        _TALL_WIDTH + 2 * _EDGE,
        height,
        _TALL_WIDTH,
        _TALL_HEIGHT,
        tuple(boxes),
        tuple(lines),
    )
