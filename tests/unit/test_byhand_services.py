"""Probes by hand of services, cameras and UPSes: every sentence that may have to be read aloud."""

import argparse
from pathlib import Path
from types import ModuleType

import pytest

from agent.byhand import certificates, crl, dns, http, imap, nut, ocsp, pop3, rtsp, smtp
from agent.byhand.contract import Answer
from agent.probe.crl import CrlReply
from agent.probe.dns import Lookup
from agent.probe.http import Fetch, Phases
from agent.probe.mail import Greeting
from agent.probe.nut import NutReply
from agent.probe.ocsp import OcspReply
from agent.probe.outcome import Outcome
from agent.probe.rtsp import RtspReply
from agent.probe.signature_problem import Problem
from agent.probe.tcp.info import TcpInfo
from agent.probe.tls import Handshake
from agent.probe.trace import silent
from govnet.catalogue import CERTIFICATE_FAULTS
from govnet.errors import ConfigError

PROBES = {http: "fetch", dns: "query", smtp: "greet", imap: "greet", pop3: "greet"}
PROBES |= {rtsp: "options", nut: "list_variables", ocsp: "ask_responder", crl: "fetch"}
TRUSTED = Handshake(0.03, True, "", 1798761600.0, "TLSv1.3")
EXPIRED = Handshake(0.03, False, "certificate has expired", 1767139200.0, "TLSv1.3", "expired")


pytestmark = pytest.mark.usefixtures("vietnam")


def answer(module: ModuleType, arguments: str, *found: object) -> Answer:
    """Ask as from the command line, with a probe that finds one after the other."""
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)
    answers = iter(found)
    given: Answer = module.ask(
        parser.parse_args(arguments.split()),
        10.0,
        silent,
        **{PROBES[module]: lambda *_args, **_named: next(answers)},
    )
    assert not list(answers)
    return given


def page(code: int | None = 200, outcome: Outcome = Outcome.ANSWERED, **more: object) -> Fetch:
    phases = Phases(0.004, 0.011, 0.031, 0.062, 0.0155) if code else Phases(0.004)
    given: dict[str, object] = {"address": "198.18.1.10", "status_code": code, "reason": "OK"}
    return Fetch(outcome, phases, 0.12, **(given | more))  # type: ignore[arg-type]


URL = "https://motcua.example.vn/"
SPENT = (
    "Thời gian: phân giải tên 4 ms, kết nối 11 ms, bắt tay TLS 31 ms, chờ trả lời 62 ms,"
    " truyền nội dung 15,5 ms."
)


def test_page_as_it_should_be() -> None:
    found = page(
        content_matched=True,
        handshake=TRUSTED,
        families=("ipv4", "ipv6"),
        tcp=TcpInfo(0.0112, 2, 1440),
    )

    assert answer(http, f"{URL} --expect-content x", found) == Answer(
        good=True,
        lines=(
            f"{URL} trả lời mã 200 OK từ 198.18.1.10.",
            "Có nội dung mong đợi.",
            "Chứng thư hợp lệ, hết hạn 01/01/2027 07:00.",
            SPENT,
            "Đường TCP: khứ hồi 11,2 ms, gửi lại 2 đoạn, MTU 1440 byte.",
            "Tên này có cả địa chỉ IPv4 và IPv6: thử riêng bằng --ipv4 và --ipv6.",
        ),
    )


def test_page_with_an_expired_certificate_and_other_content() -> None:
    given = answer(http, URL, page(content_matched=False, handshake=EXPIRED))

    assert not given.good
    assert given.lines[1:3] == (
        "KHÔNG có nội dung mong đợi.",
        (
            "Chứng thư đã hết hạn; ngày hết hạn ghi trên đó là 31/12/2025 07:00."
            " (certificate has expired)"
        ),
    )


def test_page_after_a_redirect_that_breaks_off() -> None:
    first = page(302, location="/login")
    given = answer(http, f"{URL} --ipv4", first, page(200, Outcome.CLOSED))

    assert not given.good
    assert given.lines[:2] == (
        f"{URL} trả lời mã 200 OK từ 198.18.1.10 sau 1 lần chuyển hướng.",
        f"{URL} không tải được nhưng không trọn vẹn: Đầu kia ngắt kết nối trước khi trả lời.",
    )


