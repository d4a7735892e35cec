"""What every check is told: one record each. `target` is always an inventory id."""

from dataclasses import dataclass
from typing import ClassVar

from govnet.settings.access import Login, SnmpAccess


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSettings:
    """What every check is told.

    `target` is the inventory id of the item measured; `interval_seconds` the time between starts;
    `timeout_seconds` the deadline of one run.
    """

    check: ClassVar[str]
    target: str
    interval_seconds: float = 60.0
    timeout_seconds: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineSettings(CheckSettings):
    """Measure the machine itself; `target` is its machine id."""

    check: ClassVar[str] = "machine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A machine or device of the same office that is looked for: id and address."""

    id: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LanSettings(CheckSettings):
    """Measure the office's LAN around the machine; `target` is the machine id.

    `gateway` overrides the default gateway that the machine knows. `resolver_name` is a name that
    every given resolver is asked for.
    """

    check: ClassVar[str] = "lan"
    gateway: str | None = None
    peers: tuple[Peer, ...] = ()
    resolver_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PathEnd:
    """One end of a path: `end` is a word of `govnet.catalogue.LINK_ENDS`.

    `address` None means that the agent finds it (its default gateway, the hop beyond it).
    `tcp_ports` are tried where no kind of ICMP is allowed here or answered there.
    """

    end: str
    address: str | None = None
    tcp_ports: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSettings(CheckSettings):
    """Measure a link's path; `target` is the link id.

    Each end gets `probes` echo requests, `spacing_seconds` apart.
    """

    check: ClassVar[str] = "link"
    ends: tuple[PathEnd, ...] = ()
    probes: int = 10
    spacing_seconds: float = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class AlwaysOnSettings(CheckSettings):
    """Ask from the centre whether a device or machine that is always on is there.

    `target` is its full id. It gets `probes` echo requests, `spacing_seconds` apart; `tcp_ports`
    are tried where no kind of ICMP is allowed here or answered there.
    """

    check: ClassVar[str] = "always_on"
    address: str = ""
    tcp_ports: tuple[int, ...] = ()
    probes: int = 3
    spacing_seconds: float = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceProtocol:
    """How to ask an endpoint: `name` is a word of `govnet.catalogue.POINT_PROTOCOLS`.

    `port` is without meaning for icmp.
    """

    name: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConferenceSettings(CheckSettings):
    """Ask a conference endpoint whether it is there; `target` is the point id. Nothing rings.

    `snmp` is for the protocol snmp, `login` for cisco_xapi and poly_rest. Unless
    `verify_certificate` is false, the login is sent only to a peer whose certificate is trusted.
    """

    check: ClassVar[str] = "conference"
    address: str = ""
    protocols: tuple[ConferenceProtocol, ...] = ()
    snmp: SnmpAccess | None = None
    login: Login | None = None
    verify_certificate: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings(CheckSettings):
    """Use a service as an office would; `target` is the service id.

    `url` schemes: http, https, smtp, smtps, imap, imaps, pop3, pop3s, dns, tcp, rtsp, ocsp+http,
    crl+http. For dns the host is the resolver
    and the path the name to ask for. `expect_status` None means any code below 400 for HTTP.
    `expect_content` is text that must occur in the first `read_bytes` of the body. `address` is
    connected to instead of the URL's host. With `verify_certificate` an untrusted certificate
    means that the service is not up. `expect_answers` is the whole set of addresses that a name
    server shall give. `certificate` and `issuer` (PEM) are what an OCSP responder is asked about.
    """

    check: ClassVar[str] = "service"
    url: str = ""
    address: str | None = None
    expect_status: int | None = None
    expect_content: str | None = None
    read_bytes: int = 262144
    verify_certificate: bool = True
    expect_answers: tuple[str, ...] = ()
    certificate: str = ""
    issuer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """An item of the site that a switch may see: id and MAC address (small hex, colons).

    `radio`: it is an access point, and what stands behind it may be personal telephones.
    """

    id: str
    mac: str
    radio: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceSettings(CheckSettings):
    """Measure a device by SNMP, by its `url`, or by both; `target` is the device id.

    `kind` is the inventory's word for it, `family` the profile to use instead of the one that fits.
    `url` schemes: rtsp (a camera), nut (upsd, `nut://host:3493/name`), http and https (a page that
    must be there, fresh, or not replaced by a login page), file (data that must be fresh, in a
    folder that the agent's own file allows). `max_age_seconds` is how old the data
    behind the URL may be. `login` is for the URL.

    `preceding` are the machines that measure this device unless they are off: an agent with a list
    here stands by, and takes over while none of them answers. `declared` is what may be seen at the
    device's ports. `networks` are the site's (CIDR); nothing is told of addresses outside them, if
    any are given.
    """

    check: ClassVar[str] = "device"
    address: str = ""
    kind: str = ""
    family: str | None = None
    snmp: SnmpAccess | None = None
    url: str | None = None
    login: Login | None = None
    expect_status: int | None = None
    expect_content: str | None = None
    max_age_seconds: float | None = None
    declared: tuple[Declared, ...] = ()
    preceding: tuple[Peer, ...] = ()
    networks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrapSettings(CheckSettings):
    """Receive a device's SNMP notifications at UDP `port`; `target` is the device id.

    Only notifications from `address` with that access count.
    """

    check: ClassVar[str] = "trap"
    address: str = ""
    snmp: SnmpAccess | None = None
    port: int = 162


@dataclass(frozen=True, slots=True, kw_only=True)
class PathSettings(CheckSettings):
    """Measure a link's path to a reflector in the centre; `target` is the link id.

    `packets` of STAMP (RFC 8762), `spacing_seconds` apart, marked with `dscp` (RFC 2474), go to
    `address` and UDP `port`. `codecs` are graded: g711, g729. With `test_bytes_per_day` the
    throughput is tested within that budget; None, the default, tests nothing.
    """

    check: ClassVar[str] = "path"
    address: str = ""
    port: int = 862
    packets: int = 50
    spacing_seconds: float = 0.02
    dscp: int = 0
    codecs: tuple[str, ...] = ("g711",)
    test_bytes_per_day: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReflectorSettings(CheckSettings):
    """Answer test packets at UDP `port` (STAMP, RFC 8762); `target` is the machine id.

    Only the networks in `allow` (CIDR) are answered. An agent listens only where its own
    configuration allows it as well: that of the centre.
    """

    check: ClassVar[str] = "reflector"
    port: int = 862
    allow: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A conference point as a registrar knows it: by alias (SIP URI, H.323 id) or address."""

    id: str
    aliases: tuple[str, ...] = ()
    address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrarSettings(CheckSettings):
    """Ask a registrar (Cisco Expressway, VCS) who is registered; `target` is the service id."""

    check: ClassVar[str] = "registrar"
    address: str = ""
    port: int = 443
    login: Login | None = None
    verify_certificate: bool = True
    endpoints: tuple[Endpoint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsSettings(CheckSettings):
    """Read what the machine is: model, disks, system, protection; `target` is its machine id.

    `office_suites` are the only programs that are looked for by name. It changes rarely, and some
    systems take long to say whether their protection is on.
    """

    check: ClassVar[str] = "facts"
    interval_seconds: float = 21_600.0
    timeout_seconds: float = 60.0
    office_suites: tuple[str, ...] = ()
