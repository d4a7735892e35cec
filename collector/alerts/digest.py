"""What the duty officer reads at 07:00: what is open, what changed since 17:00, what was corrected.

Pure: from outages, what people said about them, and every change of belief. Vietnamese sentences;
times are Unix seconds, worded in the province's own zone.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from collector.verdict.outages.records import Belief, Handling, Outage
from collector.verdict.spans import SpanKind
from collector.verdict.wording import CAUSE_WORDS, sentence
from inventory.model import Inventory

CHANGED_SINCE: Final = time(17)
"""Changes are told from this time of the day before."""
MOST_LINES: Final = 100
"""More lines of one part are only counted: a mail is read, not searched."""
NOTHING: Final = "Không có."
_MOVED_SECONDS: Final = 60.0
"""A beginning or end that moved by less is none that a person would call corrected."""
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


class Known(msgspec.Struct, frozen=True):
    """One outage with what people said of it and what was believed of it, oldest first.

    `merged_into`: it turned out to be part of the outage of that number.
    """

    outage: Outage
    handling: Handling = Handling()
    beliefs: tuple[Belief, ...] = ()
    merged_into: int | None = None

    @property
    def is_withdrawn(self) -> bool:
        """Whether later evidence showed that there was none."""
        return bool(self.beliefs) and not self.beliefs[-1].is_outage


class Digest(msgspec.Struct, frozen=True):
    """The three parts, one sentence each line; `day` is an ISO date."""

    day: str
    summary: str
    open: tuple[str, ...]
    changed: tuple[str, ...]
    corrected: tuple[str, ...]


def since_of(now: float, timezone: str) -> float:
    """Return 17:00 of the day before, in the province's time."""
    local = datetime.fromtimestamp(now, ZoneInfo(timezone))
    before = local.date() - timedelta(days=1)
    return datetime.combine(before, CHANGED_SINCE, local.tzinfo).timestamp()


def build(
    inventory: Inventory, known: Iterable[Known], now: float, since: float | None = None
) -> Digest:
    """Return the digest of this moment; changes are told from `since` on, by default from 17:00."""
    zone = ZoneInfo(inventory.province.timezone)
    if since is None:
        since = since_of(now, zone.key)
    words = _Words(inventory, zone)
    outages = sorted(known, key=_order)
    standing = [one for one in outages if not one.is_withdrawn]
    open_now = [one for one in standing if one.outage.ended_at is None]
    ended = [one for one in standing if (one.outage.ended_at or 0.0) >= since]
    begun = [one for one in open_now if one.outage.started_at >= since]
    corrected = tuple(line for one in outages for line in words.corrections(one, since))
    sites = sum(one.outage.kind is SpanKind.SITE for one in open_now)
    today = datetime.fromtimestamp(now, zone)
    return Digest(
        day=today.date().isoformat(),
        summary=(
            f"Bản tin {today:%H:%M ngày %d/%m/%Y}: đang mất liên lạc {sites} điểm, "
            f"mới mất {len(begun)}, đã có lại {len(ended)}, sửa kết luận {len(corrected)}"
        ),
        open=tuple(map(words.open, open_now)),
        changed=(*map(words.begun, begun), *map(words.ended, ended)),
        corrected=corrected,
    )


