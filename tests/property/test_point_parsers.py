"""What conference endpoints, gatekeepers and registrars send is read or refused, whatever it is."""

import ipaddress
import json
import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agent.checks.point_samples import of_facts
from agent.probe import poly_rest, registrar, xapi
from agent.probe.outcome import PeerError
from agent.probe.point import PointFacts
from agent.probe.ras.message import build_request, parse_answer
from agent.probe.xml_reply import parse
from govnet.catalogue import CATALOGUE

SEQUENCES = st.integers(1, 0xFFFF)
PROTOCOL = bytes.fromhex("060008914a0004")
WORDS = st.sampled_from(
    [
        *("SystemUnit", "ProductId", "Registration", "Registrations", "Status", "Gatekeeper"),
        *("Call", "Channel", "Netstat", "Direction", "Jitter", "Loss", "Packets", "AOR", "Contact"),
        *("LastIntervalLost", "LastIntervalReceived"),
    ]
)
TEXTS = st.sampled_from(
    ["", "Registered", "Connected", "Incoming", "0", "7", "-1", "1e9", "9" * 30, "٣", "x\x7f"]
)


@given(data=st.binary(max_size=300))
def test_any_datagram_is_an_answer_or_none(data: bytes) -> None:
    answer = parse_answer(data)

    if answer is not None:
        assert 1 <= answer.sequence <= 0x10000
        assert (answer.name + answer.reject_reason).isprintable()


@given(
    sequence=SEQUENCES,
    name=st.text(st.characters(min_codepoint=32, max_codepoint=0xD7FF), max_size=128),
    confirmed=st.booleans(),
    rest=st.binary(max_size=60),
)
def test_answer_is_read_as_written(
    *, sequence: int, name: str, confirmed: bool, rest: bytes
) -> None:
    head = bytes([4 if confirmed else 8, 0x80 if name else 0])
    named = bytes([(len(name) - 1) << 1]) + name.encode("utf-16-be") if name else b""
    answer = parse_answer(head + (sequence - 1).to_bytes(2) + PROTOCOL + named + rest)

    assert answer is not None
    assert (answer.sequence, answer.confirmed) == (sequence, confirmed)
    assert answer.name == "".join(char if char.isprintable() else "?" for char in name)


@given(sequence=SEQUENCES, address=st.ip_addresses(), port=st.integers(0, 0xFFFF))
def test_request_holds_what_it_was_given(
    sequence: int, address: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int
) -> None:
    request = build_request(sequence, str(address), port)

    assert int.from_bytes(request[2:4]) == sequence - 1
    assert request.endswith(address.packed + port.to_bytes(2) + b"\x02\x00")


@given(data=st.binary(max_size=300) | st.text("<>/&!DOCTYPE aSt", max_size=100).map(str.encode))
def test_any_bytes_are_xml_or_refused(data: bytes) -> None:
    try:
        root = parse(data)
    except PeerError:
        return

    assert root.tag


@given(
    st.recursive(
        st.builds(lambda word, text: f"<{word}>{text}</{word}>", WORDS, TEXTS.map(str.strip)),
        lambda inner: st.builds(
            lambda word, parts: f"<{word}>{''.join(parts)}</{word}>",
            WORDS,
            st.lists(inner, max_size=5),
        ),
        max_leaves=20,
    )
)
def test_any_status_gives_good_samples_or_none(document: str) -> None:
    try:
        root = parse(f"<Status>{document}</Status>".encode())
    except PeerError:
        return
    facts = PointFacts()
    for read in (
        xapi.read_system,
        xapi.read_sip,
        xapi.read_h323,
        xapi.read_calls,
        xapi.read_media,
    ):
        facts = read(root, facts)

    check(facts)
    try:
        records = list(registrar.read_xml(root))
    except PeerError:
        return
    for record in records:
        assert all(ipaddress.ip_address(each) for each in record.addresses)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.just(10**400)
    | st.text(max_size=20)
    | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("model", "softwareVersion", "state", "connections", "id", "mediaDirection"),
                    *("jitter", "latency", "percentPacketLoss", "records", "alias", "contact"),
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=30,
)


@given(answer=JSON)
def test_any_json_gives_good_samples_or_none(answer: Any) -> None:
    facts = poly_rest.read_system(answer, PointFacts())
    facts = poly_rest.read_servers("sip", answer, facts)
    facts, paths = poly_rest.read_conference(answer, facts)
    facts = poly_rest.read_media(answer, facts)

    check(facts)
    assert all(path.isascii() and path.startswith("/rest/conferences/") for path in paths)
    try:
        list(registrar.read_json(json.loads(json.dumps(answer))))
    except PeerError:
        return


@given(text=st.text(max_size=60))
def test_any_text_has_an_address_or_none(text: str) -> None:
    found = registrar.address_key(text)

    assert not found or str(ipaddress.ip_address(found)) == found


def check(facts: PointFacts) -> None:
    seen = set()
    for sample in of_facts(facts):
        assert tuple(sample.labels or {}) == CATALOGUE[sample.name].sample_labels
        assert math.isfinite(sample.value)
        assert sample.value >= 0
        assert sample.value <= 1 or not sample.name.endswith("_ratio")
        series = (sample.name, tuple((sample.labels or {}).items()))
        assert series not in seen
        seen.add(series)
