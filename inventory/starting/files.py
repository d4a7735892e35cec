"""The files of a province's first inventory, as texts by name. Pure but for reading templates.

Templates stand beside this file, one for each file that is written; a value that nobody gave is an
error, never an empty place.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined

from inventory.editing.render import flow
from inventory.starting.unit_lists import unit_lists
from inventory.units.records import OfficialUnit, OfficialUnits

TEMPLATES: Final[Mapping[str, str]] = {
    "README.md": "README.md",
    "inventory.yaml": "inventory.yaml",
    "province/units.yaml": "province/units.yaml",
    "province/agencies.yaml": "province/agencies.yaml",
    "province/sites.yaml": "province/sites.yaml",
    "province/profiles.yaml": "province/profiles.yaml",
    "province/carriers.yaml": "province/carriers.yaml",
    "province/groups.yaml": "province/groups.yaml",
    "province/calendars.yaml": "province/calendars.yaml",
    "province/changed-days.yaml": "province/changed-days.yaml",
    "province/services.yaml": "province/services.yaml",
    "province/conferences.yaml": "province/conferences.yaml",
    "province/history.yaml": "province/history.yaml",
    "collector.toml": "options.toml",
    "credentials.yaml.example": "credentials.yaml.example",
    ".gitignore": "gitignore",
}
"""Name of the file -> name of its template."""


class Start(msgspec.Struct, frozen=True):
    """A first inventory: contents by name of the file, and how many communes stand in it."""

    files: Mapping[str, str]
    communes: int
    former_communes: int


def starting_files(
    official: OfficialUnits, province: OfficialUnit, centre_machine: str, today: date
) -> Start:
    """Return the first inventory of a province of today.

    `centre_machine` is the host name of the machine on which the centre's agent will run; `today`
    is the day of the counts, which are 0 and say that nobody counted yet.
    """
    lists = unit_lists(official, province)
    values: dict[str, Any] = {
        "province": {
            "id": province.id,
            "code": province.newest.code,
            "name": province.newest.name,
        },
        "communes": lists.communes,
        "former_communes": lists.former_communes,
        "today": _lines(lists.today),
        "before": _lines(lists.before),
        "centre_machine": flow(centre_machine),
        "today_iso": today.isoformat(),
    }
    # The files are YAML, TOML and text: nothing is HTML, so nothing is escaped for it.
    environment = Environment(
        loader=PackageLoader("inventory.starting"),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - as said above
    )
    files = {
        name: environment.get_template(template).render(values)
        for name, template in TEMPLATES.items()
    }
    return Start(files, lists.communes, lists.former_communes)


def _lines(lines: list[str]) -> str:
    return "\n".join(lines).strip("\n")
