"""`govnet-agent probe tcp`: whether something listens at that port."""

import argparse
from collections.abc import Callable

from agent.byhand import ranges
from agent.byhand.contract import Answer
from agent.byhand.wording import WHY, milliseconds
from agent.probe import tcp
from agent.probe.outcome import Outcome
from agent.probe.trace import Trace


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add where to connect to."""
    parser.add_argument("host", help="name or address")
    parser.add_argument("port", type=ranges.port, help="TCP port")


def ask(
    arguments: argparse.Namespace,
    timeout_seconds: float,
    trace: Trace,
    *,
    connect: Callable[..., tcp.TcpConnect] = tcp.connect,
) -> Answer:
    """Connect and close again; good if the port is open. Raises CheckError if it could not try."""
    host, port = arguments.host, arguments.port
    found = connect(host, port, timeout_seconds=timeout_seconds, trace=trace)
    if found.outcome is Outcome.ANSWERED and found.connect_seconds is not None:
        at = f" ({found.address})" if found.address != host else ""
        return Answer(
            good=True,
            lines=(
                f"{host}{at} cổng {port} mở: kết nối trong {milliseconds(found.connect_seconds)}.",
            ),
        )
    lines = [f"{host} cổng {port} không kết nối được: {WHY[found.outcome]}."]
    if found.outcome is Outcome.TIMEOUT:
        lines.append("Máy tắt, đường đứt, hoặc tường lửa bỏ gói: thử thêm"
                     f" govnet-agent probe icmp {host}.")  # fmt: skip
    elif found.outcome is Outcome.REFUSED:
        lines.append("Đường mạng tới máy này tốt; xem dịch vụ trên máy đó, hoặc số cổng.")
    return Answer(good=False, lines=tuple(lines))
