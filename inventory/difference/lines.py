"""The differences of two inventories as lines that a person reads. Pure."""

import ipaddress
from collections import Counter
from collections.abc import Iterable

from inventory.difference.change import KINDS, LISTS_OF_SITE, Change, FieldChange

NAMED = 5
"""Records named in a line that stands for many."""
LONGEST = 120
"""Characters of a value; the rest is cut."""
_SIGNS = {"added": "+", "removed": "-", "changed": "~"}
_WORDS = {"added": "thêm", "removed": "bỏ", "changed": "đổi"}
_NOTHING = "(không có)"
_TELLING = ("kind", "profile", "name", "title")
_TELLING_BY_NAME = ("count", "off", "worked_as")
"""Fields that say what an added or removed record is, in their order."""


def lines(changes: tuple[Change, ...]) -> list[str]:
    """Return the changes as a person reads them, + added, - removed, ~ changed.

    Equal changes of many records are one line, what came or went with its site is counted in the
    site's line, and addresses that only moved along with their site's network in that of the
    network. The last line sums up.
    """
    if not changes:
        return ["Không có gì khác."]
    return [*_Lines(changes).lines(), _sum(changes)]


class _Lines:
    """Groups changes that read the same."""

    def __init__(self, changes: tuple[Change, ...]) -> None:
        sites = [one for one in changes if one.kind == "site"]
        self._whole = {(one.what, one.id) for one in sites if one.what != "changed"}
        self._networks = {
            one.id: field
            for one in sites
            for field in one.fields
            if one.what == "changed" and field.name == "networks"
        }
        self._with_site: dict[tuple[str, str], Counter[str]] = {}
        self._moved: Counter[str] = Counter()
        self._groups: dict[tuple[str, str, str], list[str]] = {}
        for one in changes:
            self._add(one)

    def lines(self) -> list[str]:
        """Return a line for each group."""
        return [
            self._line(what, kind, told, ids) for (what, kind, told), ids in self._groups.items()
        ]

    def _add(self, change: Change) -> None:
        is_item = change.kind in LISTS_OF_SITE
        owner, _, local = change.id.partition("/") if is_item else (change.id, "", "")
        if is_item and (change.what, owner) in self._whole:
            counts = self._with_site.setdefault((change.what, owner), Counter())
            counts[change.kind] += 1
            return
        item = f"{LISTS_OF_SITE[change.kind]}[{local}]" if is_item else ""
        if change.what != "changed":
            telling = _telling(change.fields)
            text = f"{item} ({telling})" if item and telling else item or telling
            self._groups.setdefault((change.what, change.kind, text), []).append(owner)
            return
        for field in change.fields:
            if is_item and _has_moved(field, self._networks.get(owner)):
                self._moved[owner] += 1
                continue
            name = f"{item}.{field.name}" if is_item else field.name
            told = f"{name}: {_value(field.before)} -> {_value(field.after)}"
            kind = "site" if is_item else change.kind
            self._groups.setdefault((change.what, kind, told), []).append(owner)

    def _line(self, what: str, kind: str, told: str, owners: list[str]) -> str:
        if kind in LISTS_OF_SITE:
            return f"{_SIGNS[what]} {told} ở {_records('site', owners)}"
        notes = [told] if told else []
        counts = Counter[str]()
        for owner in owners if kind == "site" else ():
            counts += self._with_site.get((what, owner), Counter())
        if counts:
            notes.append(_counted(counts))
        addresses = sum(self._moved[owner] for owner in owners)
        if addresses and told.startswith("networks: "):
            notes.append(f"kèm {addresses} địa chỉ trong dải")
        line = f"{_SIGNS[what]} {_records(kind, owners)}"
        return f"{line}: {'; '.join(notes)}" if notes else line


def _records(kind: str, ids: list[str]) -> str:
    """Return the records by name, many by number with the first of them."""
    label = KINDS[kind]
    if len(ids) == 1:
        return f"{label} {ids[0]}"
    rest = len(ids) - NAMED
    more = f" và {rest} {label} khác" if rest > 0 else ""
    return f"{len(ids)} {label} ({', '.join(ids[:NAMED])}{more})"


def _telling(fields: Iterable[FieldChange]) -> str:
    """Return what an added or removed record is, from the fields that say it best."""
    texts = {one.name: one.before if one.after is None else one.after for one in fields}
    told = [_value(texts[name]) for name in _TELLING if name in texts]
    told += [f"{name} {_value(texts[name])}" for name in _TELLING_BY_NAME if name in texts]
    return ", ".join(told)


def _has_moved(field: FieldChange, networks: FieldChange | None) -> bool:
    """Return whether an address kept its number in the site's first network, which changed."""
    if networks is None:
        return False
    before = _number(field.before, networks.before)
    return before is not None and before == _number(field.after, networks.after)


def _number(address: str | None, networks: str | None) -> int | None:
    """Return which address of the first of the networks it is, None if it is none of it."""
    try:
        first = ipaddress.ip_network((networks or "").partition(",")[0])
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return None
    return int(found) - int(first.network_address) if found in first else None


def _value(text: str | None) -> str:
    if text is None:
        return _NOTHING
    text = text.replace("\n", "\\n")
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{counts[kind]} {label}" for kind, label in KINDS.items() if counts[kind])


def _sum(changes: tuple[Change, ...]) -> str:
    """Return how many records of each kind were added, removed and changed."""
    parts = []
    for what, word in _WORDS.items():
        counts = Counter(one.kind for one in changes if one.what == what)
        if counts:
            parts.append(f"{word} {_counted(counts)}")
    return f"Tổng cộng: {'; '.join(parts)}."
