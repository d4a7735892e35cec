"""`govnet-agent probe mtu`: the largest packet that passes whole."""

import argparse
from collections.abc import Callable

from agent.byhand import ranges
from agent.byhand.contract import Answer
from agent.byhand.wording import WHY
from agent.probe import mtu
from agent.probe.outcome import Outcome
from agent.probe.trace import Trace

_NARROW = (
    "đường đi qua đường hầm hoặc PPPoE. Trang nặng hay hình họp bị treo thì báo nhà mạng con số"
    " này."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add whom to ask, and how."""
    parser.add_argument("host", help="name or address")
    parser.add_argument(
        "--port",
        type=ranges.port,
        default=None,
        help="UDP port of a reflector, to be asked by test packets (default: ask by ICMP echoes)",
    )


def ask(
    arguments: argparse.Namespace,
    timeout_seconds: float,
    trace: Trace,
    *,
    find: Callable[..., mtu.Mtu] = mtu.find,
) -> Answer:
    """Search; good if the search ended. Raises CheckError if this machine cannot ask."""
    host = arguments.host
    found = find(host, arguments.port, timeout_seconds=timeout_seconds, trace=trace)
    if found.mtu_bytes is None:
        reason = WHY.get(found.outcome, f"Không tìm xong kịp ({found.detail})")
        return Answer(good=False, lines=(f"Không đo được MTU tới {host}: {reason}.",))
    line = f"Gói IP lớn nhất qua được tới {host} và về là {found.mtu_bytes} byte."
    if found.mtu_bytes >= mtu.LARGEST_BYTES:
        return Answer(good=True, lines=(line, "Đường này cho gói Ethernet đầy đủ đi qua."))
    return Answer(
        good=found.outcome is Outcome.ANSWERED,
        lines=(
            line,
            f"Nhỏ hơn {mtu.LARGEST_BYTES} byte: {_NARROW}",
        ),
    )
