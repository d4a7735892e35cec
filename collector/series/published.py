"""The measurement series of one agent: which column each sample of its report goes to.

A report of the same shape as the one before, which is nearly every report, costs one comparison of
names and labels per result and two array assignments per sample. Only a result whose shape changed
is laid out anew. Which reports count, and when series vanish, is decided by
`collector.series.state`.

Series of a device do not tell who measured it, so several agents may report the same ones: the
vantage and one that took over from it. A marked vantage or the centre has them as long as it
measures the device: no other PC of the office can speak in its place. Among equals the newest
report has them: it takes them over from whoever had them, and an older one shows only its own
`govnet_check_*`.
"""

from array import array
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from itertools import repeat
from operator import setitem
from typing import Final

from collector.series.columns import Chunk, Family, Slot
from collector.series.labels import SHARED, Place, Targets
from collector.series.layout import (
    CHECK_METRICS,
    Keys,
    head_values,
    keys_of,
    lay_out,
    most_series,
    possible,
)
from collector.wire import AgentIdentity, WireReport, WireResult
from govnet.catalogue import METRICS, Source

_SHARED_KEYS: Final = 100_000
"""Names and labels shared between agents of the same shape; beyond it sharing starts anew."""
_KEPT_CHARACTERS: Final = 200
"""Names and labels that are longer on average are not kept: they are no honest agent's."""


class Measurements:
    """The columns of every measurement in every shard; `series` counts what they hold."""

    def __init__(self) -> None:
        self.series = 0
        self.refused = (array("d", (0.0,)), [b"0"])
        """Where values of refused samples are written, so that positions stay."""
        self._families: dict[str, dict[int, Family]] = {
            metric.name: {} for metric in METRICS if metric.source is Source.MEASUREMENT
        }
        self.owners: dict[tuple[str, str], Published] = {}
        """By check and target, who has the series that do not tell who reported them."""
        self._keys: dict[tuple[object, ...], Keys] = {}
        self._keys_held = 0

    def family(self, name: str, shard: int) -> Family:
        """Return the family of a measurement in a shard."""
        families = self._families[name]
        if shard not in families:
            families[shard] = Family(timed=True)
        return families[shard]

    def render(self, name: str, shard: int | None) -> Iterator[bytes]:
        """Yield the lines of one measurement, of one shard or of all, shard by shard.

        The lines of a shard are of one moment: a series that moved to another chunk meanwhile
        would stand there twice, or not at all.
        """
        families = self._families[name]
        for number in sorted(families):
            if (shard is None or shard == number) and families[number].count:
                yield b"".join(families[number].render())

    def shared(self, keys: Keys) -> Keys | None:
        """Return equal keys that other agents hold too: most agents have the same shape.

        None means that they are too long to be kept, so the next report is laid out anew.
        """
        characters = sum(
            len(text) for name, labels in keys for text in (name, *labels, *labels.values())
        )
        if characters > _KEPT_CHARACTERS * len(keys):
            return None
        identical = tuple((name, *labels.items()) for name, labels in keys)
        known = self._keys.get(identical)
        if known is not None:
            return known
        if self._keys_held >= _SHARED_KEYS:
            self._keys.clear()
            self._keys_held = 0
        self._keys[identical] = keys
        self._keys_held += len(keys) + 1
        return keys


class _Shape:
    """Where one result's values go while its names and labels stay the same."""

    __slots__ = ("chunks", "columns", "indexes", "keys", "place", "rejected", "times", "turn")

    def __init__(self, place: Place) -> None:
        self.keys: Keys | None = None
        self.place = place
        self.chunks: list[Chunk | None] = []
        self.columns: list[array[float]] = []
        self.times: list[list[bytes]] = []
        self.indexes: list[int] = []
        self.rejected: Counter[str] = Counter()
        self.turn = 0


