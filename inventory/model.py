"""Typed records of everything that should exist, and the index that joins them.

These are the records after profiles, defaults and ranges are filled in (`inventory.load`), so
every field stands here once, with its type and its unit. `docs/inventory.md` explains each with an
example. Reading files is not done here.

Ids: what belongs to a site has the site's id in front (`xa-don-duong/tslcd`); links, devices,
machines and conference points of one site share its name space; sites and services share another.
Ids are for ever: a renamed commune keeps its id.
"""

from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

import msgspec

Id = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[a-z0-9][a-z0-9._-]{0,62}\Z",
        extra={"expected": "an id (a-z, 0-9, dot, hyphen, underscore)"},
    ),
]
"""An id as a person writes it: small Latin letters, digits, dots, hyphens."""
FullId = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[a-z0-9][a-z0-9._-]{0,62}(/[a-z0-9][a-z0-9._-]{0,62})?\Z",
        extra={"expected": "an id (a-z, 0-9, dot, hyphen, underscore)"},
    ),
]
"""An id as it is referred to: of a site or service, or `site/item`."""
Ratio = Annotated[float, msgspec.Meta(ge=0, le=1)]
Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]
Latitude = Annotated[float, msgspec.Meta(ge=-90, le=90)]
Longitude = Annotated[float, msgspec.Meta(ge=-180, le=180)]
Count = Annotated[int, msgspec.Meta(ge=0)]
ByteBudget = Annotated[int, msgspec.Meta(ge=10_000, le=1 << 40)]
"""Bytes an hour; with fewer not even one agent would be heard now and then."""
TimeOfDay = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z",
        extra={"expected": "a time of day like 07:30"},
    ),
]
EndOfDay = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)\Z",
        extra={"expected": "a time of day like 17:00, 24:00 at most"},
    ),
]
"""A time of day that may be the end of the day itself, 24:00 (ISO 8601); sorts as text."""
OfficialCode = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[0-9]{2}([0-9]{3})?\Z",
        extra={"expected": 'an official code in quotes ("68" or "24769")'},
    ),
]
"""Code of a province (2 digits) or commune (5 digits), QĐ 19/2025/QĐ-TTg."""
SiteCode = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{1,15}\Z",
        extra={"expected": "a short code of 2 to 16 letters, digits, hyphens (like DD-01)"},
    ),
]
"""What somebody types on the spot to say where a machine stands."""
Mac = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}\Z",
        extra={"expected": "a MAC address like 10:20:30:40:50:00"},
    ),
]
HostName = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(?=.{1,253}\Z)([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*\Z",
        extra={"expected": "a host name like www.lamdong.example"},
    ),
]
LineageKind = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(merged|split|renamed)\Z",
        extra={"expected": "one of merged, split, renamed"},
    ),
]
REPORT_INTERVAL_BOUNDS = (1.0, 3600.0)
"""Least and most seconds between reports: faster floods the centre, slower tells it too late."""
ServiceSeconds = Annotated[
    float,
    msgspec.Meta(ge=1, le=86_400, extra={"expected": "a number of 1 to 86400 seconds"}),
]
"""Time between two tests of a service; agents take no more than a day."""
DayBudget = Annotated[int, msgspec.Meta(ge=300_000, le=1 << 40)]
"""Bytes a day that tests of a circuit may use; one test takes as much as the least."""
Dscp = Annotated[int, msgspec.Meta(ge=0, le=63)]
"""Differentiated services code point (RFC 2474); 46 is expedited forwarding, 34 is AF41."""
StatusCode = Annotated[int, msgspec.Meta(ge=100, le=599)]
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Weekday = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(mon|tue|wed|thu|fri|sat|sun)\Z",
        extra={"expected": "one of " + ", ".join(WEEKDAYS)},
    ),
]
Reason = Annotated[
    str,
    msgspec.Meta(min_length=1, extra={"expected": "the number of the decision"}),
]
AwareDatetime = Annotated[datetime, msgspec.Meta(tz=True)]


class Lifecycle(StrEnum):
    """Whether an item is expected to exist. Only `active` items are judged."""

    PLANNED = "planned"
    ACTIVE = "active"
    RETIRED = "retired"
    EXEMPT = "exempt"


