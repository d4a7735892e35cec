"""`govnet-agent probe crl`: whether a revocation list can be fetched, counts, and until when."""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

from agent.byhand import urls
from agent.byhand.certificates import date, why
from agent.byhand.contract import Answer
from agent.byhand.files import read_pem
from agent.byhand.wording import WHY
from agent.probe import crl
from agent.probe.outcome import Outcome
from agent.probe.trace import Trace


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add which list, and who signs it."""
    parser.add_argument("url", type=urls.of_page, help="http:// URL of the list")
    parser.add_argument("issuer", type=Path, help="PEM file of the certificate of who signs it")


def ask(
    arguments: argparse.Namespace,
    timeout_seconds: float,
    trace: Trace,
    *,
    fetch: Callable[..., crl.CrlReply] = crl.fetch,
    now: Callable[[], float] = time.time,
) -> Answer:
    """Fetch the list. Raises CheckError if this machine could not ask.

    Raises ConfigError for a file that is no certificate.
    """
    seen = fetch(
        arguments.url,
        read_pem("issuer", arguments.issuer),
        now=now(),
        timeout_seconds=timeout_seconds,
        trace=trace,
    )
    page = seen.page
    if page.outcome is not Outcome.ANSWERED:
        return Answer(False, (f"{arguments.url} không tải được: {WHY[page.outcome]}.",))
    if seen.valid is None:
        return Answer(
            False, (f"{arguments.url} không phải danh sách thu hồi: {why(seen.problem)}.",)
        )
    lines = [f"{arguments.url} là danh sách thu hồi, {page.body_bytes} byte."]
    if seen.valid:
        lines.append("Danh sách được đơn vị phát hành ký và còn hạn.")
    else:
        lines.append(f"Nhưng KHÔNG dùng được: {why(seen.problem)}.")
    if seen.next_update_at is not None:
        lines.append(f"Danh sách có giá trị đến {date(seen.next_update_at)}.")
    return Answer(good=seen.valid, lines=tuple(lines))
