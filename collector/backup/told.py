"""What the collector exposes of its backups, which other processes make: it reads their note."""

from pathlib import Path

from collector.backup.note import Note, read_note
from collector.metrics.selfmetrics import SelfMetrics


class BackupTold:
    """Looks at the note of the data folder now and then."""

    def __init__(self, data: Path, metrics: SelfMetrics) -> None:
        self._data = data
        self._metrics = metrics
        self._told = Note()

    async def look(self) -> None:
        """Expose what the note says."""
        note = read_note(self._data)
        self._metrics.backup_at.set(note.made_at)
        self._metrics.backup_bytes.set(note.size_bytes)
        self._metrics.backup_failures.inc(max(0, note.failures - self._told.failures))
        self._told = note
