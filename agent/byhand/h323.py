"""`govnet-agent probe h323`: whether an H.323 endpoint or a gatekeeper is there; nothing rings."""

import argparse
from collections.abc import Callable

from agent.byhand import ranges
from agent.byhand.contract import Answer
from agent.byhand.wording import WHY, milliseconds
from agent.probe import h323, ras
from agent.probe.outcome import Outcome
from agent.probe.tcp import TcpConnect
from agent.probe.trace import Trace


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add whom to ask, and as what."""
    parser.add_argument("host", help="name or address")
    parser.add_argument(
        "--gatekeeper",
        action="store_true",
        help="ask a gatekeeper who it is (RAS over UDP) instead of an endpoint's port of calls",
    )
    parser.add_argument(
        "--port",
        type=ranges.port,
        help=f"port (default: {h323.CALL_SIGNALLING_PORT}, with --gatekeeper {ras.RAS_PORT})",
    )


def ask(
    arguments: argparse.Namespace,
    timeout_seconds: float,
    trace: Trace,
    *,
    listens: Callable[..., TcpConnect] = h323.probe,
    discover: Callable[..., ras.Discovery] = ras.discover,
) -> Answer:
    """Ask once; good if it is there. Raises CheckError if this machine could not ask."""
    host = arguments.host
    if arguments.gatekeeper:
        port = arguments.port or ras.RAS_PORT
        found = discover(host, port, timeout_seconds=timeout_seconds, trace=trace)
        return Answer(good=found.alive, lines=_of_gatekeeper(host, port, found))
    port = arguments.port or h323.CALL_SIGNALLING_PORT
    opened = listens(host, port, timeout_seconds=timeout_seconds, trace=trace)
    if opened.outcome is Outcome.ANSWERED and opened.connect_seconds is not None:
        line = (
            f"{host} cổng {port} nhận cuộc gọi H.323: kết nối trong"
            f" {milliseconds(opened.connect_seconds)}, không gọi và không đổ chuông."
        )
        return Answer(good=True, lines=(line,))
    lines = [f"{host} cổng {port} không nhận cuộc gọi H.323: {WHY[opened.outcome]}."]
    if opened.outcome is Outcome.REFUSED:
        lines.append("Xem H.323 đã bật trên thiết bị chưa.")
    elif opened.outcome is Outcome.TIMEOUT:
        lines.append(f"Xem máy có sống không: govnet-agent probe icmp {host}.")
    return Answer(good=False, lines=tuple(lines))


def _of_gatekeeper(host: str, port: int, found: ras.Discovery) -> tuple[str, ...]:
    if not found.alive or found.rtt_seconds is None:
        return (
            f"{host} cổng {port} không trả lời như một gatekeeper: {WHY[found.outcome]}.",
            "Gatekeeper trả lời tới địa chỉ ghi trong câu hỏi: qua NAT thì không về được.",
        )
    named = f" tên {found.name}" if found.name else ""
    lines = [f"Gatekeeper{named} tại {host} có trả lời, sau {milliseconds(found.rtt_seconds)}."]
    if not found.confirmed:
        why = f" ({found.reject_reason})" if found.reject_reason else ""
        lines.append(f"Nó không nhận máy này{why}, nhưng nó đang hoạt động.")
    if found.retransmissions:
        lines.append(f"Phải hỏi lại {found.retransmissions} lần: có thể đường truyền mất gói.")
    return tuple(lines)
