"""A workbook and an inventory -> the edited files, or every mistake at its cell.

1. Read the cells (`inventory.workbook.reading`), find each row's site (`identify`).
2. Plan what is to be written (`plan`), apply it in memory (`inventory.editing`).
3. Load the inventory as it would be; what is wrong then is told at the cell it came from (`trace`).

All steps run even after mistakes, with what could be read, so that a person mends a file once.
Nothing is written here.
"""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from govnet.errors import ConfigError
from inventory.editing.apply import Edited, contents, edited
from inventory.files import read_sources
from inventory.load import load, load_or_problems
from inventory.model import Inventory
from inventory.problems import Problems
from inventory.workbook.choices import Choice, choices_of
from inventory.workbook.columns import Choices, sheets
from inventory.workbook.importing.identify import SiteRow, site_rows
from inventory.workbook.importing.plan import plan
from inventory.workbook.importing.planned import Base, Planned
from inventory.workbook.importing.trace import trace
from inventory.workbook.reading.mistakes import Mistakes
from inventory.workbook.reading.package import read_grids
from inventory.workbook.reading.read import Row, read_rows
from inventory.workbook.reading.tables import tables
from inventory.workbook.written import written_of


class TakenIn(msgspec.Struct, frozen=True):
    """What an import would change.

    `notes` say what was passed over in the workbook without being a mistake.
    """

    before: Inventory
    after: Inventory
    edits: tuple[Edited, ...]
    notes: tuple[str, ...]


def take_in(content: bytes, name: str, top: Path) -> TakenIn:
    """Return what the bytes of a workbook change in the inventory at `top`; writes nothing.

    Raises ConfigError with every mistake, `sheet!cell: column: expected, got` where it is one of
    the workbook.
    """
    base = _base(top)
    mistakes = Mistakes()
    planned = _planned(content, name, base, mistakes)
    try:
        edits = edited(top, planned.puts)
    except ConfigError as exc:
        raise ConfigError([*mistakes.lines(), *exc.problems]) from exc
    found = load_or_problems(top, contents(edits))
    if isinstance(found, Problems):
        places = read_sources(top, Problems(), contents(edits))
        others = trace(found, planned, mistakes, places)
        raise ConfigError([*mistakes.lines(), *others])
    if len(mistakes):
        raise ConfigError(mistakes.lines())
    return TakenIn(base.inventory, found, edits, tuple(mistakes.notes))


def _base(top: Path) -> Base:
    inventory = load(top)
    problems = Problems()
    sources = read_sources(top, problems)
    problems.raise_if_any()
    if sources is None:
        raise AssertionError("an inventory that was loaded can be read")
    return Base(inventory, written_of(sources), sources)


def _planned(content: bytes, name: str, base: Base, mistakes: Mistakes) -> Planned:
    grids = read_grids(content, name)
    epoch = grids[0].epoch
    ours = sheets(base.inventory)
    choices = dict(choices_of(base.inventory, base.written))
    found = {one.sheet.key: one for one in tables(grids, ours, name, mistakes)}
    sites: tuple[SiteRow, ...] = ()
    if table := found.pop("sites", None):
        rows = read_rows(table, choices, epoch, mistakes)
        sites = site_rows(rows, base.inventory, base.written, mistakes)
        choices[Choices.SITES] = (*choices[Choices.SITES], *_new_choices(sites, rows, base))
    others: Mapping[str, tuple[Row, ...]] = {
        key: read_rows(table, choices, epoch, mistakes) for key, table in found.items()
    }
    return plan(ours, sites, others, base, mistakes)


def _new_choices(sites: tuple[SiteRow, ...], rows: tuple[Row, ...], base: Base) -> list[Choice]:
    """Return the sites that the workbook adds, so that its other sheets can name them.

    Those with a mistake count too: it is told once, in their row.
    """
    added = {
        one.id: Choice(id=one.id, shown=one.name, name=one.name, codes=_code(one.row))
        for one in sites
        if one.site is None
    }
    for row in rows:
        identity = str(row.values.get("id", ""))
        if identity and identity not in added and identity not in base.inventory.sites:
            name = str(row.values.get("name", identity))
            added[identity] = Choice(id=identity, shown=name, name=name, codes=_code(row))
    return list(added.values())


def _code(row: Row) -> tuple[str, ...]:
    return (str(row.values["code"]),) if "code" in row.values else ()
