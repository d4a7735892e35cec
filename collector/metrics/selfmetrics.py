"""The collector's metrics about itself, kept with prometheus_client in a registry of their own.

Names, help and labels come from the catalogue. Every label value is there from the start, at 0, so
that the first fault is an increase and not a new series.
"""

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Final, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.metrics_core import Metric

from collector.history.options import DROP_REASONS
from collector.retention.table import KINDS
from govnet.catalogue import CATALOGUE
from govnet.report import REASONS, REPORT_REASONS, SAMPLE_REASONS

INGEST_BUCKETS_SECONDS: Final = (
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    5.0,
)
REPORT_RESULTS: Final = ("accepted", "duplicate", "rejected")
AGENT_STATES: Final = ("enrolled", "reporting", "pending", "quarantined")
RECHECK_OUTCOMES: Final = ("asked", "refused", "answered", "expired")
SYSLOG_RESULTS: Final = ("sent", "dropped")
ENROLMENT_RESULTS: Final = ("active", "pending", "reimaged", "repeated", "refused")

LOGIN_RESULTS: Final = (
    "password",
    "link",
    "bad_link",
    "wrong_password",
    "wrong_code",
    "disabled",
    "account_locked",
    "address_locked",
    "busy",
)

_Kind = TypeVar("_Kind", bound=MetricWrapperBase)


class _Registry(CollectorRegistry):
    """A registry that leaves out the creation times, which the catalogue does not have."""

    def collect(self) -> Iterator[Metric]:
        for metric in super().collect():
            metric.samples = [s for s in metric.samples if not s.name.endswith("_created")]
            yield metric


class SelfMetrics:
    """One attribute per row of the catalogue; `render` gives their text."""

    def __init__(self, version: str, receivers: Iterable[str] = ()) -> None:
        """Start at zero; `version` is the collector's, `receivers` are those of history."""
        self.registry = _Registry(auto_describe=False)
        self.info = self._make(Gauge, "info")
        self.reports = self._make(Counter, "reports_total", REPORT_RESULTS)
        self.rejected_reports = self._make(Counter, "rejected_reports_total", REPORT_REASONS)
        self.enrolments = self._make(Counter, "enrolments_total", ENROLMENT_RESULTS)
        self.rechecks = self._make(Counter, "rechecks_total", RECHECK_OUTCOMES)
        self.rejected_requests = self._make(Counter, "rejected_requests_total", tuple(REASONS))
        self.logins = self._make(Counter, "logins_total", LOGIN_RESULTS)
        self.rejected_samples = self._make(Counter, "rejected_samples_total", SAMPLE_REASONS)
        self.received_bytes = self._make(Counter, "received_bytes_total")
        self.reload_successful = self._make(Gauge, "config_last_reload_successful")
        self.reload_success_at = self._make(Gauge, "config_last_reload_success_timestamp_seconds")
        self.inbox_bytes = self._make(Gauge, "inbox_bytes")
        self.inbox_torn_bytes = self._make(Counter, "inbox_torn_bytes_total")
        self.inbox_write_failures = self._make(Counter, "inbox_write_failures_total")
        self.batches_in_flight = self._make(Gauge, "batches_in_flight")
        self.disk_free_bytes = self._make(Gauge, "disk_free_bytes")
        self.disk_size_bytes = self._make(Gauge, "disk_size_bytes")
        self._clock_synchronised: Gauge | None = None
        self.backup_at = self._make(Gauge, "backup_last_success_timestamp_seconds")
        self.backup_bytes = self._make(Gauge, "backup_last_size_bytes")
        self.backup_failures = self._make(Counter, "backup_failures_total")
        self._certificate_expiry: Gauge | None = None
        self.series = self._make(Gauge, "series")
        self.agents = self._make(Gauge, "agents", AGENT_STATES)
        self.verdict_at = self._make(Gauge, "verdict_timestamp_seconds")
        self.verdict_seconds = self._make(Gauge, "verdict_duration_seconds")
        self.verdict_waiting = self._make(Gauge, "verdict_waiting_sites")
        self.verdict_failing = self._make(Gauge, "verdict_failing_sites")
        names = tuple(receivers)
        self.history_samples = self._make(Counter, "history_samples_total", names)
        self.history_dropped = self._make(
            Counter, "history_dropped_samples_total", names, DROP_REASONS
        )
        self.history_failures = self._make(Counter, "history_failures_total", names)
        self.history_gaps = self._make(Counter, "history_gaps_total", names)
        self.history_lag_seconds = self._make(Gauge, "history_lag_seconds", names)
        self.history_up = self._make(Gauge, "history_up", names)
        self.syslog_messages = self._make(Counter, "syslog_messages_total", SYSLOG_RESULTS)
        self.syslog_up = self._make(Gauge, "syslog_up")
        kinds = tuple(kind.name for kind in KINDS)
        self.retention_deleted = self._make(Counter, "retention_deleted_rows_total", kinds)
        self.retention_failures = self._make(Counter, "retention_failures_total")
        self.retention_success_at = self._make(Gauge, "retention_last_success_timestamp_seconds")
        self.stored_rows = self._make(Gauge, "stored_rows", kinds)
        self.database_bytes = self._make(Gauge, "database_bytes")
        ingest = CATALOGUE["govnet_collector_ingest_duration_seconds"]
        self.ingest_duration = Histogram(
            ingest.name, ingest.help_en, registry=self.registry, buckets=INGEST_BUCKETS_SECONDS
        )
        test = CATALOGUE["govnet_alerts_test"]
        self.alerts_test = Gauge(test.name, test.help_en, test.labels, registry=self.registry)
        self.info.labels(version).set(1)

    def certificate_expires(self, at: float) -> None:
        """Say when the certificate expires; until it is said there is no such series."""
        if self._certificate_expiry is None:
            self._certificate_expiry = self._make(Gauge, "certificate_expiry_timestamp_seconds")
        self._certificate_expiry.set(at)

    def clock(self, *, is_synchronised: bool | None) -> None:
        """Say whether a time server sets the clock; where nobody tells there is no such series."""
        if is_synchronised is None:
            return
        if self._clock_synchronised is None:
            self._clock_synchronised = self._make(Gauge, "clock_synchronised")
        self._clock_synchronised.set(is_synchronised)

    def render(self) -> bytes:
        """Return the text of all of them (format 0.0.4)."""
        return generate_latest(self.registry)

    def login(self, result: str) -> None:
        """Count an attempt to sign in; `result` is one of LOGIN_RESULTS."""
        self.logins.labels(result).inc()

    def _make(self, kind: type[_Kind], name: str, *values: tuple[str, ...]) -> _Kind:
        metric = CATALOGUE[f"govnet_collector_{name}"]
        made = kind(metric.name, metric.help_en, metric.labels, registry=self.registry)
        for row in product(*values) if values else ():
            made.labels(*row)
        return made
