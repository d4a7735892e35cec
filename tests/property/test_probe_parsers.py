"""What reads bytes from the network answers or refuses, whatever the bytes are."""

import datetime as dt
import ipaddress
import math
import socket
import struct

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from agent.probe import certificate
from agent.probe.dns.message import RecordType, answers_query, build_query, parse_reply
from agent.probe.icmp import program as icmp_program
from agent.probe.icmp.packet import (
    build_request,
    checksum,
    expired_echo,
    reply_sequence,
    without_ipv4_header,
)
from agent.probe.network import dhcp as network_dhcp
from agent.probe.sip.message import Dialog, build_options, parse_response
from agent.probe.trace import readable
from agent.probe.trains import statistics
from govnet.errors import CheckError

KEY = ed25519.Ed25519PrivateKey.generate()
MOMENTS = st.datetimes(dt.datetime(1950, 1, 2), dt.datetime(9999, 12, 31))  # noqa: DTZ001 - made aware below
NAMES = st.lists(
    st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=20),
    min_size=1,
    max_size=6,
).map(".".join)


def _certificate(ends: dt.datetime, name: str = "x") -> bytes:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(KEY.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(dt.datetime(1950, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(ends)
        .sign(KEY, None)
        .public_bytes(serialization.Encoding.DER)
    )


SAMPLE = _certificate(dt.datetime(2031, 2, 3, 4, 5, 6, tzinfo=dt.UTC))


# X.509 bounds a name by bytes as cryptography counts them: 64, two for each "ă".
@given(moment=MOMENTS, name=st.text("aă ", min_size=1, max_size=32))
def test_expiry_is_read_as_written(moment: dt.datetime, name: str) -> None:
    """Until 2049 it is a UTCTime, from 2050 on a GeneralizedTime (RFC 5280 §4.1.2.5)."""
    ends = moment.replace(microsecond=0, tzinfo=dt.UTC)

    assert certificate.expires_at(_certificate(ends, name)) == ends.timestamp()


@given(data=st.data())
def test_damaged_certificate_is_refused_or_read(data: st.DataObject) -> None:
    damaged = bytearray(SAMPLE)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(damaged[: data.draw(st.integers(0, len(damaged)))])
    try:
        found = certificate.expires_at(cut)
    except CheckError:
        return

    assert math.isfinite(found)


@given(junk=st.binary(max_size=300))
def test_junk_is_no_certificate(junk: bytes) -> None:
    try:
        certificate.expires_at(junk)
    except CheckError:
        return

    raise AssertionError(junk)


@given(
    query_id=st.integers(0, 65535),
    name=NAMES,
    addresses=st.lists(st.ip_addresses(v=4), max_size=20),
    aliases=st.integers(0, 3),
)
def test_addresses_of_a_well_formed_reply_are_all_read(
    query_id: int, name: str, addresses: list[ipaddress.IPv4Address], aliases: int
) -> None:
    query = build_query(query_id, name, RecordType.A)
    alias = b"\xc0\x0c" + struct.pack("!HHIH", 5, 1, 60, 2) + b"\xc0\x0c"
    records = b"".join(
        b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + address.packed for address in addresses
    )
    count = aliases + len(addresses)
    message = query[:2] + struct.pack("!HHHHH", 0x8180, 1, count, 0, 0)
    message += query[12:].upper() + alias * aliases + records

    assert answers_query(message, query)
    assert parse_reply(message, query).addresses == tuple(map(str, addresses))


@given(tail=st.binary(max_size=600), counts=st.integers(0, 65535), rcode=st.integers(0, 15))
def test_hostile_dns_reply_is_refused_or_read(tail: bytes, counts: int, rcode: int) -> None:
    query = build_query(77, "portal.example", RecordType.AAAA)
    message = query[:2] + struct.pack("!HHHHH", 0x8180 | rcode, 1, counts, 0, 0) + query[12:] + tail
    try:
        reply = parse_reply(message, query)
    except CheckError:
        return

    assert len(reply.addresses) <= 256
    assert all(ipaddress.ip_address(address).version == 6 for address in reply.addresses)


@given(message=st.binary(max_size=100))
def test_random_datagram_answers_no_question(message: bytes) -> None:
    query = build_query(77, "portal.example", RecordType.A)

    assert not answers_query(message, query) or message.startswith(query[:2])


@given(name=st.text(max_size=300))
def test_any_name_is_encoded_or_refused(name: str) -> None:
    try:
        query = build_query(1, name, RecordType.A)
    except CheckError:
        return

    assert len(query) <= 12 + 255 + 4


@given(head=st.binary(max_size=3000))
def test_any_bytes_are_a_sip_response_or_none(head: bytes) -> None:
    assert parse_response(head) is None or head[:7].upper() == b"SIP/2.0"


@given(
    code=st.integers(100, 699),
    reason=st.text(st.characters(exclude_categories=["C", "Zl", "Zp", "Zs"]), max_size=50),
    call_id=st.text("abcdef0123456789@.", min_size=1, max_size=40),
    tail=st.binary(max_size=500),
)
def test_sip_response_is_read_whatever_follows(
    code: int, reason: str, call_id: str, tail: bytes
) -> None:
    head = f"SIP/2.0 {code} {reason}\r\nCall-ID: {call_id}\r\nCSeq: 1 OPTIONS\r\n\r\n"

    response = parse_response(head.encode() + tail)

    assert response is not None
    assert (response.status_code, response.reason) == (code, reason)
    assert response.answers(Dialog("", call_id, ""))
    assert response.is_final == (code >= 200)


@given(
    host=st.ip_addresses().map(str),
    port=st.integers(1, 65535),
    user=st.text("abc0129._-", max_size=20),
)
def test_sip_request_has_one_line_per_header(host: str, port: int, user: str) -> None:
    request = build_options(
        host=host,
        port=port,
        user=user,
        transport="TCP",
        local=("127.0.0.1", 5070),
        dialog=Dialog("b", "c", "t"),
    )
    lines = request.decode().split("\r\n")

    assert lines[-2:] == ["", ""]
    assert all(": " in line for line in lines[1:-2])
    assert parse_response(request) is None


@given(
    family=st.sampled_from((socket.AF_INET, socket.AF_INET6)),
    identifier=st.integers(0, 65535),
    sequence=st.integers(0, 65535),
    token=st.binary(min_size=8, max_size=8),
    size=st.integers(8, 1400),
)
def test_echo_comes_back_as_its_own_reply(
    family: int, identifier: int, sequence: int, token: bytes, size: int
) -> None:
    request = build_request(family, identifier, sequence, token, size)
    reply = bytes([0 if family == socket.AF_INET else 129]) + request[1:]

    assert len(request) == 8 + size
    assert reply_sequence(family, reply, token) == sequence
    assert reply_sequence(family, request, token) is None
    if family == socket.AF_INET:
        assert checksum(request) == 0


@given(family=st.sampled_from((socket.AF_INET, socket.AF_INET6)), packet=st.binary(max_size=120))
def test_any_packet_is_classified(family: int, packet: bytes) -> None:
    token = b"01234567"

    assert reply_sequence(family, packet, token) is None or token in packet
    expired = expired_echo(family, packet)
    assert expired is None or all(0 <= number < 65536 for number in expired)
    assert len(without_ipv4_header(packet)) <= len(packet)


@given(output=st.text(max_size=500), count=st.integers(1, 5))
def test_any_output_of_ping_gives_one_place_per_probe(output: str, count: int) -> None:
    rtts = icmp_program.parse_output(output, count)

    assert len(rtts) == count


@given(text=st.text('lease{} "interface;expire epoch0123456789/:\n', max_size=400))
def test_any_lease_file_is_read(text: str) -> None:
    assert all(math.isfinite(moment) for moment in network_dhcp.parse_dhclient(text).values())


@given(data=st.binary(max_size=400))
def test_trace_shows_foreign_bytes_as_one_short_line(data: bytes) -> None:
    shown = readable(data)

    assert shown.isprintable()
    assert len(shown) <= 121


@given(rtts=st.lists(st.none() | st.floats(0, 10), max_size=60))
def test_statistics_stay_within_what_was_measured(rtts: list[float | None]) -> None:
    found = statistics(rtts)
    received = [rtt for rtt in rtts if rtt is not None]

    if not rtts:
        assert found.loss_ratio is None
        return
    assert found.loss_ratio is not None
    assert 0 <= found.loss_ratio <= 1
    assert (found.mean_rtt_seconds is None) == (not received)
    assert (found.p95_rtt_change_seconds is None) == (len(received) < 2)
    if found.mean_rtt_seconds is not None:
        assert min(received) - 1e-9 <= found.mean_rtt_seconds <= max(received) + 1e-9
    if found.p95_rtt_change_seconds is not None:
        assert found.p95_rtt_change_seconds <= max(received) - min(received)
