import msgspec

from collector.derivation.derive import Derivation
from collector.derivation.derive_lan import PEERS
from collector.derivation.derive_links import ITEM_PORTS, ROUTER_PORTS
from collector.wire import AgentIdentity
from govnet.settings import (
    MAX_WORKERS,
    AlwaysOnSettings,
    CheckSettings,
    ConferenceSettings,
    LanSettings,
    LinkSettings,
    PathEnd,
    ServiceSettings,
    decode,
    workers_needed,
)
from inventory.model import (
    Assignment,
    ConferencePoint,
    Device,
    DeviceKind,
    FarEnd,
    Inventory,
    Lan,
    Lifecycle,
    Link,
    Machine,
    PointKind,
    PointProtocol,
    Service,
    ServiceKind,
    Site,
    SiteKind,
    Technology,
    Vantages,
)


def _link(name: str, **more: object) -> Link:
    fields = {
        "id": name,
        "technology": Technology.FIBER,
        "carrier": "vnpt",
        "far_end": FarEnd(site="ttdl", address="198.18.0.1"),
    }
    return Link(**(fields | more))  # type: ignore[arg-type]


def _site(name: str, **more: object) -> Site:
    fields = {
        "id": name,
        "name": name,
        "kind": SiteKind.COMMUNE,
        "assignments": (Assignment(unit="u"),),
    }
    return Site(**(fields | more))  # type: ignore[arg-type]


XA = _site(
    "xa",
    links=(
        _link("xa/4g", backup=True, technology=Technology.CELLULAR),
        _link(
            "xa/tslcd",
            next_hop="198.18.1.254",
            far_end=FarEnd(site="ttdl", address="198.18.0.1", tcp_ports=(4443,)),
        ),
        _link("xa/old", lifecycle=Lifecycle.RETIRED),
    ),
    devices=(
        Device(id="xa/a-sw", kind=DeviceKind.SWITCH, address="198.18.1.2", always_on=True),
        Device(
            id="xa/cpe",
            kind=DeviceKind.CPE,
            address="198.18.1.1",
            always_on=True,
            tcp_ports=(443,),
        ),
    ),
    machines=tuple(
        Machine(id=f"xa/pc-{number}", profile="pc", address=f"198.18.1.{number}")
        for number in range(10, 16)
    ),
    conference_points=(
        ConferencePoint(
            id="xa/vc",
            kind=PointKind.CODEC,
            address="198.18.1.9",
            protocols=(PointProtocol.SIP_TLS,),
            ports={PointProtocol.SIP_TLS: 5071},
        ),
        ConferencePoint(id="xa/vc2", kind=PointKind.CODEC),
        ConferencePoint(
            id="xa/vc3",
            kind=PointKind.SOFTWARE,
            machine="xa/pc-10",
            protocols=(PointProtocol.HTTPS,),
        ),
    ),
)
CENTRE = _site("ttdl", kind=SiteKind.DATA_CENTRE)


def _inventory(small: Inventory, *sites: Site) -> Inventory:
    services = {
        "mail": Service(id="mail", name="Thư", kind=ServiceKind.EMAIL, url="smtp://198.18.0.9"),
        "portal": Service(
            id="portal",
            name="Cổng",
            kind=ServiceKind.PROVINCE_PORTAL,
            url="https://198.18.0.8/",
            vantages=Vantages.SITES,
            interval_seconds=300.0,
        ),
    }
    return msgspec.structs.replace(
        small,
        province=msgspec.structs.replace(small.province, centre="ttdl"),
        sites={site.id: site for site in sites},
        services=services,
    )


def _agent(machine: str, agent: str = "") -> AgentIdentity:
    return AgentIdentity(agent or machine.replace("/", "."), machine.partition("/")[0], machine)


def _by_target(checks: tuple[CheckSettings, ...], kind: type[CheckSettings]) -> dict[str, object]:
    return {check.target: check for check in checks if isinstance(check, kind)}


