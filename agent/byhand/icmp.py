"""`govnet-agent probe icmp`: whether it is there, and what the way to it loses."""

import argparse
from collections.abc import Callable

from agent.byhand import ranges
from agent.byhand.contract import Answer
from agent.byhand.wording import milliseconds, percent
from agent.checks.reach import echo_seconds
from agent.probe import icmp
from agent.probe.trace import Trace
from agent.probe.trains import statistics
from govnet.errors import CheckError

_TRY_TCP = "govnet-agent probe tcp"
_COUNT, _SPACING_SECONDS = 10, 0.2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add whom to ask, and how often."""
    parser.add_argument("host", help="name or address")
    ranges.add_train(parser, "echo requests", number=_COUNT, spacing_seconds=_SPACING_SECONDS)


def ask(
    arguments: argparse.Namespace,
    timeout_seconds: float,
    trace: Trace,
    *,
    ping: Callable[..., icmp.EchoTrain] = icmp.ping,
) -> Answer:
    """Send a train of echoes; good if any came back. Raises CheckError if it could not be sent."""
    host, count, spacing_seconds = arguments.host, arguments.count, arguments.spacing
    each_seconds = echo_seconds(
        timeout_seconds,
        count=count,
        spacing_seconds=spacing_seconds,
        in_turn=icmp.Method.WINDOWS in icmp.DEFAULT_METHODS,
    )
    if each_seconds <= 0:
        raise CheckError(
            f"{count} gói cách nhau {spacing_seconds:g} giây không vừa {timeout_seconds:g} giây"
        )
    train = ping(
        host,
        count=count,
        interval_seconds=spacing_seconds,
        timeout_seconds=each_seconds,
        trace=trace,
    )
    if not train.received:
        why = f" ({train.detail})" if train.detail else ""
        return Answer(
            good=False,
            lines=(
                f"{host} không trả lời gói nào trong {train.sent} gói{why}.",
                f"Máy tắt, đường đứt, hoặc nơi đó chặn ICMP: thử thêm {_TRY_TCP} {host} 443.",
            ),
        )
    found = statistics(train.rtts_seconds)
    loss = f"mất {percent(found.loss_ratio or 0.0)}" if found.loss_ratio else "không mất gói nào"
    lines = [f"{host} trả lời {train.received} trên {train.sent} gói, {loss}."]
    if found.mean_rtt_seconds is not None:
        lines.append(f"Thời gian khứ hồi trung bình {milliseconds(found.mean_rtt_seconds)}.")
    if found.mean_rtt_change_seconds is not None and found.p95_rtt_change_seconds is not None:
        lines.append(
            f"Dao động trung bình {milliseconds(found.mean_rtt_change_seconds)},"
            f" lúc xấu {milliseconds(found.p95_rtt_change_seconds)}."
        )
    return Answer(good=True, lines=tuple(lines))
