"""`govnet-agent probe crl`: whether a revocation list can be fetched, counts, and until when."""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

from agent.byhand import urls
from agent.byhand.contract import Answer
from agent.byhand.files import read_pem
from agent.byhand.signed import Words, tell
from agent.probe import crl
from agent.probe.trace import Trace

_WORDS = Words(
    unreached="không tải được",
    unusable="không phải danh sách thu hồi",
    counts="Danh sách được đơn vị phát hành ký và còn hạn.",
    counts_not="Nhưng KHÔNG dùng được",
    until="Danh sách có giá trị đến",
)


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
    opening = f"{arguments.url} là danh sách thu hồi, {seen.page.body_bytes} byte."
    return tell(arguments.url, seen, _WORDS, opening if seen.valid is not None else "", good=True)
