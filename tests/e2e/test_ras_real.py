"""What we write as RAS, read by Wireshark's H.225.0 dissector, which nobody here wrote."""

import ipaddress
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from agent.probe.ras.message import build_request, parse_answer

pytestmark = pytest.mark.e2e

FIELDS = (
    "h225.RasMessage",
    "h225.requestSeqNum",
    "h225.protocolIdentifier",
    "h225.ipV4",
    "h225.ipV6",
    "h225.ipV4_port",
    "h225.ipV6_port",
    "h225.terminal_element",
    "h225.gatekeeperIdentifier",
    "h225.rejectReason",
    "_ws.malformed",
)
REASONS = ("", "terminalExcluded", "", "", "securityDenial")
"""As Wireshark numbers them: those after the extension mark go on."""
IP_RAW, UDP = 101, 17


def packet(payload: bytes, source: str, target: str) -> bytes:
    """Return an IP packet with a UDP datagram from one gatekeeper port to another."""
    udp = struct.pack("!HHHH", 1719, 1719, 8 + len(payload), 0) + payload
    here, there = ipaddress.ip_address(source).packed, ipaddress.ip_address(target).packed
    if len(here) == 4:
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 1, 0, 64, UDP, 0)
    else:
        head = struct.pack("!IHBB", 6 << 28, len(udp), UDP, 64)
    return head + here + there + udp


def dissected(folder: Path, payloads: list[bytes], *, ip: int = 4) -> list[dict[str, str]]:
    """Return for each payload what tshark reads in it."""
    ends = ("198.18.0.1", "198.18.0.5") if ip == 4 else ("2001:db8::1", "2001:db8::5")
    capture = struct.pack("=IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, IP_RAW)
    for payload in payloads:
        data = packet(payload, *ends)
        capture += struct.pack("=IIII", 0, 0, len(data), len(data)) + data
    file = folder / "ras.pcap"
    file.write_bytes(capture)
    program = shutil.which("tshark")
    assert program is not None, "tshark is not installed: apt-get install tshark"
    wanted = [word for field in FIELDS for word in ("-e", field)]
    done = subprocess.run(
        [program, "-n", "-r", str(file), "-T", "fields", "-E", "separator=|", *wanted],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    lines = done.stdout.splitlines()
    return [dict(zip(FIELDS, line.split("|"), strict=True)) for line in lines]


def told(seen: dict[str, str]) -> dict[str, str]:
    return {field: value for field, value in seen.items() if value}


def test_wireshark_reads_our_requests(tmp_path: Path) -> None:
    (seen,) = dissected(tmp_path, [build_request(7, "198.18.1.2", 40000)])
    (longer,) = dissected(tmp_path, [build_request(65535, "2001:db8::9", 40000)], ip=6)

    common = {
        "h225.RasMessage": "0",
        "h225.protocolIdentifier": "0.0.8.2250.0.4",
        "h225.terminal_element": "1",
    }
    assert told(seen) == common | {
        "h225.requestSeqNum": "7",
        "h225.ipV4": "198.18.1.2",
        "h225.ipV4_port": "40000",
    }
    assert told(longer) == common | {
        "h225.requestSeqNum": "65535",
        "h225.ipV6": "2001:db8::9",
        "h225.ipV6_port": "40000",
    }


def test_wireshark_reads_hand_made_answers_as_we_do(tmp_path: Path) -> None:
    protocol = bytes.fromhex("060008914a0004")
    name = b"\x04" + "GK1".encode("utf-16-be")
    answers = [
        b"\x04\x80\x00\x06" + protocol + name + bytes.fromhex("00c612000506b7"),
        b"\x08\x80\x00\x06" + protocol + name + b"\x20",
        b"\x08\x80\x00\x06" + protocol + name + b"\x80\x01\x00",
    ]

    for seen, data in zip(dissected(tmp_path, answers), answers, strict=True):
        ours = parse_answer(data)
        assert ours is not None
        assert seen["h225.RasMessage"] == ("1" if ours.confirmed else "2")
        assert seen["h225.requestSeqNum"] == str(ours.sequence) == "7"
        assert seen["h225.gatekeeperIdentifier"] == ours.name == "GK1"
        number = REASONS.index(ours.reject_reason) if ours.reject_reason else ""
        assert seen["h225.rejectReason"] == str(number)
        assert not seen["_ws.malformed"]
