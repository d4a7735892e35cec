"""What the person in front of a device reads: what it is, what it lacks, why it may be silent."""

import doctest
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.byhand.snmp_access import access
from agent.byhand.wording import NOTHING_READABLE
from agent.checks.device_asking import Unheard
from agent.commands import parser
from agent.devices import interfaces, ports
from agent.devices.asking import UPTIME
from agent.onsite import snmp_doctor, snmp_wording
from agent.onsite.recording import SUBTREES
from agent.probe.icmp import EchoTrain, Method
from agent.probe.outcome import Outcome
from agent.probe.snmp.refusal import Refusal
from govnet.errors import ConfigError
from tests.recorded_device import RecordedDevice

GOLDEN = Path(__file__).parents[1] / "golden" / "cli"

VALUES: dict[str, Any] = {
    "1.3.6.1.2.1.1.1.0": "A switch of nobody\r\nVersion 1",
    "1.3.6.1.2.1.1.2.0": "oid 1.3.6.1.4.1.99999.1",
    UPTIME: 864000000,
    "1.3.6.1.2.1.1.5.0": "sw-xa-a",
    f"{ports.TYPE}.1": 6,
    f"{interfaces.ADMIN_STATUS}.1": 1,
    f"{interfaces.OPER_STATUS}.1": 1,
    f"{interfaces.HC_IN_OCTETS}.1": 5000000000,
    "1.3.6.1.2.1.31.1.1.1.1.1": "GE0/0/1",
}


def doctor(record: dict[str, Any], *options: str, pings: bool = False) -> int:
    device = RecordedDevice(record)
    train = EchoTrain(2, 2 * pings, (0.001,) * 2 * pings, Method.DATAGRAM, "")
    arguments = parser().parse_args(["snmp-doctor", "127.0.0.1", *options])
    return snmp_doctor.run(
        arguments, None, get=device.get, walk=device.walk, ping=lambda *_args, **_how: train
    )


def test_an_unknown_device_is_told_with_what_to_send(
    capsys: pytest.CaptureFixture[str], golden: Callable[[Path, str], None]
):
    assert doctor({"values": VALUES}) == 0
    golden(GOLDEN / "govnet-agent-snmp-doctor-unknown.screen", capsys.readouterr().out)


def test_a_device_cannot_draw_on_the_terminal(capsys: pytest.CaptureFixture[str]):
    drawn = "Switch\x1b[2J\x1b]0;x\x07 \u202eof nobody"
    name = {"1.3.6.1.2.1.1.5.0": drawn, f"{interfaces.ALIAS}.1": drawn}

    assert doctor({"values": VALUES | name | {"1.3.6.1.2.1.1.1.0": drawn}}, "--debug") == 0
    assert all(line.isprintable() for line in capsys.readouterr().out.split("\n"))


@pytest.mark.parametrize(("screen", "pings"), [("dead", False), ("silent", True)])
def test_a_silent_device_is_told_with_the_likely_reasons(
    capsys: pytest.CaptureFixture[str],
    golden: Callable[[Path, str], None],
    screen: str,
    *,
    pings: bool,
):
    assert doctor({"silent": True}, pings=pings) == 1
    golden(GOLDEN / f"govnet-agent-snmp-doctor-{screen}.screen", capsys.readouterr().out)


def test_a_device_that_breaks_off_is_told(capsys: pytest.CaptureFixture[str]):
    assert doctor({"values": VALUES, "breaks_off_at": [ports.TYPE]}) == 1
    assert "Chưa hỏi hết được" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("outcome", "word"),
    [
        (Outcome.DENIED, "không nhận người hỏi"),
        (Outcome.REFUSED, "không mở cổng UDP 161"),
        (Outcome.UNREACHABLE, "Không có đường mạng"),
        (Outcome.UNRESOLVED, "Không tìm được địa chỉ"),
        (Outcome.MALFORMED, "không phải SNMP"),
        (Outcome.TIMEOUT, "Community"),
    ],
)
def test_every_silence_has_its_own_words(outcome: Outcome, word: str):
    said = snmp_wording.silence(
        Unheard(outcome, "why"), host="198.18.7.2", port=161, pings=True, own_address=None
    )

    assert word in said


