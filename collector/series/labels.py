"""Who may report about what, and which labels the series of a sample gets.

An agent gives only a sample's own labels (`end`, `disk`, ...). Everything that says who or what is
meant is set here, from the agent's identity and the result's target: nobody speaks for another.

- An agent reports on itself, on items of its own site, and on services.
- Agents of the province's centre also report on links, points, devices and what is always on of
  every site. Only they hear what devices notify and ask registrars.

Series about a device say nothing of the machine that measured it, which may change: of several that
report about one device a marked vantage or the centre has its series before any other, and among
equals the newest report (`collector.series.published`).
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

from collector.series.columns import labels_text
from collector.wire import AgentIdentity
from govnet.catalogue import (
    CERTIFICATE_FAULTS,
    DEVICE_PROTOCOLS,
    FAMILIES,
    HELD_BACK,
    LINK_ENDS,
    METRICS,
    PATHS,
    POINT_PROTOCOLS,
    PORT_STATES,
    SENSOR_LEVELS,
    TRAPS,
    Kind,
    Source,
)
from inventory.model import Inventory, site_id

MAX_LABEL_CHARACTERS: Final = 64
"""Longer values of free labels are cut; if two then are the same, the second is refused."""


class Subject(StrEnum):
    """What a check looks at."""

    MACHINE = "machine"
    LINK = "link"
    POINT = "point"
    TARGET = "target"
    """A device or machine that is always on, seen by another."""
    DEVICE = "device"
    """A device that says something of itself."""
    SERVICE = "service"


CHECKS: Final[Mapping[str, Subject]] = {
    "agent": Subject.MACHINE,
    "machine": Subject.MACHINE,
    "lan": Subject.MACHINE,
    "link": Subject.LINK,
    "always_on": Subject.TARGET,
    "conference": Subject.POINT,
    "service": Subject.SERVICE,
    "facts": Subject.MACHINE,
    "reflector": Subject.MACHINE,
    "path": Subject.LINK,
    "device": Subject.DEVICE,
    "trap": Subject.DEVICE,
    "registrar": Subject.SERVICE,
}
"""Every check and what its target is; of a machine only the reporting one itself."""

_FIXED: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("link", "end"): LINK_ENDS,
    ("agent", "path"): PATHS,
    ("agent", "what"): HELD_BACK,
    ("conference", "protocol"): POINT_PROTOCOLS,
    ("conference", "direction"): ("receive", "transmit", "both"),
    ("service", "phase"): ("dns", "connect", "tls", "first_byte", "transfer"),
    ("service", "family"): FAMILIES,
    ("service", "fault"): CERTIFICATE_FAULTS,
    ("device", "protocol"): DEVICE_PROTOCOLS,
    ("device", "state"): PORT_STATES,
    ("device", "level"): SENSOR_LEVELS,
    ("trap", "trap"): TRAPS,
    ("path", "direction"): ("forward", "backward", "both"),
    ("path", "codec"): ("g711", "g729"),
    ("reflector", "reason"): ("source", "malformed", "rate"),
}
"""Labels that take only these values, by check and label."""
_FIXED_OF_METRICS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("govnet_point_registered", "protocol"): ("sip", "h323"),
}
"""Where a metric's label takes others than those of its check."""

_OF_THE_CENTRE: Final = frozenset({"trap", "registrar"})
"""Checks that only the centre's agents are ever told: no office's agent opens a port, nor has the
account that shows every site."""

SHARED: Final = frozenset(check for check, subject in CHECKS.items() if subject is Subject.DEVICE)
"""Checks whose series do not tell who reported them."""


class Place(NamedTuple):
    """An allowed result: the site that its series carry, its check and target.

    `labels` is the text of the labels that all its samples share: site, machine, and the target if
    that is not the machine itself; of a device without the machine.
    """

    site: str
    check: str
    target: str
    labels: str


class Measured(NamedTuple):
    """A measurement as an agent may send it: which check gives it, with which labels."""

    check: str
    kind: Kind
    sample_labels: tuple[str, ...]
    fixed: tuple[frozenset[str] | None, ...]
    """What each of them may be; None: anything."""


def _measured() -> dict[str, Measured]:
    """Assign each measurement to its check: no two results give the same series."""
    return {
        metric.name: Measured(
            metric.check,
            metric.kind,
            metric.sample_labels,
            tuple(_fixed(metric.name, metric.check, label) for label in metric.sample_labels),
        )
        for metric in METRICS
        if metric.source is Source.MEASUREMENT and metric.check
    }


def _fixed(metric: str, check: str, label: str) -> frozenset[str] | None:
    words = _FIXED_OF_METRICS.get((metric, label)) or _FIXED.get((check, label))
    return None if words is None else frozenset(words)


MEASURED: Final[Mapping[str, Measured]] = _measured()
"""Every metric that a sample may carry, by name."""


