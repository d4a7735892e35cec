"""What an SNMP notification says, as one word of a small fixed set. Pure.

Where each word comes from:

- generic traps: SNMPv2-MIB (RFC 3418), and RFC 1157 for version 1
- UPS-MIB (RFC 1628): upsTrapOnBattery, and alarm entries about upsAlarmOnBattery. A UPS that only
  removes another alarm says nothing about the mains
- APC PowerNet-MIB: upsOnBattery (5) and powerRestored (9)
- Ethernet OAM: a dying gasp is the non-threshold event 257 (DOT3-OAM-MIB, RFC 4878; Cisco's, H3C's
  and HPE's copies of it). What a neighbour gasped, the event's location says: that is its power
  and not the device's, so it counts as `other`
"""

from collections.abc import Mapping
from dataclasses import dataclass

from agent.probe.snmp.pdu import Missing, Oid, Value, Values, parse_oid

_TRAP_OID = parse_oid("1.3.6.1.6.3.1.1.4.1.0")
_GENERIC = parse_oid("1.3.6.1.6.3.1.1.5")

_UPS_TRAPS = parse_oid("1.3.6.1.2.1.33.2")
_UPS_ALARM_ADDED, _UPS_ALARM_REMOVED = 3, 4
_UPS_ALARM_DESCRIPTION = parse_oid("1.3.6.1.2.1.33.1.6.2.1.2")
_UPS_ALARM_ON_BATTERY = "1.3.6.1.2.1.33.1.6.3.2"

_KINDS: Mapping[Oid, str] = {
    (*_GENERIC, 1): "cold_start",
    (*_GENERIC, 2): "warm_start",
    (*_GENERIC, 3): "link_down",
    (*_GENERIC, 4): "link_up",
    (*_GENERIC, 5): "authentication_failure",
    (*_UPS_TRAPS, 1): "on_battery",
    parse_oid("1.3.6.1.4.1.318.0.5"): "on_battery",
    parse_oid("1.3.6.1.4.1.318.0.9"): "on_mains",
}

_OAM_EVENTS: Mapping[Oid, Oid] = {
    parse_oid(notification): parse_oid(event)
    for notification, event in (
        ("1.3.6.1.2.1.158.0.2", "1.3.6.1.2.1.158.1.6.1"),
        ("1.3.6.1.4.1.9.10.136.0.2", "1.3.6.1.4.1.9.10.136.1.6.1"),
        ("1.3.6.1.4.1.25506.2.42.3.1.7.0.2", "1.3.6.1.4.1.25506.2.42.3.1.6.1"),
        (
            "1.3.6.1.4.1.11.2.14.11.15.2.42.3.1.7.0.2",
            "1.3.6.1.4.1.11.2.14.11.15.2.42.3.1.6.1",
        ),
    )
}
"""dot3OamNonThresholdEvent of each module, and the entry of the event log that it carries."""
_OAM_TYPE, _OAM_LOCATION = 4, 5
_DYING_GASP, _LOCAL = 257, 1


@dataclass(frozen=True, slots=True)
class Notification:
    """One notification: `kind` is a word of `TRAPS`, `oid` what the device itself calls it."""

    kind: str
    oid: Oid


def read(values: Values) -> Notification:
    """Return what a trap or inform says; one without a name is `other` with an empty OID."""
    oid = _name(values)
    return Notification(_kind(oid, values), oid)


def _name(values: Values) -> Oid:
    """Return snmpTrapOID (RFC 3416 §4.2.6)."""
    for oid, value in values:
        if oid == _TRAP_OID and isinstance(value, str):
            return parse_oid(value)
    return ()


def _kind(oid: Oid, values: Values) -> str:
    if oid[:-2] == _UPS_TRAPS and oid[-2] == 0:
        oid = (*_UPS_TRAPS, oid[-1])  # As version 1 writes it.
    if oid[:-1] == _UPS_TRAPS and oid[-1] in (_UPS_ALARM_ADDED, _UPS_ALARM_REMOVED):
        if _UPS_ALARM_ON_BATTERY in _under(_UPS_ALARM_DESCRIPTION, values):
            return "on_battery" if oid[-1] == _UPS_ALARM_ADDED else "on_mains"
        return "other"
    if oid in _OAM_EVENTS:
        event = _OAM_EVENTS[oid]
        gasped = _DYING_GASP in _under((*event, _OAM_TYPE), values)
        ours = _LOCAL in _under((*event, _OAM_LOCATION), values)
        return "power_lost" if gasped and ours else "other"
    return _KINDS.get(oid, "other")


def _under(column: Oid, values: Values) -> list[Value | Missing]:
    return [value for oid, value in values if oid[: len(column)] == column]
