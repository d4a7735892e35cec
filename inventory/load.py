"""The inventory's files -> one checked `Inventory`, or every mistake in them at once.

1. Read the top file and its includes as located data (`files`, `parse`, `located`).
2. Check profiles and defaults by themselves, then fill in every site (`fill`).
3. Convert every record by itself; where one fails, explain all its wrong fields (`explain`).
4. Check what types cannot say (`references`, `addresses`, `collisions`, `periods`, `rules`).

All steps run even when an earlier one found mistakes: a person mends a file once. Only what seems
to be missing is not reported where a mistake may hide it: in a file that cannot be read, in an
unknown profile, under a wrong key (`doubt`).
"""

import gc
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

from govnet.errors import ConfigError
from inventory import model
from inventory.addresses import (
    check_reflector_address,
    check_service_addresses,
    check_site_addresses,
)
from inventory.collisions import check_collisions
from inventory.doubt import is_in_doubt
from inventory.explain import expectation, explain
from inventory.files import Contents, Sources, read_sources
from inventory.fill import LINK_SHORT_FORMS, fill_site
from inventory.located import Map, Seq
from inventory.periods import (
    check_assignments,
    check_calendar,
    check_changed_day,
    check_versions,
)
from inventory.problems import REFUSED, Problems, shown
from inventory.profiles import ITEM_LISTS, NOT_IN_PROFILES, apply_defaults
from inventory.ranges import expand_items
from inventory.references import Filled, check_ids, check_once, check_references
from inventory.rules import (
    check_conference,
    check_coordinates,
    check_exempt,
    check_machine_marks,
    check_profile,
    check_province,
    check_simple_id,
    check_site_items,
    is_timezone,
)
from inventory.rules_asking import check_service

_DEFAULTED: dict[str, type[model.Record]] = {
    "calendars": model.Calendar,
    "carriers": model.Carrier,
    "units": model.Unit,
    "sites": model.Site,
    "services": model.Service,
    "conferences": model.Conference,
    "links": model.Link,
    "devices": model.Device,
    "device_counts": model.DeviceCount,
    "machines": model.Machine,
    "machine_counts": model.MachineCount,
    "conference_points": model.ConferencePoint,
}
_LOCAL_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?")

R = TypeVar("R", bound=model.Record)


def load(path: Path, contents: Contents | None = None) -> model.Inventory:
    """Read, fill in and check an inventory.

    `contents` stand for what the files of these paths hold on the disk.
    Raises ConfigError with one line per mistake, `file:line:column: path: expected X, got Y`,
    sorted by place. File names are relative to what `path` is relative to.
    """
    found = load_or_problems(path, contents)
    if isinstance(found, model.Inventory):
        return found
    raise ConfigError(found.lines())


def load_or_problems(path: Path, contents: Contents | None = None) -> model.Inventory | Problems:
    """Return the checked inventory, or every mistake with its place and path (`Problems.found`).

    For who maps mistakes to something else than lines of a file. `contents` as for `load`.
    """
    problems = Problems()
    with _without_collection():
        inventory = _load(path, contents, problems)
    return problems if inventory is None else inventory


