"""Columns "Số ..." of a row -> puts: numbers of machines, with the day and the source of each.

A count without a day or a source is worth nothing a year later: one that is new needs both.
"""

from collections.abc import Mapping
from typing import Final

from inventory.editing.put import Plain
from inventory.located import Map
from inventory.profiles import maps_of
from inventory.workbook.columns import PCS, Column
from inventory.workbook.importing.identify import SiteRow
from inventory.workbook.importing.planned import Base, Planned, plain_of
from inventory.workbook.values import main_count

_SITES: Final = "sites"
_ABOUT: Final = {"as_of": "counted_on", "source": "counted_by"}


def plan_counts(
    one: SiteRow,
    columns: Mapping[str, Column],
    base: Base,
    planned: Planned,
    profile: Map | None,
) -> None:
    """Add the puts for the counts of one row; `columns` are those that it fills."""
    given = {key.removeprefix(PCS): one.row.values[key] for key in columns if key.startswith(PCS)}
    known = _known_counts(one, profile)
    main = _main(one, known)
    about = {
        field: plain_of(one.row.values[key]) if key in one.row.values else None
        for field, key in _ABOUT.items()
    }
    shown = known.get(main, {})
    is_dated = {
        field: value is not None and value != shown.get(field) for field, value in about.items()
    }
    if main and main not in given and any(is_dated.values()) and one.site is not None:
        given = {main: _count_of(shown), **given}
    for name, count in given.items():
        was = known.get(name)
        changes = {"count": plain_of(count)} if was is None or count != was.get("count") else {}
        if was is None and count == 0:
            continue
        for field, value in about.items():
            if value is not None and (was is None or is_dated[field]):
                changes[field] = value
            elif was is None and shown.get(field) is not None:
                changes[field] = shown[field]
        if changes and _is_complete(one, name, {**(was or {}), **changes}, planned):
            _put(one, name, was, changes, base=base, planned=planned, is_main=name == main)


def _count_of(known: Mapping[str, Plain]) -> int:
    count = known.get("count")
    return count if isinstance(count, int) else 0


def _known_counts(one: SiteRow, profile: Map | None) -> dict[str, dict[str, Plain]]:
    """Return by machine profile the counts that the site has, of a new one those of its profile."""
    if one.site is not None:
        return {
            count.profile: {"count": count.count, "as_of": count.as_of, "source": count.source}
            for count in reversed(one.site.machine_counts)
            if not count.exempt
        }
    return {
        str(count.get("profile")): {
            field: count[field] for field in ("count", "as_of", "source") if field in count
        }
        for count in (maps_of(profile, "machine_counts") if profile is not None else ())
        if count.get("exempt") is not True
    }


def _main(one: SiteRow, known: Mapping[str, object]) -> str:
    """Return the machine profile that `pcs` stands for."""
    if one.site is None:
        return next(iter(known), "")
    found = main_count(one.site)
    return found.profile if found is not None else ""


def _is_complete(one: SiteRow, name: str, count: Mapping[str, Plain], planned: Planned) -> bool:
    """Return whether a count has a day and a source; say which cell lacks it otherwise."""
    complete = True
    for field, expected in (("as_of", "the day"), ("source", "the source")):
        at = one.row.at[_ABOUT[field]]
        if field not in count:
            complete = False
            if not planned.mistakes.is_wrong(at):
                cell = one.row.at[f"{PCS}{name}"]
                planned.mistakes.add(at, f"{expected} of the number in {cell}", "nothing")
    return complete


def _put(
    one: SiteRow,
    name: str,
    was: Mapping[str, Plain] | None,
    changes: Mapping[str, Plain],
    *,
    base: Base,
    planned: Planned,
    is_main: bool,
) -> None:
    """Put a count: short as `pcs` where that means this one, else field by field."""
    key = f"{PCS}{name}"
    at = one.row.at[key if key in one.row.values else "counted_on"]
    if "counted_on" not in one.row.values and key not in one.row.values:
        at = one.row.at["counted_by"]
    if is_main and was is not None and _is_short(one, name, base):
        raw = base.site(one.id) if one.site is not None else None
        whole = {**was, **changes}
        is_number = set(changes) == {"count"} and not isinstance(raw and raw.get("pcs"), Map)
        planned.put(at, _SITES, one.id, "pcs", whole["count"] if is_number else whole)
        return
    for field, value in changes.items():
        planned.put(at, _SITES, one.id, field, value, where=("machine_counts", name))


def _is_short(one: SiteRow, name: str, base: Base) -> bool:
    """Return whether `pcs` means this count, and the site does not write it out itself."""
    if one.site is None:
        return True
    raw = base.site(one.id)
    if raw is None or one.site.machine_counts[0].exempt:
        return False
    own = any(
        count.get("profile") == name and count.get("exempt") is not True
        for count in maps_of(raw, "machine_counts")
    )
    return "pcs" in raw or not own