def test_only_the_lowest_machine_uses_the_line(small_province: Inventory):
    first, second = _agent("xa/pc-10"), _agent("xa/pc-11")
    derivation = Derivation(_inventory(small_province, CENTRE, XA), [second, first])

    checks = [check.check for check in derivation.settings(second).checks]
    assert checks == ["machine", "lan", "facts"]
    assert {check.check for check in derivation.settings(first).checks} == {
        "machine",
        "lan",
        "link",
        "conference",
        "service",
        "facts",
    }


def test_a_marked_vantage_measures_instead_once_it_is_enrolled(small_province: Inventory):
    machines = (*XA.machines[:-1], msgspec.structs.replace(XA.machines[-1], vantage=True))
    inventory = _inventory(small_province, CENTRE, msgspec.structs.replace(XA, machines=machines))
    first, marked = _agent("xa/pc-10"), _agent("xa/pc-15")

    alone = Derivation(inventory, [first]).settings(first)
    beside = Derivation(inventory, [first, marked])
    assert len(alone.checks) > 3
    assert len(beside.settings(first).checks) == 3
    assert len(beside.settings(marked).checks) > 3


def test_a_site_measures_its_links_to_the_far_end(small_province: Inventory):
    agent = _agent("xa/pc-10")
    settings = Derivation(_inventory(small_province, CENTRE, XA), [agent]).settings(agent)
    links = _by_target(settings.checks, LinkSettings)

    assert {target: link.ends for target, link in links.items()} == {  # type: ignore[attr-defined]
        "xa/4g": (PathEnd(end="far", address="198.18.0.1", tcp_ports=ROUTER_PORTS),),
        "xa/tslcd": (
            PathEnd(end="gateway", tcp_ports=ROUTER_PORTS),
            PathEnd(end="next_hop", address="198.18.1.254", tcp_ports=ROUTER_PORTS),
            PathEnd(end="far", address="198.18.0.1", tcp_ports=(4443,)),
        ),
    }


def test_the_centre_measures_every_site_to_its_router(small_province: Inventory):
    agent = _agent("ttdl/may-1")
    settings = Derivation(_inventory(small_province, CENTRE, XA), [agent]).settings(agent)
    links = _by_target(settings.checks, LinkSettings)

    assert {target: link.ends for target, link in links.items()} == {  # type: ignore[attr-defined]
        "xa/tslcd": (PathEnd(end="site", address="198.18.1.1", tcp_ports=(443,)),)
    }
    assert list(_by_target(settings.checks, ConferenceSettings)) == ["xa/vc", "xa/vc3"]
    assert list(_by_target(settings.checks, ServiceSettings)) == ["mail", "portal"]


def test_the_centre_asks_everything_always_on_of_every_active_site(small_province: Inventory):
    switch = Device(id="office/sw1", kind=DeviceKind.SWITCH, address="2001:db8::2", always_on=True)
    office = _site(
        "office",
        devices=(
            switch,
            msgspec.structs.replace(switch, id="office/old", lifecycle=Lifecycle.RETIRED),
            Device(id="office/printer", kind=DeviceKind.PRINTER, address="198.18.2.3"),
            Device(id="office/nowhere", kind=DeviceKind.SWITCH, always_on=True),
        ),
        machines=(
            Machine(
                id="office/desk",
                profile="pc",
                address="198.18.2.4",
                always_on=True,
                tcp_ports=(445,),
            ),
        ),
    )
    planned = msgspec.structs.replace(XA, id="later", lifecycle=Lifecycle.PLANNED)
    inventory = _inventory(small_province, CENTRE, XA, office, planned)
    agent = _agent("ttdl/may-1")
    asked = _by_target(Derivation(inventory, [agent]).settings(agent).checks, AlwaysOnSettings)

    assert {
        target: (check.address, check.tcp_ports)  # type: ignore[attr-defined]
        for target, check in asked.items()
    } == {
        "xa/a-sw": ("198.18.1.2", ITEM_PORTS),
        "xa/cpe": ("198.18.1.1", (443,)),
        "office/sw1": ("2001:db8::2", ITEM_PORTS),
        "office/desk": ("198.18.2.4", (445,)),
    }