@contextmanager
def _without_collection() -> Iterator[None]:
    """Keep the garbage collector from walking the growing data again and again.

    Nothing is free to collect while loading, and walking took a third of the time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _load(path: Path, contents: Contents | None, problems: Problems) -> model.Inventory | None:
    sources = read_sources(path, problems, contents)
    if sources is None:
        return None
    filled = _filled(sources, problems)
    calendars = _records(filled, "calendars", model.Calendar, problems)
    changed_days = _records(filled, "changed_days", model.ChangedDay, problems)
    carriers = _records(filled, "carriers", model.Carrier, problems)
    clusters = _records(filled, "clusters", model.Group, problems)
    power_areas = _records(filled, "power_areas", model.Group, problems)
    machine_profiles = _records(filled, "machine_profiles", model.MachineProfile, problems)
    units = _records(filled, "units", model.Unit, problems)
    sites = _records(filled, "sites", model.Site, problems)
    services = _records(filled, "services", model.Service, problems)
    conferences = _records(filled, "conferences", model.Conference, problems)
    province = _province(sources.top, problems)
    interval = _report_interval(sources.top, problems)
    check_ids(filled, problems)
    if sources.complete:
        check_references(filled, sources.top, problems)
    _check_rules(filled, problems)
    if problems.found():
        return None
    if province is None:
        raise AssertionError("a missing province is a mistake that was reported")
    return model.Inventory(
        province=province,
        calendars={one.id: one for one in calendars},
        changed_days={one.day: one for one in changed_days},
        carriers={one.id: one for one in carriers},
        clusters={one.id: one for one in clusters},
        power_areas={one.id: one for one in power_areas},
        machine_profiles={one.id: one for one in machine_profiles},
        units={one.id: one for one in units},
        sites={one.id: one for one in sites},
        services={one.id: one for one in services},
        conferences={one.id: one for one in conferences},
        report_interval_seconds=interval,
        not_included=tuple(sources.not_included),
    )


def _filled(sources: Sources, problems: Problems) -> Filled:
    """Return all located data by kind of record, filled in; checks profiles and defaults."""
    for profile in sources.profiles["sites"]:
        _check_site_profile(profile, problems)
    for kind, defaults in sources.defaults.items():
        explain(_DEFAULTED[kind], defaults, problems, partial=True)
    profiles = {
        profile["id"]: profile
        for profile in reversed(sources.profiles["sites"])
        if isinstance(profile.get("id"), str)
    }
    in_doubt = {name for name, profile in profiles.items() if is_in_doubt(profile)}
    filled: dict[str, list[Map]] = {"machine_profiles": sources.profiles["machines"]}
    for kind, written in sources.records.items():
        if kind == "sites":
            sites = written if sources.complete else [_settled(one, profiles) for one in written]
            filled[kind] = [
                fill_site(site, profiles, in_doubt, sources.defaults, problems) for site in sites
            ]
            continue
        filled[kind] = [one.derived() for one in written]
        for record in filled[kind]:
            apply_defaults(record, sources.defaults.get(kind))
    check_once(sources.profiles["sites"], problems)
    _complete_times(filled["conferences"], _timezone(sources.top))
    return filled


def _settled(site: Map, profiles: Mapping[str, Map]) -> Map:
    """Return the site with a profile that is not found taken as reported.

    It may stand in the file that could not be read.
    """
    name = site.get("profile")
    if isinstance(name, str) and name not in profiles:
        site = site.derived()
        site["profile"] = REFUSED
    return site


def _check_site_profile(profile: Map, problems: Problems) -> None:
    """Check a profile of sites by itself, so that a mistake in an unused one shows too."""
    if "id" not in profile:
        problems.add(profile.spot().field("id"), expectation(model.Id), "nothing")
    check_profile(profile, NOT_IN_PROFILES, problems)
    copy = profile.derived()
    for field in (*NOT_IN_PROFILES, *LINK_SHORT_FORMS):
        copy.pop(field, None)
    for name in ITEM_LISTS:
        if isinstance(items := copy.get(name), Seq):
            copy[name] = expand_items(items, problems)
    explain(model.Site, copy, problems, partial=True)


def _records(filled: Filled, kind: str, record: type[R], problems: Problems) -> list[R]:
    """Convert every record of a kind by itself; explain those that do not fit."""
    result: list[R] = []
    for data in filled[kind]:
        found = _converted(data, record, problems)
        if found is not None:
            result.append(found)
    return result


def _converted(data: Map, record: type[R], problems: Problems) -> R | None:
    try:
        return msgspec.convert(data, record)
    except msgspec.ValidationError as exc:
        explain(record, data, problems)
        problems.add_unexplained(data.spot(), str(exc))
        return None


def _province(top: Map, problems: Problems) -> model.Province | None:
    data = top.get("province")
    if isinstance(data, Map):
        check_province(data, problems)
        check_reflector_address(data, problems)
        return _converted(data, model.Province, problems)
    if data is None:
        problems.add(top.spot().field("province"), "the province's own record", "nothing")
    else:
        got = shown(data, top.written("province"))
        problems.add(top.value_spot("province"), "a mapping", got)
    return None


def _report_interval(top: Map, problems: Problems) -> float:
    key = "report_interval_seconds"
    value = top.get(key, 60.0)
    least, most = model.REPORT_INTERVAL_BOUNDS
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not least <= value <= most:
        got = shown(value, top.written(key))
        problems.add(top.value_spot(key), f"a number of {least:g} to {most:g} seconds", got)
        return 60.0
    return float(value)


def _timezone(top: Map) -> ZoneInfo:
    """Return the province's time zone, the usual one while the province is wrong."""
    province = top.get("province")
    name = province.get("timezone") if isinstance(province, Map) else None
    known = isinstance(name, str) and is_timezone(name)
    return ZoneInfo(name if known and isinstance(name, str) else "Asia/Ho_Chi_Minh")


def _complete_times(conferences: list[Map], timezone: ZoneInfo) -> None:
    """Give a start without seconds or offset both: a person writes 2026-11-24T14:00."""
    for conference in conferences:
        text = conference.get("starts_at")
        if isinstance(text, str) and _LOCAL_TIME.fullmatch(text):
            try:
                conference["starts_at"] = datetime.fromisoformat(text).replace(tzinfo=timezone)
            except ValueError:
                continue  # The 31st of November: the conversion says so.


def _check_rules(filled: Filled, problems: Problems) -> None:
    for calendar in filled["calendars"]:
        check_calendar(calendar, problems)
    for changed in filled["changed_days"]:
        check_changed_day(changed, problems)
    for unit in filled["units"]:
        check_simple_id(unit, problems)
        check_exempt(unit, problems)
        check_coordinates(unit, problems)
        check_versions(unit, problems)
    for site in filled["sites"]:
        check_simple_id(site, problems)
        check_assignments(site, problems)
        check_site_addresses(site, problems)
        check_site_items(site, problems)
    check_machine_marks(filled["sites"], problems)
    check_collisions(filled["sites"], problems)
    for service in filled["services"]:
        check_simple_id(service, problems)
        check_exempt(service, problems)
        check_service_addresses(service, problems)
        check_service(service, problems)
    for conference in filled["conferences"]:
        check_simple_id(conference, problems)
        check_exempt(conference, problems)
        check_conference(conference, problems)
