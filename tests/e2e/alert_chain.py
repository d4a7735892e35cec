"""What the alert tests need: text exposed as by a collector, a mail server, a webhook.

Everything is on loopback. Configuration and templates are the shipped ones, with this test's
addresses and faster clocks.
"""

import email.policy
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from email.message import EmailMessage
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import urlopen

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.web_server import Asked, answering

ROOT = Path(__file__).parents[2]
WAIT_SECONDS = 90.0
WAITS = {"30s": "2s", "1m": "2s", "2m": "2s", "5m": "15s"}
"""What an alert waits for, as shipped and here: what is minor at first has time to become more."""

OF_NO_ACCOUNT = {
    *("GovnetWatchdog", "GovnetCollectorClockUnsynchronised"),
    *("GovnetCollectorDiskLow", "GovnetBackupOld"),
}
"""Alerts that say nothing of what is tested: one never ends, two are about this machine, one about
what a collector of an hour cannot have."""

StartProgram = Callable[[Sequence[str], Callable[[], bool]], None]
"""`own_program` of the folder's conftest."""


class Exposed:
    """Metrics as the collector would expose them, and its scrape targets."""

    def __init__(self) -> None:
        self.text = ""
        self._running = ExitStack()
        self.url = self._running.enter_context(answering(self._answer))

    def _answer(self, asked: Asked) -> tuple[int, dict[str, str], bytes]:
        if asked.path == "/v1/sd/prometheus":
            targets = [{"targets": [asked.headers["Host"]], "labels": {"instance": "verdicts"}}]
            return 200, {"Content-Type": "application/json"}, json.dumps(targets).encode()
        return 200, {"Content-Type": "text/plain; version=0.0.4"}, self.text.encode()

    def close(self) -> None:
        self._running.close()


class Hook:
    """A generic webhook: keeps what was posted."""

    def __init__(self) -> None:
        self.posted: list[tuple[str, dict[str, Any]]] = []
        self._running = ExitStack()
        url = self._running.enter_context(answering(self._keep))
        self.port = int(url.rpartition(":")[2])

    def _keep(self, asked: Asked) -> tuple[int, dict[str, str], bytes]:
        self.posted.append((asked.path, json.loads(asked.body)))
        return 200, {}, b""

    def close(self) -> None:
        self._running.close()


class Mailbox:
    """A mail server on loopback: keeps every mail with those it was sent to."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.mails: list[tuple[tuple[str, ...], EmailMessage]] = []
        self._controller = Controller(self, hostname="127.0.0.1", port=port)
        self._controller.start()
        self._is_open = True

    async def handle_DATA(  # noqa: N802 - aiosmtpd names it so
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        mail = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append((tuple(envelope.rcpt_tos), mail))
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        """Return the mails that this address got, in order."""
        return [mail for addresses, mail in self.mails if address in addresses]

    def close(self) -> None:
        if self._is_open:
            self._is_open = False
            self._controller.stop()


def alertmanager_config(folder: Path, mail_port: int, hook_port: int) -> Path:
    """Write the shipped configuration with this test's addresses and faster clocks."""
    shipped = (ROOT / "deploy/alertmanager/alertmanager.yml").read_text("utf-8")
    changed = {
        "mail.lamdong.example:587": f"127.0.0.1:{mail_port}",
        "smtp_require_tls: true": "smtp_require_tls: false",
        "templates/*.tmpl": str(ROOT / "deploy/alertmanager/templates/*.tmpl"),
        "group_wait: 15s": "group_wait: 2s",
        "group_interval: 5m": "group_interval: 2s",
        "127.0.0.1:8480": f"127.0.0.1:{hook_port}",
    }
    for old, new in changed.items():
        assert old in shipped
        shipped = shipped.replace(old, new)
    path = folder / "alertmanager.yml"
    path.write_text(shipped, encoding="utf-8")
    return path


