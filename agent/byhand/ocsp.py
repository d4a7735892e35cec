"""`govnet-agent probe ocsp`: what a responder says of a certificate, and whether it counts."""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

from agent.byhand import urls
from agent.byhand.certificates import date, why
from agent.byhand.contract import Answer
from agent.byhand.files import read_pem
from agent.byhand.wording import WHY, milliseconds
from agent.probe import ocsp
from agent.probe.outcome import Outcome
from agent.probe.trace import Trace

_STATUSES = ("còn dùng được", "ĐÃ BỊ THU HỒI", "không được nơi này biết đến")
_GOOD = 0


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
    page = seen.page
    if page.outcome is not Outcome.ANSWERED:
        return Answer(False, (f"{arguments.url} không trả lời: {WHY[page.outcome]}.",))
    if seen.status is None:
        return Answer(
            False, (f"{arguments.url} trả lời nhưng không dùng được: {why(seen.problem)}.",)
        )
    took = page.phases.first_byte_seconds
    after = f" sau {milliseconds(took)}" if took is not None else ""
    lines = [f"Theo {arguments.url}{after}, chứng thư {_STATUSES[seen.status]}."]
    if seen.valid:
        lines.append("Trả lời được đơn vị phát hành ký và còn hạn.")
    else:
        lines.append(f"Nhưng KHÔNG tin được trả lời này: {why(seen.problem)}.")
    if seen.next_update_at is not None:
        lines.append(f"Trả lời có giá trị đến {date(seen.next_update_at)}.")
    return Answer(good=bool(seen.valid) and seen.status == _GOOD, lines=tuple(lines))
