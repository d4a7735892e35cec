"""How the collector's processes log: `event key='value'` on standard error."""

import logging
import time


def log_to_stderr(level: str, **fields: str) -> None:
    """Print `event key=value ...`; foreign text is quoted. `fields` are added to every line."""
    handler = logging.StreamHandler()
    handler.setFormatter(_EventFormatter(fields))
    logging.basicConfig(level=level.upper(), handlers=[handler])
    # Their own accounts of every start and request repeat ours.
    for name in ("uvicorn", "alembic", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)


_STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class _EventFormatter(logging.Formatter):
    """`2026-11-22T01:02:03Z INFO collector.intake.ingest: event key='value'`."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%SZ")
        self.converter = time.gmtime
        self._fields = fields

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        """Add the event's fields."""
        fields = [
            f" {key}={value!r}"
            for key, value in (self._fields | vars(record)).items()
            if key not in _STANDARD_FIELDS
        ]
        return super().formatMessage(record) + "".join(fields)
