"""An event in one sentence, as the duty officer tells it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from collector.verdict.shared.records import Event
from collector.verdict.wording import CAUSE_WORDS, ZONE, Language, moment
from inventory.model import Inventory

_EVENT: Final[Mapping[Language, str]] = {
    "vi": "Mất liên lạc {sites}/{total} điểm từ {start}{now}, nguyên nhân: {cause}",
    "en": "{sites} of {total} sites cut off since {start}{now}, cause: {cause}",
}
_OVER: Final[Mapping[Language, str]] = {
    "vi": "Đã mất liên lạc {sites}/{total} điểm từ {start} đến {end}, nguyên nhân: {cause}",
    "en": "{sites} of {total} sites were cut off from {start} to {end}, cause: {cause}",
}
_STILL: Final[Mapping[Language, str]] = {"vi": ", nay còn {0}", "en": ", {0} still are"}
_CARRIER: Final[Mapping[Language, str]] = {"vi": "nhà mạng {0}", "en": "carrier {0}"}
_AREA: Final[Mapping[Language, str]] = {"vi": "khu vực điện {0}", "en": "power area {0}"}


def event_sentence(
    event: Event,
    inventory: Inventory,
    total: int,
    language: Language,
    *,
    now: float,
    zone: str = ZONE,
) -> str:
    """Return the event in one sentence: how many of `total` sites, since when, why.

    A time of the same day as `now` (Unix seconds) stands without its date. Several causes stand
    with how many sites each has.
    """
    still = len(event.silent)
    texts = {
        "sites": len(event.sites),
        "total": total,
        "start": _when(event.started_at, now, zone),
        "now": _STILL[language].format(still) if still < len(event.sites) else "",
        "cause": _cause(event, inventory, language),
    }
    if event.ended_at is not None:
        return _OVER[language].format(**texts, end=_when(event.ended_at, now, zone))
    return _EVENT[language].format(**texts)


def _cause(event: Event, inventory: Inventory, language: Language) -> str:
    if event.cause == "carrier" and event.carrier:
        carrier = inventory.carriers.get(event.carrier)
        return _CARRIER[language].format(carrier.name if carrier else event.carrier)
    if len(event.causes) > 1:
        return ", ".join(f"{_word(cause, language)} ({number})" for cause, number in event.causes)
    word = _word(event.cause, language)
    if event.cause == "power" and event.power_area:
        area = inventory.power_areas.get(event.power_area)
        place = _AREA[language].format(area.name if area else event.power_area)
        return f"{word} ({place})"
    return word


def _word(cause: str, language: Language) -> str:
    """Return a cause as it stands within a sentence."""
    word = CAUSE_WORDS[cause][language]
    return word[0].lower() + word[1:]


def _when(at: float, now: float, zone: str) -> str:
    """Return the time of day, with the date if that is another day than today."""
    today = datetime.fromtimestamp(now, ZoneInfo(zone)).date()
    text = moment(at, zone)
    if datetime.fromtimestamp(at, ZoneInfo(zone)).date() == today:
        return text.rpartition(" ")[2]
    return text