def part(lines: Sequence[str]) -> str:
    """Return one part as text, a line for each sentence."""
    if not lines:
        return NOTHING
    shown = [f"- {line}" for line in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        shown.append(f"… và {len(lines) - MOST_LINES} dòng nữa, xem trang giám sát.")
    return "\n".join(shown)


def text(digest: Digest) -> str:
    """Return the whole digest as a person reads it on a terminal."""
    return "\n\n".join(
        (
            digest.summary,
            f"ĐANG MẤT LIÊN LẠC\n{part(digest.open)}",
            f"THAY ĐỔI TỪ 17:00 HÔM TRƯỚC\n{part(digest.changed)}",
            f"ĐÃ SỬA LẠI KẾT LUẬN\n{part(digest.corrected)}",
        )
    )


class _Words:
    """Sentences about outages."""

    def __init__(self, inventory: Inventory, zone: ZoneInfo) -> None:
        self._inventory = inventory
        self._zone = zone
        self._names = {item.id: item.name or item.id for item in inventory.items()}

    def open(self, known: Known) -> str:
        """Tell an outage that lasts."""
        outage = known.outage
        return (
            f"{self._name(outage)}: từ {self._at(outage.started_at)}, "
            f"{self._cause(known)}{_times(outage)}{_handled(known.handling)}."
        )

    def begun(self, known: Known) -> str:
        """Tell an outage that began and lasts."""
        return (
            f"{self._name(known.outage)}: mất liên lạc lúc {self._at(known.outage.started_at)}, "
            f"chưa có lại."
        )

    def ended(self, known: Known) -> str:
        """Tell an outage that is over."""
        outage = known.outage
        ended_at = outage.ended_at if outage.ended_at is not None else outage.started_at
        return (
            f"{self._name(outage)}: có lại lúc {self._at(ended_at)} sau "
            f"{lasted(ended_at - outage.started_at)}, {self._cause(known)}{_times(outage)}."
        )

    def corrections(self, known: Known, since: float) -> Iterator[str]:
        """Tell every change of what was believed of the past; that it went on is none."""
        name = self._name(known.outage)
        if known.beliefs and _is_found_late(known.beliefs[0], since):
            first = known.beliefs[0]
            yield (
                f"{name}: ghi nhận muộn một lần mất liên lạc từ {self._at(first.started_at)}"
                f"{self._because(first)}."
            )
        for before, after in pairwise(known.beliefs):
            if after.believed_at < since:
                continue
            if not after.is_outage and known.merged_into is not None:
                continue  # Nothing was wrong but the number; the other outage tells the rest.
            changes = list(self._changes(before, after))
            if changes:
                yield f"{name}: {'; '.join(changes)}{self._because(after)}."

    def _changes(self, before: Belief, after: Belief) -> Iterator[str]:
        if before.is_outage and not after.is_outage:
            yield f"không có sự cố lúc {self._at(before.started_at)} như đã ghi"
            return
        if before.causes != after.causes[: len(before.causes)]:
            yield f"nguyên nhân sửa từ «{_causes(before)}» thành «{_causes(after)}»"
        if _moved(before.started_at, after.started_at):
            yield f"bắt đầu sửa từ {self._at(before.started_at)} thành {self._at(after.started_at)}"
        if before.ended_at is not None and _moved(before.ended_at, after.ended_at):
            end = "chưa kết thúc" if after.ended_at is None else self._at(after.ended_at)
            yield f"kết thúc sửa từ {self._at(before.ended_at)} thành {end}"

    def _because(self, belief: Belief) -> str:
        told = " ".join(
            sentence(note, "vi", self._zone.key, self._inventory) for note in belief.because
        )
        return f", vì: {told.rstrip('.')}" if told else ""

    def _name(self, outage: Outage) -> str:
        site = self._names.get(outage.site, outage.site)
        if outage.kind is SpanKind.SITE:
            return site
        name = self._names.get(outage.item, outage.item)
        return f"{name} ({site})" if outage.site else name

    def _cause(self, known: Known) -> str:
        said = known.handling.cause
        if said is not None:
            return f"nguyên nhân {_cause(said)} (người trực xác nhận)"
        return f"nguyên nhân {_cause(known.outage.cause)}"

    def _at(self, at: float) -> str:
        return f"{datetime.fromtimestamp(at, self._zone):%H:%M ngày %d/%m/%Y}"


def lasted(seconds: float) -> str:
    """Return how long something took, in the two largest units: `2 giờ 5 phút`."""
    whole = int(seconds)
    if whole >= _DAY:
        days, hours = whole // _DAY, whole % _DAY // _HOUR
        return f"{days} ngày {hours} giờ" if hours else f"{days} ngày"
    hours, minutes = whole // _HOUR, whole % _HOUR // _MINUTE
    if hours:
        return f"{hours} giờ {minutes} phút" if minutes else f"{hours} giờ"
    return f"{minutes} phút" if minutes else "chưa đến 1 phút"


def _order(known: Known) -> tuple[bool, float, str]:
    """Sites first, the longest first."""
    outage = known.outage
    return (outage.kind is not SpanKind.SITE, outage.started_at, outage.item)


def _cause(cause: str) -> str:
    word = CAUSE_WORDS[cause]["vi"]
    return word[:1].lower() + word[1:]


def _causes(belief: Belief) -> str:
    return ", rồi ".join(map(_cause, belief.causes))


def _times(outage: Outage) -> str:
    return f", {outage.count} lần chập chờn" if outage.count > 1 else ""


def _handled(handling: Handling) -> str:
    told = []
    if handling.assignee:
        told.append(f"giao {handling.assignee}")
    if handling.ticket:
        told.append(f"số phiếu {handling.ticket}")
    if handling.note:
        told.append(handling.note.rstrip("."))
    if not told:
        return "; đã nhận việc" if handling.acknowledged_at is not None else "; chưa ai nhận việc"
    return "; " + ", ".join(told)


def _is_found_late(first: Belief, since: float) -> bool:
    return first.is_outage and first.ended_at is not None and first.believed_at >= since


def _moved(before: float, after: float | None) -> bool:
    return after is None or abs(after - before) >= _MOVED_SECONDS
