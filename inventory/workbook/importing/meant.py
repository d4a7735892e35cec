"""Which unit a cell means, said wherever it is not written as the drop-down has it. Pure."""

from inventory.former_names import units_today
from inventory.model import Inventory, Lifecycle, Unit
from inventory.problems import quoted
from inventory.workbook.reading.mistakes import Mistakes
from inventory.workbook.reading.read import Row


def say_which_unit(row: Row, inventory: Inventory, mistakes: Mistakes) -> bool:
    """Note the unit that another name or a code stands for; return whether it may be taken.

    Names and codes have been given again to other units: none is taken silently, and one that
    ended is a mistake, but for a site that was given up.
    """
    at, unit = row.at["unit"], inventory.units[str(row.values["unit"])]
    written = quoted(row.loosely.get("unit", unit.name))
    is_past = row.values.get("lifecycle") == Lifecycle.RETIRED
    if unit.lifecycle is Lifecycle.RETIRED and not is_past:
        today = ", ".join(_named(one) for one in units_today(inventory, unit.id))
        ended = f"{_named(unit)} is no more"
        mistakes.add(at, "a unit of today", written, f"{ended}; today {today}" if today else ended)
        return False
    if "unit" in row.loosely:
        mistakes.notes.append(f"{at}: {written} được hiểu là {_named(unit)}")
    return True


def _named(unit: Unit) -> str:
    return f"{unit.name} [{unit.id}]"
