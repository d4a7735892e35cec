"""History as OpenMetrics text, for what is too old to be sent: sorted by series, then by time.

The samples go through a temporary SQLite file, so memory stays flat whatever the wanted.
"""

import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from errno import ENOSPC
from pathlib import Path
from typing import IO, Final, NamedTuple

import orjson

from collector.history.inbox_reader import InboxReader
from collector.history.messages import labels_of
from collector.history.samples import Layout
from collector.series.columns import series_text
from collector.series.labels import Targets
from govnet.catalogue import CATALOGUE, Kind
from govnet.segment import find_segments

_SCHEMA: Final = """
CREATE TABLE series (id INTEGER PRIMARY KEY, name TEXT NOT NULL, labels TEXT NOT NULL UNIQUE);
CREATE TABLE samples (series INTEGER, at_ms INTEGER, value REAL, PRIMARY KEY (series, at_ms))
  WITHOUT ROWID;
"""
_BATCH: Final = 20_000
_TOTAL: Final = "_total"


class Wanted(NamedTuple):
    """What to export: from `since` until before `until` (Unix seconds), of one site or of all."""

    targets: Targets
    since: float
    until: float
    site: str | None = None
    job: str = "govnet"


class Exported(NamedTuple):
    """How much was written."""

    samples: int
    series: int


def export(
    inbox: Path, wanted: Wanted, folder: Path, out: IO[str], progress: Callable[[str], None]
) -> Exported:
    """Write everything in the inbox that is wanted; what is sorted meanwhile lies in `folder`.

    `progress` is told how far it is, now and then. Raises JournalError when the inbox cannot be
    read, OSError when there is no room.
    """
    with (
        tempfile.TemporaryDirectory(prefix="govnet-export-", dir=folder) as made,
        closing(sqlite3.connect(Path(made) / "samples.sqlite3")) as database,
    ):
        # Thrown away in any case: nothing needs to survive a crash.
        database.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + _SCHEMA)
        try:
            _gather(database, inbox, wanted, progress)
            return _write(database, out, progress)
        except sqlite3.OperationalError as exc:
            raise OSError(ENOSPC, f"{made}: {exc}") from exc


def _gather(
    database: sqlite3.Connection, inbox: Path, wanted: Wanted, progress: Callable[[str], None]
) -> None:
    """Put the samples of the span into the database."""

    def known(series: bytes) -> int:
        """Return the id of a series, new or not."""
        (_, name), *labels = labels_of(series)
        text = series_text(name, sorted([*labels, ("job", wanted.job)])).decode()
        database.execute("INSERT OR IGNORE INTO series (name, labels) VALUES (?, ?)", (name, text))
        found = database.execute("SELECT id FROM series WHERE labels = ?", (text,)).fetchone()
        return int(found[0])

    layout: Layout[int] = Layout(wanted.targets, known)
    reader = InboxReader(inbox)
    first = reader.position_at(wanted.since)
    end = _end_of(inbox)
    since_ms, until_ms = wanted.since * 1000, wanted.until * 1000
    waiting: list[tuple[int, int, float]] = []
    told = 0
    for batch in reader.read(first, end):
        percent = 100 * (batch.end - first) // max(1, end - first)
        if percent > told:
            told = percent
            progress(f"read {percent} % of the inbox")
        sites = {batch.record.site, *(former.site for former in batch.record.former)}
        if wanted.site not in {None, *sites} or not any(
            report.is_timed and since_ms <= report.at_ms < until_ms
            for report in batch.settled.reports
        ):
            continue
        for row in layout.rows(batch.record, batch.settled):
            if since_ms <= row.at_ms < until_ms:
                waiting += zip(row.series, [row.at_ms] * len(row.values), row.values, strict=True)
        if len(waiting) >= _BATCH:
            _insert(database, waiting)
            waiting = []
    _insert(database, waiting)


def _insert(database: sqlite3.Connection, samples: list[tuple[int, int, float]]) -> None:
    database.executemany("INSERT OR REPLACE INTO samples VALUES (?, ?, ?)", samples)


def _end_of(inbox: Path) -> int:
    try:
        segments = find_segments(inbox)
    except FileNotFoundError:
        return 0
    return segments[-1].end if segments else 0


def _write(database: sqlite3.Connection, out: IO[str], progress: Callable[[str], None]) -> Exported:
    """Write the samples family by family."""
    (all_samples,) = database.execute("SELECT count(*) FROM samples").fetchone()
    samples, told, family = 0, 0, ""
    series = 0
    for number, name, labels in database.execute(
        "SELECT id, name, labels FROM series ORDER BY name, labels"
    ):
        points = 0
        for line in _lines(database, number, labels):
            if not points and name != family:
                family = name
                out.write(_head(name))
            points += 1
            out.write(line)
        samples += points
        series += points > 0
        percent = 100 * samples // max(1, all_samples)
        if percent > told:
            told = percent
            progress(f"wrote {percent} % of {all_samples} samples")
    out.write("# EOF\n")
    return Exported(samples, series)


def _head(name: str) -> str:
    """Return the type of a family; a counter is named without its suffix."""
    metric = CATALOGUE.get(name)
    if metric is not None and metric.kind is Kind.COUNTER and name.endswith(_TOTAL):
        return f"# TYPE {name.removesuffix(_TOTAL)} counter\n"
    return f"# TYPE {name} gauge\n"


def _lines(database: sqlite3.Connection, number: int, labels: str) -> Iterator[str]:
    for at_ms, value in database.execute(
        "SELECT at_ms, value FROM samples WHERE series = ? ORDER BY at_ms", (number,)
    ):
        yield f"{labels} {_value(value)} {seconds_text(at_ms)}\n"


def _value(value: float | None) -> str:
    """Return a value as Prometheus reads it; SQLite keeps NaN as NULL."""
    if value is None:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "+Inf" if value > 0 else "-Inf"
    return orjson.dumps(float(value)).decode()


def seconds_text(at_ms: int) -> str:
    """Return a time in seconds that promtool reads as exactly these milliseconds.

    It multiplies by 1,000 and cuts: where that would end a millisecond below, a digit is added.
    """
    text = f"{at_ms // 1000}.{at_ms % 1000:03d}"
    return text if int(float(text) * 1000) == at_ms else text + "1"
