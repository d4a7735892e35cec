"""The form of a scenario file: what happens when, and what must and must not be said of it.

All times are the province's own (`tests.scenarios.local_time`). In a made province (`tinh-90`)
`@vnpt`, `@dien-3` and `@1-32` stand for the communes of a carrier, of a power area, or by number.
"""

from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec
import yaml

from govnet.catalogue import CAUSES, STATUSES
from govnet.errors import ConfigError
from simulator.faults import FaultKind
from tests.scenarios import generated, local_time

FOLDER = Path(__file__).parent
TIMELINES = FOLDER / "timelines"
INVENTORIES = FOLDER / "inventories"


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all records: unknown fields are refused."""


class Breakdown(Record, frozen=True, kw_only=True, rename={"start": "from", "end": "to"}):
    """Something that is broken from one time to another; without `to` it stays."""

    kind: FaultKind
    items: tuple[str, ...]
    start: str
    end: str | None = None


class Action(Record, frozen=True, kw_only=True, rename={"start": "from", "end": "to"}):
    """What a person does.

    `reload` another inventory, stop and start the collector, or enter `maintenance` or an announced
    and confirmed `power_cut` of an item.
    """

    at: str
    do: Literal["reload", "stop_collector", "start_collector", "maintenance", "power_cut"]
    inventory: str = ""
    item: str = ""
    start: str = ""
    end: str = ""


class People(Record, frozen=True, kw_only=True):
    """When PCs are on: in office hours of Monday to Friday, but for these days (ISO dates).

    With `lunch` they are switched off over lunch. The machines in `stay` are never switched off.
    """

    away: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    lunch: bool = False
    stay: tuple[str, ...] = ()


class Said(Record, frozen=True, kw_only=True):
    """What must be said of a site at a moment: one of these statuses and causes.

    `notes` are codes of evidence that must be among those given, `not_notes` must not. `items` maps
    an item's id to its status.
    """

    at: str
    site: str
    status: str | tuple[str, ...]
    cause: str | tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()
    not_notes: tuple[str, ...] = ()
    items: dict[str, str | tuple[str, ...]] = {}


class Unsaid(Record, frozen=True, kw_only=True, rename={"start": "from", "end": "to"}):
    """What must not be said of sites or items, all the time or from one time to another.

    No `sites` and no `items`: of no site at all, but for those in `but`.
    """

    sites: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    start: str | None = None
    end: str | None = None


class Outage(Record, frozen=True, kw_only=True, rename={"start": "from", "end": "to"}):
    """An outage as it must be believed at the end.

    `from` and `to` are when the fault began and ended (`to` None: it lasts), each met within
    `within_seconds`, by default two report intervals. `causes` are those of its phases in order;
    one of several is written `a|b`. `is_corrected`: the cause was another one first. One that `may`
    be believed need not.
    """

    item: str
    start: str
    end: str | None = None
    causes: tuple[str, ...]
    count: int = 1
    is_corrected: bool | None = None
    within_seconds: float | None = None
    may: bool = False


class Alert(Record, frozen=True, kw_only=True):
    """An alert of a kind (`tests.scenarios.reading.ALERTS`) about a site, "" for none.

    It must fire by `by` and not before `not_before`, and be over by `gone_by`. One that `may` fire
    need not.
    """

    kind: str
    site: str = ""
    by: str = ""
    not_before: str = ""
    gone_by: str = ""
    may: bool = False


class Scenario(Record, frozen=True, kw_only=True):
    """A timeline. No site has an outage and no alert fires but for those that stand here.

    `sites` are the only ones of the inventory beside the centre that take part, none: all.
    `step_seconds` is how often it is judged and looked at.
    """

    name: str = ""
    description: str
    inventory: str = "huyen"
    sites: tuple[str, ...] = ()
    start: str
    until: str
    interval_seconds: float = 60.0
    step_seconds: float = 30.0
    faults: tuple[Breakdown, ...] = ()
    actions: tuple[Action, ...] = ()
    people: People = People()
    expect: tuple[Said, ...] = ()
    never: tuple[Unsaid, ...] = ()
    outages: tuple[Outage, ...] = ()
    item_outages: tuple[Outage, ...] = ()
    alerts: tuple[Alert, ...] = ()

    @property
    def begins(self) -> datetime:
        """When it starts."""
        return local_time.start_of(self.start)

    def at(self, text: str) -> float:
        """Return one of its times as Unix seconds."""
        return local_time.at(self.begins, text)


def load(path: Path) -> Scenario:
    """Read a scenario. Raises ConfigError with every mistake found in it."""
    try:
        plain = yaml.safe_load(path.read_text("utf-8"))
    except yaml.YAMLError as exc:
        raise ConfigError([f"{path}: expected YAML, found: {exc}"]) from exc
    try:
        found = msgspec.convert(plain, Scenario)
    except msgspec.ValidationError as exc:
        raise ConfigError([f"{path}: {exc}"]) from exc
    problems = [f"{path}: {problem}" for problem in _mistakes(found)]
    if problems:
        raise ConfigError(problems)
    return _expanded(msgspec.structs.replace(found, name=path.stem))


def _expanded(scenario: Scenario) -> Scenario:
    """Put the communes of a made province in the place of their groups."""
    communes = generated.communes_of(scenario.inventory)

    def listed(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(one for name in names for one in generated.members(name, communes))

    replace = msgspec.structs.replace
    return replace(
        scenario,
        faults=tuple(replace(fault, items=listed(fault.items)) for fault in scenario.faults),
        never=tuple(
            replace(unsaid, sites=listed(unsaid.sites), but=listed(unsaid.but))
            for unsaid in scenario.never
        ),
        outages=tuple(
            replace(outage, item=item)
            for outage in scenario.outages
            for item in listed((outage.item,))
        ),
        alerts=tuple(
            replace(alert, site=site) for alert in scenario.alerts for site in listed((alert.site,))
        ),
    )


def one_of(text: str | tuple[str, ...]) -> tuple[str, ...]:
    """Return the allowed words."""
    return (text,) if isinstance(text, str) else text


def _mistakes(scenario: Scenario) -> list[str]:
    try:
        start = local_time.start_of(scenario.start)
    except ValueError:
        return [f'start: expected a time like "2026-11-30 07:00", found {scenario.start!r}']
    problems = []
    for where, text in _times(scenario):
        if not local_time.is_time(text):
            problems.append(f"{where}: expected {local_time.EXPECTED}, found {text!r}")
    if not problems:
        end = scenario.at(scenario.until)
        problems += [
            f"{where}: expected a time from start to until, found {text!r}"
            for where, text in _times(scenario)
            if not start.timestamp() <= scenario.at(text) <= end and not where.startswith("actions")
        ]
    for where, words, known in _words(scenario):
        problems += [
            f"{where}: expected one of {', '.join(known)}, found {word!r}"
            for word in words
            if word not in known
        ]
    for index, said in enumerate(scenario.expect):
        problems += [
            f"expect[{index}].items: expected items of {said.site}, found {item!r}"
            for item in said.items
            if item.partition("/")[0] != said.site
        ]
    return problems


def _times(scenario: Scenario) -> list[tuple[str, str]]:
    """Return every time with its place."""
    found = [("until", scenario.until)]
    fields = ("at", "start", "end", "by", "not_before", "gone_by")
    for name in ("faults", "actions", "expect", "never", "outages", "item_outages", "alerts"):
        for index, record in enumerate(getattr(scenario, name)):
            found += [
                (f"{name}[{index}].{field}", text)
                for field in fields
                if (text := getattr(record, field, None))
            ]
    return found


def _words(scenario: Scenario) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Return every place with the words there, and those that are known."""
    found = []
    for index, said in enumerate(scenario.expect):
        found.append((f"expect[{index}].status", one_of(said.status), STATUSES))
        if said.cause is not None:
            found.append((f"expect[{index}].cause", one_of(said.cause), (*CAUSES, "none")))
        found += [
            (f"expect[{index}].items.{item}", one_of(status), STATUSES)
            for item, status in said.items.items()
        ]
    for index, unsaid in enumerate(scenario.never):
        found.append((f"never[{index}].statuses", unsaid.statuses, STATUSES))
        found.append((f"never[{index}].causes", unsaid.causes, CAUSES))
    for name in ("outages", "item_outages"):
        for index, outage in enumerate(getattr(scenario, name)):
            words = tuple(word for cause in outage.causes for word in cause.split("|"))
            found.append((f"{name}[{index}].causes", words, CAUSES))
    return found