class UnitKind(StrEnum):
    """Kinds of administrative bodies."""

    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"
    WARD = "ward"
    SPECIAL_ZONE = "special_zone"
    AGENCY = "agency"
    SUB_UNIT = "sub_unit"


class SiteKind(StrEnum):
    """Kinds of buildings."""

    DATA_CENTRE = "data_centre"
    ADMINISTRATIVE_CENTRE = "administrative_centre"
    AGENCY = "agency"
    COMMUNE = "commune"
    SCHOOL = "school"
    HOSPITAL = "hospital"
    FIELD = "field"


class Lan(StrEnum):
    """Whether the building has a local network at all: a fact, never an outage."""

    PRESENT = "present"
    PARTIAL = "partial"
    NONE = "none"


class DeviceKind(StrEnum):
    """Kinds of devices."""

    SWITCH = "switch"
    CPE = "cpe"
    ONT = "ont"
    MEDIA_CONVERTER = "media_converter"
    UPS = "ups"
    PRINTER = "printer"
    SCANNER = "scanner"
    ACCESS_POINT = "access_point"
    CAMERA = "camera"
    KIOSK = "kiosk"
    ENVIRONMENTAL_STATION = "environmental_station"
    PROJECTOR = "projector"
    SERVER_STORAGE = "server_storage"


class Technology(StrEnum):
    """How a circuit reaches the building."""

    FIBER = "fiber"
    FTTH = "ftth"
    CELLULAR = "cellular"
    RADIO = "radio"


class MachineRole(StrEnum):
    """Office PCs follow working hours; servers are expected always."""

    PC = "pc"
    SERVER = "server"


class Duty(StrEnum):
    """A single machine that matters by itself."""

    CONFERENCE = "conference"
    ONE_STOP = "one_stop"


class PointKind(StrEnum):
    """What answers in the conference room."""

    CODEC = "codec"
    SOFTWARE = "software"
    MCU = "mcu"


class ServiceKind(StrEnum):
    """The systems that offices use (the province's own list of kinds)."""

    DOCUMENT_MANAGEMENT = "document_management"
    INTEROP_AXIS = "interop_axis"
    ONE_STOP = "one_stop"
    SERVICE_PORTAL = "service_portal"
    PROVINCE_PORTAL = "province_portal"
    MEMBER_SITE = "member_site"
    EMAIL = "email"
    SIGNATURE = "signature"
    FEEDBACK = "feedback"
    REPORTING = "reporting"
    MINISTRY_SYSTEM = "ministry_system"
    CONFERENCE_PLATFORM = "conference_platform"
    DNS = "dns"
    OTHER = "other"


class Vantages(StrEnum):
    """Who tests a service: the centre's agent, or also every site's vantage machines."""

    CENTRE = "centre"
    SITES = "sites"


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all records: immutable, unknown fields refused."""


class Item(Record, frozen=True, kw_only=True):
    """What has a lifecycle. `exempt` needs a reason, which is shown to everyone."""

    id: FullId
    lifecycle: Lifecycle = Lifecycle.ACTIVE
    exempt_reason: str | None = None
    note: str | None = None


class Period(Record, frozen=True, kw_only=True):
    """From the first day, up to but without the last; None is open."""

    valid_from: date | None = None
    valid_to: date | None = None


class Contact(Record, frozen=True, kw_only=True):
    """A role that can be called; never a person's name."""

    role: str
    telephone: str | None = None
    email: str | None = None


class Reflector(Record, frozen=True, kw_only=True):
    """What answers test packets in the centre (STAMP, RFC 8762): an agent's machine or a router."""

    address: str
    port: Port = 862


class Province(Record, frozen=True, kw_only=True):
    """The province itself and who runs this system."""

    id: Id
    code: OfficialCode
    name: str
    timezone: str = "Asia/Ho_Chi_Minh"
    operator: str
    centre: Id
    """The site of the data centre, where the centre's agent runs."""
    resolver_name: HostName | None = None
    """What every office's name servers are asked for, where the services do not say it."""
    reflector: Reflector | None = None
    """With one the quality of every site's main circuit is measured."""


class Carrier(Record, frozen=True, kw_only=True):
    """Operator of circuits."""

    id: Id
    name: str
    contacts: tuple[Contact, ...] = ()


class Group(Record, frozen=True, kw_only=True):
    """A cluster of units (cụm) or a power area."""

    id: Id
    name: str
    contacts: tuple[Contact, ...] = ()


