"""Why a value does not fit its record, in words, for every wrong field at once.

msgspec converts fast but stops at the first mistake. This walks the same annotations slowly, after
a conversion has failed, and says each mistake at its place. It adds no rule of its own: what
converts has nothing to explain.
"""

import types
import typing
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import inspect

from inventory.located import Map, Seq
from inventory.problems import REFUSED, Problems, Spot, near, nearest, one_of, quoted, shown

SHORT_FORMS: Mapping[str, tuple[str, ...]] = {
    "Site": ("unit", "profile", "carrier", "circuit", "contract", "capacity_mbps", "pcs"),
}
"""Fields that the loader replaces before conversion, so that near names can suggest them."""
_NAMES: Mapping[type, str] = {
    inspect.StrType: "text",
    inspect.BoolType: "true or false",
    inspect.DateType: "a date like 2026-10-01",
    inspect.DateTimeType: "a date and time like 2026-11-24T14:00",
    inspect.VarTupleType: "a list",
    inspect.DictType: "a mapping",
    inspect.StructType: "a mapping",
}
_BOUNDS = (("ge", "of at least"), ("gt", "above"), ("le", "up to"), ("lt", "below"))

Holder = Map | Seq


def explain(
    record: type[msgspec.Struct], data: Map, problems: Problems, *, partial: bool = False
) -> None:
    """Report every field of `data` that does not fit `record`.

    With `partial`, missing fields are no mistake: the data is a profile or a default. Nor are
    they where a refused field (an unknown profile, a merge key) would have filled them in, or
    where an unknown field stands for them: one like them, or any that a profile gave.
    """
    fields = {field.encode_name: field for field in msgspec.structs.fields(record)}
    partial = partial or any(data[name] is REFUSED for name in data if name not in fields)
    meant: set[str] = set()
    for name in data:
        if name not in fields and data[name] is not REFUSED:
            meant.update(nearest(name, fields))
            partial = partial or name in data.origin
            known = (*fields, *SHORT_FORMS.get(record.__name__, ()))
            expected = f"a field of a {_words(record.__name__)}"
            hint = near(name, known) or "docs/inventory.md lists them"
            problems.add(data.key_spot(name), expected, quoted(name), hint)
    for name, field in fields.items():
        if name in data:
            _explain_value(field.type, data, name, problems, partial=partial)
        elif field.required and not partial and name not in meant:
            problems.add(data.spot().field(name), expectation(field.type), "nothing")


def spot_of(holder: Holder, key: Any) -> Spot:
    """Return where the value of a key or an item stands."""
    return holder.value_spot(key) if isinstance(holder, Map) else holder.item_spot(key)


def expectation(annotation: Any) -> str:
    """Return what a type accepts, as a phrase: `a whole number of at least 0`."""
    info = inspect.type_info(_without_none(annotation))
    if isinstance(info, inspect.Metadata):
        if info.extra and "expected" in info.extra:
            return str(info.extra["expected"])
        info = info.type
    if isinstance(info, inspect.EnumType):
        return one_of(str(member.value) for member in info.cls)
    if isinstance(info, inspect.IntType | inspect.FloatType):
        kind = "a whole number" if isinstance(info, inspect.IntType) else "a number"
        bounds = [
            f"{words} {getattr(info, name):g}"
            for name, words in _BOUNDS
            if getattr(info, name) is not None
        ]
        return " ".join([kind, *bounds])
    return _NAMES[type(info)]


def _explain_value(
    annotation: Any, holder: Holder, key: Any, problems: Problems, *, partial: bool
) -> None:
    """Report what is wrong with one value, descending into mappings and lists."""
    value = holder[key]
    if value is REFUSED or (value is None and _accepts(annotation, None)):
        return
    inner = _without_none(annotation)
    bare = typing.get_args(inner)[0] if hasattr(inner, "__metadata__") else inner
    arguments = typing.get_args(bare)
    if isinstance(value, Map) and isinstance(bare, type) and issubclass(bare, msgspec.Struct):
        explain(bare, value, problems, partial=partial)
    elif isinstance(value, Seq) and typing.get_origin(bare) is tuple:
        for index in range(len(value)):
            _explain_value(arguments[0], value, index, problems, partial=partial)
    elif isinstance(value, Map) and typing.get_origin(bare) is dict:
        for name in value:
            if not _accepts(arguments[0], name):
                _report(arguments[0], value.key_spot(name), name, name, problems)
            _explain_value(arguments[1], value, name, problems, partial=partial)
    elif not _accepts(annotation, value):
        _report(inner, spot_of(holder, key), value, holder.written(key), problems)


def _report(
    annotation: Any, spot: Spot, value: Any, written: str | None, problems: Problems
) -> None:
    hint = ""
    if isinstance(value, bool | int | float) and _is_text(annotation):
        hint = f"put it in quotes: {quoted(written or str(value))}"
    elif isinstance(value, str) and isinstance(annotation, type):
        members = getattr(annotation, "__members__", {})
        hint = near(value, [str(member.value) for member in members.values()])
    problems.add(spot, expectation(annotation), shown(value, written), hint)


def _accepts(annotation: Any, value: Any) -> bool:
    try:
        msgspec.convert(value, annotation)
    except msgspec.ValidationError:
        return False
    return True


def _is_text(annotation: Any) -> bool:
    """Return whether the type is plain text or text of a given form (no date, no fixed word)."""
    base = typing.get_args(annotation)[0] if hasattr(annotation, "__metadata__") else annotation
    return base is str


def _without_none(annotation: Any) -> Any:
    """Return the type beside None in an optional type, any other type itself."""
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        return next(one for one in typing.get_args(annotation) if one is not types.NoneType)
    return annotation


def _words(name: str) -> str:
    """Return a class name as words: `ConferencePoint` -> `conference point`."""
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()
