"""`govnet-agent probe ocsp`: what a responder says of a certificate, and whether it counts."""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

from agent.byhand import urls
from agent.byhand.contract import Answer
from agent.byhand.files import read_pem
from agent.byhand.signed import Words, tell
from agent.byhand.wording import milliseconds
from agent.probe import ocsp
from agent.probe.trace import Trace

_STATUSES = ("còn dùng được", "ĐÃ BỊ THU HỒI", "không được nơi này biết đến")
_GOOD = 0
_WORDS = Words(
    unreached="không trả lời",
    unusable="trả lời nhưng không dùng được",
    counts="Trả lời được đơn vị phát hành ký và còn hạn.",
    counts_not="Nhưng KHÔNG tin được trả lời này",
    until="Trả lời có giá trị đến",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add whom to ask about what."""
    parser.add_argument("url", type=urls.of_page, help="http:// URL of the responder")
    parser.add_argument("certificate", type=Path, help="PEM file of the certificate to ask about")
    parser.add_argument("issuer", type=Path, help="PEM file of its issuer's certificate")


def ask(
    arguments: argparse.Namespace,
    timeout_seconds: float,
    trace: Trace,
    *,
    ask_responder: Callable[..., ocsp.OcspReply] = ocsp.ask,
    now: Callable[[], float] = time.time,
) -> Answer:
    """Ask the responder. Raises CheckError if this machine could not ask.

    Raises ConfigError for a file that is no certificate.
    """
    seen = ask_responder(
        arguments.url,
        read_pem("certificate", arguments.certificate),
        read_pem("issuer", arguments.issuer),
        now=now(),
        timeout_seconds=timeout_seconds,
        trace=trace,
    )
    opening = ""
    if seen.status is not None:
        took = seen.page.phases.first_byte_seconds
        after = f" sau {milliseconds(took)}" if took is not None else ""
        opening = f"Theo {arguments.url}{after}, chứng thư {_STATUSES[seen.status]}."
    return tell(arguments.url, seen, _WORDS, opening, good=seen.status == _GOOD)
