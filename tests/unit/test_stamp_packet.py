"""Test packets byte by byte, as RFC 8762 and RFC 8972 draw them."""

import struct

import pytest

from agent.probe.stamp.packet import (
    build_probe,
    build_reply,
    ntp_timestamp,
    parse_probe,
    parse_reply,
)

HALF_PAST_EPOCH_NS = 500_000_000
NTP_OF_1970 = 2_208_988_800


def test_a_probe_is_44_bytes_with_number_time_and_error_estimate():
    packet = build_probe(7, ntp_timestamp(HALF_PAST_EPOCH_NS))

    assert len(packet) == 44
    assert packet[:4] == b"\0\0\0\7"
    assert struct.unpack("!II", packet[4:12]) == (NTP_OF_1970, 1 << 31)
    assert packet[12:14] == b"\0\1"
    assert packet[14:] == bytes(30)


def test_a_marked_probe_asks_for_the_class_of_service_in_52_bytes():
    packet = build_probe(0, 1, dscp=46)

    assert len(packet) == 52
    assert packet[44:48] == b"\x80\x04\x00\x04"  # unrecognised, type 4, length 4
    assert packet[48] >> 2 == 46


@pytest.mark.parametrize("size_bytes", [48, 100, 1472])
def test_a_probe_is_padded_to_its_size_by_the_extension_for_it(size_bytes: int):
    packet = build_probe(0, 1, size_bytes=size_bytes)

    assert len(packet) == size_bytes
    assert struct.unpack("!BBH", packet[44:48]) == (0x80, 1, size_bytes - 48)


def test_padding_is_not_compressible_and_differs_from_packet_to_packet():
    first, second = (build_probe(number, 1, size_bytes=1000) for number in (0, 1))

    assert len(set(first[48:])) > 200
    assert first[48:] != second[48:]


def reply_to(probe: bytes, *, dscp: int | None = 46) -> bytes:
    asked = parse_probe(probe)
    assert asked is not None
    return build_reply(
        asked, sequence=3, received_ns=10**18, returned_ns=10**18 + 1000, ttl=61, dscp=dscp
    )


def test_a_reply_stands_as_the_rfc_draws_it():
    stamp = ntp_timestamp(1_790_000_000 * 10**9)
    reply = reply_to(build_probe(1000, stamp))

    assert len(reply) == 44
    assert struct.unpack("!I", reply[:4]) == (3,)
    assert struct.unpack("!IQH", reply[24:38]) == (1000, stamp, 1)
    assert reply[38:40] == b"\0\0"
    assert reply[40] == 61
    assert reply[41:] == b"\0\0\0"


def test_a_reply_tells_the_dscp_that_arrived():
    fields = parse_reply(reply_to(build_probe(1000, 5, dscp=46), dscp=8))

    assert fields is not None
    assert fields.dscp_there == 8
    assert (fields.sequence, fields.sender_sequence, fields.sender_timestamp) == (3, 1000, 5)
    assert fields.returned_ns - fields.received_ns == pytest.approx(1000, abs=2)


def test_a_reflector_that_cannot_see_the_dscp_says_nothing_of_it():
    fields = parse_reply(reply_to(build_probe(1000, 5, dscp=46), dscp=None))

    assert fields is not None
    assert fields.dscp_there is None


def test_an_extension_nobody_knows_comes_back_as_unrecognised():
    probe = build_probe(0, 5) + b"\x00\xf0\x00\x02ab"
    assert reply_to(probe)[44:] == b"\x80\xf0\x00\x02ab"


def test_an_extension_longer_than_its_packet_comes_back_as_malformed():
    probe = build_probe(0, 5) + b"\x80\x04\x00\x08\xb8\x00\x00\x00"
    reply = reply_to(probe)

    assert reply[44:] == b"\x40\x04\x00\x08\xb8\x00\x00\x00"
    fields = parse_reply(reply)
    assert fields is not None
    assert fields.dscp_there is None


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        build_probe(0, 1)[:40],  # Shorter than its answer.
        bytes(44),  # Error estimate with multiplier 0: RFC 4656 §4.1.2.
    ],
)
def test_what_is_no_test_packet_is_not_read(packet: bytes):
    assert parse_probe(packet) is None


def test_a_twamp_light_probe_of_41_bytes_is_answered_with_41():
    probe = build_probe(5, 77)[:41]
    reply = reply_to(probe)

    assert len(reply) == 41
    assert reply[40] == 61
    fields = parse_reply(reply)
    assert fields is not None
    assert (fields.sender_sequence, fields.sender_timestamp) == (5, 77)


def test_a_twamp_light_reply_of_38_bytes_is_read():
    reply = struct.pack("!IQHHQIQH", 9, ntp_timestamp(10**18 + 2000), 1, 0,
                        ntp_timestamp(10**18), 1004, 77, 1)  # fmt: skip
    fields = parse_reply(reply)

    assert len(reply) == 38
    assert fields is not None
    assert (fields.sequence, fields.sender_sequence, fields.sender_timestamp) == (9, 1004, 77)
    assert parse_reply(reply[:35]) is None


def test_times_in_ptp_format_are_read_as_such():
    ptp = (1_790_000_000 << 32) + 250_000_000
    reply = struct.pack("!IQHHQIQ", 0, ptp, 0x4001, 0, ptp - 1000, 0, 0)
    fields = parse_reply(reply)

    assert fields is not None
    assert fields.returned_ns == 1_790_000_000_250_000_000
    assert fields.returned_ns - fields.received_ns == 1000