class Session(Record, frozen=True, kw_only=True):
    """One working session of a day; `end` is after `start`, 24:00 at most."""

    start: TimeOfDay
    end: EndOfDay


class Calendar(Record, frozen=True, kw_only=True):
    """Working time: sessions by weekday (mon ... sun), and days that differ."""

    id: Id
    sessions: dict[str, tuple[Session, ...]]
    off: tuple[date, ...] = ()
    worked: dict[str, str] = {}
    """ISO date of a worked day -> weekday whose sessions apply."""
    holidays: str | None = "VN"


class ChangedDay(Record, frozen=True, kw_only=True):
    """A day off, or a worked day, by a decision that the package of holidays does not know.

    Applies to every calendar that follows the holidays of Viet Nam; a calendar's own `off` and
    `worked` win.
    """

    day: date
    off: bool = False
    worked_as: Weekday | None = None
    """The weekday whose sessions apply."""
    reason: Reason
    """Number of the decision, for the one who asks next year."""


class UnitVersion(Period, frozen=True, kw_only=True):
    """What a unit was called in a period that is over."""

    name: str
    kind: UnitKind
    code: OfficialCode | None = None
    parent: Id | None = None
    legal_basis: str | None = None


class Lineage(Record, frozen=True, kw_only=True):
    """A unit that this one came from, wholly or in part."""

    unit: Id
    kind: LineageKind
    on: date
    partial: bool = False


class Unit(Item, frozen=True, kw_only=True):
    """An administrative body. The fields are today's version; `versions` are former ones."""

    name: str
    kind: UnitKind
    code: OfficialCode | None = None
    identifier: str | None = None
    """Mã định danh (QĐ 20/2020/QĐ-TTg)."""
    parent: Id | None = None
    cluster: Id | None = None
    calendar: Id | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    valid_from: date | None = None
    legal_basis: str | None = None
    versions: tuple[UnitVersion, ...] = ()
    lineage: tuple[Lineage, ...] = ()
    contacts: tuple[Contact, ...] = ()


class Assignment(Period, frozen=True, kw_only=True):
    """The unit that uses a site in a period."""

    unit: Id


class FarEnd(Record, frozen=True, kw_only=True):
    """Where a circuit ends in the centre: a site, and the address that answers there."""

    site: Id
    address: str | None = None
    port: str | None = None
    tcp_ports: tuple[Port, ...] = ()


FarEndOfLink = Annotated[
    FarEnd, msgspec.Meta(extra={"expected": "the end in the centre, like {site: ttdl}"})
]


class Link(Item, frozen=True, kw_only=True):
    """One circuit of a site."""

    name: str | None = None
    technology: Technology
    carrier: Id
    circuit: str | None = None
    contract: str | None = None
    capacity_mbps: Annotated[float, msgspec.Meta(gt=0)] | None = None
    sla_availability_ratio: Ratio | None = None
    gateway: str | None = None
    next_hop: str | None = None
    far_end: FarEndOfLink
    backup: bool = False
    dscp: Dscp = 0
    """With what the packets of quality tests are marked."""
    test_bytes_per_day: DayBudget | None = None
    """Throughput is tested within that budget; None: never."""


class Device(Item, frozen=True, kw_only=True):
    """A device with or without an address."""

    name: str | None = None
    kind: DeviceKind
    address: str | None = None
    mac: Mac | None = None
    model: str | None = None
    serial: str | None = None
    asset_tag: str | None = None
    always_on: bool = False
    """The centre checks it; it tells whether the site lives when the PCs are rightly off."""
    upstream: FullId | None = None
    tcp_ports: tuple[Port, ...] = ()
    snmp: Id | None = None
    """Name of the access (in the collector's file of credentials) by which it is asked."""
    traps: bool = False
    """It sends its notifications to the centre's agent."""
    family: Id | None = None
    """The profile of its family, where the one that the agent finds is not the right one."""
    url: str | None = None
    """What it is asked for beside SNMP."""
    login: Id | None = None
    """Name of the account for the URL."""
    expect_status: StatusCode | None = None
    expect_content: str | None = None
    max_age_seconds: ServiceSeconds | None = None
    """How old the data behind the URL may be."""


class DeviceCount(Record, frozen=True, kw_only=True):
    """Devices known only by number."""

    kind: DeviceKind
    count: Count
    as_of: date
    source: str


