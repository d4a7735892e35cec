"""The sentence that is asked of the duty officer when many sites are out at once. Pure.

«Mạng TSLCD cấp 2 mất kết nối do mất điện 32/92 điểm»: level 2 of the government's dedicated data
network is what lies between the province and its communes, so it is counted over the communes'
sites with a line. Every number comes from the verdicts of one moment, which the sentence names.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from collector.maintenance.times import shown as moment
from collector.verdict.outages.records import Case
from collector.verdict.shared.records import Event
from collector.verdict.spans import SpanKind
from collector.verdict.verdicts import Verdicts
from inventory.model import Inventory, SiteKind
from inventory.names import sort_key

FEWEST: Final = 5
"""Fewer sites that are out for one cause are no storm."""
MOST_NAMED: Final = 1_000
"""So many sites at most stand in a list to copy; of more the number is told."""
_DOWN: Final = "down"
_BECAUSE: Final = {
    "power": " do mất điện",
    "link": " do sự cố đường truyền",
    "carrier": " do sự cố nhà mạng",
    "lan": " do sự cố mạng nội bộ",
    "equipment": " do hỏng thiết bị",
    "agent": " do sự cố phần mềm giám sát",
    "centre": " do sự cố phía trung tâm",
}
_UNCLEAR: Final = " chưa xác định nguyên nhân"
_OPEN: Final = f",{_UNCLEAR},"


@dataclass(frozen=True, slots=True)
class Storm:
    """One thing that befell many sites: a heading, and the text to copy."""

    title: str
    text: str
    lines: int


@dataclass(frozen=True, slots=True)
class _Befallen:
    """What befell which sites from `since` on: those that are out, and those that are back."""

    because: str
    since: float
    out: Sequence[str]
    back: Sequence[str]


def build(inventory: Inventory, verdicts: Verdicts, cases: Iterable[Case]) -> tuple[Storm, ...]:
    """Return the storms that last: the events, else causes by which many sites are out."""
    kept = [case for case in cases if case.outage.kind is SpanKind.SITE and not case.is_withdrawn]
    told: set[str] = set()
    storms = []
    for event in verdicts.events:
        out = [site for site in event.silent if _is_out(verdicts, site)]
        if event.ended_at is None and len(event.sites) >= FEWEST and out:
            told.update(out)
            back = [
                site for site in event.sites if site in verdicts.sites and site not in event.silent
            ]
            befallen = _Befallen(_because(inventory, event), event.started_at, out, back)
            storms.append(_storm(inventory, verdicts, befallen))
    storms += _by_cause(inventory, verdicts, kept, told)
    return tuple(storms)


def _by_cause(
    inventory: Inventory, verdicts: Verdicts, cases: Sequence[Case], told: set[str]
) -> Iterator[Storm]:
    """Yield the causes by which many sites are out that no event told of."""
    opened = {case.outage.site: case for case in cases if case.outage.ended_at is None}
    by_cause: dict[str, list[str]] = {}
    for site, verdict in verdicts.sites.items():
        if verdict.status == _DOWN and site not in told:
            case = opened.get(site)
            cause = case.cause if case is not None else verdict.cause or "undetermined"
            by_cause.setdefault(cause, []).append(site)
    for cause, out in sorted(by_cause.items(), key=lambda one: -len(one[1])):
        if len(out) < FEWEST:
            continue
        since = min(verdicts.sites[site].since for site in out)
        ended = {
            case.outage.site
            for case in cases
            if case.cause == cause and (case.outage.ended_at or 0.0) >= since
        }
        back = [site for site in ended if site in verdicts.sites and not _is_out(verdicts, site)]
        yield _storm(inventory, verdicts, _Befallen(_BECAUSE.get(cause, _OPEN), since, out, back))


def _because(inventory: Inventory, event: Event) -> str:
    """Return why, as the sentence has it; of several causes each with how many sites."""
    if len(event.causes) > 1:
        told = (f"{_BECAUSE.get(cause, _UNCLEAR)} ({number})" for cause, number in event.causes)
        return ",".join(told) + ","
    carrier = inventory.carriers.get(event.carrier)
    if event.cause == "carrier" and carrier is not None:
        return f"{_BECAUSE['carrier']} {carrier.name}"
    return _BECAUSE.get(event.cause, _OPEN)


def _is_out(verdicts: Verdicts, site: str) -> bool:
    verdict = verdicts.sites.get(site)
    return verdict is not None and verdict.status in {_DOWN, "unreachable"}


def _storm(inventory: Inventory, verdicts: Verdicts, befallen: _Befallen) -> Storm:
    out, back = befallen.out, befallen.back
    zone = ZoneInfo(inventory.province.timezone)
    level_2 = _level_2(inventory, verdicts)
    everywhere = {*out, *back}
    counted = everywhere & level_2
    if counted:
        others = len(everywhere) - len(counted)
        more = f" và {others} điểm khác" if others else ""
        numbers = f"{len(counted)}/{len(level_2)} điểm{more}"
        sentence = f"mạng TSLCD cấp 2 mất kết nối{befallen.because} {numbers}"
    else:
        watched = sum(one.status != "exempt" for one in verdicts.sites.values())
        sentence = f"mất kết nối{befallen.because} {len(everywhere)}/{watched} điểm"
    named = _named(inventory, out)
    lines = [
        f"Tính đến {moment(verdicts.judged_at, zone)}, {inventory.province.name}: {sentence}.",
        f"Bắt đầu từ {moment(befallen.since, zone)}; đã khôi phục {len(back)} điểm.",
        f"Còn mất kết nối ({len(out)}):",
        *(
            f"- {name}, từ {moment(verdicts.sites[site].since, zone)}"
            for name, site in named[:MOST_NAMED]
        ),
        *_more(len(named)),
    ]
    if back:
        named = _named(inventory, back)
        lines.append(f"Đã khôi phục ({len(back)}):")
        lines += [f"- {name}" for name, _ in named[:MOST_NAMED]]
        lines += _more(len(named))
    title = sentence[:1].upper() + sentence[1:]
    return Storm(title, "\n".join(lines), min(len(lines), 14))


def _more(named: int) -> list[str]:
    return [f"- và {named - MOST_NAMED} điểm khác"] if named > MOST_NAMED else []


def _level_2(inventory: Inventory, verdicts: Verdicts) -> set[str]:
    """Return the communes' sites with a line that are watched."""
    return {
        site.id
        for site in inventory.sites.values()
        if site.kind is SiteKind.COMMUNE
        and site.main_link() is not None
        and site.id in verdicts.sites
        and verdicts.sites[site.id].status != "exempt"
    }


def _named(inventory: Inventory, sites: Iterable[str]) -> list[tuple[str, str]]:
    known = ((inventory.sites[site].name, site) for site in sites if site in inventory.sites)
    return sorted(known, key=lambda one: sort_key(one[0]))
