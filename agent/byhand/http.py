"""`govnet-agent probe http`: whether a page comes, from where, and where its time goes."""

import argparse
import socket
from collections.abc import Callable

from agent.byhand import urls
from agent.byhand.certificates import sentence
from agent.byhand.contract import Answer
from agent.byhand.wording import WHY, milliseconds
from agent.probe import http
from agent.probe.outcome import Outcome
from agent.probe.redirects import Followed, follow
from agent.probe.trace import Trace

_FAILURES_FROM = 400
_PHASES = (
    ("dns_seconds", "phân giải tên"),
    ("connect_seconds", "kết nối"),
    ("tls_seconds", "bắt tay TLS"),
    ("first_byte_seconds", "chờ trả lời"),
    ("transfer_seconds", "truyền nội dung"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add which page, and what it shall be."""
    parser.add_argument("url", type=urls.of_page, help="http:// or https:// URL")
    parser.add_argument(
        "--connect-to", default="", metavar="HOST", help="ask this host instead of the URL's"
    )
    parser.add_argument("--expect-content", default="", metavar="TEXT", help="text of the page")
    families = parser.add_mutually_exclusive_group()
    families.add_argument("--ipv4", action="store_true", help="use IPv4 alone")
    families.add_argument("--ipv6", action="store_true", help="use IPv6 alone")


def ask(
    arguments: argparse.Namespace,
    timeout_seconds: float,
    trace: Trace,
    *,
    fetch: Callable[..., http.Fetch] = http.fetch,
) -> Answer:
    """Fetch the page as a browser would. Raises CheckError if this machine could not ask."""
    family = socket.AF_UNSPEC
    if arguments.ipv4:
        family = socket.AF_INET
    elif arguments.ipv6:
        family = socket.AF_INET6
    followed = follow(
        fetch,
        arguments.url,
        timeout_seconds=timeout_seconds,
        connect_to=arguments.connect_to,
        expected_content=arguments.expect_content.encode(),
        family=family,
        trace=trace,
    )
    page = followed.page
    trusted = page.handshake is None or page.handshake.verified
    good = (
        page.outcome is Outcome.ANSWERED
        and page.status_code is not None
        and page.status_code < _FAILURES_FROM
        and not followed.stuck
        and trusted
        and page.content_matched is not False
    )
    return Answer(good=good, lines=tuple(_lines(arguments.url, followed)))


def _lines(url: str, followed: Followed) -> list[str]:
    page = followed.page
    lines: list[str] = []
    if page.status_code is not None:
        ways = f" sau {followed.redirects} lần chuyển hướng" if followed.redirects else ""
        lines.append(f"{url} trả lời mã {page.status_code} {page.reason} từ {page.address}{ways}.")
    if page.outcome is not Outcome.ANSWERED:
        broken = " nhưng không trọn vẹn" if page.status_code is not None else ""
        lines.append(f"{url} không tải được{broken}: {WHY[page.outcome]}.")
    if followed.stuck:
        lines.append("Trang chuyển hướng mãi hoặc tới nơi không mở được.")
    if page.content_matched is not None:
        lines.append(
            "Có nội dung mong đợi." if page.content_matched else "KHÔNG có nội dung mong đợi."
        )
    if page.handshake is not None:
        lines.append(sentence(page.handshake))
    spent = [(word, getattr(page.phases, name)) for name, word in _PHASES]
    told = [f"{word} {milliseconds(seconds)}" for word, seconds in spent if seconds is not None]
    if told:
        lines.append(f"Thời gian: {', '.join(told)}.")
    if page.tcp is not None:
        lines.append(
            f"Đường TCP: khứ hồi {milliseconds(page.tcp.rtt_seconds)},"
            f" gửi lại {page.tcp.retransmits} đoạn, MTU {page.tcp.path_mtu_bytes} byte."
        )
    if len(page.families) > 1:
        lines.append("Tên này có cả địa chỉ IPv4 và IPv6: thử riêng bằng --ipv4 và --ipv6.")
    return lines
