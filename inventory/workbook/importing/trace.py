"""Mistakes of the inventory as it would be -> the cells of the workbook that they came from."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final, NamedTuple

from inventory.files import Sources
from inventory.located import Map
from inventory.problems import Problem, Problems
from inventory.profiles import ITEM_LISTS, maps_of
from inventory.workbook.importing.planned import Planned
from inventory.workbook.reading.mistakes import CellRef, Mistakes

_PATH: Final = re.compile(
    r"(?P<kind>sites|services)\[(?P<record>[^\]]+)\]"
    r"(?:\.(?P<items>" + "|".join(ITEM_LISTS) + r")\[(?P<item>[^\]]+)\])?"
    r"(?:\.(?P<field>[a-z_]+))?"
)
_IN_SITE: Final = re.compile(r"\(in site ([a-z0-9._-]+)\)")
_FIRST: Final = re.compile(r"first in (.+):([0-9]+)\)$")
_OF_PROFILE: Final = re.compile(
    r"profiles\.sites\[(?P<profile>[^\]]+)\](?:\.links\[[^\]]+\])?\.(?P<field>[a-z_]+)"
)
_NETWORKS: Final = re.compile(r"(?<=got )\"([^\"]+)\" \(site [^ ]+ has ([^ ,]+), ")
_SAME: Final = {"assignments": "unit", "exempt_reason": "lifecycle"}
"""Fields that a column of another name brings about."""
_LACKING: Final = re.compile(r"expected (one of [a-z_, ]+|an id \([^)]*\)), got nothing")
_PROFILE: Final = "Hồ sơ mẫu"
_KNOCKED_ON: Final = ("got nothing", "got none")


class _At(NamedTuple):
    """Where something stands in a file, as hints name it."""

    file: str
    line: int
    field: str


def trace(
    problems: Problems, planned: Planned, mistakes: Mistakes, sources: Sources | None
) -> list[str]:
    """Add each problem to the mistakes at its cell; return the lines of those that have none.

    A problem that follows from a cell which could not be read is dropped. `sources` are the files
    as they would be.
    """
    wrong = mistakes.cells()
    places = dict(_places(sources)) if sources is not None else {}
    others: list[str] = []
    for problem in problems.found():
        for at, detail in _told(problem, planned, places):
            if at is None:
                others.append(problem._replace(detail=detail).line())
            elif at not in wrong and not _is_knocked_on(problem, planned, wrong):
                told = _LACKING.sub(_lacking(problem), detail)
                mistakes.add_detail(at, _IN_SITE.sub("", told).strip())
    return others


def _lacking(problem: Problem) -> str:
    """Return how a missing choice is told: what a site is, its profile may say too."""
    match = _PATH.match(problem.spot.path)
    is_of_site = match is not None and match["kind"] == "sites" and match["items"] is None
    hint = f' (or choose one in the column "{_PROFILE}")' if is_of_site else ""
    return f"expected a value of the drop-down list, got nothing{hint}"


def _is_knocked_on(problem: Problem, planned: Planned, wrong: Collection[CellRef]) -> bool:
    """Return whether something is missing that the profile may have, whose cell is wrong."""
    match = _PATH.match(problem.spot.path)
    if match is None or not any(one in problem.detail for one in _KNOCKED_ON):
        return False
    return planned.cells.get((match["kind"], match["record"], "", "", "profile")) in wrong


def _cells_of_profile(problem: Problem, planned: Planned) -> list[CellRef | None]:
    """Return the empty cells that a profile leaves to its sites: of those that get it now."""
    match = _OF_PROFILE.fullmatch(problem.spot.path)
    if match is None or not any(one in problem.detail for one in _KNOCKED_ON):
        return []
    given = {(put.record, put.field) for put in planned.puts if not put.items}
    return [
        planned.cells.get(("sites", put.record, "", "", match["field"]))
        for put in planned.puts
        if (put.field, put.value) == ("profile", match["profile"])
        and (put.record, match["field"]) not in given
    ]


def _cell(problem: Problem, planned: Planned) -> CellRef | None:
    """Return the cell of the field, else of its item or row."""
    path = problem.spot.path
    match = _PATH.match(path)
    if match is None:
        # What stands in a profile is wrong for one site: for its networks.
        inside = _IN_SITE.search(problem.detail)
        if inside is None:
            return None
        site = inside[1]
        at = planned.cells.get(("sites", site, "", "", "networks"))
        return at or planned.rows.get(("sites", site, "", ""))
    field = match["field"] or ""
    field = _SAME.get(field, field)
    key = (match["kind"], match["record"], match["items"] or "", match["item"] or "")
    if at := planned.cells.get((*key, field)) or planned.rows.get(key):
        return at
    of_item = next((at for known, at in planned.cells.items() if known[:4] == key), None)
    return of_item or planned.rows.get((key[0], key[1], "", ""))


def _told(
    problem: Problem, planned: Planned, places: Mapping[_At, str]
) -> list[tuple[CellRef | None, str]]:
    """Return where a problem is told, and how: of two that collide at the one that changes."""
    if of_profile := _cells_of_profile(problem, planned):
        return [(at, problem.detail) for at in of_profile]
    at = _cell(problem, planned)
    match = _PATH.match(problem.spot.path)
    found = _FIRST.search(problem.detail)
    if match is None or found is None:
        return [(at, problem.detail)]
    path = places.get(_At(found[1], int(found[2]), match["field"] or ""))
    first = _cell(Problem(problem.spot._replace(path=path), ""), planned) if path else None
    if first is None:
        return [(at, problem.detail)]
    before = problem.detail[: found.start()]
    if at in planned.changed or first not in planned.changed:
        return [(at, f"{before}first in {first})")]
    place = problem.spot.place
    here = str(at) if at is not None else f"{place.file}:{place.line}"
    # Of two networks each is shown from the other's side.
    other = _NETWORKS.sub(lambda two: f'"{two[2]}" (site {match["record"]} has {two[1]}, ', before)
    return [(first, f"{other}also in {here})")]


def _places(sources: Sources) -> Iterator[tuple[_At, str]]:
    """Yield the path of every field of every site by where it stands."""
    for site in sources.records["sites"]:
        yield from _fields(site)
        for name in ITEM_LISTS:
            for item in maps_of(site, name):
                yield from _fields(item)


def _fields(record: Map) -> Iterator[tuple[_At, str]]:
    for field in record:
        spot = record.value_spot(field)
        yield _At(spot.place.file, spot.place.line, field), spot.path