def test_page_that_leads_nowhere() -> None:
    given = answer(http, f"{URL} --ipv6", page(302, location="ftp://x/"))

    assert not given.good
    assert "Trang chuyển hướng mãi hoặc tới nơi không mở được." in given.lines


def test_page_that_is_not_there() -> None:
    assert answer(http, URL, page(None, Outcome.REFUSED)) == Answer(
        good=False,
        lines=(
            f"{URL} không tải được: Máy có đó nhưng không có dịch vụ nào nghe ở cổng này.",
            "Thời gian: phân giải tên 4 ms.",
        ),
    )


def lookup(*addresses: str, rcode: int | None = 0, outcome: Outcome = Outcome.ANSWERED) -> Lookup:
    return Lookup(outcome, rcode, addresses, 0.0052, 1, len(addresses) > 2, "")


def test_name_with_addresses() -> None:
    many = ("198.18.1.1", "198.18.1.2", "198.18.1.3")

    assert answer(dns, "198.18.1.53 a.vn", lookup(*many), lookup()) == Answer(
        good=True,
        lines=(
            (
                "a.vn có địa chỉ IPv4 198.18.1.1, 198.18.1.2, 198.18.1.3, theo 198.18.1.53"
                " sau 5,2 ms, trả lời dài nên phải hỏi lại qua TCP."
            ),
            "a.vn không có địa chỉ IPv6, theo 198.18.1.53 sau 5,2 ms.",
        ),
    )


def test_name_that_is_not_there() -> None:
    gone = lookup(rcode=3)

    assert answer(dns, "198.18.1.53 a.vn", gone, gone) == Answer(
        good=False, lines=("198.18.1.53 trả lời về a.vn: không có tên này.",)
    )


def test_name_server_that_is_silent_or_says_something_rare() -> None:
    silence = lookup(rcode=None, outcome=Outcome.TIMEOUT)

    assert answer(dns, "198.18.1.53 a.vn", silence, lookup(rcode=9)).lines == (
        "Máy chủ tên miền 198.18.1.53 không trả lời (hỏi IPv4): Không có trả lời nào về kịp.",
        "198.18.1.53 trả lời về a.vn (hỏi IPv6): mã lỗi 9.",
    )


def test_mail_server_greets() -> None:
    seen = Greeting(Outcome.ANSWERED, "220", True, "mail ESMTP", ("STARTTLS",), 0.021, TRUSTED, "")

    assert answer(smtp, "mail.vn", seen) == Answer(
        good=True,
        lines=(
            "Máy chủ thư mail.vn cổng 25 chào sau 21 ms: 220 mail ESMTP.",
            "Máy chủ biết: STARTTLS.",
            "Chứng thư hợp lệ, hết hạn 01/01/2027 07:00.",
        ),
    )


def test_mail_server_says_no() -> None:
    seen = Greeting(Outcome.ANSWERED, "554", False, "no", (), 0.021, None, "")

    assert answer(smtp, "mail.vn --tls", seen) == Answer(
        good=False,
        lines=(
            "Máy chủ thư mail.vn cổng 465 chào sau 21 ms: 554 no.",
            "Máy chủ không mời dùng TLS.",
        ),
    )


def test_mailbox_servers_greet() -> None:
    by_imap = Greeting(Outcome.ANSWERED, "OK", True, "ready", ("IMAP4REV1",), 0.02, TRUSTED, "")
    by_pop3 = Greeting(Outcome.ANSWERED, "+OK", True, "ready", ("UIDL",), 0.02, EXPIRED, "")

    assert answer(imap, "mail.vn --tls", by_imap).good
    assert answer(imap, "mail.vn --tls", by_imap).lines[0] == (
        "Máy chủ hộp thư mail.vn cổng 993 chào sau 20 ms: OK ready."
    )
    assert not answer(pop3, "mail.vn --port 1110", by_pop3).good
    assert answer(pop3, "mail.vn --port 1110", by_pop3).lines[0] == (
        "Máy chủ hộp thư mail.vn cổng 1110 chào sau 20 ms: +OK ready."
    )


