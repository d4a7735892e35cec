"""`govnet-agent probe rtsp`: whether a camera or recorder answers."""

import argparse
from collections.abc import Callable

from agent.byhand import urls
from agent.byhand.contract import Answer
from agent.byhand.wording import WHY, milliseconds
from agent.probe import rtsp
from agent.probe.trace import Trace

_UNAUTHORISED = 401


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add whom to ask."""
    parser.add_argument("url", type=urls.of_camera, help="rtsp://HOST[:PORT]/PATH, or a host alone")


def ask(
    arguments: argparse.Namespace,
    timeout_seconds: float,
    trace: Trace,
    *,
    options: Callable[..., rtsp.RtspReply] = rtsp.options,
) -> Answer:
    """Ask what it can do; no stream is started. Raises CheckError if it could not be asked."""
    url = arguments.url
    seen = options(url, timeout_seconds=timeout_seconds, trace=trace)
    if seen.status_code is None or seen.rtt_seconds is None:
        return Answer(False, (f"{url} không trả lời RTSP: {WHY[seen.outcome]}.",))
    lines = [
        f"{url} trả lời mã {seen.status_code} {seen.reason} sau {milliseconds(seen.rtt_seconds)}."
    ]
    if seen.status_code == _UNAUTHORISED:
        lines.append("Máy quay hoạt động và đòi đăng nhập.")
    if seen.server:
        lines.append(f"Phần mềm: {seen.server}.")
    if seen.methods:
        lines.append(f"Biết làm: {', '.join(seen.methods)}.")
    return Answer(good=True, lines=tuple(lines))
