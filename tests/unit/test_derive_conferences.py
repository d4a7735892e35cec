"""Who asks the rooms, the registrar and the platforms of conferences, and with what."""

from collector.derivation.credentials import Credentials
from govnet.settings import (
    ConferenceProtocol,
    ConferenceSettings,
    Endpoint,
    RegistrarSettings,
    ServiceSettings,
)
from inventory.model import (
    ConferencePoint,
    Inventory,
    PointKind,
    PointProtocol,
    Service,
    ServiceKind,
)
from tests.unit.test_derive_measured import (
    ACCESS,
    CENTRE,
    CENTRE_AGENT,
    LOGIN,
    agent,
    of,
    site,
    told,
    with_sites,
)

ROOM = ConferencePoint(
    id="xa/vc",
    kind=PointKind.CODEC,
    address="198.18.1.10",
    protocols=(
        PointProtocol.ICMP,
        PointProtocol.SNMP,
        PointProtocol.CISCO_XAPI,
        PointProtocol.POLY_REST,
    ),
    ports={PointProtocol.CISCO_XAPI: 8443},
    snmp="switches",
    login="codecs",
    verify_certificate=False,
    aliases=("vc@xa.example",),
)
SOFTWARE = ConferencePoint(
    id="xa/phan-mem", kind=PointKind.SOFTWARE, machine="xa/pc-3", platform="hop"
)
PLATFORM = Service(
    id="hop", name="Họp", kind=ServiceKind.CONFERENCE_PLATFORM, url="https://hop.example/"
)
REGISTRAR = Service(
    id="vcs",
    name="Đăng ký",
    kind=ServiceKind.CONFERENCE_PLATFORM,
    url="https://198.18.0.20:8443/",
    registrar=True,
    login="codecs",
    verify_certificate=False,
)


def test_a_room_is_asked_with_the_credentials_that_are_named(small_province: Inventory):
    changed = with_sites(small_province, CENTRE, site("xa", conference_points=(ROOM,)))
    (point,) = of(told(changed, agent("xa/pc-2")), ConferenceSettings)
    (poor,) = of(told(changed, agent("xa/pc-2"), known=Credentials()), ConferenceSettings)

    assert isinstance(point, ConferenceSettings)
    assert isinstance(poor, ConferenceSettings)
    assert (point.snmp, point.login) == (ACCESS, LOGIN)
    assert point.verify_certificate is False
    assert point.protocols == (
        ConferenceProtocol(name="icmp", port=1),
        ConferenceProtocol(name="snmp", port=1161),
        ConferenceProtocol(name="cisco_xapi", port=8443),
        ConferenceProtocol(name="poly_rest", port=443),
    )
    assert [one.name for one in poor.protocols] == ["icmp"]


def test_the_centre_asks_the_registrar_for_every_room(small_province: Inventory):
    changed = with_sites(
        small_province, CENTRE, site("xa", conference_points=(ROOM, SOFTWARE)), vcs=REGISTRAR
    )
    (registrar,) = of(told(changed, CENTRE_AGENT), RegistrarSettings)

    assert registrar == RegistrarSettings(
        target="vcs",
        address="198.18.0.20",
        port=8443,
        login=LOGIN,
        verify_certificate=False,
        endpoints=(
            Endpoint(id="xa/vc", aliases=("vc@xa.example",), address="198.18.1.10"),
            Endpoint(id="xa/phan-mem", address="198.18.1.13"),
        ),
        interval_seconds=60.0,
        timeout_seconds=20.0,
    )
    assert of(told(changed, agent("xa/pc-2")), RegistrarSettings) == []


def test_the_machine_of_a_software_point_tests_its_platform(small_province: Inventory):
    changed = with_sites(
        small_province, CENTRE, site("xa", conference_points=(SOFTWARE,)), hop=PLATFORM
    )

    services = of(told(changed, agent("xa/pc-3"), agent("xa/pc-2")), ServiceSettings)
    assert [service.target for service in services] == ["hop"]
    assert of(told(changed, agent("xa/pc-2"), agent("xa/pc-3")), ServiceSettings) == []