def test_mailbox_server_is_not_there_or_hangs_up() -> None:
    silent_one = Greeting(Outcome.TIMEOUT, "", False, "", (), None, None, "timed out")
    broken = Greeting(Outcome.CLOSED, "OK", True, "ready", (), 0.02, None, "the peer closed")

    assert answer(pop3, "mail.vn", silent_one).lines == (
        "Máy chủ hộp thư mail.vn cổng 110 không chào: Không có trả lời nào về kịp (timed out).",
    )
    assert answer(imap, "mail.vn", broken).lines[1] == (
        "Máy chủ hộp thư mail.vn cổng 143 ngắt giữa chừng:"
        " Đầu kia ngắt kết nối trước khi trả lời (the peer closed)."
    )


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    path = tmp_path / "a.pem"
    path.write_text("-----BEGIN CERTIFICATE-----\n")
    return path


OCSP = "http://ocsp.vn/"


def test_certificate_is_good(pem: Path) -> None:
    seen = OcspReply(page(), 0, 1798761600.0, True, "")

    assert answer(ocsp, f"{OCSP} {pem} {pem}", seen) == Answer(
        good=True,
        lines=(
            f"Theo {OCSP} sau 62 ms, chứng thư còn dùng được.",
            "Trả lời được đơn vị phát hành ký và còn hạn.",
            "Trả lời có giá trị đến 01/01/2027 07:00.",
        ),
    )


def test_certificate_is_revoked_or_the_word_does_not_count(pem: Path) -> None:
    revoked = OcspReply(page(), 1, None, True, "")
    forged = OcspReply(page(), 0, None, False, Problem.NOT_SIGNED)

    assert answer(ocsp, f"{OCSP} {pem} {pem}", revoked) == Answer(
        good=False,
        lines=(
            f"Theo {OCSP} sau 62 ms, chứng thư ĐÃ BỊ THU HỒI.",
            "Trả lời được đơn vị phát hành ký và còn hạn.",
        ),
    )
    assert not answer(ocsp, f"{OCSP} {pem} {pem}", forged).good
    assert answer(ocsp, f"{OCSP} {pem} {pem}", forged).lines[1] == (
        "Nhưng KHÔNG tin được trả lời này: không phải đơn vị phát hành ký."
    )


def test_responder_is_of_no_use(pem: Path) -> None:
    silent_one = OcspReply(page(None, Outcome.TIMEOUT), None, None, None, "timed out")
    busy = OcspReply(page(503), None, None, None, "HTTP status 503")

    assert answer(ocsp, f"{OCSP} {pem} {pem}", silent_one).lines == (
        f"{OCSP} không trả lời: Không có trả lời nào về kịp.",
    )
    assert answer(ocsp, f"{OCSP} {pem} {pem}", busy).lines == (
        f"{OCSP} trả lời nhưng không dùng được: mã HTTP 503.",
    )


def test_revocation_list(pem: Path) -> None:
    good = CrlReply(page(body_bytes=812), 1798761600.0, True, "")
    old = CrlReply(page(body_bytes=812), 1767139200.0, False, Problem.OUT_OF_DATE)

    assert answer(crl, f"http://crl.vn/ca.crl {pem}", good) == Answer(
        good=True,
        lines=(
            "http://crl.vn/ca.crl là danh sách thu hồi, 812 byte.",
            "Danh sách được đơn vị phát hành ký và còn hạn.",
            "Danh sách có giá trị đến 01/01/2027 07:00.",
        ),
    )
    assert not answer(crl, f"http://crl.vn/ca.crl {pem}", old).good
    assert answer(crl, f"http://crl.vn/ca.crl {pem}", old).lines[1] == (
        "Nhưng KHÔNG dùng được: đã quá hạn."
    )


