"""The official units of Viet Nam, as they are shipped with this package."""

from functools import cache
from importlib import resources

from inventory.units import table
from inventory.units.records import OfficialUnits


@cache
def load_official() -> OfficialUnits:
    """Return all units, read once (about 0.1 s). Source and licence: data/README.md."""
    data = resources.files("inventory.units") / "data"
    return table.read(
        (data / "units.csv").read_text("utf-8"), (data / "lineage.csv").read_text("utf-8")
    )
