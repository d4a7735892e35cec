"""Telling what the watcher found: by mail, or by a webhook in Alertmanager's form.

The webhook may be a `govnet sms-gateway` of the same host.
"""

import smtplib
import ssl
from collections.abc import Mapping
from datetime import datetime
from email.message import EmailMessage
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

import msgspec
import requests

from collector.alerts.watcher import News
from collector.verdict.wording import ZONE
from govnet.errors import GovnetError

SEND_SECONDS: Final = 20.0
ADVICE: Final = (
    "Xem máy chủ của trung tâm còn chạy và còn mạng không: systemctl status govnet prometheus "
    "prometheus-alertmanager. Trong lúc này không có cảnh báo nào được gửi cho các điểm."
)


class Way(Protocol):
    """One way to tell."""

    def tell(self, news: News) -> None:
        """Tell it. Raises GovnetError."""


class Mail(msgspec.Struct, frozen=True):
    """By mail; `user` and `password` None: the server asks for none."""

    host: str
    port: int
    sender: str
    to: tuple[str, ...]
    user: str | None = None
    password: str | None = None

    def tell(self, news: News) -> None:
        """Send one mail. Raises GovnetError."""
        mail = EmailMessage()
        mail["Subject"] = subject(news)
        mail["From"] = self.sender
        mail["To"] = ", ".join(self.to)
        mail.set_content(text(news))
        try:
            with smtplib.SMTP(self.host, self.port, timeout=SEND_SECONDS) as server:
                server.ehlo()
                if server.has_extn("starttls"):
                    server.starttls(context=ssl.create_default_context())
                    server.ehlo()
                if self.user is not None and self.password is not None:
                    server.login(self.user, self.password)
                server.send_message(mail)
        except (smtplib.SMTPException, OSError) as exc:
            raise GovnetError(f"{self.host}:{self.port}: mail not sent: {exc}") from exc


class Webhook(msgspec.Struct, frozen=True):
    """By a webhook."""

    url: str

    def tell(self, news: News) -> None:
        """Post it. Raises GovnetError."""
        try:
            with requests.Session() as session:
                session.trust_env = False
                answer = session.post(self.url, json=message(news), timeout=SEND_SECONDS)
        except (requests.RequestException, OSError) as exc:
            raise GovnetError(f"{self.url}: nobody answers: {exc}") from exc
        if not answer.ok:
            raise GovnetError(f"{self.url}: answered {answer.status_code}")


def subject(news: News) -> str:
    """Return what it is about."""
    if not news.problems:
        return "[Hết] Hệ thống giám sát mạng đã hoạt động lại"
    return "[Khẩn] Hệ thống giám sát mạng không hoạt động"


def text(news: News) -> str:
    """Return the mail's text."""
    since = f"{datetime.fromtimestamp(news.since, ZoneInfo(ZONE)):%H:%M ngày %d/%m/%Y}"
    if not news.problems:
        return (
            f"Hệ thống giám sát mạng của tỉnh đã hoạt động lại (có lỗi từ {since}).\n"
            "Báo cáo của các máy trong thời gian đó được gửi bù và kết luận được tính lại.\n"
        )
    listed = "\n".join(f"- {problem}" for problem in news.problems)
    return (
        f"Máy theo dõi thứ hai thấy, từ {since}:\n{listed}\n\nViệc cần làm: {ADVICE}\n\n"
        "Thư tự động của máy theo dõi thứ hai; không cần trả lời.\n"
    )


def message(news: News) -> Mapping[str, Any]:
    """Return the webhook's content, as Alertmanager would post it."""
    since = f"{datetime.fromtimestamp(news.since, ZoneInfo(ZONE)):%H:%M ngày %d/%m/%Y}"
    status = "firing" if news.problems else "resolved"
    annotations = {
        "summary": "Hệ thống giám sát mạng không hoạt động",
        "description": text(news),
        "since": since,
        "cause": " ".join(news.problems),
        "advice": ADVICE,
    }
    labels = {"alertname": "GovnetWatcher", "severity": "critical", "role": "admin"}
    return {
        "version": "4",
        "status": status,
        "alerts": [{"status": status, "labels": labels, "annotations": annotations}],
    }