def prometheus_config(folder: Path, collector: str, alertmanager: str) -> Path:
    """Write the shipped configuration with this test's addresses, faster, with the shipped rules.

    What an alert waits for is shortened, so that a test takes no minutes. One lasts longer after
    its end than another takes to begin, as shipped.
    """
    shipped = (ROOT / "deploy/prometheus/prometheus.yml").read_text("utf-8")
    assert shipped.count("_interval: 15s") == 2
    rules = folder / "rules"
    rules.mkdir()
    for file in (ROOT / "deploy/prometheus/rules").glob("*.yml"):
        text = file.read_text("utf-8")
        for shipped_wait, wait_here in WAITS.items():
            text = text.replace(f"        for: {shipped_wait}\n", f"        for: {wait_here}\n")
        text = re.sub(r"keep_firing_for: (5|10)m", "keep_firing_for: 8s", text)
        (rules / file.name).write_text(text, encoding="utf-8")
    path = folder / "prometheus.yml"
    path.write_text(
        shipped.replace("_interval: 15s", "_interval: 1s")
        .replace("refresh_interval: 30s", "refresh_interval: 5s")
        .replace("http://127.0.0.1:8470", collector)
        .replace("127.0.0.1:9093", alertmanager.removeprefix("http://"))
    )
    return path


def start_alertmanager(
    start: StartProgram, folder: Path, mailbox: Mailbox, hook: Hook, url: str, *more: str
) -> None:
    """Start Alertmanager at that address, with more options."""
    start(
        [
            "prometheus-alertmanager",
            f"--config.file={alertmanager_config(folder, mailbox.port, hook.port)}",
            f"--storage.path={folder / 'alertmanager'}",
            f"--web.listen-address={url.removeprefix('http://')}",
            "--cluster.listen-address=",
            "--log.level=warn",
            *more,
        ],
        answers(f"{url}/-/ready"),
    )


def start_programs(
    start: StartProgram, folder: Path, collector: str, mailbox: Mailbox, hook: Hook
) -> tuple[str, str]:
    """Start Prometheus and Alertmanager; return their addresses."""
    prometheus, alertmanager = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
    start(
        [
            "prometheus",
            f"--config.file={prometheus_config(folder, collector, alertmanager)}",
            f"--storage.tsdb.path={folder / 'tsdb'}",
            f"--web.listen-address={prometheus.removeprefix('http://')}",
            "--rules.alert.resend-delay=5s",
            "--log.level=warn",
        ],
        answers(f"{prometheus}/-/ready"),
    )
    # It takes seconds to find its targets. Until then the collector seems to be gone, which nobody
    # shall be told: it would be a mail of its own, and silence those of sites.
    wait("Prometheus has found the collector", lambda: _has_found_its_targets(prometheus))
    start_alertmanager(start, folder, mailbox, hook, alertmanager)
    return prometheus, alertmanager


def _has_found_its_targets(prometheus: str) -> bool:
    found, missing = 'up{job="govnet"} == 1', 'ALERTS{alertname="GovnetCollectorDown"}'
    return bool(_asked(prometheus, found)) and not _asked(prometheus, missing)


def _asked(prometheus: str, query: str) -> list[object]:
    with urlopen(f"{prometheus}/api/v1/query?query={quote(query)}", timeout=30) as answer:  # noqa: S310 - loopback
        return list(json.load(answer)["data"]["result"])


def free_port() -> int:
    """Return a port of loopback that nobody uses just now."""
    with socket.socket() as tcp:
        tcp.bind(("127.0.0.1", 0))
        return int(tcp.getsockname()[1])


def as_text(mail: EmailMessage) -> str:
    """Return what a person sees of a mail, without the times of this test run."""
    plain = mail.get_body(("plain",))
    assert plain is not None
    text = f"Subject: {mail['Subject']}\nTo: {mail['To']}\n\n{plain.get_content()}"
    text = text.replace("\r\n", "\n")
    return re.sub(
        r"(hết lúc|Từ:|\(từ) \d\d:\d\d ngày (?!21/09/2026)\d\d/\d\d/\d{4}", r"\1 GIỜ", text
    )


def answers(url: str) -> Callable[[], bool]:
    """Return a function that says whether that address answers."""

    def ask() -> bool:
        try:
            with urlopen(url, timeout=2) as answer:  # noqa: S310 - loopback
                return bool(answer.status == 200)
        except HTTPError as exc:
            return exc.code == HTTPStatus.UNAUTHORIZED  # It is there, and wants a sign-in.
        except OSError:
            return False

    return ask


def wait(what: str, holds: Callable[[], bool], within_seconds: float = WAIT_SECONDS) -> None:
    """Wait until it holds."""
    ends_at = time.monotonic() + within_seconds
    while not holds():
        assert time.monotonic() < ends_at, f"not within {within_seconds:g} s: {what}"
        threading.Event().wait(0.2)  # The next question; what counts is the condition.