class MachineProfile(Record, frozen=True, kw_only=True):
    """What machines of one sort have in common."""

    id: Id
    name: str
    role: MachineRole


class Machine(Item, frozen=True, kw_only=True):
    """A machine that is declared by itself."""

    profile: Id
    name: str | None = None
    address: str | None = None
    mac: Mac | None = None
    serial: str | None = None
    asset_tag: str | None = None
    duty: Duty | None = None
    vantage: bool = False
    """Tests services and devices for its site."""
    always_on: bool = False
    tcp_ports: tuple[Port, ...] = ()


class MachineCount(Record, frozen=True, kw_only=True):
    """Machines known only by number, with date and source."""

    profile: Id
    count: Count
    as_of: date
    source: str
    exempt: bool = False
    exempt_reason: str | None = None


class PointProtocol(StrEnum):
    """How a conference endpoint may be asked, as `govnet.catalogue.POINT_PROTOCOLS` has it."""

    ICMP = "icmp"
    SIP_UDP = "sip_udp"
    SIP_TCP = "sip_tcp"
    SIP_TLS = "sip_tls"
    H323 = "h323"
    H323_GATEKEEPER = "h323_gatekeeper"
    HTTPS = "https"
    SNMP = "snmp"
    CISCO_XAPI = "cisco_xapi"
    POLY_REST = "poly_rest"


DEFAULT_PORTS = {
    PointProtocol.ICMP: 1,
    PointProtocol.SIP_UDP: 5060,
    PointProtocol.SIP_TCP: 5060,
    PointProtocol.SIP_TLS: 5061,
    PointProtocol.H323: 1720,
    PointProtocol.H323_GATEKEEPER: 1719,
    PointProtocol.HTTPS: 443,
    PointProtocol.SNMP: 161,
    PointProtocol.CISCO_XAPI: 443,
    PointProtocol.POLY_REST: 443,
}
"""Of icmp the port has no meaning."""


class ConferencePoint(Item, frozen=True, kw_only=True):
    """A conference room's endpoint (điểm cầu)."""

    name: str | None = None
    kind: PointKind
    address: str | None = None
    protocols: tuple[PointProtocol, ...] = ()
    ports: dict[PointProtocol, Port] = {}
    """Only where they differ from the protocol's own."""
    model: str | None = None
    machine: FullId | None = None
    """The PC of a software point."""
    snmp: Id | None = None
    """Name of the access for the protocol snmp."""
    login: Id | None = None
    """Name of the account for cisco_xapi and poly_rest."""
    verify_certificate: bool = True
    """The account goes only to a peer whose certificate is trusted."""
    platform: Id | None = None
    """The service that a software point uses: its PC tests it too."""
    aliases: tuple[str, ...] = ()
    """How a registrar lists it: SIP URI, H.323 id, E.164 number."""