def test_only_the_centre_asks_what_is_always_on(small_province: Inventory):
    agent = _agent("xa/pc-10")
    checks = Derivation(_inventory(small_province, CENTRE, XA), [agent]).settings(agent).checks

    assert not _by_target(checks, AlwaysOnSettings)


def test_a_site_tests_only_services_that_sites_test(small_province: Inventory):
    agent = _agent("xa/pc-10")
    settings = Derivation(_inventory(small_province, CENTRE, XA), [agent]).settings(agent)
    services = _by_target(settings.checks, ServiceSettings)

    assert list(services) == ["portal"]
    assert services["portal"].interval_seconds == 300.0  # type: ignore[attr-defined]


def test_a_point_is_asked_at_its_own_port_or_at_its_machine(small_province: Inventory):
    agent = _agent("xa/pc-10")
    settings = Derivation(_inventory(small_province, CENTRE, XA), [agent]).settings(agent)
    points = _by_target(settings.checks, ConferenceSettings)

    assert [
        (point.address, point.protocols[0].name, point.protocols[0].port)  # type: ignore[attr-defined]
        for point in points.values()
    ] == [("198.18.1.9", "sip_tls", 5071), ("198.18.1.10", "https", 443)]


def test_peers_are_the_next_in_the_ring_those_with_an_agent_first(small_province: Inventory):
    agents = [_agent("xa/pc-14"), _agent("xa/pc-11")]
    derivation = Derivation(_inventory(small_province, CENTRE, XA), agents)
    (lan,) = (
        check for check in derivation.settings(agents[0]).checks if isinstance(check, LanSettings)
    )

    assert [peer.id for peer in lan.peers] == ["xa/pc-11", "xa/pc-15", "xa/pc-10"]
    assert len(lan.peers) == PEERS


def test_devices_of_the_office_fill_the_places_of_peers_but_never_its_gateway(
    small_province: Inventory,
):
    def device(name: str, kind: DeviceKind, number: int, **more: object) -> Device:
        return Device(id=f"xa/{name}", kind=kind, address=f"198.18.1.{number}", **more)  # type: ignore[arg-type]

    office = _site(
        "xa",
        links=(_link("xa/tslcd", gateway="198.18.1.1"),),
        devices=(
            device("printer", DeviceKind.PRINTER, 5),
            device("access-point", DeviceKind.ACCESS_POINT, 4),
            device("gateway-switch", DeviceKind.SWITCH, 1),
            device("router", DeviceKind.CPE, 2, always_on=True),
            device("old-switch", DeviceKind.SWITCH, 3, lifecycle=Lifecycle.RETIRED),
            Device(id="xa/nowhere", kind=DeviceKind.SWITCH),
        ),
        machines=(
            Machine(id="xa/pc-1", profile="pc", address="198.18.1.11"),
            Machine(id="xa/pc-2", profile="pc", address="198.18.1.12"),
        ),
    )
    agent = _agent("xa/pc-1")
    derivation = Derivation(_inventory(small_province, CENTRE, office), [agent])
    (lan,) = (
        check for check in derivation.settings(agent).checks if isinstance(check, LanSettings)
    )

    assert [(peer.id, peer.address) for peer in lan.peers] == [
        ("xa/pc-2", "198.18.1.12"),
        ("xa/access-point", "198.18.1.4"),
        ("xa/printer", "198.18.1.5"),
    ]


def _asked_name(inventory: Inventory) -> str | None:
    agent = _agent("xa/pc-10")
    checks = Derivation(inventory, [agent]).settings(agent).checks
    (lan,) = (check for check in checks if isinstance(check, LanSettings))
    return lan.resolver_name


