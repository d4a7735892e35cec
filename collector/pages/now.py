"""What the first page shows: every site with its state, the faults first. Pure.

Built anew from the live verdicts for each request; the template only prints it.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from collector.pages.count import Count
from collector.pages.now_asked import Asked
from collector.pages.paging import Pages, cut
from collector.pages.statuses import FAULTY, ORDER, TONES, site_href
from collector.verdict.coverage import Coverage, SiteFacts
from collector.verdict.shared.wording import event_sentence
from collector.verdict.verdicts import SiteVerdict, Verdicts
from collector.verdict.wording import CAUSE_WORDS, STATUS_WORDS, sentence
from inventory.model import Inventory
from inventory.names import search_key, sort_key

CHECKED_AGAIN: Final = FAULTY | {"unknown", "never_seen"}
"""Of sites in these states somebody wants to know how they are now."""
MINUTE, HOUR, DAY = 60, 3600, 86400


@dataclass(frozen=True, slots=True)
class Row:
    """One site as a person reads it. `former` says by which old name it was found, if it was.

    `site` is its id where looking again makes sense, `href` its page.
    """

    site: str
    href: str
    name: str
    unit_name: str
    former: str
    status_label: str
    cause_label: str
    tone: str
    evidence: tuple[str, ...]
    since: str
    last_sign: str
    carrier: str
    machines: str


@dataclass(frozen=True, slots=True)
class NowPage:
    """All that the template prints. `asked` is what is in force; `causes` count faulty sites.

    `faulty` counts the sites that need somebody, filtered or not. `unwatched` says why the centre
    looks at no site; empty while it does. `agents` says which agents wait for somebody, if any.
    `events` tells what befell many sites at once and lasts, each in one sentence.
    """

    headline: str
    unwatched: str
    agents: str
    events: tuple[str, ...]
    faulty: int
    as_of: str
    as_of_iso: str
    counts: tuple[Count, ...]
    causes: tuple[Count, ...]
    rows: tuple[Row, ...]
    pages: Pages
    total: int
    asked: Asked


def build(
    inventory: Inventory,
    verdicts: Verdicts,
    coverage: Coverage,
    asked: Asked,
    *,
    pending: int = 0,
    cloned: int = 0,
    everywhere: Coverage | None = None,
) -> NowPage:
    """Return the page as of the last judgement, filtered by name, status and cause.

    `pending` agents wait for approval; the keys of `cloned` ones were used by another machine.
    `everywhere` is the coverage of the province where that given is of a part.
    """
    zone = ZoneInfo(inventory.province.timezone)
    as_of = datetime.fromtimestamp(verdicts.judged_at, zone)
    facts = [fact for fact in coverage.facts if fact.site in verdicts.sites]
    numbers = Counter(verdicts.sites[fact.site].status for fact in facts)
    words = search_key(asked.query).split()
    found = {
        fact.site: _found_by(fact, coverage, words)
        for fact in facts
        if _is_chosen(verdicts.sites[fact.site], asked)
    }
    chosen = [fact for fact in facts if found.get(fact.site) is not None]
    chosen.sort(key=lambda fact: _place(verdicts.sites[fact.site], fact))
    pages, shown = cut(chosen, asked.page, lambda page: asked.href(p=page, anchor="sites"))
    heard = _heard(coverage)
    return NowPage(
        headline=_headline(numbers),
        unwatched=_unwatched(inventory, coverage, everywhere or coverage),
        agents=_agents(pending, cloned),
        events=tuple(_events(inventory, verdicts, sum(numbers.values()) - numbers["exempt"])),
        faulty=sum(numbers[name] for name in FAULTY),
        as_of=as_of.strftime("%d/%m/%Y %H:%M:%S"),
        as_of_iso=as_of.isoformat(timespec="seconds"),
        counts=tuple(_counts(numbers, asked)),
        causes=tuple(_causes([verdicts.sites[fact.site] for fact in facts], asked)),
        rows=tuple(
            _row(
                inventory,
                verdicts.sites[fact.site],
                fact,
                coverage,
                verdicts.judged_at,
                heard_at=heard.get(fact.site),
                former=found[fact.site] or (),
            )
            for fact in shown
        ),
        pages=pages,
        total=len(facts),
        asked=asked,
    )


def _is_chosen(verdict: SiteVerdict, asked: Asked) -> bool:
    if asked.status not in {"", verdict.status}:
        return False
    return not asked.cause or (verdict.status in FAULTY and verdict.cause == asked.cause)


def _found_by(fact: SiteFacts, coverage: Coverage, words: Sequence[str]) -> tuple[str, ...] | None:
    """Return the former names by which a site is found: none where today's do; None if not at all.

    With a former name every word must be in it or in what the site is called today.
    """
    today = search_key(f"{fact.site_name} {fact.unit_name} {fact.site}")
    missing = [word for word in words if word not in today]
    if not missing:
        return ()
    former = coverage.former_names.get(fact.unit, ())
    return tuple(one.name for one in former if all(word in one.key for word in missing)) or None


def _place(verdict: SiteVerdict, fact: SiteFacts) -> tuple[int, float, object]:
    """Order: worst status first; within a fault the newest first; then by the alphabet."""
    order = ORDER.index(verdict.status) if verdict.status in ORDER else len(ORDER)
    return order, -verdict.since if verdict.status in FAULTY else 0.0, sort_key(fact.site_name)


def _headline(numbers: Counter[str]) -> str:
    total = numbers.total()
    if not total:
        return "Không có điểm nào để xem"
    if numbers["down"]:
        return f"{numbers['down']}/{total} điểm mất kết nối"
    if numbers["degraded"]:
        return f"Không điểm nào mất kết nối, {numbers['degraded']} điểm suy giảm"
    if numbers["up"] == total:
        return f"Cả {total} điểm đều hoạt động"
    return f"{numbers['up']}/{total} điểm hoạt động"


def _unwatched(inventory: Inventory, coverage: Coverage, everywhere: Coverage) -> str:
    """Return what to do while no agent of the centre reports, an empty text while one does.

    Who sees a part only is not told of the centre's machines.
    """
    centre = inventory.province.centre
    agents = [agent for agent in everywhere.agents.values() if agent.site == centre]
    if any(agent.up for agent in agents):
        return ""
    so = "nên không điểm nào được kiểm tra từ trung tâm"
    if coverage is not everywhere:
        return f"Tác tử ở trung tâm không báo cáo {so}."
    if agents:
        machines = ", ".join(sorted(agent.machine for agent in agents))
        return f"Tác tử ở trung tâm không báo cáo {so}: xem lại máy {machines}."
    site = inventory.sites.get(centre)
    machines_there = site.active_machines() if site is not None else ()
    vantage = next((machine.id for machine in machines_there if machine.vantage), "")
    where = f"máy {vantage.removeprefix(f'{centre}/')}" if vantage else "máy giám sát"
    return (
        f"Chưa có tác tử ở trung tâm {so}: chạy govnet token create --site {centre},"
        f" rồi govnet-agent enrol trên {where}."
    )


def _agents(pending: int, cloned: int) -> str:
    """Return what is to be done about agents, an empty text if nothing is."""
    parts = []
    if pending:
        parts.append(f"{pending} máy chờ duyệt (trang Đối chiếu danh mục)")
    if cloned:
        parts.append(f"{cloned} khoá bị máy khác dùng, nghi sao chép ổ đĩa (govnet agents list)")
    return f"Tác tử cần xem: {'; '.join(parts)}." if parts else ""


def _events(inventory: Inventory, verdicts: Verdicts, watched: int) -> Iterator[str]:
    """Yield the events that last, the newest first."""
    now, zone = verdicts.judged_at, inventory.province.timezone
    for event in verdicts.events:
        if event.ended_at is None:
            yield event_sentence(event, inventory, watched, "vi", now=now, zone=zone) + "."


def _counts(numbers: Counter[str], asked: Asked) -> Iterator[Count]:
    for name in ORDER:
        if numbers[name] or name == asked.status:
            selected = name == asked.status
            label = STATUS_WORDS[name]["vi"]
            href = asked.href(status="" if selected else name, p="")
            yield Count(numbers[name], label, TONES.get(name, "rest"), href, selected)


def _causes(verdicts: Sequence[SiteVerdict], asked: Asked) -> Iterator[Count]:
    """Yield how many of the faulty sites have which cause, the most frequent first."""
    numbers = Counter(one.cause for one in verdicts if one.status in FAULTY and one.cause)
    names = [name for name, _ in numbers.most_common()]
    if asked.cause in CAUSE_WORDS and asked.cause not in numbers:
        names.append(asked.cause)
    for name in names:
        selected = name == asked.cause
        href = asked.href(cause="" if selected else name, p="", o="")
        yield Count(numbers[name], CAUSE_WORDS[name]["vi"], "rest", href, selected)


def _heard(coverage: Coverage) -> dict[str, float]:
    """Return when the newest report of each site was made.

    A site of which a report says nothing new is not judged again, so its verdict knows of none.
    """
    heard: dict[str, float] = {}
    for agent in coverage.agents.values():
        if agent.live is not None:
            at = agent.live.last_report_at
            heard[agent.site] = max(at, heard.get(agent.site, at))
    return heard


def _row(
    inventory: Inventory,
    verdict: SiteVerdict,
    fact: SiteFacts,
    coverage: Coverage,
    now: float,
    *,
    heard_at: float | None,
    former: Sequence[str],
) -> Row:
    zone = inventory.province.timezone
    machines = coverage.sites[fact.site]
    carrier = inventory.carriers.get(fact.carrier)
    signs = [at for at in (verdict.last_sign_at, heard_at) if at is not None]
    return Row(
        site=fact.site if verdict.status in CHECKED_AGAIN else "",
        href=site_href(fact.site),
        name=fact.site_name,
        unit_name=fact.unit_name,
        former=f"trước đây: {', '.join(former)}" if former else "",
        status_label=STATUS_WORDS[verdict.status]["vi"],
        cause_label=f"Nguyên nhân: {CAUSE_WORDS[verdict.cause]['vi']}" if verdict.cause else "",
        tone=TONES.get(verdict.status, "rest"),
        evidence=tuple(_evidence(inventory, verdict, now)),
        since=_moment(verdict.since, now, zone),
        last_sign=_ago(max(signs, default=None), now),
        carrier=carrier.name if carrier else "",
        machines=f"{machines.reporting}/{machines.declared}",
    )


def _evidence(inventory: Inventory, verdict: SiteVerdict, now: float) -> Iterator[str]:
    """Yield the evidence in words; today's date, which stands above the list, is left out."""
    zone = inventory.province.timezone
    today = datetime.fromtimestamp(now, ZoneInfo(zone)).strftime("%d/%m/%Y ")
    for note in verdict.evidence:
        yield sentence(note, "vi", zone, inventory).replace(today, "")


def _moment(at: float, now: float, zone: str) -> str:
    """Return the time of day, with the date unless it is today's."""
    shown, today = (datetime.fromtimestamp(value, ZoneInfo(zone)) for value in (at, now))
    return shown.strftime("%H:%M" if shown.date() == today.date() else "%d/%m/%Y %H:%M")


def _ago(at: float | None, now: float) -> str:
    """Return how long ago that was, in the largest whole unit."""
    if at is None:
        return "chưa có"
    seconds = max(0, int(now - at))
    if seconds < MINUTE:
        return f"{seconds} giây trước"
    if seconds < HOUR:
        return f"{seconds // MINUTE} phút trước"
    if seconds < DAY:
        return f"{seconds // HOUR} giờ trước"
    return f"{seconds // DAY} ngày trước"