class Allowed(msgspec.Struct, frozen=True):
    """What an inventory says to `Targets`, in a form that another process can be given."""

    centre: str
    sites: frozenset[str]
    subjects: dict[str, tuple[Subject, ...]]
    """By id what it may be looked at as: a device that is always on is a target and a device."""
    vantages: frozenset[str] = frozenset()
    """Machines that are marked to measure their site's devices."""


def _allowed(inventory: Inventory) -> Allowed:
    subjects: dict[str, tuple[Subject, ...]] = {}
    subjects |= dict.fromkeys(inventory.services, (Subject.SERVICE,))
    for site in inventory.sites.values():
        subjects |= dict.fromkeys((link.id for link in site.links), (Subject.LINK,))
        subjects |= dict.fromkeys((p.id for p in site.conference_points), (Subject.POINT,))
        subjects |= dict.fromkeys((device.id for device in site.devices), (Subject.DEVICE,))
        for item in site.always_on():
            subjects[item.id] = (Subject.TARGET, *subjects.get(item.id, ()))
    vantages = frozenset(
        machine.id
        for site in inventory.sites.values()
        for machine in site.machines
        if machine.vantage
    )
    return Allowed(inventory.province.centre, frozenset(inventory.sites), subjects, vantages)


class Targets:
    """What the inventory lets agents report about."""

    def __init__(self, source: Inventory | Allowed) -> None:
        self.allowed = source if isinstance(source, Allowed) else _allowed(source)
        self.centre = self.allowed.centre
        """The site whose agents look at every other site."""
        self._sites = self.allowed.sites
        self._subjects = self.allowed.subjects

    def has_site(self, site: str) -> bool:
        """Whether a site of that id exists."""
        return site in self._sites

    def known(self, target: str) -> bool:
        """Whether a link, point, service, device or always-on item of that id exists."""
        return target in self._subjects

    def home(self, target: str) -> str:
        """Return with what a known target is judged: its site, a service by itself."""
        is_service = Subject.SERVICE in self._subjects.get(target, ())
        return target if is_service else site_id(target)

    def is_trusted(self, identity: AgentIdentity) -> bool:
        """Whether an agent is meant to measure devices, and does not only stand in for others."""
        return identity.site == self.centre or identity.machine in self.allowed.vantages

    def place(self, identity: AgentIdentity, check: str, target: str) -> Place | str:
        """Return where a result belongs, or why it may not be published.

        The reason is `unknown_target` or `foreign_target` of `govnet.report.SAMPLE_REASONS`.
        """
        subject = CHECKS.get(check)
        if subject is None or identity.site not in self._sites:
            return "unknown_target"
        if subject is Subject.MACHINE:
            if target != identity.machine:
                return "foreign_target"
            own = (("site", identity.site), ("machine", identity.machine))
            return Place(identity.site, check, target, labels_text(own))
        if subject not in self._subjects.get(target, ()):
            return "unknown_target"
        site = identity.site if subject is Subject.SERVICE else site_id(target)
        if identity.site not in (site, self.centre):
            return "foreign_target"
        if check in _OF_THE_CENTRE and identity.site != self.centre:
            return "foreign_target"
        if subject is Subject.DEVICE:
            labels: tuple[tuple[str, str], ...] = (("site", site), ("device", target))
        else:
            labels = (("site", site), ("machine", identity.machine), (subject.value, target))
        return Place(site, check, target, labels_text(labels))


def sample_series(name: str, given: Mapping[str, str], place: Place) -> bytes | str:
    """Return the series of a sample as exposition text, or why it is refused.

    The reason (a `str`) is `unknown_metric` or `bad_labels` of `govnet.report.SAMPLE_REASONS`.
    """
    measured = MEASURED.get(name)
    if measured is None or measured.check != place.check:
        return "unknown_metric"
    if not measured.sample_labels and not given:
        return f"{name}{{{place.labels}}}".encode()
    if len(given) != len(measured.sample_labels):
        return "bad_labels"
    more = []
    for label, fixed in zip(measured.sample_labels, measured.fixed, strict=True):
        value = given.get(label)
        if value is None or (fixed is not None and value not in fixed):
            return "bad_labels"
        more.append((label, _cleaned(value)))
    own = labels_text(more)
    return f"{name}{{{place.labels}{',' if own else ''}{own}}}".encode()


def check_series(name: str, machine: str, place: Place) -> bytes:
    """Return the series of one of the metrics that every check has (`govnet_check_*`)."""
    labels = (
        ("site", place.site),
        ("machine", machine),
        ("check", place.check),
        ("target", place.target),
    )
    return f"{name}{{{labels_text(labels)}}}".encode()


def _cleaned(value: str) -> str:
    """Cut a free label; control characters, which would end a scrape, become spaces."""
    value = value[:MAX_LABEL_CHARACTERS]
    if value.isprintable():
        return value
    return "".join(char if char.isprintable() else " " for char in value)