def test_name_servers_are_asked_for_the_name_that_the_province_or_a_service_gives(
    small_province: Inventory,
):
    inventory = _inventory(small_province, CENTRE, XA)
    portal = Service(
        id="dvc", name="Cổng", kind=ServiceKind.SERVICE_PORTAL, url="https://DVC.example:8443/vao"
    )
    dns = Service(id="dns", name="DNS", kind=ServiceKind.DNS, url="dns://198.18.0.53/a.example")
    with_portal = msgspec.structs.replace(inventory, services={"dvc": portal})
    with_dns = msgspec.structs.replace(inventory, services={"dvc": portal, "dns": dns})
    chosen = msgspec.structs.replace(with_dns.province, resolver_name="www.example")
    numbered = msgspec.structs.replace(portal, url="https://198.18.0.8/")

    assert _asked_name(inventory) is None
    assert _asked_name(with_portal) == "dvc.example"
    assert _asked_name(with_dns) == "a.example"
    assert _asked_name(msgspec.structs.replace(with_dns, province=chosen)) == "www.example"
    assert _asked_name(msgspec.structs.replace(inventory, services={"dvc": numbered})) is None


def test_a_building_without_lan_has_none_measured(small_province: Inventory):
    agent = _agent("xa/pc-10")
    inventory = _inventory(small_province, msgspec.structs.replace(XA, lan=Lan.NONE))

    checks = Derivation(inventory, [agent]).settings(agent).checks
    assert "lan" not in {check.check for check in checks}


def test_an_agent_whose_site_left_the_inventory_measures_itself(small_province: Inventory):
    agent = _agent("gone/pc-1")
    checks = Derivation(_inventory(small_province, CENTRE), [agent]).settings(agent).checks

    assert [check.check for check in checks] == ["machine", "facts"]


def test_a_run_ends_before_the_next_one_starts(small_province: Inventory):
    agents = [_agent("xa/pc-10"), _agent("ttdl/may-1")]
    inventory = msgspec.structs.replace(
        _inventory(small_province, CENTRE, XA), report_interval_seconds=1.0
    )
    derivation = Derivation(inventory, agents)

    for check in (check for agent in agents for check in derivation.settings(agent).checks):
        assert check.timeout_seconds <= check.interval_seconds
        if isinstance(check, LinkSettings | AlwaysOnSettings):
            assert check.probes * check.spacing_seconds < check.interval_seconds


def test_however_large_the_province_a_round_in_silence_fits_into_the_interval(
    small_province: Inventory,
):
    def renamed(site: str) -> Site:
        items = {
            field: tuple(
                msgspec.structs.replace(item, id=item.id.replace("xa/", f"{site}/"))
                for item in getattr(XA, field)
            )
            for field in ("links", "devices", "machines")
        }
        return msgspec.structs.replace(XA, id=site, conference_points=(), **items)

    agent = _agent("ttdl/may-1")
    sites = (renamed(f"xa-{number}") for number in range(1_000))
    inventory = _inventory(small_province, CENTRE, *sites)
    checks = Derivation(inventory, [agent]).settings(agent).checks

    assert len(checks) > 3_000
    assert 0.95 * MAX_WORKERS < workers_needed(checks) <= MAX_WORKERS
    for check in checks:
        if isinstance(check, LinkSettings | AlwaysOnSettings):
            assert check.probes * check.spacing_seconds < check.timeout_seconds / 2


def test_what_travels_is_what_was_meant_and_has_a_stable_digest(small_province: Inventory):
    agents = [_agent("ttdl/may-1"), _agent("xa/pc-10"), _agent("xa/pc-11")]
    inventory = _inventory(small_province, CENTRE, XA)
    derivation, again = Derivation(inventory, agents), Derivation(inventory, reversed(agents))

    for agent in agents:
        assert decode(derivation.encoded(agent)) == derivation.settings(agent)
        assert derivation.digest(agent) == again.digest(agent)


def test_the_agents_of_a_site_share_its_byte_budget_alike(small_province: Inventory):
    thin = msgspec.structs.replace(XA, report_bytes_per_hour=1_000_000)
    agents = [_agent("xa/pc-10"), _agent("xa/pc-11"), _agent("xa/pc-12"), _agent("ttdl/may-1")]
    derivation = Derivation(_inventory(small_province, CENTRE, thin), agents)

    shares = [derivation.settings(agent).send_bytes_per_hour for agent in agents]

    assert shares == [333_333, 333_333, 333_333, None]