class Site(Item, frozen=True, kw_only=True):
    """A building, with everything in it."""

    name: str
    kind: SiteKind
    assignments: tuple[Assignment, ...]
    """`unit: X` in the file is short for one open assignment."""
    code: SiteCode | None = None
    """What stands for the site where a machine is enrolled, beside its id."""
    calendar: Id | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    postal_address: str | None = None
    cluster: Id | None = None
    power_area: Id | None = None
    lan: Lan = Lan.PRESENT
    networks: tuple[str, ...] = ()
    contacts: tuple[Contact, ...] = ()
    links: tuple[Link, ...] = ()
    devices: tuple[Device, ...] = ()
    device_counts: tuple[DeviceCount, ...] = ()
    machines: tuple[Machine, ...] = ()
    machine_counts: tuple[MachineCount, ...] = ()
    conference_points: tuple[ConferencePoint, ...] = ()
    classrooms: Count | None = None
    report_bytes_per_hour: ByteBudget | None = None

    def unit_on(self, day: date) -> str | None:
        """Return the id of the unit that uses the site on that day."""
        for assignment in self.assignments:
            after_start = assignment.valid_from is None or assignment.valid_from <= day
            before_end = assignment.valid_to is None or day < assignment.valid_to
            if after_start and before_end:
                return assignment.unit
        return None

    def links_in_use(self) -> tuple[Link, ...]:
        """Return the site's active circuits, in the order of the file."""
        return tuple(link for link in self.links if link.lifecycle is Lifecycle.ACTIVE)

    def main_link(self) -> Link | None:
        """Return the circuit normally used: the first in use that is no backup, else the first."""
        links = self.links_in_use()
        return next((link for link in links if not link.backup), links[0] if links else None)

    def active_machines(self) -> tuple[Machine, ...]:
        """Return the machines that are declared one by one and in use."""
        return tuple(one for one in self.machines if one.lifecycle is Lifecycle.ACTIVE)

    def machines_by_number(self) -> int:
        """Return how many machines are known only by number, without exempt ones."""
        return sum(count.count for count in self.machine_counts if not count.exempt)

    def expected_machines(self) -> int:
        """Return how many machines should be heard."""
        return self.machines_by_number() + len(self.active_machines())

    def exempt_machines(self) -> int:
        """Return how many machines are listed and never heard, with a reason."""
        single = sum(machine.lifecycle is Lifecycle.EXEMPT for machine in self.machines)
        return single + sum(count.count for count in self.machine_counts if count.exempt)

    def always_on(self) -> tuple[Device | Machine, ...]:
        """Return what the centre asks day and night; none of a site that is not in use."""
        if self.lifecycle is not Lifecycle.ACTIVE:
            return ()
        items: tuple[Device | Machine, ...] = (*self.devices, *self.machines)
        return tuple(
            item
            for item in items
            if item.always_on and item.address and item.lifecycle is Lifecycle.ACTIVE
        )


class Service(Item, frozen=True, kw_only=True):
    """A system that offices use, and how to see that it works."""

    name: str
    kind: ServiceKind
    unit: Id | None = None
    site: Id | None = None
    """Where its servers stand; None for one run elsewhere."""
    machines: tuple[FullId, ...] = ()
    url: str
    address: str | None = None
    expect_status: StatusCode | None = None
    expect_content: str | None = None
    expect_answers: tuple[str, ...] = ()
    """The whole set of addresses that a name server shall give."""
    verify_certificate: bool = True
    certificate: str | None = None
    """What an OCSP responder is asked about (PEM), and who issued it."""
    issuer: str | None = None
    registrar: bool = False
    """It is also asked which conference points are registered."""
    login: Id | None = None
    """Name of the account for that."""
    vantages: Vantages = Vantages.CENTRE
    interval_seconds: ServiceSeconds = 60.0
    calendar: Id | None = None
    contacts: tuple[Contact, ...] = ()


class Conference(Item, frozen=True, kw_only=True):
    """A scheduled meeting and the points invited; `all` invites every active point."""

    title: str
    starts_at: AwareDatetime
    """A time without an offset in the file is the province's own."""
    duration_minutes: Annotated[int, msgspec.Meta(gt=0)]
    points: tuple[FullId, ...] = ()
    all_points: bool = False
    service: FullId | None = None


class Inventory(Record, frozen=True, kw_only=True):
    """All records by id, as one immutable whole. Built and checked by `inventory.load`."""

    province: Province
    calendars: dict[str, Calendar]
    carriers: dict[str, Carrier]
    clusters: dict[str, Group]
    power_areas: dict[str, Group]
    machine_profiles: dict[str, MachineProfile]
    units: dict[str, Unit]
    sites: dict[str, Site]
    services: dict[str, Service]
    conferences: dict[str, Conference]
    changed_days: dict[date, ChangedDay] = {}
    report_interval_seconds: float = 60.0
    not_included: tuple[str, ...] = ()
    """YAML files beside the included ones that nobody included: perhaps forgotten."""

    def items(self) -> Iterator[Site | Link | Device | Machine | ConferencePoint | Service]:
        """Yield everything that can be a target, sites first within each site."""
        for site in self.sites.values():
            yield site
            yield from site.links
            yield from site.devices
            yield from site.machines
            yield from site.conference_points
        yield from self.services.values()


def site_id(item_id: str) -> str:
    """Return the site part of a full id: `xa-don-duong/tslcd` -> `xa-don-duong`."""
    return item_id.partition("/")[0]


def plain_mac(mac: str) -> str:
    """Return a hardware address as the system compares it: small hex with colons.

    >>> plain_mac("00-1A-2B-3C-4D-5E")
    '00:1a:2b:3c:4d:5e'
    """
    return mac.lower().replace("-", ":")
