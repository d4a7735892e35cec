"""What a simulated agent measures of devices: a few plausible samples for each kind. Pure.

A device that answers says the same from wherever it is asked. Its counters grow with the time of
day, so that whoever measures it next goes on where the last one ended.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from govnet.report import Sample
from govnet.settings import DeviceSettings, TrapSettings
from simulator.faults import FaultKind
from simulator.moment import Moment, distance_seconds, site_of

PORTS: Final = ("GE0/0/1", "GE0/0/2", "GE0/0/3", "GE0/0/4")
UPLINK: Final = PORTS[0]
"""Of a router the port towards the circuit, with an optical module."""
RECEIVE_DBM: Final = -14.0
TRANSMIT_DBM: Final = -4.5
BATTERY_SECONDS: Final = 1800.0
OK: Final = 200
PORT_BYTES_PER_SECOND: Final = 125e6
"""A gigabit."""
IDLE: Final = 3
"""hrPrinterStatus (RFC 2790)."""
_COMPUTERS: Final = frozenset({"switch", "cpe"})
"""Kinds that say how busy and how warm they are."""
_LIMITS_DBM: Final = {
    "receive": (("low_alarm", -28.0), ("high_alarm", -3.0)),
    "transmit": (("low_alarm", -9.5), ("high_alarm", 0.0)),
}
"""Of an optical module for 40 km."""
_MODELS: Final[Mapping[str, str]] = {
    "switch": "S5735-24",
    "cpe": "AR651",
    "ups": "UPS 3000",
    "printer": "M404",
    "access_point": "AP-505",
}


def device(check: DeviceSettings, moment: Moment) -> Iterator[Sample]:
    """Yield what is measured of a device; nothing by an agent that stands by for another one."""
    site = site_of(check.target)
    if any(moment.answers(peer.id) for peer in check.preceding):
        return
    protocols = ["snmp"] if check.snmp is not None else []
    scheme = check.url.partition(":")[0] if check.url is not None else ""
    protocols += [scheme] if scheme not in ("", "file") else []
    answers = moment.answers(check.target)
    for protocol in protocols:
        labels = {"protocol": protocol}
        yield Sample("govnet_device_reachable", float(answers), labels)
        if answers:
            yield Sample("govnet_device_rtt_seconds", round(distance_seconds(site), 6), labels)
    if not answers:
        return
    if check.snmp is not None:
        yield from _itself(check, moment)
        yield from _OF_KINDS.get(check.kind, _nothing)(check, moment)
    if scheme not in ("", "nut", "file"):
        yield Sample("govnet_device_answer_status_code", float(check.expect_status or OK))
    if check.max_age_seconds is not None:
        yield Sample("govnet_device_data_age_seconds", round(moment.at % check.max_age_seconds / 2))
        yield Sample("govnet_device_data_fresh", 1.0)


def trap(check: TrapSettings, moment: Moment) -> Iterator[Sample]:
    """Yield what a device notified the centre of: that it runs on its battery."""
    on_mains = moment.network.is_on_mains(site_of(check.target), check.target)
    labels = {"trap": "on_battery"}
    yield Sample("govnet_trap_received_total", 0.0 if on_mains else 1.0, labels)
    if not on_mains:
        yield Sample("govnet_trap_newest_timestamp_seconds", round(moment.at, 0), labels)


def _itself(check: DeviceSettings, moment: Moment) -> Iterator[Sample]:
    model = _MODELS.get(check.kind, "")
    yield Sample(
        "govnet_device_info",
        1.0,
        {
            "profile": "simulated",
            "model": model,
            "firmware": "1.0",
            "serial": f"{random.Random(check.target).randrange(10**8):08}",
        },
    )
    yield Sample("govnet_device_profile_known", 1.0)
    yield Sample("govnet_device_uptime_seconds", _uptime_seconds(check, moment))
    if check.kind in _COMPUTERS:
        load = 0.15 + abs(moment.random.gauss(0.0, 0.05))
        yield Sample("govnet_device_cpu_ratio", round(load, 3), {"processor": "1"})
        yield Sample("govnet_device_memory_used_ratio", 0.42, {"memory": "main"})
        celsius = 38.0 + moment.random.gauss(0.0, 1.0)
        yield Sample("govnet_device_temperature_celsius", round(celsius, 1), {"sensor": "board"})
        yield Sample("govnet_device_component_ok", 1.0, {"component": "fan"})


def _uptime_seconds(check: DeviceSettings, moment: Moment) -> float:
    """Return how long the device has run: it was started on a day of its own last year."""
    return round(moment.at % (200 * 86_400 + random.Random(check.target).randrange(86_400)))


def _ports(check: DeviceSettings, moment: Moment) -> Iterator[Sample]:
    """Yield the ports of a switch or router, the last of them unused."""
    uptime = _uptime_seconds(check, moment)
    used = PORTS[:-1]
    yield Sample("govnet_device_ports", float(len(used)), {"state": "up"})
    yield Sample("govnet_device_ports", float(len(PORTS) - len(used)), {"state": "down"})
    for number, port in enumerate(PORTS, start=1):
        labels = {"port": port}
        yield Sample("govnet_port_up", float(port in used), labels)
        yield Sample("govnet_port_enabled", 1.0, labels)
        if port in used:
            yield Sample("govnet_port_receive_bytes_total", uptime * 40_000.0 * number, labels)
            yield Sample("govnet_port_transmit_bytes_total", uptime * 9_000.0 * number, labels)
            yield Sample("govnet_port_speed_bytes_per_second", PORT_BYTES_PER_SECOND, labels)
            yield Sample("govnet_port_receive_errors_total", uptime // 86_400, labels)
            yield Sample("govnet_port_fcs_errors_total", uptime // 86_400, labels)
    neighbour = {"port": UPLINK, "neighbour": "upstream", "neighbour_port": PORTS[1]}
    yield Sample("govnet_device_neighbour_info", 1.0, neighbour)
    yield Sample("govnet_device_stations", float(moment.random.randint(18, 24)))
    for declared in check.declared:
        yield Sample("govnet_device_declared_seen", 1.0, {"item": declared.id, "port": PORTS[1]})


def _router(check: DeviceSettings, moment: Moment) -> Iterator[Sample]:
    yield from _ports(check, moment)
    labels = {"port": UPLINK, "lane": "1"}
    site = site_of(check.target)
    circuits = moment.faults.items(FaultKind.MAIN_CIRCUIT_CUT)
    is_cut = moment.faults.has(FaultKind.LINK_CUT, site) or any(
        site_of(circuit) == site for circuit in circuits
    )
    yield Sample("govnet_optics_receive_light", float(not is_cut), labels)
    if not is_cut:
        power = RECEIVE_DBM + moment.random.gauss(0.0, 0.1)
        yield Sample("govnet_optics_receive_power_dbm", round(power, 2), labels)
    yield Sample("govnet_optics_transmit_power_dbm", TRANSMIT_DBM, labels)
    yield Sample("govnet_optics_temperature_celsius", 41.0, {"port": UPLINK})
    for direction, limits in _LIMITS_DBM.items():
        name = f"govnet_optics_{direction}_power_threshold_dbm"
        for level, limit in limits:
            yield Sample(name, limit, {"port": UPLINK, "level": level})


def _ups(check: DeviceSettings, moment: Moment) -> Iterator[Sample]:
    on_mains = moment.network.is_on_mains(site_of(check.target), check.target)
    charge = 1.0 if on_mains else 0.7
    yield Sample("govnet_ups_on_mains", float(on_mains))
    yield Sample("govnet_ups_battery_charge_ratio", charge)
    yield Sample("govnet_ups_battery_runtime_seconds", BATTERY_SECONDS * charge)
    yield Sample("govnet_ups_battery_low", 0.0)
    yield Sample("govnet_ups_input_volts", 221.0 if on_mains else 0.0, {"line": "1"})
    load = 0.3 + abs(moment.random.gauss(0.0, 0.02))
    yield Sample("govnet_ups_load_ratio", round(load, 3), {"line": "1"})


def _printer(check: DeviceSettings, moment: Moment) -> Iterator[Sample]:
    yield Sample("govnet_printer_status_code", float(IDLE))
    left = 0.2 + 0.7 * random.Random(check.target).random()
    yield Sample("govnet_printer_supply_ratio", round(left, 2), {"supply": "black"})
    yield Sample("govnet_printer_pages_total", _uptime_seconds(check, moment) // 600)


def _access_point(_: DeviceSettings, moment: Moment) -> Iterator[Sample]:
    yield Sample("govnet_device_clients", float(moment.random.randint(3, 9)), {"radio": "5 GHz"})


def _nothing(_: DeviceSettings, __: Moment) -> Iterator[Sample]:
    return iter(())


_OF_KINDS: Final[Mapping[str, Callable[[DeviceSettings, Moment], Iterator[Sample]]]] = {
    "switch": _ports,
    "cpe": _router,
    "ups": _ups,
    "printer": _printer,
    "access_point": _access_point,
}
