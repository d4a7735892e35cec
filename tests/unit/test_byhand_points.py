"""Probes by hand of conference points: every sentence that may have to be read aloud."""

import argparse
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from agent.byhand import codec, h323, sip
from agent.byhand.contract import Answer
from agent.probe.outcome import Outcome
from agent.probe.point import LoginFate, Media, PointAnswer, PointFacts
from agent.probe.ras import Discovery
from agent.probe.sip import OptionsReply, Transport
from agent.probe.tcp import TcpConnect
from agent.probe.tls import Handshake
from agent.probe.trace import silent
from govnet.errors import ConfigError
from govnet.settings import Login
from tests.recorded_device import RecordedDevice

EXPIRES_AT = 1798761600.0
UNTRUSTED = Handshake(0.03, False, "self-signed certificate", EXPIRES_AT, "TLSv1.2", "self_signed")
TRUSTED = Handshake(0.03, True, "", EXPIRES_AT, "TLSv1.3")
HOST = "198.18.7.20"
CERTIFICATE = (
    "Chứng thư do chính máy chủ tự ký, không ai chứng nhận;"
    " ngày hết hạn ghi trên đó là 01/01/2027 07:00. (self-signed certificate)"
)

pytestmark = pytest.mark.usefixtures("vietnam")


def answer(module: ModuleType, arguments: str, **probes: Any) -> Answer:
    """Ask as from the command line."""
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)
    given: Answer = module.ask(parser.parse_args(arguments.split()), 10.0, silent, **probes)
    return given


def finds(found: object, asked: list[Any] | None = None) -> Callable[..., object]:
    """Return a probe that finds that, and notes what it was asked."""

    def probe(*args: object, **named: object) -> object:
        if asked is not None:
            asked.append((*args, named))
        return found

    return probe


def reply(code: int, reason: str, **more: Any) -> OptionsReply:
    given: dict[str, Any] = {"server": "", "retransmissions": 0, "handshake": None} | more
    return OptionsReply(Outcome.ANSWERED, code, reason, rtt_seconds=0.0124, detail="", **given)


def test_sip_endpoint_that_says_what_it_is() -> None:
    asked: list[Any] = []
    found = reply(200, "OK", server="Polycom/GroupSeries")

    assert answer(sip, HOST, options=finds(found, asked)) == Answer(
        good=True,
        lines=(
            "198.18.7.20 cổng 5060 qua UDP có trả lời SIP: mã 200 OK, sau 12,4 ms.",
            "Thiết bị tự khai là Polycom/GroupSeries.",
        ),
    )
    assert asked[0][:2] == (HOST, 5060)


def test_sip_over_tls_with_a_certificate_of_its_own() -> None:
    asked: list[Any] = []
    found = reply(401, "Unauthorized", handshake=UNTRUSTED)
    given = answer(sip, f"{HOST} --transport tls", options=finds(found, asked))

    assert given.lines[1:] == (
        "Thiết bị đòi tài khoản, nghĩa là nó đang hoạt động.",
        CERTIFICATE,
    )
    assert asked[0][1] == 5061
    assert asked[0][2]["transport"] is Transport.TLS


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (486, "Mã này nghĩa là máy bận hoặc không nhận cuộc gọi; chưa chắc là đang họp."),
        (404, "Thiết bị không có tên người dùng này, nhưng nó đang hoạt động; thử --user."),
    ],
)
def test_sip_codes_in_words(code: int, sentence: str) -> None:
    given = answer(sip, HOST, options=finds(reply(code, "", retransmissions=1)))

    assert given.good
    assert given.lines == (
        f"198.18.7.20 cổng 5060 qua UDP có trả lời SIP: mã {code}, sau 12,4 ms.",
        sentence,
        "Phải hỏi lại 1 lần: có thể đường truyền mất gói.",
    )


