"""SNMP: any bytes are a message or NotSnmpError; whatever a device says, a walk ends."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agent.probe.snmp_keys import keys_for
from agent.probe.snmp_message import decode_community, pdu_of, version_of
from agent.probe.snmp_pdu import MAX_VALUE_BYTES, Missing, NotSnmpError, Pdu, Question
from agent.probe.snmp_v3 import Engine, content, is_signed, pack, unpack
from agent.probe.snmp_walk import Room, TableWalk
from govnet.errors import CheckError
from govnet.settings import Secret, SnmpAccess
from tests.snmp_device import answer, integer, oid, tlv

ENGINE_ID = bytes.fromhex("80001f8880a1b2c3d4e5f60718")
ACCESS = SnmpAccess(
    version="3",
    user="giam-sat",
    authentication="sha256",
    authentication_key=Secret("authentication-key"),
    privacy="aes128",
    privacy_key=Secret("privacy-key"),
)
KEYS = keys_for(ACCESS, ENGINE_ID)
ANSWER = answer(
    99,
    [
        ("1.3.6.1.2.1.1.5.0", tlv(4, b"switch")),
        ("1.3.6.1.2.1.1.2.0", oid("1.3.6.1.4.1.9")),
        ("1.3.6.1.2.1.2.2.1.10.1", integer(-1, 0x41)),
        ("1.3.6.1.2.1.2.2.1.10.2", b"\x82\x00"),
    ],
)
SEALED = pack(
    pdu_of(Question("get", 7, ((1, 3, 6, 1, 2, 1, 1, 5, 0),))),
    message_id=1234,
    reportable=False,
    engine=Engine(ENGINE_ID, 3, 4567),
    context_engine_id=ENGINE_ID,
    context="",
    user="giam-sat",
    keys=KEYS,
)


def spoilt(whole: bytes) -> st.SearchStrategy[bytes]:
    """Return messages with bytes changed, cut off or put in."""
    places = st.lists(st.tuples(st.integers(0, len(whole)), st.binary(max_size=4)), max_size=4)

    def spoil(changes: list[tuple[int, bytes]], cut: int) -> bytes:
        data = bytearray(whole)
        for place, new in changes:
            data[place : place + len(new)] = new
        return bytes(data[: len(data) - cut])

    return st.builds(spoil, places, st.integers(0, 5))


@given(st.one_of(st.binary(max_size=200), spoilt(ANSWER)))
def test_any_bytes_are_a_message_or_none(data: bytes):
    try:
        version_of(data)
        _, community, pdu = decode_community(data)
    except NotSnmpError:
        return
    assert isinstance(community, bytes)
    for name, value in pdu.values:
        assert all(0 <= arc < 1 << 32 for arc in name)
        assert len(name) <= 128
        if isinstance(value, bytes):
            assert len(value) <= MAX_VALUE_BYTES
        elif isinstance(value, int):
            assert -(1 << 63) <= value < 1 << 64


@given(st.one_of(st.binary(max_size=200), spoilt(SEALED)))
def test_any_bytes_are_a_message_of_version_3_or_none(data: bytes):
    try:
        envelope = unpack(data)
        content(envelope, KEYS)
    except NotSnmpError:
        return
    assert len(envelope.engine.engine_id) <= 32


@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
def test_no_byte_of_a_signed_message_can_be_changed(place: int, change: int):
    data = bytearray(SEALED)
    data[place] ^= change
    try:
        envelope = unpack(bytes(data))
    except NotSnmpError:
        return

    assert not is_signed(bytes(data), envelope, KEYS)


ARCS = st.lists(st.integers(0, 3), min_size=1, max_size=4).map(lambda rest: (1, 3, *rest))
VALUES = st.one_of(st.integers(), st.binary(max_size=3), st.sampled_from(Missing))


@given(
    columns=st.lists(ARCS, min_size=1, max_size=4, unique=True),
    bulk=st.booleans(),
    answers=st.lists(
        st.builds(
            Pdu,
            kind=st.just("response"),
            request_id=st.just(1),
            error_status=st.sampled_from([0, 0, 0, 1, 2, 5]),
            error_index=st.integers(-1, 5),
            values=st.lists(st.tuples(ARCS, VALUES), max_size=6).map(tuple),
        ),
        min_size=1,
        max_size=3,
    ),
)
def test_a_walk_ends_whatever_the_device_says(columns: Any, bulk: Any, answers: Any):
    """The same few answers over and over: every one of them advances, ends a column or is wrong."""
    walk = TableWalk(columns, bulk=bulk, max_rows=10, room=Room(200), trace=lambda _: None)
    for turn in range(200):
        if walk.done:
            break
        asked = walk.question(1)
        assert 1 <= len(asked.oids) <= len(columns)
        try:
            walk.take(answers[turn % len(answers)])
        except CheckError:
            return
    assert walk.done
    for column, rows in walk.rows().items():
        assert column in columns
        assert len(rows) <= 10
