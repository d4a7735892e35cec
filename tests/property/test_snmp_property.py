"""SNMP: any bytes are an answer or a refusal in words; whatever a device says, a walk ends."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.listening.ear import Dropped, Ear
from agent.listening.senders import Sender
from agent.probe.outcome import PeerError
from agent.probe.snmp.pdu import MAX_VALUE_BYTES, Missing, NotSnmpError, Pdu, Question, Values
from agent.probe.snmp.peer import AskAgain, Peer
from agent.probe.snmp.walking import Room, TableWalk
from govnet.errors import CheckError
from govnet.settings import Secret, SnmpAccess
from tests.snmp_device import COMMUNITY, answer, integer, oid, read, tlv
from tests.snmp_usm import Engine, opened, report, seal

BY_COMMUNITY = SnmpAccess(community=Secret(COMMUNITY))
ACCESS = SnmpAccess(
    version="3",
    user="giam-sat",
    authentication="sha256",
    authentication_key=Secret("authentication-key"),
    privacy="aes128",
    privacy_key=Secret("privacy-key"),
)
QUESTION = ((1, 3, 6, 1, 2, 1, 1, 5, 0),)
EAR = Ear()
TRAP = seal(tlv(0xA7, integer(5) + integer(0) + integer(0) + tlv(0x30, b"")), ACCESS, Engine())


def response(request_id: int) -> bytes:
    return answer(
        request_id,
        [
            ("1.3.6.1.2.1.1.5.0", tlv(4, b"switch")),
            ("1.3.6.1.2.1.1.2.0", oid("1.3.6.1.4.1.9")),
            ("1.3.6.1.2.1.2.2.1.10.1", integer(-1, 0x41)),
            ("1.3.6.1.2.1.2.2.1.10.2", b"\x82\x00"),
        ],
    )


CHANGES = st.lists(st.tuples(st.integers(0, 200), st.binary(max_size=4)), max_size=4)


def spoil(whole: bytes, changes: list[tuple[int, bytes]], cut: int) -> bytes:
    """Return a message with bytes changed, cut off or put in."""
    data = bytearray(whole)
    for place, new in changes:
        data[place % len(whole) : place % len(whole) + len(new)] = new
    return bytes(data[: len(data) - cut])


def sayable(values: Values) -> None:
    for name, value in values:
        assert all(0 <= arc < 1 << 32 for arc in name)
        assert len(name) <= 128
        if isinstance(value, bytes):
            assert len(value) <= MAX_VALUE_BYTES
        elif isinstance(value, int):
            assert -(1 << 63) <= value < 1 << 64


@given(st.one_of(st.none(), st.binary(max_size=200)), CHANGES, st.integers(0, 5))
def test_any_bytes_are_an_answer_or_none(data: bytes | None, changes: Any, cut: int):
    peer = Peer(BY_COMMUNITY, "192.0.2.1")
    asked = read(peer.seal(Question("get", QUESTION)))
    whole = spoil(response(asked.request_id), changes, cut) if data is None else data
    try:
        sayable(peer.open(whole).values)
    except NotSnmpError:
        return
    finally:
        peer.forget()


@given(CHANGES, st.integers(0, 5))
def test_a_signed_answer_is_the_one_that_was_sent_or_none(changes: Any, cut: int):
    peer = Peer(ACCESS, "192.0.2.1")
    question = Question("get", QUESTION)
    nobody = SnmpAccess(version="3", user="")
    met = seal(report(4), nobody, Engine(), message_id=opened(peer.seal(question)).message_id)
    with pytest.raises(AskAgain):
        peer.open(met)
    asked = opened(peer.seal(question))
    pdu = tlv(0xA2, integer(7) + integer(0) + integer(0) + tlv(0x30, b""))
    whole = seal(pdu, ACCESS, Engine(), message_id=asked.message_id)
    spoilt = spoil(whole, changes, cut)
    try:
        peer.open(spoilt)
    except (NotSnmpError, AskAgain, PeerError):
        return
    finally:
        peer.forget()

    assert spoilt.startswith(whole)


@given(st.one_of(st.none(), st.binary(max_size=200)), CHANGES, st.integers(0, 5))
def test_a_signed_notification_is_the_one_that_was_sent_or_none(
    data: bytes | None, changes: Any, cut: int
):
    sender = Sender(frozenset(), ACCESS, lambda: 0.0, EAR)
    whole = spoil(TRAP, changes, cut) if data is None else data
    try:
        sender.take(whole, 1.0)
    except Dropped:
        return

    assert whole.startswith(TRAP)


ARCS = st.lists(st.integers(0, 3), min_size=1, max_size=4).map(lambda rest: (1, 3, *rest))
VALUES = st.one_of(st.integers(), st.binary(max_size=3), st.sampled_from(Missing))


@given(
    columns=st.lists(ARCS, min_size=1, max_size=4, unique=True),
    bulk=st.booleans(),
    answers=st.lists(
        st.builds(
            Pdu,
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
        asked = walk.question()
        assert 1 <= len(asked.oids) <= len(columns)
        try:
            walk.take(answers[turn % len(answers)])
        except CheckError:
            return
    assert walk.done
    for column, rows in walk.rows().items():
        assert column in columns
        assert len(rows) <= 10