@pytest.mark.parametrize(
    ("outcome", "last"),
    [
        (Outcome.REFUSED, "Xem SIP đã bật trên thiết bị chưa, hoặc thử --transport tcp."),
        (Outcome.TIMEOUT, "Xem máy có sống không: govnet-agent probe icmp 198.18.7.20."),
    ],
)
def test_sip_that_does_not_answer(outcome: Outcome, last: str) -> None:
    found = OptionsReply(outcome, None, "", "", None, 0, None, "")
    given = answer(sip, HOST, options=finds(found))

    assert not given.good
    assert given.lines[0].startswith("198.18.7.20 cổng 5060 qua UDP không trả lời SIP: ")
    assert given.lines[-1] == last


def test_h323_port_of_calls() -> None:
    found = TcpConnect(Outcome.ANSWERED, HOST, 1720, 0.0117, "")

    assert answer(h323, HOST, listens=finds(found)) == Answer(
        good=True,
        lines=(
            (
                "198.18.7.20 cổng 1720 nhận cuộc gọi H.323: kết nối trong 11,7 ms,"
                " không gọi và không đổ chuông."
            ),
        ),
    )


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.TIMEOUT])
def test_h323_port_that_is_closed(outcome: Outcome) -> None:
    given = answer(h323, HOST, listens=finds(TcpConnect(outcome, HOST, 1720, None, "")))

    assert not given.good
    assert given.lines[0].startswith("198.18.7.20 cổng 1720 không nhận cuộc gọi H.323: ")
    assert len(given.lines) == 2


def test_gatekeeper_that_does_not_take_us() -> None:
    asked: list[Any] = []
    found = Discovery(Outcome.ANSWERED, False, "GK1", "terminalExcluded", 0.004, 1, "")
    given = answer(h323, f"{HOST} --gatekeeper", discover=finds(found, asked))

    assert given == Answer(
        good=True,
        lines=(
            "Gatekeeper tên GK1 tại 198.18.7.20 có trả lời, sau 4 ms.",
            "Nó không nhận máy này (terminalExcluded), nhưng nó đang hoạt động.",
            "Phải hỏi lại 1 lần: có thể đường truyền mất gói.",
        ),
    )
    assert asked[0][1] == 1719


def test_gatekeeper_that_is_silent() -> None:
    found = Discovery(Outcome.TIMEOUT, None, "", "", None, 3, "")
    given = answer(h323, f"{HOST} --gatekeeper", discover=finds(found))

    assert not given.good
    assert given.lines == (
        "198.18.7.20 cổng 1719 không trả lời như một gatekeeper: Không có trả lời nào về kịp.",
        "Gatekeeper trả lời tới địa chỉ ghi trong câu hỏi: qua NAT thì không về được.",
    )


FACTS = PointFacts(
    model="Room Kit",
    firmware="ce9.15",
    registered={"sip": True, "h323": False},
    in_call=True,
    media=(Media("receive", 0.025, 0.012, 0.04), Media("transmit", 0.0, None, None)),
)


def said(fate: LoginFate, facts: PointFacts | None, handshake: Handshake) -> PointAnswer:
    return PointAnswer(Outcome.ANSWERED, 200, 0.05, handshake, fate, facts, "")