class Published:
    """What one agent has in the columns."""

    __slots__ = (
        "_is_trusted",
        "_measurements",
        "_millis",
        "_shapes",
        "_turn",
        "count",
        "expires_at",
        "identity",
        "queued_for",
        "shard",
    )

    def __init__(self, identity: AgentIdentity, shard: int, measurements: Measurements) -> None:
        self.identity = identity
        self.shard = shard
        self.expires_at = 0.0
        self.queued_for = 0.0
        self.count = 0
        """Number of series."""
        self._measurements = measurements
        self._shapes: dict[tuple[str, str], _Shape] = {}
        self._turn = 0
        self._millis = 0
        self._is_trusted = False

    def write(self, report: WireReport, millis: int, targets: Targets) -> Mapping[str, int]:
        """Make the report's samples the agent's series, with the time `millis` (Unix ms).

        Returns how many samples were refused, by reason.
        """
        rejected: Counter[str] = Counter()
        time = b"%d" % millis
        self._millis = millis
        self._is_trusted = targets.is_trusted(self.identity)
        self._turn += 1
        written = 0
        for result in report.results:
            samples = possible(result.samples)
            if len(samples) < len(result.samples):
                rejected["bad_value"] += len(result.samples) - len(samples)
            shape = self._shapes.get((result.check, result.target))
            if shape is not None and shape.turn == self._turn:
                # A second result of the same check and target.
                rejected["bad_labels"] += len(samples)
                continue
            if result.check in SHARED and not self._may_show(result, bool(samples), targets):
                samples = []
            values = [sample.value for sample in samples]
            keys = keys_of(samples)
            if shape is None or shape.keys != keys:
                laid_out = self._lay_out(result, keys, targets)
                if isinstance(laid_out, str):
                    rejected[laid_out] += len(keys)
                    continue
                shape = laid_out
            shape.turn = self._turn
            written += 1
            if shape.rejected:
                rejected += shape.rejected
            values += head_values(result)
            deque(map(setitem, shape.columns, shape.indexes, values), 0)
            deque(map(setitem, shape.times, shape.indexes, repeat(time)), 0)
        if len(self._shapes) != written:
            for key in [key for key, shape in self._shapes.items() if shape.turn != self._turn]:
                self._take_out(key)
        return rejected

    def shrink(self, most: int) -> bool:
        """Take series out of the columns, result by result, until `most` or more are out.

        Returns whether none is left.
        """
        remaining = self.count - most
        while self._shapes and (self.count > remaining or not self.count):
            self._take_out(next(reversed(self._shapes)))
        return not self._shapes

    def clear(self) -> None:
        """Take all series out of the columns."""
        self.shrink(self.count)

    def keep_allowed(self, targets: Targets) -> None:
        """Take out the results that another inventory places elsewhere or not at all."""
        for key, shape in tuple(self._shapes.items()):
            if targets.place(self.identity, *key) != shape.place:
                self._take_out(key)

    def _may_show(self, result: WireResult, has_samples: bool, targets: Targets) -> bool:  # noqa: FBT001 - one call
        """Return whether this agent has the series of a device, taking them over if it may.

        One that is meant to measure devices has them before others, then the newer report; of two
        of the same moment that of the agent with the higher id.
        """
        key = (result.check, result.target)
        owners = self._measurements.owners
        owner = owners.get(key)
        if not has_samples:
            if owner is self:
                del owners[key]
            return False
        if owner is self:
            return True
        if isinstance(targets.place(self.identity, *key), str):
            return True  # Refused with its reason when it is laid out.
        if owner is not None:
            if owner.order > self.order:
                return False
            owner.yield_series(key)
        owners[key] = self
        return True

    @property
    def order(self) -> tuple[bool, int, str]:
        """By what it is found which of two agents has the series of a device."""
        return self._is_trusted, self._millis, self.identity.agent

    def yield_series(self, key: tuple[str, str]) -> None:
        """Give a result's series up to another agent; its `govnet_check_*` stay as they are."""
        former = self._shapes[key]
        head = slice(-len(CHECK_METRICS), None)
        values = [
            (column[index], times[index])
            for column, times, index in zip(
                former.columns[head], former.times[head], former.indexes[head], strict=True
            )
        ]
        turn = former.turn
        self._take_out(key)
        shape = self._shapes[key] = _Shape(former.place)
        shape.keys, shape.turn = [], turn
        for name, series in zip(
            CHECK_METRICS, lay_out([], former.place, self.identity.machine, 0), strict=True
        ):
            if isinstance(series, bytes):
                self._add(shape, name, series)
        for column, times, index, (value, time) in zip(
            shape.columns, shape.times, shape.indexes, values, strict=True
        ):
            column[index], times[index] = value, time

    def _lay_out(self, result: WireResult, keys: Keys, targets: Targets) -> _Shape | str:
        """Find the columns of a result that is new or has other samples than before.

        A result that may not be published leaves nothing behind; returns why.
        """
        key = (result.check, result.target)
        if key in self._shapes:
            self._remove(self._shapes.pop(key))
        place = targets.place(self.identity, result.check, result.target)
        if isinstance(place, str):
            return place
        room = most_series(self.identity.site, targets.centre) - self.count
        if room < 0:
            self._disown(key)
            return "too_many_series"
        shape = self._shapes[key] = _Shape(place)
        shape.keys = self._measurements.shared(keys)
        names = (*(name for name, _ in keys), *CHECK_METRICS)
        laid_out = lay_out(keys, place, self.identity.machine, room)
        for name, series in zip(names, laid_out, strict=True):
            if isinstance(series, str):
                self._refuse(shape, series)
            else:
                self._add(shape, name, series)
        return shape

    def _add(self, shape: _Shape, name: str, series: bytes) -> None:
        family = self._measurements.family(name, self.shard)
        chunk, index = family.add(series)
        shape.chunks.append(chunk)
        shape.columns.append(chunk.values)
        shape.times.append(chunk.times)
        shape.indexes.append(index)
        self.count += 1
        self._measurements.series += 1

    def _refuse(self, shape: _Shape, reason: str) -> None:
        values, times = self._measurements.refused
        shape.chunks.append(None)
        shape.columns.append(values)
        shape.times.append(times)
        shape.indexes.append(0)
        shape.rejected[reason] += 1

    def _take_out(self, key: tuple[str, str]) -> None:
        """Take a result's series out of the columns; whoever reports them next has them."""
        self._disown(key)
        self._remove(self._shapes.pop(key))

    def _disown(self, key: tuple[str, str]) -> None:
        if self._measurements.owners.get(key) is self:
            del self._measurements.owners[key]

    def _remove(self, shape: _Shape) -> None:
        for chunk, index in zip(shape.chunks, shape.indexes, strict=True):
            if chunk is not None:
                chunk.family.remove(Slot(chunk, index))
                self.count -= 1
                self._measurements.series -= 1
