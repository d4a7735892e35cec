"""`govnet-agent probe nut`: how a UPS behind a NUT server is."""

import argparse
from collections.abc import Callable

from agent.byhand import ranges
from agent.byhand.contract import Answer
from agent.byhand.wording import WHY, number, percent
from agent.probe import nut
from agent.probe.nut.message import Ups, read_ups
from agent.probe.outcome import Outcome
from agent.probe.trace import Trace

_ERRORS = {
    "UNKNOWN-UPS": "máy chủ không có bộ lưu điện tên này",
    "ACCESS-DENIED": "máy chủ không cho máy này hỏi",
    "DATA-STALE": "máy chủ đã mất liên lạc với bộ lưu điện (cáp USB hoặc trình điều khiển)",
    "DRIVER-NOT-CONNECTED": "trình điều khiển của bộ lưu điện trên máy chủ không chạy",
}
"""Words of RFC 9271 §4.3."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add which server and UPS."""
    parser.add_argument("host", help="name or address of the NUT server (upsd)")
    parser.add_argument("ups", nargs="?", default="", help="name of the UPS (default: its first)")
    parser.add_argument(
        "--port", type=ranges.port, default=nut.PORT, help=f"TCP port (default: {nut.PORT})"
    )


def ask(
    arguments: argparse.Namespace,
    timeout_seconds: float,
    trace: Trace,
    *,
    list_variables: Callable[..., nut.NutReply] = nut.list_variables,
) -> Answer:
    """Ask how the UPS is; good while it is on mains. Raises CheckError if it could not be asked."""
    seen = list_variables(
        arguments.host,
        arguments.port,
        ups=arguments.ups,
        timeout_seconds=timeout_seconds,
        trace=trace,
    )
    if seen.outcome is not Outcome.ANSWERED:
        return Answer(False, (f"{arguments.host} không trả lời NUT: {WHY[seen.outcome]}.",))
    named = f"Bộ lưu điện {seen.ups}" if seen.ups else "Bộ lưu điện"
    if seen.error:
        why = _ERRORS.get(seen.error, f"lỗi {seen.error}")
        return Answer(False, (f"{named} tại {arguments.host}: {why}.",))
    ups = read_ups(seen.variables)
    return Answer(good=ups.on_mains is True, lines=tuple(_lines(named, ups)))


def _lines(named: str, ups: Ups) -> list[str]:
    model = f" ({ups.model})" if ups.model else ""
    source = {True: "đang dùng điện lưới", False: "ĐANG DÙNG ẮC QUY", None: "không nói nguồn điện"}
    lines = [f"{named}{model} {source[ups.on_mains]}."]
    battery: list[str] = []
    if ups.battery_charge_ratio is not None:
        battery.append(f"sạc {percent(ups.battery_charge_ratio)}")
    if ups.battery_runtime_seconds is not None:
        battery.append(f"còn dùng được {number(ups.battery_runtime_seconds / 60)} phút")
    if ups.battery_low:
        battery.append("YẾU")
    if ups.battery_replace:
        battery.append("CẦN THAY")
    if battery:
        lines.append(f"Ắc quy: {', '.join(battery)}.")
    volts = [f"{number(line.volts)} V" for _, line in ups.inputs if line.volts is not None]
    if volts:
        lines.append(f"Điện áp vào: {', '.join(volts)}.")
    loads = [percent(line.load_ratio) for _, line in ups.outputs if line.load_ratio is not None]
    if loads:
        lines.append(f"Tải: {', '.join(loads)}.")
    return lines
