"""Every metric by name: the single source for checks, exposition, rules, dashboards and docs.

Names follow `govnet_<subject>_<quantity>_<unit>` with base units, ratios 0-1, `_total` for
counters and `_info` for text (https://prometheus.io/docs/practices/naming/). dBm is the one
documented exception. Renaming a metric is a breaking change.

Four sources fill them:

- MEASUREMENT: an agent's check; exposed with its report's own time and only while fresh
- VERDICT: the collector's judgement; exposed without a time
- COVERAGE: declared, enrolled, reporting; exposed without a time, also for what is gone
- COLLECTOR: the collector about itself; exposed without a time
"""

from govnet.catalogue import (
    collector,
    conference,
    device,
    facts,
    judged,
    machine,
    network,
    path,
    port,
    service,
)
from govnet.catalogue.metric import (
    CAUSES,
    CERTIFICATE_FAULTS,
    CONDITIONS,
    DEVICE_PROTOCOLS,
    FAMILIES,
    HELD_BACK,
    IDENTITY_LABELS,
    LINK_ENDS,
    PATHS,
    POINT_PROTOCOLS,
    PORT_STATES,
    SENSOR_LEVELS,
    STATUSES,
    TRAPS,
    Kind,
    Metric,
    Source,
)

__all__ = [
    "CATALOGUE",
    "CAUSES",
    "CERTIFICATE_FAULTS",
    "CONDITIONS",
    "DEVICE_PROTOCOLS",
    "FAMILIES",
    "HELD_BACK",
    "IDENTITY_LABELS",
    "LINK_ENDS",
    "METRICS",
    "PATHS",
    "POINT_PROTOCOLS",
    "PORT_STATES",
    "SENSOR_LEVELS",
    "STATUSES",
    "TRAPS",
    "Kind",
    "Metric",
    "Source",
]

METRICS: tuple[Metric, ...] = (
    machine.CHECKS
    + machine.AGENT
    + machine.MACHINE
    + machine.LAN
    + facts.FACTS
    + network.LINK
    + network.TARGET
    + path.PATH
    + path.REFLECTOR
    + device.DEVICE
    + device.UPS
    + device.PRINTER
    + device.POE
    + device.TRAP
    + port.PORT
    + port.OPTICS
    + conference.CONFERENCE
    + conference.ENDPOINT
    + conference.REGISTRAR
    + service.SERVICE
    + service.DETAILS
    + judged.VERDICTS
    + conference.READINESS
    + judged.COVERAGE
    + collector.COLLECTOR
)

CATALOGUE: dict[str, Metric] = {metric.name: metric for metric in METRICS}
"""Every metric by name."""
