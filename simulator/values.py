"""What a simulated agent measures: plausible samples for each check it is told to run. Pure.

Values follow the faults of the moment; without a fault they wander a little around what an office
of a mountain province would show. Metric names come from the catalogue like everybody's.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from govnet.report import Result, Sample
from govnet.settings import (
    AlwaysOnSettings,
    CheckSettings,
    ConferenceSettings,
    DeviceSettings,
    FactsSettings,
    LanSettings,
    LinkSettings,
    MachineSettings,
    PathSettings,
    ReflectorSettings,
    RegistrarSettings,
    ServiceSettings,
    TrapSettings,
)
from simulator.faults import FaultKind
from simulator.moment import Moment, distance_seconds, site_of
from simulator.values_devices import device, trap
from simulator.values_path import path, reflector

GIB = 1 << 30
CERTIFICATE_LIFE_SECONDS = 200 * 86400
EXPIRING_SECONDS = 6 * 86400
SUPPORT_ENDS_AT = 1_760_400_000.0
"""14/10/2025: the end of Windows 10."""
UPDATED_DAYS_AGO = 20
SIP_OK = 200
HTTP_OK = 200
SMTP_READY = 220
SLOW_LOSS_RATIO = 0.12
TELLING = frozenset({"snmp", "cisco_xapi", "poly_rest"})
"""Protocols by which a room says something of itself."""
TLS = frozenset({"https", "imaps", "smtps", "pop3s"})
ROUTER = "cpe"
"""What the centre measures a circuit to."""


def results(moment: Moment) -> tuple[Result, ...]:
    """Run every ordered check and return its result."""
    return tuple(_result(check, moment) for check in moment.settings.checks)


def _result(check: CheckSettings, moment: Moment) -> Result:
    return Result(
        check=check.check,
        target=check.target,
        duration_seconds=moment.random.uniform(0.01, 0.3),
        age_seconds=moment.random.uniform(0, 1),
        error=None,
        samples=tuple(_MEASURED[type(check)](check, moment)),
    )


def _machine(check: MachineSettings, moment: Moment) -> Iterator[Sample]:
    rng, uptime = moment.random, moment.uptime_seconds
    disk = 256 * GIB
    free_ratio = 0.01 if moment.faults.has(FaultKind.DISK_FULL, check.target) else 0.55
    yield Sample("govnet_machine_info", 1.0, {"os": "Windows 10", "os_build": "19045"})
    for mode, share in (("user", 0.08), ("system", 0.03), ("idle", 3.85), ("iowait", 0.04)):
        yield Sample("govnet_machine_cpu_seconds_total", round(uptime * share, 2), {"mode": mode})
    yield Sample("govnet_machine_cpus", 4.0)
    yield Sample("govnet_machine_memory_size_bytes", 8.0 * GIB)
    yield Sample("govnet_machine_memory_available_bytes", float(int(rng.uniform(2.5, 5.0) * GIB)))
    yield Sample("govnet_machine_swap_used_bytes", float(rng.randrange(0, GIB, 4096)))
    yield Sample("govnet_machine_disk_size_bytes", float(disk), {"disk": "C:"})
    yield Sample("govnet_machine_disk_free_bytes", float(int(disk * free_ratio)), {"disk": "C:"})
    for direction, rate in (("receive", 40_000), ("transmit", 9_000)):
        yield Sample(
            f"govnet_machine_network_{direction}_bytes_total",
            float(int(uptime * rate)),
            {"interface": "Ethernet"},
        )
    yield Sample("govnet_machine_uptime_seconds", round(uptime, 1))
    yield Sample("govnet_machine_boot_timestamp_seconds", round(moment.at - uptime, 0))
    yield Sample(
        "govnet_machine_on_mains", float(moment.network.is_on_mains(moment.site, check.target))
    )
    if moment.previous_run is not None:
        yield Sample("govnet_machine_last_alive_timestamp_seconds", moment.previous_run.alive_at)
        yield Sample("govnet_machine_clean_stop", float(moment.previous_run.clean_stop))
    yield Sample("govnet_machine_clock_offset_seconds", round(rng.gauss(0.0, 0.05), 3))


def _lan(check: LanSettings, moment: Moment) -> Iterator[Sample]:
    network, site = moment.network, moment.site
    works = network.lan_works(site)
    seen = sum(not network.is_dark(site, peer.id) for peer in check.peers) if works else 0
    yield Sample("govnet_lan_interface_up", float(works), {"interface": "Ethernet"})
    if works:
        yield Sample(
            "govnet_lan_interface_speed_bytes_per_second", 125e6, {"interface": "Ethernet"}
        )
    yield Sample("govnet_lan_gateway_reachable", float(works and network.router_runs(site)))
    yield Sample("govnet_lan_peers_assigned", float(len(check.peers)))
    yield Sample("govnet_lan_peers_seen", float(seen))
    yield Sample("govnet_lan_neighbours_seen", float(moment.random.randint(8, 20) if works else 0))
    yield Sample("govnet_lan_resolvers", 2.0)
    yield Sample("govnet_lan_resolvers_answering", 2.0 if network.names_work(site) else 0.0)


def _link(check: LinkSettings, moment: Moment) -> Iterator[Sample]:
    far_site = check.target.partition("/")[0]
    slow = moment.faults.has(FaultKind.SLOW_LINK, far_site)
    if far_site == moment.site:
        reached = moment.network.ends_reached(far_site, check.target)
    else:
        is_there = moment.answers(f"{far_site}/{ROUTER}")
        reached = frozenset({"site"} if is_there else ())
    for end in check.ends:
        labels = {"end": end.end}
        if end.end not in reached:
            yield Sample("govnet_link_reachable", 0.0, labels)
            yield Sample("govnet_link_loss_ratio", 1.0, labels)
            continue
        base = 0.0006 if end.end == "gateway" else distance_seconds(far_site)
        lossy = slow and end.end != "gateway"
        variation = abs(moment.random.gauss(0.02 if lossy else 0.0008, 0.0003))
        yield Sample("govnet_link_reachable", 1.0, labels)
        yield Sample("govnet_link_loss_ratio", SLOW_LOSS_RATIO if lossy else 0.0, labels)
        yield Sample(
            "govnet_link_rtt_seconds", round(base * (6 if lossy else 1) + variation, 6), labels
        )
        yield Sample("govnet_link_rtt_variation_mean_seconds", round(variation, 6), labels)
        yield Sample("govnet_link_rtt_variation_p95_seconds", round(variation * 2.5, 6), labels)


def _always_on(check: AlwaysOnSettings, moment: Moment) -> Iterator[Sample]:
    site = site_of(check.target)
    answers = moment.answers(check.target)
    yield Sample("govnet_target_reachable", float(answers))
    if answers:
        yield Sample("govnet_target_rtt_seconds", round(distance_seconds(site), 6))


def _conference(check: ConferenceSettings, moment: Moment) -> Iterator[Sample]:
    site = site_of(check.target)
    dead = not _room_answers(check.target, moment)
    for protocol in check.protocols:
        labels = {"protocol": protocol.name}
        yield Sample("govnet_point_reachable", 0.0 if dead else 1.0, labels)
        if dead:
            continue
        yield Sample("govnet_point_rtt_seconds", round(distance_seconds(site), 6), labels)
        if protocol.name.startswith("sip"):
            yield Sample("govnet_point_sip_status_code", float(SIP_OK), labels)
    if not dead and not {protocol.name for protocol in check.protocols}.isdisjoint(TELLING):
        yield Sample("govnet_point_info", 1.0, {"model": "simulated", "firmware": "1.0"})
        yield Sample("govnet_point_registered", 1.0, {"protocol": "sip"})
        yield from _call(site, moment)


def _call(site: str, moment: Moment) -> Iterator[Sample]:
    """Yield what a room says of its call; one that says anything is always in one."""
    yield Sample("govnet_point_in_call", 1.0)
    is_slow = moment.faults.has(FaultKind.SLOW_LINK, site)
    for direction in ("receive", "transmit"):
        labels = {"direction": direction}
        yield Sample("govnet_point_call_loss_ratio", SLOW_LOSS_RATIO if is_slow else 0.0, labels)
        yield Sample("govnet_point_call_jitter_seconds", 0.03 if is_slow else 0.004, labels)
    for component in ("microphone", "camera"):
        yield Sample("govnet_point_component_ok", 1.0, {"component": component})


def _room_answers(point: str, moment: Moment) -> bool:
    return not moment.faults.has(FaultKind.POINT_DOWN, point) and moment.answers(point)


def _registrar(check: RegistrarSettings, moment: Moment) -> Iterator[Sample]:
    reached = moment.network.reaches_centre(moment.site)
    is_there = reached and not moment.faults.has(FaultKind.SERVICE_DOWN, check.target)
    yield Sample("govnet_registrar_reachable", float(is_there))
    if not is_there:
        return
    registered = {one.id: _room_answers(one.id, moment) for one in check.endpoints}
    yield Sample("govnet_registrar_registrations", float(sum(registered.values())))
    for endpoint, is_registered in registered.items():
        labels = {"endpoint": endpoint}
        yield Sample("govnet_registrar_endpoint_registered", float(is_registered), labels)


def _facts(_: FactsSettings, moment: Moment) -> Iterator[Sample]:
    yield Sample("govnet_facts_antivirus_on", 1.0)
    yield Sample("govnet_facts_firewall_on", 1.0)
    yield Sample("govnet_facts_domain_joined", 0.0)
    yield Sample("govnet_facts_items", 12.0)
    yield Sample("govnet_facts_os_support_end_timestamp_seconds", SUPPORT_ENDS_AT)
    updated_at = moment.at - moment.at % 86_400 - UPDATED_DAYS_AGO * 86_400
    yield Sample("govnet_facts_last_update_timestamp_seconds", updated_at)
    yield Sample("govnet_facts_disk_health_ok", 1.0, {"disk": "0"})


def _service(check: ServiceSettings, moment: Moment) -> Iterator[Sample]:
    scheme = check.url.partition(":")[0]
    reached = moment.network.reaches_centre(moment.site) and moment.network.names_work(moment.site)
    if not reached or moment.faults.has(FaultKind.SERVICE_DOWN, check.target):
        yield Sample("govnet_service_up", 0.0)
        return
    yield Sample("govnet_service_up", 1.0)
    phases = {"dns": 0.004, "connect": 0.006}
    if scheme in TLS:
        phases["tls"] = 0.02
    if scheme in {"http", "https"}:
        phases |= {"first_byte": 0.12, "transfer": 0.03}
    for phase, seconds in phases.items():
        jitter = math.exp(moment.random.gauss(0.0, 0.2))
        yield Sample(
            "govnet_service_duration_seconds", round(seconds * jitter, 6), {"phase": phase}
        )
    yield from _told(check, scheme, moment)
    if check.expect_content is not None:
        yield Sample("govnet_service_content_matched", 1.0)
    if scheme in TLS:
        expiring = moment.faults.has(FaultKind.CERTIFICATE_EXPIRING, check.target)
        life = EXPIRING_SECONDS if expiring else CERTIFICATE_LIFE_SECONDS
        at = moment.at - moment.network.clock_error_seconds(moment.settings.machine)
        day = at - at % 86400
        yield Sample("govnet_service_certificate_verified", 1.0)
        yield Sample("govnet_service_certificate_expiry_timestamp_seconds", day + life)


def _told(check: ServiceSettings, scheme: str, moment: Moment) -> Iterator[Sample]:
    """Yield the code of a service's answer, and what TCP knew of the connection."""
    if scheme == "dns":
        yield Sample("govnet_service_dns_rcode", 0.0)
        return
    if scheme in {"http", "https"}:
        yield Sample("govnet_service_status_code", float(check.expect_status or HTTP_OK))
    elif scheme.startswith("smtp"):
        yield Sample("govnet_service_status_code", float(SMTP_READY))
    yield Sample("govnet_service_tcp_rtt_seconds", round(distance_seconds(moment.site), 6))


_MEASURED: Final[Mapping[type[CheckSettings], Callable[[Any, Moment], Iterator[Sample]]]] = {
    MachineSettings: _machine,
    LanSettings: _lan,
    LinkSettings: _link,
    AlwaysOnSettings: _always_on,
    ConferenceSettings: _conference,
    ServiceSettings: _service,
    DeviceSettings: device,
    TrapSettings: trap,
    PathSettings: path,
    ReflectorSettings: reflector,
    RegistrarSettings: _registrar,
    FactsSettings: _facts,
}
