"""SNMP: what values become, what is asked, and what this machine must have for it."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from agent.probe import snmp
from agent.probe.outcome import Outcome
from govnet.errors import CheckError
from govnet.settings import Secret, SnmpAccess
from tests.snmp_device import (
    COMMUNITY,
    DESCR,
    GET,
    IN,
    NAME,
    UPTIME,
    Asked,
    Script,
    Start,
    answer,
    devices,
    get,
    integer,
    oid,
    tlv,
    tree,
    walk,
)
from tests.unit.deadlines import ANSWER_SECONDS

BINDS = [(NAME, tlv(4, b"sw"))]
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def device() -> Iterator[Start]:
    with devices() as start:
        yield start


# --- values ---------------------------------------------------------------------------------------


def test_values_come_as_numbers_bytes_and_dotted_text(device: Start):
    values = {
        "1.3.6.1.1.1.0": tlv(4, "Công tắc".encode()),
        "1.3.6.1.1.2.0": integer(-5),
        "1.3.6.1.1.3.0": integer((1 << 32) - 1, 0x41),
        "1.3.6.1.1.4.0": integer(7, 0x42),
        "1.3.6.1.1.5.0": integer(8, 0x43),
        "1.3.6.1.1.6.0": integer((1 << 64) - 1, 0x46),
        "1.3.6.1.1.7.0": tlv(0x40, b"\x0a\x01\x02\x03"),
        "1.3.6.1.1.8.0": oid("1.3.6.1.4.1.9.1.1"),
        "1.3.6.1.1.9.0": tlv(0x44, b"\x9f\x78\x04\x42\xf6\x00\x00"),
    }

    found = get(device(tree(values)), *values, "1.3.6.1.1.10.0")

    assert found.outcome is Outcome.ANSWERED
    assert list(found.values.values()) == [
        "Công tắc".encode(),
        -5,
        (1 << 32) - 1,
        7,
        8,
        (1 << 64) - 1,
        b"\x0a\x01\x02\x03",
        "1.3.6.1.4.1.9.1.1",
        b"\x9f\x78\x04\x42\xf6\x00\x00",
    ]
    assert list(found.values) == list(values)
    assert 0 < (found.rtt_seconds or 0) < ANSWER_SECONDS


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (tlv(0x41, b"\xff\xff\xff\xfe"), (1 << 32) - 2),
        (tlv(0x46, b"\x80" + bytes(7)), 1 << 63),
        (tlv(0x43, b"\xf0\x00\x00\x00"), 0xF0000000),
    ],
    ids=["counter32", "counter64", "ticks"],
)
def test_a_counter_sent_without_its_zero_byte_is_still_the_counter(
    device: Start, value: bytes, expected: int
):
    assert get(device(tree({UPTIME: value})), UPTIME).values == {UPTIME: expected}


@pytest.mark.parametrize(
    "value",
    [tlv(2, b"\x01" * 100), tlv(0x41, b"\x01" * 60), b"\x05\x00"],
    ids=["integer of 800 bits", "counter of 480 bits", "null"],
)
def test_what_is_no_value_is_absent(device: Start, value: bytes):
    found = get(device(tree({NAME: tlv(4, b"sw"), UPTIME: value})), NAME, UPTIME)

    assert found.values == {NAME: b"sw"}


def test_a_long_string_is_cut(device: Start):
    found = get(device(tree({DESCR: tlv(4, b"x" * 30_000)})), DESCR)

    assert found.values == {DESCR: b"x" * snmp.MAX_VALUE_BYTES}


@pytest.mark.usefixtures("asked_once")
def test_many_values_are_asked_in_several_questions(device: Start):
    values = {f"1.3.6.1.1.{number}.0": integer(number) for number in range(1, 51)}
    one = device(tree(values))

    assert len(get(one, *values).values) == 50
    assert [len(asked.oids) for asked in one.asked] == [20, 20, 10]


@pytest.mark.usefixtures("asked_once")
def test_the_community_is_sent_and_the_version_as_ordered(device: Start):
    one = device(tree({NAME: tlv(4, b"sw")}))

    get(one, NAME)

    assert [(1, COMMUNITY.encode(), GET)] == [
        (asked.version, asked.community, asked.kind) for asked in one.asked
    ]


@pytest.mark.parametrize("community", ["cộng đồng", "c" * 255])
def test_a_community_may_be_of_any_letters(device: Start, community: str):
    one = device(lambda asked: [answer(asked.request_id, BINDS, community=asked.community)])
    one.access = SnmpAccess(community=Secret(community), port=one.port)

    assert get(one, NAME).values == {NAME: b"sw"}
    assert one.asked[0].community == community.encode()


def test_a_device_is_asked_over_ipv6(device: Start):
    assert get(device(tree({NAME: tlv(4, b"sw")}), "::1"), NAME).values == {NAME: b"sw"}


def test_version_1_costs_only_the_value_that_is_not_there(device: Start):
    def script(asked: Asked) -> Sequence[bytes]:
        binds = [(name, tlv(4, b"v")) for name in asked.oids]
        error = (2, asked.oids.index(DESCR) + 1) if DESCR in asked.oids else (0, 0)
        return [answer(asked.request_id, binds, version=0, error=error)]

    one = device(script)
    one.access = SnmpAccess(version="1", community=Secret(COMMUNITY), port=one.port)

    assert get(one, NAME, DESCR, UPTIME).values == {NAME: b"v", UPTIME: b"v"}


def test_a_device_that_cannot_answer_all_at_once_is_asked_for_less(device: Start):
    def script(asked: Asked) -> Sequence[bytes]:
        if len(asked.oids) > 3:
            return [answer(asked.request_id, [], error=(1, 0))]
        return [answer(asked.request_id, [(name, integer(1)) for name in asked.oids])]

    values = [f"1.3.6.1.1.{number}.0" for number in range(1, 11)]

    assert list(get(device(script), *values).values) == values


def test_other_oids_than_were_asked_are_an_error(device: Start):
    one = device(lambda asked: [answer(asked.request_id, [("1.3.6.1.9.9.0", integer(1))])])

    with pytest.raises(CheckError, match=r"127\.0\.0\.1: it answered with other OIDs"):
        get(one, NAME)


# --- this machine ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("access", "expected"),
    [
        (SnmpAccess(version="2"), "h: expected SNMP version 1, 2c or 3, got '2'"),
        (SnmpAccess(), "h: SNMP version 2c needs a community"),
        (SnmpAccess(version="3"), "h: SNMP version 3 needs a user"),
        (
            SnmpAccess(version="3", user="u", authentication="md5"),
            "h: authentication: expected one of sha, sha224, sha256, sha384, sha512, got 'md5'",
        ),
        (
            SnmpAccess(version="3", user="u", authentication="sha"),
            "h: authentication by sha needs a key",
        ),
        (
            SnmpAccess(version="3", user="u", privacy="aes128", privacy_key=Secret("k")),
            "h: privacy needs authentication as well (RFC 3414)",
        ),
        (
            SnmpAccess(version="3", user="ư" * 17),
            "h: an SNMP user has at most 32 bytes, this one 34",
        ),
        (
            SnmpAccess(version="3", user="u", context="c" * 256),
            "h: an SNMP context has at most 255 bytes, this one 256",
        ),
        (
            SnmpAccess(community=Secret("c" * 256)),
            "h: an SNMP community has at most 255 bytes, this one 256",
        ),
    ],
)
def test_access_that_cannot_be_used_is_told(access: SnmpAccess, expected: str):
    with pytest.raises(CheckError) as raised:
        snmp.get("h", [NAME], access=access, timeout_seconds=1)

    assert str(raised.value) == expected


@pytest.mark.parametrize("wrong", ["", "1", "1.3.x", "sysDescr.0", "1..3", "1.3.-6"])
def test_an_oid_is_digits_and_dots(wrong: str):
    access = SnmpAccess(community=Secret(COMMUNITY))

    with pytest.raises(CheckError, match=r"expected an OID like 1\.3\.6\.1\.2\.1\.1\.1\.0, got"):
        snmp.get("127.0.0.1", [wrong], access=access, timeout_seconds=1)


@pytest.mark.parametrize("package", ["pysnmp", "pyasn1"])
def test_a_missing_library_is_told_with_what_to_install(package: str):
    program = f"""
import sys
sys.modules[{package!r}] = None
from agent.probe import snmp
from govnet.errors import CheckError
from govnet.settings import Secret, SnmpAccess
try:
    snmp.get("h", [], access=SnmpAccess(community=Secret("c")), timeout_seconds=1)
except CheckError as exc:
    print(exc)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout == "h: SNMP needs the Python package pysnmp: pip install pysnmp\n"


def test_the_community_is_in_no_error_trace_or_finding(device: Start):
    lines: list[str] = []
    said: list[object] = []
    scripts: list[Script] = [
        tree({NAME: tlv(4, b"sw")}),
        lambda _: [],
        lambda _: [b"rubbish"],
        lambda asked: [answer(asked.request_id, [("1.3.9.9", integer(1))])],
    ]
    for script in scripts:
        one = device(script)
        said += [one.access, get]
        try:
            said.append(get(one, NAME, seconds=0.1, trace=lines.append))
            said.append(walk(one, IN, seconds=0.1, trace=lines.append))
        except CheckError as exc:
            said += [exc, exc.__cause__]

    assert COMMUNITY not in f"{lines} {said}"
    assert len(said) > 10
