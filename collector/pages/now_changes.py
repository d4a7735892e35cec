"""What changed since a moment that somebody chose, as the morning's digest words it. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from collector.alerts import digest
from collector.alerts.digest import Known
from collector.maintenance.times import read_time
from collector.maintenance.times import shown as moment
from inventory.model import Inventory

MOST_DAYS: Final = 31
"""Changes are told so far back; before that the outages' own list tells more."""
MOST_LINES: Final = 30
"""Lines of each part on the page."""
_DAY: Final = 86_400.0
BAD_TIME: Final = "«{0}» không phải ngày giờ. Hãy ghi như 28/11/2026 17:00."
TOO_FAR: Final = "Chỉ kể được thay đổi trong 31 ngày gần nhất, không sau lúc này."


@dataclass(frozen=True, slots=True)
class Changes:
    """Sentences by part; `left` of the changes and corrections are not shown."""

    since: str
    mistake: str
    changed: tuple[str, ...]
    corrected: tuple[str, ...]
    left: int


def since_of(text: str, now: float, timezone: str) -> tuple[float, str]:
    """Return the moment that was typed and what is wrong with it; then 17:00 of the day before."""
    usual = digest.since_of(now, timezone)
    if not text:
        return usual, ""
    at = read_time(text, ZoneInfo(timezone))
    if at is None:
        return usual, BAD_TIME.format(text)
    if not now - MOST_DAYS * _DAY <= at <= now:
        return usual, TOO_FAR
    return at, ""


def build(
    inventory: Inventory,
    known: Iterable[Known],
    since: float,
    now: float,
    *,
    mistake: str = "",
    sees: Callable[[str], bool],
) -> Changes:
    """Return what changed from `since` on, of the sites that somebody sees."""
    seen = [one for one in known if sees(one.outage.site)]
    made = digest.build(inventory, seen, now, since=since)
    left = sum(max(0, len(lines) - MOST_LINES) for lines in (made.changed, made.corrected))
    return Changes(
        moment(since, ZoneInfo(inventory.province.timezone)),
        mistake,
        made.changed[:MOST_LINES],
        made.corrected[:MOST_LINES],
        left,
    )
