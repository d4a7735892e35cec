"""The digest, sent once a day through Alertmanager, which knows to whom; a restart sends no second.

The day of the last one sent is kept in a file of the collector's data.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from collector.alerts import digest
from collector.alerts.digest import Digest, Known
from collector.alerts.options import Alerts
from collector.http_access import Service
from collector.runbook.subjects import href
from inventory.model import Inventory

log = logging.getLogger(__name__)

LATEST_SECONDS: Final = 6 * 3_600.0
"""A collector that starts later on that day sends none: the morning is over."""
LASTS_SECONDS: Final = 6 * 3_600.0
"""So long Alertmanager may try to deliver it."""


class Daily:
    """Sends the digest when it is due; `known` gives the outages to tell of since a moment."""

    def __init__(
        self,
        options: Alerts,
        data: Path,
        inventory: Callable[[], Inventory],
        known: Callable[[float], Awaitable[Sequence[Known]]],
        wall: Callable[[], float],
    ) -> None:
        self._options = options
        self._file = sent_file(data)
        self._inventory = inventory
        self._known = known
        self._wall = wall

    async def tick(self) -> None:
        """Send it if it is due. Raises GovnetError if Alertmanager does not take it."""
        now = self._wall()
        alertmanager = self._options.alertmanager
        if alertmanager is None or not self._options.digest_enabled:
            return
        inventory = self._inventory()
        zone = ZoneInfo(inventory.province.timezone)
        if not is_due(now, self._options.digest_at, zone, _last_sent(self._file)):
            return
        known = await self._known(digest.since_of(now, zone.key))
        made = digest.build(inventory, known, now)
        await asyncio.to_thread(send, alertmanager, made, now)
        self._file.write_text(made.day, encoding="ascii")
        log.info("digest sent", extra={"day": made.day})


def sent_file(data: Path) -> Path:
    """Return the file that holds the day of the last digest sent."""
    return data / "digest-sent"


def is_due(now: float, at: str, zone: ZoneInfo, last_sent: str) -> bool:
    """Whether the digest of today is to be sent now; `last_sent` is an ISO date or empty."""
    local = datetime.fromtimestamp(now, zone)
    hour, minute = map(int, at.split(":"))
    due_at = local.replace(hour=hour, minute=minute, second=0, microsecond=0).timestamp()
    return due_at <= now < due_at + LATEST_SECONDS and last_sent != local.date().isoformat()


def send(alertmanager: Service, made: Digest, now: float) -> None:
    """Tell Alertmanager, whose route for it leads to those who read it. Raises GovnetError."""
    # The library that asks is large, and wanted once a day.
    from collector.alerts.alertmanager import Alert, post_alerts  # noqa: PLC0415

    alert = Alert(
        labels={
            "alertname": "GovnetDigest",
            "role": "digest",
            "severity": "none",
            "day": made.day,
        },
        annotations={
            "runbook_url": href("GovnetDigest"),
            "summary": made.summary,
            "description": digest.text(made),
            "open": digest.part(made.open),
            "changed": digest.part(made.changed),
            "corrected": digest.part(made.corrected),
        },
        starts_at=now,
        ends_at=now + LASTS_SECONDS,
    )
    post_alerts(alertmanager, [alert])


def _last_sent(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return ""