def test_a_device_that_falls_silent_after_its_introduction_is_not_told_by_its_community():
    unheard = Unheard(Outcome.TIMEOUT, Refusal.INTRODUCED)
    said = snmp_wording.silence(unheard, host="h", port=161, pings=True, own_address=None)

    assert "khoá mã hoá" in said
    assert "Community" not in said


def test_a_recording_can_be_played_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = tmp_path / "device.snmprec"

    assert doctor({"values": VALUES}, "--record", str(file)) == 0
    assert f"Đã ghi {len(VALUES)} giá trị vào {file}." in capsys.readouterr().out
    assert file.read_text().splitlines() == [
        f"1.3.6.1.2.1.1.1.0|4x|{b'A switch of nobody'.hex()}0d0a{b'Version 1'.hex()}",
        "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.99999.1",
        "1.3.6.1.2.1.1.3.0|2|864000000",
        f"1.3.6.1.2.1.1.5.0|4x|{b'sw-xa-a'.hex()}",
        "1.3.6.1.2.1.2.2.1.3.1|2|6",
        "1.3.6.1.2.1.2.2.1.7.1|2|1",
        "1.3.6.1.2.1.2.2.1.8.1|2|1",
        f"1.3.6.1.2.1.31.1.1.1.1.1|4x|{b'GE0/0/1'.hex()}",
        "1.3.6.1.2.1.31.1.1.1.6.1|70|5000000000",
    ]


def test_a_recording_tells_what_it_lacks_and_overwrites_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    file = tmp_path / "device.snmprec"
    record = {"values": VALUES, "nonsense_at": [SUBTREES[-1]]}

    assert doctor(record, "--record", str(file)) == 1
    assert f"Không ghi được trọn: {SUBTREES[-1]}" in capsys.readouterr().out
    with pytest.raises(ConfigError, match="expected a new file"):
        doctor(record, "--record", str(file))


def test_secrets_come_from_files_and_show_nowhere(tmp_path: Path):
    community, key = tmp_path / "community", tmp_path / "key"
    community.write_text("Bi mat\n")
    key.write_text("khoa\r\n")
    options = ["--user", "u", "--authentication", "sha256", "--authentication-key-file", str(key)]
    found = access(parser().parse_args(["snmp-doctor", "h", *options]))
    open_one = access(parser().parse_args(["snmp-doctor", "h", "--community-file", str(community)]))

    assert (open_one.version, open_one.community.reveal()) == ("2c", "Bi mat")
    assert "Bi mat" not in repr(open_one)
    assert found.version == "3"
    assert found.authentication_key.reveal() == "khoa"
    assert "khoa" not in repr(found)


def test_a_secret_that_is_not_there_is_a_mistake(tmp_path: Path):
    empty = tmp_path / "empty"
    empty.write_text("\n")

    for file in (empty, tmp_path / "none"):
        with pytest.raises(ConfigError, match="--community-file: expected"):
            doctor({}, "--community-file", str(file))


def test_a_family_that_is_not_known_is_a_mistake():
    with pytest.raises(ConfigError, match="--family: expected a family of "):
        doctor({}, "--family", "none-such")


def test_a_device_that_lets_nothing_be_read_is_not_one_of_an_unknown_family(
    capsys: pytest.CaptureFixture[str],
):
    assert doctor({}) == 1

    told = capsys.readouterr().out
    assert told.endswith(f"{NOTHING_READABLE}\n")
    assert "Chưa có hồ sơ" not in told


def test_an_id_that_the_agent_was_not_given_is_a_mistake():
    arguments = parser().parse_args(["snmp-doctor", "xa-a/sw1"])
    with pytest.raises(ConfigError, match="HOST: expected an address, or the id of a device"):
        snmp_doctor.run(arguments, None)


def test_examples_in_the_documentation_hold():
    assert doctest.testmod(snmp_wording).failed == 0
