"""Which unit a cell means, said wherever it is not written as the drop-down has it. Pure."""

from inventory.former_names import units_today
from inventory.model import Inventory, Lifecycle, Unit
from inventory.problems import quoted
from inventory.workbook.mistakes import Mistakes
from inventory.workbook.read import Row


def say_which_unit(row: Row, inventory: Inventory, mistakes: Mistakes) -> None:
    """Note the unit that another name or a code stands for; one that ended is a mistake.

    Names and codes have been given again to other units: none is taken silently.
    """
    at, unit = row.at["unit"], inventory.units[str(row.values["unit"])]
    written = quoted(row.loosely.get("unit", unit.name))
    if unit.lifecycle is Lifecycle.RETIRED:
        today = ", ".join(_named(one) for one in units_today(inventory, unit.id))
        ended = f"{_named(unit)} is no more"
        mistakes.add(at, "a unit of today", written, f"{ended}; today {today}" if today else ended)
    elif "unit" in row.loosely:
        mistakes.notes.append(f"{at}: {written} được hiểu là {_named(unit)}")


def _named(unit: Unit) -> str:
    return f"{unit.name} [{unit.id}]"
