"""What the other parts of the collector count, under the names by which they know it."""

from collector.history.channel import Done
from collector.logs.syslog import SyslogHandler
from collector.metrics.selfmetrics import SYSLOG_RESULTS, SelfMetrics


class Counts:
    """The collector's own metrics as intake and history name them."""

    def __init__(self, metrics: SelfMetrics) -> None:
        self._metrics = metrics

    def rejected(self, reason: str) -> None:
        """Count a refused request."""
        self._metrics.rejected_requests.labels(reason).inc()

    def reports(self, result: str, number: int) -> None:
        """Count reports by result."""
        if number:
            self._metrics.reports.labels(result).inc(number)

    def rejected_report(self, reason: str) -> None:
        """Count a rejected report by its reason."""
        self._metrics.rejected_reports.labels(reason).inc()

    def enrolment(self, result: str) -> None:
        """Count an enrolment by its result."""
        self._metrics.enrolments.labels(result).inc()

    def received_bytes(self, number: int) -> None:
        """Count bytes of bodies as sent."""
        self._metrics.received_bytes.inc(number)

    def ingest_seconds(self, seconds: float) -> None:
        """Take the time from a batch's last byte to its answer."""
        self._metrics.ingest_duration.observe(seconds)

    def in_flight(self, number: int) -> None:
        """Take how many batches are between head and answer."""
        self._metrics.batches_in_flight.set(number)

    def history_done(self, receiver: str, done: Done) -> None:
        """Count what a history process did."""
        metrics = self._metrics
        metrics.history_samples.labels(receiver).inc(done.pushed)
        for reason, number in done.dropped.items():
            metrics.history_dropped.labels(receiver, reason).inc(number)
        metrics.history_failures.labels(receiver).inc(done.failures)
        metrics.history_gaps.labels(receiver).inc(done.gaps)
        for result, number in done.syslog.items():
            metrics.syslog_messages.labels(result).inc(number)

    def history_state(self, receiver: str, *, is_up: bool, lag_seconds: float) -> None:
        """Show how a receiver of history stands."""
        self._metrics.history_up.labels(receiver).set(is_up)
        self._metrics.history_lag_seconds.labels(receiver).set(lag_seconds)

    def retained(self, kind: str, dropped: int) -> None:
        """Count rows that retention dropped."""
        self._metrics.retention_deleted.labels(kind).inc(dropped)

    def retention_failed(self) -> None:
        """Count a kind that retention could not drop."""
        self._metrics.retention_failures.inc()

    def retention_done(self, at: float) -> None:
        """Note when retention had done all (Unix seconds)."""
        self._metrics.retention_success_at.set(at)

    def stored(self, rows: dict[str, int], size_bytes: int) -> None:
        """Show what the database holds."""
        for kind, number in rows.items():
            self._metrics.stored_rows.labels(kind).set(number)
        self._metrics.database_bytes.set(size_bytes)

    def show_syslog(self, syslog: SyslogHandler) -> None:
        """Show what a syslog server got, from now on."""
        for result in SYSLOG_RESULTS:
            syslog.count(result, self._metrics.syslog_messages.labels(result).inc)
        self._metrics.syslog_up.set_function(lambda: float(bool(syslog.is_up)))
