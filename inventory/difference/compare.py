"""What differs between two inventories, record by record and field by field. Pure.

Compared is what they mean, after profiles, defaults and ranges: a profile that was changed shows
at every site that uses it, a file that was only ordered anew shows nothing.
"""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

import msgspec

from inventory import model
from inventory.difference.change import LISTS_OF_SITE, Change, FieldChange
from inventory.model import Inventory

Records = dict[tuple[str, str], model.Record]


def difference(before: Inventory, after: Inventory) -> tuple[Change, ...]:
    """Return every change, in the order of the inventory after, what was removed last."""
    old, new = _records(before), _records(after)
    result: list[Change] = []
    for (kind, key), record in new.items():
        former = old.get((kind, key))
        if former is None:
            fields = tuple(FieldChange(name, None, text) for name, text in _given(record))
            result.append(Change("added", kind, key, fields))
        elif fields := _changed(former, record):
            result.append(Change("changed", kind, key, fields))
    for (kind, key), record in old.items():
        if (kind, key) not in new:
            fields = tuple(FieldChange(name, text, None) for name, text in _given(record))
            result.append(Change("removed", kind, key, fields))
    return _with_interval(before, after, result)


def _records(inventory: Inventory) -> Records:
    """Return every record by kind and id."""
    result: Records = {("province", inventory.province.id): inventory.province}
    by_kind: dict[str, Mapping[Any, model.Record]] = {
        "calendar": inventory.calendars,
        "changed_day": inventory.changed_days,
        "carrier": inventory.carriers,
        "cluster": inventory.clusters,
        "power_area": inventory.power_areas,
        "machine_profile": inventory.machine_profiles,
        "unit": inventory.units,
    }
    for kind, records in by_kind.items():
        result.update(((kind, str(key)), record) for key, record in records.items())
    for site in inventory.sites.values():
        result["site", site.id] = site
        for kind, key, item in _items(site):
            result[kind, key] = item
    result.update((("service", key), record) for key, record in inventory.services.items())
    result.update((("conference", key), one) for key, one in inventory.conferences.items())
    return result


def _items(site: model.Site) -> Iterator[tuple[str, str, model.Record]]:
    """Yield the items of a site with their kind and full id."""
    for kind, name in LISTS_OF_SITE.items():
        for item in getattr(site, name):
            if isinstance(item, model.DeviceCount):
                yield kind, f"{site.id}/{item.kind}", item
            elif isinstance(item, model.MachineCount):
                # A site may have exempt machines of a profile beside its ordinary ones.
                exempt = " (exempt)" if item.exempt else ""
                yield kind, f"{site.id}/{item.profile}{exempt}", item
            else:
                yield kind, item.id, item


def _fields(record: model.Record) -> Iterator[msgspec.structs.FieldInfo]:
    """Yield the fields that are compared: not the id, and not the items of a site."""
    for field in msgspec.structs.fields(record):
        is_list = isinstance(record, model.Site) and field.name in LISTS_OF_SITE.values()
        if field.name != "id" and not is_list:
            yield field


def _given(record: model.Record) -> Iterator[tuple[str, str]]:
    """Yield name and text of every field that is not what it is unless given."""
    for field in _fields(record):
        value = getattr(record, field.name)
        text = _text(value)
        if text is not None and value != field.default:
            yield field.name, text


def _changed(old: model.Record, new: model.Record) -> tuple[FieldChange, ...]:
    if old == new:
        return ()
    pairs = (
        (field.name, getattr(old, field.name), getattr(new, field.name)) for field in _fields(new)
    )
    return tuple(
        FieldChange(name, _text(one), _text(other)) for name, one, other in pairs if one != other
    )


def _with_interval(
    before: Inventory, after: Inventory, changes: list[Change]
) -> tuple[Change, ...]:
    """Return the changes with that of the interval among the province's, where it is shown."""
    old, new = before.report_interval_seconds, after.report_interval_seconds
    if old == new:
        return tuple(changes)
    field = FieldChange("report_interval_seconds", _text(old), _text(new))
    if changes and (changes[0].kind, changes[0].what) == ("province", "changed"):
        first = msgspec.structs.replace(changes[0], fields=(*changes[0].fields, field))
        return (first, *changes[1:])
    return (Change("changed", "province", after.province.id, (field,)), *changes)


def _text(value: Any) -> str | None:
    """Return a value as people read it; None for nothing, and for an empty list."""
    if value is None or value in ((), {}):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, model.Session):
        return f"{value.start}-{value.end}"
    if isinstance(value, msgspec.Struct):
        return ", ".join(
            f"{field.name} {text}"
            for field in msgspec.structs.fields(value)
            if (text := _text(getattr(value, field.name))) is not None
        )
    if isinstance(value, Mapping):
        return "; ".join(f"{_text(key)}: {_text(one)}" for key, one in value.items())
    if isinstance(value, tuple):
        between = "; " if isinstance(value[0], msgspec.Struct) else ", "
        return between.join(str(_text(one)) for one in value)
    return str(value)