def test_revocation_list_is_none(pem: Path) -> None:
    gone = CrlReply(page(None, Outcome.REFUSED), None, None, "refused")
    html = CrlReply(page(), None, None, "not a list")

    assert (
        answer(crl, f"http://crl.vn/ {pem}", gone)
        .lines[0]
        .startswith("http://crl.vn/ không tải được: Máy có đó")
    )
    assert answer(crl, f"http://crl.vn/ {pem}", html).lines == (
        "http://crl.vn/ không phải danh sách thu hồi: not a list.",
    )


def test_file_that_is_no_certificate_is_our_fault(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="issuer: expected a PEM file with a certificate"):
        answer(crl, f"http://crl.vn/ {tmp_path / 'none.pem'}")
    (tmp_path / "other.pem").write_text("-----BEGIN RSA PRIVATE KEY-----\n")
    with pytest.raises(ConfigError, match=r"issuer: .*no '-----BEGIN CERTIFICATE-----' in it"):
        answer(crl, f"http://crl.vn/ {tmp_path / 'other.pem'}")


def test_camera_answers() -> None:
    seen = RtspReply(Outcome.ANSWERED, 401, "Unauthorized", "Cam", ("OPTIONS",), 0.0051, "")

    assert answer(rtsp, "198.18.1.60", seen) == Answer(
        good=True,
        lines=(
            "rtsp://198.18.1.60/ trả lời mã 401 Unauthorized sau 5,1 ms.",
            "Máy quay hoạt động và đòi đăng nhập.",
            "Phần mềm: Cam.",
            "Biết làm: OPTIONS.",
        ),
    )


def test_camera_does_not_answer() -> None:
    seen = RtspReply(Outcome.UNREACHABLE, None, "", "", (), None, "")

    assert answer(rtsp, "rtsp://198.18.1.60/1", seen) == Answer(
        good=False,
        lines=("rtsp://198.18.1.60/1 không trả lời RTSP: Không có đường mạng tới đó.",),
    )


def ups(error: str = "", **variables: str) -> NutReply:
    named = {name.replace("_", "."): value for name, value in variables.items()}
    return NutReply(Outcome.ANSWERED, error, "rack", named, 0.004, "")


def test_ups_on_mains() -> None:
    seen = ups(
        ups_status="OL",
        ups_model="9E",
        battery_charge="87",
        battery_runtime="1830",
        input_voltage="229.5",
        output_voltage="230",
        ups_load="43",
    )

    assert answer(nut, "198.18.1.70", seen) == Answer(
        good=True,
        lines=(
            "Bộ lưu điện rack (9E) đang dùng điện lưới.",
            "Ắc quy: sạc 87 %, còn dùng được 30,5 phút.",
            "Điện áp vào: 229,5 V.",
            "Tải: 43 %.",
        ),
    )


def test_ups_on_battery() -> None:
    assert answer(nut, "198.18.1.70 rack", ups(ups_status="OB LB RB")) == Answer(
        good=False,
        lines=("Bộ lưu điện rack ĐANG DÙNG ẮC QUY.", "Ắc quy: YẾU, CẦN THAY."),
    )


def test_ups_that_says_nothing() -> None:
    assert answer(nut, "198.18.1.70", ups()).lines == ("Bộ lưu điện rack không nói nguồn điện.",)
    assert answer(nut, "198.18.1.70", ups("DATA-STALE")).lines == (
        (
            "Bộ lưu điện rack tại 198.18.1.70: máy chủ đã mất liên lạc với bộ lưu điện"
            " (cáp USB hoặc trình điều khiển)."
        ),
    )
    refused = NutReply(Outcome.REFUSED, "", "", {}, None, "")
    assert answer(nut, "198.18.1.70", refused).lines == (
        "198.18.1.70 không trả lời NUT: Máy có đó nhưng không có dịch vụ nào nghe ở cổng này.",
    )


def test_every_fault_and_problem_has_words() -> None:
    for fault in CERTIFICATE_FAULTS:
        assert certificates._FAULTS[fault]
    for problem in Problem:
        assert certificates.why(problem) != problem


def test_moment_that_no_calendar_knows_is_said_so() -> None:
    assert certificates.date(1e30) == "một ngày không đọc được"