def test_codec_in_a_call(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("bí mật \r\n", "utf-8", newline="")
    asked: list[Any] = []
    found = said(LoginFate.ACCEPTED, FACTS, TRUSTED)
    words = f"{HOST} cisco --user giam-sat --password-file {file}"

    assert answer(codec, words, cisco=finds(found, asked)) == Answer(
        good=True,
        lines=(
            "198.18.7.20 có trả lời, sau 50 ms.",
            "Thiết bị tự khai là Room Kit, phần mềm ce9.15.",
            "SIP: đã đăng ký.",
            "H.323: chưa đăng ký được.",
            "Đang trong cuộc họp.",
            "Mất gói nhận về: 2,5 %.",
            "Dao động nhận về: 12 ms.",
            "Mất gói gửi đi: 0 %.",
            "Độ trễ: 40 ms.",
            "Chứng thư hợp lệ, hết hạn 01/01/2027 07:00.",
        ),
    )
    host, port, named = asked[0]
    assert (host, port, named["verify_certificate"]) == (HOST, 443, True)
    assert named["login"] == Login(user="giam-sat", password=named["login"].password)
    assert named["login"].password.reveal() == "bí mật "


@pytest.mark.parametrize(
    ("fate", "good", "sentence"),
    [
        (
            LoginFate.NONE,
            True,
            "Muốn biết thêm thì cần tài khoản chỉ đọc: --user và --password-file.",
        ),
        (
            LoginFate.REFUSED,
            False,
            "Thiết bị không nhận tài khoản này, hoặc tài khoản không đủ quyền đọc.",
        ),
        (
            LoginFate.HELD_BACK,
            False,
            "Tài khoản chưa được gửi, vì chứng thư không được tin cậy; --untrusted thì gửi.",
        ),
    ],
)
def test_codec_that_says_nothing_more(fate: LoginFate, *, good: bool, sentence: str) -> None:
    asked: list[Any] = []
    found = said(fate, None, UNTRUSTED)
    given = answer(codec, f"{HOST} poly --untrusted", poly=finds(found, asked))

    assert given.good is good
    assert given.lines == (
        "198.18.7.20 có trả lời, sau 50 ms.",
        sentence,
        CERTIFICATE,
    )
    assert asked[0][2]["verify_certificate"] is False


def test_codec_that_is_not_there() -> None:
    found = PointAnswer(Outcome.REFUSED, None, None, None, LoginFate.UNTRIED, None, "")

    assert answer(codec, f"{HOST} cisco", cisco=finds(found)) == Answer(
        good=False,
        lines=("198.18.7.20 không trả lời: Máy có đó nhưng không có dịch vụ nào nghe ở cổng này.",),
    )


def test_codec_by_snmp() -> None:
    device = RecordedDevice(
        {
            "values": {
                "1.3.6.1.2.1.1.2.0": "oid 1.3.6.1.4.1.2684",
                "1.3.6.1.2.1.1.3.0": 100,
                "1.3.6.1.4.1.13885.101.1.1.4.0": "StudioX50",
                "1.3.6.1.4.1.13885.101.1.3.5.1.0": 2,
                "1.3.6.1.4.1.13885.101.1.3.6.1.0": 3,
                "1.3.6.1.4.1.13885.101.1.5.1.0": 0,
            }
        }
    )

    assert answer(codec, f"{HOST} snmp", snmp_get=device.get, snmp_walk=device.walk) == Answer(
        good=True,
        lines=(
            "198.18.7.20 có trả lời SNMP.",
            "Thiết bị tự khai là StudioX50.",
            "Micro: hoạt động.",
            "Camera: hỏng hoặc chưa cắm.",
            "Không trong cuộc họp.",
        ),
    )


@pytest.mark.parametrize(
    ("device", "last"),
    [
        (
            {"silent": True},
            "Xem SNMP đã bật chưa, community có đúng không, thiết bị có cho máy này hỏi không.",
        ),
        (
            {"values": {"1.3.6.1.2.1.1.3.0": 100}},
            "Chưa có hồ sơ cho họ thiết bị này, nên không hỏi thêm được gì.",
        ),
    ],
)
def test_codec_that_snmp_does_not_know(device: dict[str, Any], last: str) -> None:
    recorded = RecordedDevice(device)
    given = answer(codec, f"{HOST} snmp", snmp_get=recorded.get, snmp_walk=recorded.walk)

    assert given.lines[-1] == last


@pytest.mark.parametrize("text", [None, "", "\n", "\udcff"])
def test_password_that_cannot_be_read_is_told(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "password"
    if text is not None:
        file.write_text(text, "utf-8", errors="surrogateescape")

    with pytest.raises(ConfigError, match=r"^--password-file: "):
        answer(codec, f"{HOST} cisco --user a --password-file {file}")


def test_codec_is_not_asked_with_an_account_without_its_password() -> None:
    asked: list[Any] = []

    with pytest.raises(ConfigError, match="--password-file: expected the password of --user"):
        answer(
            codec,
            f"{HOST} cisco --user u",
            cisco=finds(said(LoginFate.REFUSED, None, TRUSTED), asked),
        )

    assert asked == []
