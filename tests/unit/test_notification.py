"""What notifications are called: generic ones, UPSs, power that goes, and everything else."""

import pytest

from agent.listening.ear import Ear
from agent.listening.notification import read
from agent.probe.snmp.pdu import Oid, Value, parse_oid
from govnet.catalogue import TRAPS
from govnet.settings import Secret, SnmpAccess
from tests.snmp_device import integer, oid, tlv

EAR = Ear()
ACCESS = SnmpAccess(version="1", community=Secret("public"))

UPTIME = (parse_oid("1.3.6.1.2.1.1.3.0"), 4711)
TRAP_OID = parse_oid("1.3.6.1.6.3.1.1.4.1.0")
ALARM = "1.3.6.1.2.1.33.1.6.2.1.2.7"
ON_BATTERY, LOW_BATTERY = "1.3.6.1.2.1.33.1.6.3.2", "1.3.6.1.2.1.33.1.6.3.3"


def kind(name: str, *values: tuple[str, Value]) -> str:
    """Return what a notification of version 2c is called."""
    binds: list[tuple[Oid, Value]] = [UPTIME, (TRAP_OID, name)]
    binds += [(parse_oid(oid), value) for oid, value in values]
    return read(tuple(binds)).kind


def kind_v1(enterprise: str, generic: int, specific: int, *values: tuple[str, str]) -> str:
    """Return what a trap of version 1 is called, in the form of version 2."""
    binds = b"".join(tlv(0x30, oid(name) + oid(value)) for name, value in values)
    parts = oid(enterprise) + tlv(0x40, bytes(4)) + integer(generic) + integer(specific)
    pdu = tlv(0xA4, parts + integer(4711, 0x43) + tlv(0x30, binds))
    message = tlv(0x30, integer(0) + tlv(4, b"public") + pdu)
    return read(EAR.hear(message, ACCESS, b"").values).kind


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (1, "cold_start"),
        (2, "warm_start"),
        (3, "link_down"),
        (4, "link_up"),
        (5, "authentication_failure"),
        (6, "other"),
    ],
)
def test_generic_traps_are_called_alike_in_all_versions(number: int, expected: str):
    assert kind(f"1.3.6.1.6.3.1.1.5.{number}") == expected
    assert kind_v1("1.3.6.1.4.1.9", number - 1, 0) == expected


@pytest.mark.parametrize(
    ("trap", "alarm", "expected"),
    [
        (1, None, "on_battery"),
        (2, None, "other"),
        (3, ON_BATTERY, "on_battery"),
        (4, ON_BATTERY, "on_mains"),
        (3, LOW_BATTERY, "other"),
        (4, LOW_BATTERY, "other"),
        (4, None, "other"),
    ],
)
def test_a_ups_tells_of_its_mains_and_of_nothing_else(trap: int, alarm: str | None, expected: str):
    values = [(ALARM, alarm)] if alarm else []

    assert kind(f"1.3.6.1.2.1.33.2.{trap}", *values) == expected
    assert kind(f"1.3.6.1.2.1.33.2.0.{trap}", *values) == expected
    assert kind_v1("1.3.6.1.2.1.33.2", 6, trap, *values) == expected


@pytest.mark.parametrize(("trap", "expected"), [(5, "on_battery"), (9, "on_mains"), (7, "other")])
def test_a_ups_of_apc_tells_of_its_mains(trap: int, expected: str):
    assert kind(f"1.3.6.1.4.1.318.0.{trap}") == expected
    assert kind_v1("1.3.6.1.4.1.318", 6, trap) == expected


@pytest.mark.parametrize(
    ("notification", "event"),
    [
        ("1.3.6.1.2.1.158.0.2", "1.3.6.1.2.1.158.1.6.1"),
        ("1.3.6.1.4.1.9.10.136.0.2", "1.3.6.1.4.1.9.10.136.1.6.1"),
        ("1.3.6.1.4.1.25506.2.42.3.1.7.0.2", "1.3.6.1.4.1.25506.2.42.3.1.6.1"),
    ],
)
@pytest.mark.parametrize(
    ("event_type", "location", "expected"),
    [(257, 1, "power_lost"), (257, 2, "other"), (256, 1, "other")],
    ids=["own gasp", "the neighbour's gasp", "link fault"],
)
def test_a_dying_gasp_is_the_devices_power_only_where_it_is_its_own(
    notification: str, event: str, event_type: int, location: int, expected: str
):
    values = [(f"{event}.4.3.1", event_type), (f"{event}.5.3.1", location)]

    assert kind(notification, *values) == expected


def test_a_notification_without_a_name_is_other():
    assert read((UPTIME,)).kind == "other"
    assert read((UPTIME, (TRAP_OID, 5))).kind == "other"
    assert kind_v1("1.3.6.1.4.1.9", 17, 4) == "other"


def test_every_kind_is_a_known_word():
    assert len(set(TRAPS)) == len(TRAPS) == 9
