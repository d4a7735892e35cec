"""`govnet-agent probe sip`: whether a SIP endpoint or proxy answers OPTIONS; nothing rings."""

import argparse
from collections.abc import Callable

from agent.byhand import certificates, ranges
from agent.byhand.contract import Answer
from agent.byhand.wording import WHY, milliseconds
from agent.probe import sip
from agent.probe.outcome import Outcome
from agent.probe.sip import Transport
from agent.probe.trace import Trace

_TRANSPORTS = {each.value.lower(): each for each in Transport}
_PORT, _TLS_PORT = 5060, 5061
_BUSY = (486, 600)
_LOGIN = (401, 407)
_NO_SUCH_USER = 404


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add whom to ask, and how."""
    parser.add_argument("host", help="name or address")
    parser.add_argument(
        "--transport",
        choices=tuple(_TRANSPORTS),
        default="udp",
        help="how it travels (default: udp)",
    )
    parser.add_argument(
        "--port", type=ranges.port, help=f"port (default: {_PORT}, with tls {_TLS_PORT})"
    )
    parser.add_argument(
        "--user", default="", metavar="NAME", help="the part before the @ (default: none)"
    )


def ask(
    arguments: argparse.Namespace,
    timeout_seconds: float,
    trace: Trace,
    *,
    options: Callable[..., sip.OptionsReply] = sip.options,
) -> Answer:
    """Send OPTIONS; good for any final reply. Raises CheckError if it could not be sent."""
    host, transport = arguments.host, _TRANSPORTS[arguments.transport]
    port = arguments.port or (_TLS_PORT if transport is Transport.TLS else _PORT)
    reply = options(
        host,
        port,
        transport=transport,
        user=arguments.user,
        timeout_seconds=timeout_seconds,
        trace=trace,
    )
    where = f"{host} cổng {port} qua {transport.value}"
    lines: list[str] = []
    if reply.alive and reply.rtt_seconds is not None:
        lines.append(
            f"{where} có trả lời SIP: mã {reply.status_code} {reply.reason}".rstrip()
            + f", sau {milliseconds(reply.rtt_seconds)}."
        )
        if reply.server:
            lines.append(f"Thiết bị tự khai là {reply.server}.")
        lines += _meaning(reply.status_code)
    else:
        lines.append(f"{where} không trả lời SIP: {WHY[reply.outcome]}.")
        if reply.outcome is Outcome.REFUSED:
            lines.append("Xem SIP đã bật trên thiết bị chưa, hoặc thử --transport tcp.")
        elif reply.outcome is Outcome.TIMEOUT:
            lines.append(f"Xem máy có sống không: govnet-agent probe icmp {host}.")
    if reply.retransmissions:
        lines.append(f"Phải hỏi lại {reply.retransmissions} lần: có thể đường truyền mất gói.")
    if reply.handshake is not None:
        lines.append(certificates.sentence(reply.handshake))
    return Answer(good=reply.alive, lines=tuple(lines))


def _meaning(code: int | None) -> list[str]:
    """Return what a code says, and what it does not."""
    if code in _BUSY:
        return ["Mã này nghĩa là máy bận hoặc không nhận cuộc gọi; chưa chắc là đang họp."]
    if code in _LOGIN:
        return ["Thiết bị đòi tài khoản, nghĩa là nó đang hoạt động."]
    if code == _NO_SUCH_USER:
        return ["Thiết bị không có tên người dùng này, nhưng nó đang hoạt động; thử --user."]
    return []
