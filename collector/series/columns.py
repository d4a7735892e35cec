"""Series of one metric as columns: values and times in arrays, names in pre-rendered templates.

A family keeps its series in chunks of at most 1,000. A chunk holds one bytes template with a line
per series (`name{labels} %b %b`), an array of values and a list of times, so writing a value is one
assignment and rendering a chunk is one formatting operation. Values are written by orjson: the
shortest text that reads back as the same double. Times are kept as text, one object for all series
of a report: that takes no more room than the number and saves a third of the rendering.

A removed series leaves a hole that prints nothing and is used again by the next series. Templates
are rebuilt at the next rendering after a change, not at the change.

This is storage only: who may write which series is decided by `collector.series.labels`.
"""

import math
from array import array
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

import orjson

CHUNK_SERIES: Final = 1_000
"""Most series in one chunk: one formatting operation of about 0.1 ms."""

_SLOTS: Final = tuple(range(CHUNK_SERIES))
"""One int object per slot, shared by all who remember one."""
_HOLE: Final = b"\x00"
"""Line of a hole; no series line ends in a zero byte, since a number stands there."""


class Slot(NamedTuple):
    """Place of one series: write `chunk.values[row]` and, if it is timed, `chunk.times[row]`."""

    chunk: "Chunk"
    row: int


class Chunk:
    """Up to 1,000 series of one family; `values` are doubles, `times` Unix ms as digits."""

    __slots__ = ("_changed", "_free", "_template", "_timed", "family", "times", "values")

    def __init__(self, family: "Family", *, timed: bool) -> None:
        self.family = family
        self.values = array("d")
        self.times: list[bytes] = []
        self._timed = timed
        self._template = b""
        self._changed: dict[int, bytes] = {}
        self._free: list[int] = []

    @property
    def full(self) -> bool:
        """Whether no further series fits."""
        return not self._free and len(self.values) == CHUNK_SERIES

    @property
    def empty(self) -> bool:
        """Whether it holds no series at all."""
        return len(self._free) == len(self.values)

    def add(self, series: bytes) -> int:
        """Take in a series (`name{labels}`) with value 0 and return its index."""
        if self._free:
            index = self._free.pop()
        else:
            index = _SLOTS[len(self.values)]
            self.values.append(0.0)
            if self._timed:
                self.times.append(b"0")
        line = series.replace(b"%", b"%%")
        self._changed[index] = line + (b" %b %b" if self._timed else b" %b")
        return index

    def remove(self, index: int) -> None:
        """Turn a series into a hole; its index may be given to another one."""
        self._changed[index] = (b"%.0b%.0b" if self._timed else b"%.0b") + _HOLE
        self.values[index] = 0.0
        self._free.append(index)

    def render(self) -> bytes:
        """Return the lines of all series, each ended by a line feed."""
        if self._changed:
            self._rebuild()
        values = _texts(self.values)
        if self._timed:
            arguments = [b""] * (2 * len(values))
            arguments[::2] = values
            arguments[1::2] = self.times
            text = self._template % tuple(arguments)
        else:
            text = self._template % tuple(values)
        return text.replace(_HOLE + b"\n", b"") if self._free else text

    def _rebuild(self) -> None:
        lines = self._template.split(b"\n")
        lines.pop()
        lines.extend([b""] * (len(self.values) - len(lines)))
        for index, line in self._changed.items():
            lines[index] = line
        lines.append(b"")
        self._template = b"\n".join(lines)
        self._changed = {}


class Family:
    """All series of one metric, or of one metric in one shard."""

    __slots__ = ("_chunks", "_roomy", "_timed", "count")

    def __init__(self, *, timed: bool) -> None:
        self._timed = timed
        self._chunks: list[Chunk] = []
        self._roomy: list[Chunk] = []
        self.count = 0
        """Number of series."""

    def add(self, series: bytes) -> Slot:
        """Take in a series (`name{labels}`, not in the family yet) with value 0 and time 0."""
        if not self._roomy:
            self._roomy.append(Chunk(self, timed=self._timed))
            self._chunks.append(self._roomy[-1])
        chunk = self._roomy[-1]
        index = chunk.add(series)
        if chunk.full:
            self._roomy.pop()
        self.count += 1
        return Slot(chunk, index)

    def remove(self, slot: Slot) -> None:
        """Take out a series; the slot must not be written afterwards."""
        chunk = slot.chunk
        if chunk.full:
            self._roomy.append(chunk)
        chunk.remove(slot.row)
        self.count -= 1

    def render(self) -> Iterator[bytes]:
        """Yield the text chunk by chunk."""
        for chunk in self._chunks:
            if not chunk.empty:
                yield chunk.render()


class Table:
    """A family without times whose rows are set as a whole: verdicts and coverage."""

    def __init__(self, name: str, labels: tuple[str, ...]) -> None:
        self._name = name
        self._labels = labels
        self._family = Family(timed=False)
        self._slots: dict[tuple[str, ...], Slot] = {}

    @property
    def count(self) -> int:
        """Number of rows."""
        return self._family.count

    def show(self, rows: Mapping[tuple[str, ...], float]) -> None:
        """Make the rows, by label values, exactly these."""
        slots = self._slots
        if slots.keys() != rows.keys():
            for gone in slots.keys() - rows.keys():
                self._family.remove(slots.pop(gone))
        for key, value in rows.items():
            slot = slots.get(key)
            if slot is None:
                series = series_text(self._name, zip(self._labels, key, strict=True))
                slots[key] = slot = self._family.add(series)
            slot.chunk.values[slot.row] = value

    def render(self) -> Iterator[bytes]:
        """Yield the rows' text."""
        return self._family.render()


def series_text(name: str, labels: Iterable[tuple[str, str]]) -> bytes:
    """Return `name{label="value",...}`, or the name alone if it has no labels."""
    inner = labels_text(labels)
    return (f"{name}{{{inner}}}" if inner else name).encode()


def labels_text(labels: Iterable[tuple[str, str]]) -> str:
    """Return `label="value",...` with values escaped (text format 0.0.4).

    Labels without a value are left out: to Prometheus that is the same series.
    """
    return ",".join([f'{label}="{escape(value)}"' for label, value in labels if value])


def escape(value: str) -> str:
    r"""Escape a label value: backslash, double quote and line feed."""
    if "\\" in value or '"' in value or "\n" in value:
        return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
    return value


def _texts(values: "array[float]") -> list[bytes]:
    """Return each double as Prometheus reads it; orjson writes what is not finite as null."""
    text = orjson.dumps(values.tolist())
    texts = text[1:-1].split(b",")
    if b"null" in text:
        for index, value in enumerate(values):
            if math.isnan(value):
                texts[index] = b"NaN"
            elif math.isinf(value):
                texts[index] = b"+Inf" if value > 0 else b"-Inf"
    return texts
