"""What a row of the catalogue is, and the words that labels and codes take."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Prometheus metric types that we use (text format 0.0.4)."""

    GAUGE = "gauge"
    COUNTER = "counter"
    HISTOGRAM = "histogram"


class Source(StrEnum):
    """Who says it; decides whether it is exposed with a time."""

    MEASUREMENT = "measurement"
    VERDICT = "verdict"
    COVERAGE = "coverage"
    COLLECTOR = "collector"


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of the catalogue.

    `labels` is in exposition order. For a MEASUREMENT the leading identity labels (`site`,
    `machine`, `link`, `point`, `service`, `check`, `target`) are set by the collector from who
    reported about which target; the check gives only the others (`sample_labels`). Series about a
    device have no `machine`: who measures it may change.

    `check` is the check that gives it; "" for what comes from the head of every result, and for
    what the collector says.
    """

    name: str
    kind: Kind
    source: Source
    labels: tuple[str, ...]
    help_en: str
    help_vi: str
    check: str = ""

    @property
    def sample_labels(self) -> tuple[str, ...]:
        """Labels that the check itself must give with each sample, in order."""
        return tuple(label for label in self.labels if label not in IDENTITY_LABELS)


IDENTITY_LABELS = ("site", "machine", "link", "device", "point", "service", "check", "target")
"""Labels that only the collector sets: an agent cannot speak for another."""

PATHS = ("tslcd", "internet")
"""Networks by which an agent reaches a collector: the dedicated one, or a relay on the Internet."""

HELD_BACK = ("backlog", "live")
"""What an agent holds back for its byte budget; the backlog first."""

LINK_ENDS = ("gateway", "next_hop", "far", "site")
"""Where a path measurement of a link ends.

gateway: the site's own router. next_hop: the first hop beyond it. far: the centre, seen from the
site. site: the site's always-on target, seen from the centre.
"""

POINT_PROTOCOLS = (
    "icmp",
    "sip_udp",
    "sip_tcp",
    "sip_tls",
    "h323",
    "h323_gatekeeper",
    "https",
    "snmp",
    "cisco_xapi",
    "poly_rest",
)
"""How a conference endpoint is asked, in the order of asking; h323 is the port of calls alone."""

DEVICE_PROTOCOLS = ("snmp", "rtsp", "nut", "http", "https")
"""How a device is asked."""

FAMILIES = ("ipv4", "ipv6")
"""Kinds of addresses."""

PORT_STATES = ("up", "down", "disabled")
"""What a device says of a port; disabled: somebody turned it off."""

SENSOR_LEVELS = ("low_alarm", "low_warning", "high_warning", "high_alarm")
"""Limits of an optical module's value, from the lowest to the highest."""

TRAPS = (
    *("link_down", "link_up", "cold_start", "warm_start", "authentication_failure"),
    *("on_battery", "on_mains", "power_lost", "other"),
)
"""Kinds of notifications that devices send by SNMP."""

CERTIFICATE_FAULTS = (
    "expired",
    "not_yet_valid",
    "self_signed",
    "unknown_issuer",
    "wrong_name",
    "revoked",
    "other",
)
"""What is wrong with a certificate; other: also a server that finishes no handshake of today."""

STATUSES = (
    "up",
    "degraded",
    "down",
    "unreachable",
    "maintenance",
    "unknown",
    "never_seen",
    "exempt",
    "off_hours",
    "not_yet_on",
    "absent",
    "lost",
)
"""Statuses of an item; the index is the value of the coded gauges (`*_health_code`)."""

CAUSES = ("power", "link", "carrier", "lan", "equipment", "agent", "centre", "undetermined")
"""Causes of a site's outage."""

CONDITIONS = (
    "certificate_expiring",
    "disk_full",
    "clock_wrong",
    "spool_dropping",
    "on_battery",
)
"""What is wrong with an item that still works."""


def measured(check: str, name: str, labels: str, help_en: str, help_vi: str) -> Metric:
    """Return a row that the check gives; `labels` are parted by spaces."""
    kind = Kind.COUNTER if name.endswith("_total") else Kind.GAUGE
    return Metric(name, kind, Source.MEASUREMENT, tuple(labels.split()), help_en, help_vi, check)


def derived(source: Source, name: str, labels: str, help_en: str, help_vi: str) -> Metric:
    """Return a row that the collector says; `labels` are parted by spaces."""
    kind = Kind.COUNTER if name.endswith("_total") else Kind.GAUGE
    return Metric(name, kind, source, tuple(labels.split()), help_en, help_vi)
