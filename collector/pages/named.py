"""What people call the things of a site: their own names, else the words of their kind. Pure."""

from typing import Final

from inventory.model import (
    ConferencePoint,
    Device,
    Inventory,
    Link,
    Machine,
    Service,
    Site,
    Technology,
)
from inventory.workbook.columns import Choices
from inventory.workbook.words import WORDS

DEVICE_WORDS: Final = WORDS[Choices.DEVICE_KINDS]
POINT_WORDS: Final = WORDS[Choices.POINT_KINDS]
SERVICE_WORDS: Final = WORDS[Choices.SERVICE_KINDS]
SITE_WORDS: Final = WORDS[Choices.SITE_KINDS]
DUTY_WORDS: Final = WORDS[Choices.DUTIES]
TECHNOLOGY_WORDS: Final = {
    Technology.FIBER: "Cáp quang",
    Technology.FTTH: "FTTH",
    Technology.CELLULAR: "Di động 4G/5G",
    Technology.RADIO: "Vô tuyến",
}

Thing = Link | Device | Machine | ConferencePoint | Service | Site


def name_of(thing: Thing) -> str:
    """Return what a person calls it; a machine without a name is called as it is enrolled."""
    if thing.name:
        return thing.name
    match thing:
        case Link():
            return f"Đường truyền {TECHNOLOGY_WORDS[thing.technology]}"
        case Device():
            return DEVICE_WORDS[thing.kind]
        case ConferencePoint():
            return "Điểm cầu hội nghị"
        case _:
            return thing.id.rpartition("/")[2]


def names_at(inventory: Inventory, site: Site) -> dict[str, str]:
    """Return by id what everything of a site, and every service, is called."""
    things: tuple[Thing, ...] = (
        site,
        *site.links,
        *site.devices,
        *site.machines,
        *site.conference_points,
        *inventory.services.values(),
    )
    return {thing.id: name_of(thing) for thing in things}
