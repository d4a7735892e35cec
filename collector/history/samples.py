"""From settled batches to samples, under exactly the series that exposition gives them. Pure."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, Generic, NamedTuple, TypeVar

from collector.intake.inflate import inflate
from collector.intake.records import InboxRecord, Settled
from collector.series.labels import Targets
from collector.series.layout import Keys, head_values, keys_of, lay_out, most_series, possible
from collector.wire import AgentIdentity, WireReport, decode_batch, decode_report, seq_of
from govnet.errors import WireError
from govnet.report import MAX_DECOMPRESSED_BYTES

MAX_HELD_SERIES: Final = 100_000
"""Series whose encoding is remembered; beyond it remembering starts anew."""

Series = TypeVar("Series")


class Row(NamedTuple, Generic[Series]):
    """The samples of one report, all of one time (Unix ms)."""

    at_ms: int
    series: list[Series]
    values: list[float]


class _Shape(NamedTuple, Generic[Series]):
    keys: Keys
    series: list[Series | None]


class Layout(Generic[Series]):
    """Turns reports into rows; `encode` makes of a series' text what the rows hold."""

    def __init__(self, targets: Targets, encode: Callable[[bytes], Series]) -> None:
        self._targets = targets
        self._encode = encode
        self._shapes: dict[tuple[str, str, str, str], _Shape[Series]] = {}
        self._held = 0

    def replace_targets(self, targets: Targets) -> None:
        """Go by another inventory from now on."""
        self._targets = targets
        self._forget()

    def rows(self, record: InboxRecord, settled: Settled) -> Iterator[Row[Series]]:
        """Yield what the newly accepted and timed reports of a batch say, in order of seq."""
        times = {report.seq: report.at_ms for report in settled.reports if report.is_timed}
        if not times:
            return
        try:
            batch = decode_batch(inflate(record.body, record.encoding, MAX_DECOMPRESSED_BYTES))
        except WireError:
            return  # An older version that is no longer spoken.
        identity = AgentIdentity(record.agent, record.site, record.machine)
        # The newest first: what an agent still had of the time before it was moved or renamed.
        former = [
            (AgentIdentity(record.agent, one.site, one.machine), one.until * 1000)
            for one in reversed(record.former)
        ]
        found: dict[int, Row[Series]] = {}
        for raw in batch.reports:
            seq = seq_of(raw)
            if seq is None or seq in found or seq not in times:
                continue
            try:
                report = decode_report(raw)
            except WireError:
                continue
            at_ms = times[seq]
            before = [one for one, until_ms in former if at_ms < until_ms]
            found[seq] = self.row(identity, report, at_ms, before)
        for seq in sorted(found):
            yield found[seq]

    def row(
        self,
        identity: AgentIdentity,
        report: WireReport,
        at_ms: int,
        former: Iterable[AgentIdentity] = (),
    ) -> Row[Series]:
        """Return the samples of one report that may be published.

        What is not the agent's to say now may have been so under one of its `former` identities.
        """
        row: Row[Series] = Row(at_ms, [], [])
        written: set[tuple[str, str]] = set()
        for result in report.results:
            target = (result.check, result.target)
            if target in written:
                continue
            samples = possible(result.samples)
            keys = keys_of(samples)
            placed = (self._series(one, *target, keys) for one in (identity, *former))
            series = next((one for one in placed if one is not None), None)
            if series is None:
                continue
            written.add(target)
            values = [sample.value for sample in samples]
            values += head_values(result)
            if None in series:
                pairs = [pair for pair in zip(series, values, strict=True) if pair[0] is not None]
                row.series.extend(one for one, _ in pairs if one is not None)
                row.values.extend(value for _, value in pairs)
            else:
                row.series.extend(series)  # type: ignore[arg-type]  # no None is in it
                row.values.extend(values)
        return row

    def _series(
        self, identity: AgentIdentity, check: str, target: str, keys: Keys
    ) -> list[Series | None] | None:
        """Return the series of each value of a result; None where one is refused, or all are."""
        key = (identity.site, identity.machine, check, target)
        shape = self._shapes.get(key)
        if shape is not None and shape.keys == keys:
            return shape.series
        place = self._targets.place(identity, check, target)
        if isinstance(place, str):
            return None
        # Live also counts what the agent's other results have just now, which nobody knows later:
        # history may hold a few series more, never fewer.
        room = most_series(identity.site, self._targets.centre)
        laid_out = lay_out(keys, place, identity.machine, room)
        series = [self._encode(one) if isinstance(one, bytes) else None for one in laid_out]
        if shape is not None:
            self._held -= len(shape.series)
        elif self._held + len(series) > MAX_HELD_SERIES:
            self._forget()
        self._shapes[key] = _Shape(keys, series)
        self._held += len(series)
        return series

    def _forget(self) -> None:
        self._shapes.clear()
        self._held = 0
