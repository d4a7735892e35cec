"""What the page of one unit shows: how its sites are, its month, its history. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from collector.pages.month_figures import Counted, Views
from collector.pages.paging import Pages, cut
from collector.pages.shown import AsOf, as_of
from collector.pages.site_things import ContactRow, contacts
from collector.pages.statuses import FAULTY, ORDER, TONES, site_href
from collector.pages.units import KIND_WORDS, PATH, StatusCount, Tree, UnitRow, counts, row
from collector.verdict.coverage import Coverage, SiteFacts
from collector.verdict.outages.expected import View
from collector.verdict.verdicts import Verdicts
from collector.verdict.wording import CAUSE_WORDS, STATUS_WORDS, moment, percent
from inventory.model import Inventory, Lifecycle, Unit
from inventory.names import sort_key

_LINEAGE_WORDS: Final = {"merged": "sáp nhập từ", "split": "tách từ", "renamed": "đổi tên từ"}
_TODAY: Final = "đến nay"


@dataclass(frozen=True, slots=True)
class SiteRow:
    """One site of the unit with its month."""

    href: str
    name: str
    unit: str
    status: str
    tone: str
    cause: str
    since: str
    machines: str
    users: str
    always: str
    measured: str


@dataclass(frozen=True, slots=True)
class UnitPage:
    """All that the template prints; `parents` are (name, address) from the top.

    `pages` are those of its sites, `more_children` those of the units below it. `until` is up to
    when the month is counted; `history` are former names and origins in words, `became` the units
    (name, address) that came from this one.
    """

    name: str
    kind: str
    code: str
    parents: tuple[tuple[str, str], ...]
    as_of: AsOf
    sentence: str
    counts: tuple[StatusCount, ...]
    sites: tuple[SiteRow, ...]
    pages: Pages
    children: tuple[UnitRow, ...]
    more_children: Pages
    users: str
    always: str
    measured: str
    until: str
    history: tuple[str, ...]
    became: tuple[tuple[str, str], ...]
    contacts: tuple[ContactRow, ...]


def build(
    inventory: Inventory,
    unit: Unit,
    verdicts: Verdicts,
    coverage: Coverage,
    month: Counted,
    *,
    page: int = 1,
    child_page: int = 1,
) -> UnitPage:
    """Return the page; `inventory` is the part that the viewer sees.

    `month` are the figures of the unit's sites and of those below it.
    """
    zone = inventory.province.timezone
    tree = Tree(inventory, verdicts, coverage)
    statuses = tree.statuses(unit.id)
    facts = sorted(tree.all_sites(unit.id), key=lambda one: _place(verdicts, one))
    here = f"{PATH}/{unit.id}"
    pages, shown = cut(facts, page, lambda number: f"{here}?page={number}")
    more, below = cut(
        list(tree.below(unit.id)), child_page, lambda number: f"{here}?units={number}"
    )
    total = month.total()
    return UnitPage(
        name=unit.name,
        kind=KIND_WORDS[unit.kind],
        code=unit.code or "",
        parents=tuple(_parents(inventory, unit))[::-1],
        as_of=as_of(verdicts.judged_at, zone),
        sentence=_sentence(unit, statuses.total(), counts(statuses), tree.machines(unit.id)),
        counts=counts(statuses),
        sites=tuple(_site(one, verdicts, coverage, month, zone) for one in shown),
        pages=pages,
        children=tuple(row(tree, one) for one in below),
        more_children=more,
        users=_said(_availability(total, View.USERS)),
        always=_said(_availability(total, View.ALWAYS)),
        measured=_said(_measured(total)),
        until=moment(month.until, zone),
        history=tuple(_history(inventory, unit)),
        became=tuple(
            (one.name, f"{PATH}/{one.id}")
            for one in inventory.units.values()
            if any(way.unit == unit.id for way in one.lineage)
        ),
        contacts=tuple(contacts(unit.contacts, unit.name)),
    )


def _place(verdicts: Verdicts, fact: SiteFacts) -> tuple[int, object]:
    status = verdicts.sites[fact.site].status
    return ORDER.index(status) if status in ORDER else len(ORDER), sort_key(fact.site_name)


def _sentence(unit: Unit, sites: int, counted: tuple[StatusCount, ...], machines: str) -> str:
    if unit.lifecycle is Lifecycle.RETIRED:
        return f"{unit.name} là tên cũ, không còn được dùng."
    if not sites:
        return f"{unit.name}: danh mục chưa ghi điểm nào của đơn vị này."
    said = ", ".join(f"{one.number} {one.word}" for one in counted)
    return f"{unit.name}: {sites} điểm, {said}; {machines} máy đang báo cáo."


def _parents(inventory: Inventory, unit: Unit) -> Iterator[tuple[str, str]]:
    passed = {unit.id}
    above = inventory.units.get(unit.parent or "")
    while above is not None and above.id not in passed:
        passed.add(above.id)
        yield above.name, f"{PATH}/{above.id}"
        above = inventory.units.get(above.parent or "")


def _site(
    fact: SiteFacts, verdicts: Verdicts, coverage: Coverage, month: Counted, zone: str
) -> SiteRow:
    verdict, machines = verdicts.sites[fact.site], coverage.sites[fact.site]
    views = month.figures.get(fact.site, {})
    return SiteRow(
        href=site_href(fact.site),
        name=fact.site_name,
        unit=fact.unit_name,
        status=STATUS_WORDS[verdict.status]["vi"],
        tone=TONES.get(verdict.status, "rest"),
        cause=CAUSE_WORDS[verdict.cause]["vi"] if verdict.cause else "",
        since=moment(verdict.since, zone) if verdict.status in FAULTY else "",
        machines=f"{machines.reporting}/{machines.declared}",
        users=_availability(views, View.USERS),
        always=_availability(views, View.ALWAYS),
        measured=_measured(views),
    )


def _said(text: str) -> str:
    """Return a share within a sentence."""
    return "chưa có số đo" if text == "-" else f"{text}%"


def _availability(views: Views, view: View) -> str:
    return percent(views[view].availability) if view in views else "-"


def _measured(views: Views) -> str:
    return percent(views[View.ALWAYS].measured_share) if View.ALWAYS in views else "-"


def _history(inventory: Inventory, unit: Unit) -> Iterator[str]:
    """Yield former names with their time, and where the unit came from."""
    for version in unit.versions:
        basis = f" ({version.legal_basis})" if version.legal_basis else ""
        yield f"{version.name}: {_from(version.valid_from)}{_to(version.valid_to)}{basis}"
    for way in unit.lineage:
        old = inventory.units.get(way.unit)
        name = old.name if old is not None else way.unit
        part = " (một phần)" if way.partial else ""
        yield f"Ngày {way.on:%d/%m/%Y} {_LINEAGE_WORDS[way.kind]} {name}{part}"
    if unit.legal_basis:
        yield f"Căn cứ: {unit.legal_basis}"


def _from(day: date | None) -> str:
    return f"từ {day:%d/%m/%Y} " if day is not None else ""


def _to(day: date | None) -> str:
    return f"đến trước {day:%d/%m/%Y}" if day is not None else _TODAY
