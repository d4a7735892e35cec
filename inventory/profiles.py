"""Profiles and defaults: what a site or item does not say itself.

Everything stays located data: what comes from a profile is reported at the profile's line.
Wrong types are left alone here; `inventory.explain` says what is wrong with them.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from inventory.located import Map, Seq, made_seq
from inventory.problems import REFUSED, Problems, near, quoted, shown

ITEM_LISTS = ("links", "devices", "machines", "conference_points")
"""Lists of a site whose items have a local id."""
COUNT_LISTS = ("device_counts", "machine_counts")
"""Lists of a site whose items are known by what they count."""
MERGED_LISTS = (*ITEM_LISTS, *COUNT_LISTS)
NOT_IN_PROFILES = ("name", "code", "unit", "assignments", "profile")
"""What belongs to one site alone."""


def maps_of(holder: Map, key: str) -> Iterator[Map]:
    """Yield the mappings of a list field; what else stands in it is left to `explain`."""
    value = holder.get(key)
    if isinstance(value, Seq):
        for item in value:
            if isinstance(item, Map):
                yield item


def apply_defaults(item: Any, defaults: Map | None) -> None:
    """Set the default of every field that the item does not give."""
    if isinstance(item, Map) and defaults is not None:
        for field, value in defaults.items():
            if field not in item:
                item.adopt(field, value, defaults, field)


def merge_profile(
    site: Map, profiles: Mapping[str, Map], in_doubt: Collection[str], problems: Problems
) -> None:
    """Lay a site over the profile it names.

    A profile `in_doubt` may have more than could be read, so anything of it may be omitted.

    Fields of the site win. Lists of items merge by id, counts by what they count: an item of the
    site overrides field by field, a new one is appended, `omit: true` removes the profile's.
    """
    profile = _named_profile(site, profiles, problems)
    is_sure = "profile" not in site or (profile is not None and profile.get("id") not in in_doubt)
    if profile is None and "profile" in site:
        # What the site lacks may stand in the profile it meant: `explain` leaves that alone.
        site["profile"] = REFUSED
    else:
        site.pop("profile", None)
    for name in MERGED_LISTS:
        own = site.get(name)
        base = profile.get(name) if profile is not None else None
        if isinstance(own, Seq):
            base = base if isinstance(base, Seq) else None
            site[name] = _merged(base, own, problems, is_sure=is_sure)
    if profile is None:
        return
    for field, value in profile.items():
        if field == "id" or field in NOT_IN_PROFILES or field in site:
            continue
        site.adopt(field, value, profile, field)
        if field in MERGED_LISTS and isinstance(value, Seq):
            copies = [one.derived() if isinstance(one, Map) else one for one in value]
            site[field] = made_seq(value, list(zip(copies, value.nodes, strict=True)))


def _named_profile(site: Map, profiles: Mapping[str, Map], problems: Problems) -> Map | None:
    if "profile" not in site:
        return None
    name = site["profile"]
    if isinstance(name, str) and name in profiles:
        return profiles[name]
    got = shown(name, site.written("profile"))
    spot = site.value_spot("profile")
    problems.add(spot, "a profile of sites", got, near(str(name), profiles))
    return None


def _merged(base: Seq | None, own: Seq, problems: Problems, *, is_sure: bool) -> Seq:
    """Return the profile's items with the site's own laid over them and appended."""
    result: list[tuple[Any, Any] | None] = []
    at: dict[object, int] = {}
    if base is not None:
        for item, node in zip(base, base.nodes, strict=True):
            if isinstance(item, Map):
                at.setdefault(known_by(item), len(result))
            result.append((item.derived() if isinstance(item, Map) else item, node))
    for item, node in zip(own, own.nodes, strict=True):
        if not isinstance(item, Map):
            result.append((item, node))
            continue
        key = known_by(item)
        # Popped: a second item with this key is a duplicate and is reported as one.
        index = at.pop(key, None) if key is not None else None
        if "omit" in item:
            known = at if is_sure else None
            if _may_omit(item, index, known, problems) and index is not None:
                result[index] = None
        elif index is None:
            result.append((item.derived(), node))
        else:
            laid = item.derived()
            apply_defaults(laid, base[index] if base is not None else None)
            result[index] = (laid, node)
    return made_seq(own, [pair for pair in result if pair is not None])


def known_by(item: Mapping[str, Any]) -> object:
    """Return what an item is known by in its list: its id, or what it counts."""
    if "id" in item:
        return item["id"] if isinstance(item["id"], str) else None
    counted = item.get("profile", item.get("kind"))
    if not isinstance(counted, str):
        return None
    # A site may have exempt machines of a profile beside its ordinary ones.
    return f"{counted} (exempt)" if item.get("exempt") is True else counted


def _may_omit(
    item: Map, index: int | None, known: Mapping[object, int] | None, problems: Problems
) -> bool:
    """Return whether an item with `omit` is right; say what is wrong otherwise.

    `known` is what the profile has, None while nobody can say.
    """
    if item["omit"] is not True:
        got = shown(item["omit"], item.written("omit"))
        problems.add(item.value_spot("omit"), "true", got)
        return False
    if index is None and known is not None:
        name = known_by(item)
        text = name if isinstance(name, str) else ""
        hint = near(text, [one for one in known if isinstance(one, str)])
        problems.add(item.spot(), "an item of the site's profile to omit", quoted(text), hint)
    return index is not None
