"""Everything that is declared one by one, as the page of the inventory lists and finds it. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from collector.pages.named import (
    DEVICE_WORDS,
    DUTY_WORDS,
    POINT_WORDS,
    SERVICE_WORDS,
    SITE_WORDS,
    TECHNOLOGY_WORDS,
    Thing,
    name_of,
)
from govnet.surroundings import unpack
from inventory.model import (
    ConferencePoint,
    Device,
    Inventory,
    Link,
    Machine,
    Service,
    Site,
    site_id,
)
from inventory.names import search_key
from inventory.workbook.columns import Choices
from inventory.workbook.words import WORDS

LIFECYCLE_WORDS: Final = WORDS[Choices.LIFECYCLES]


class Kind(StrEnum):
    """What something is, as an address of the page names it."""

    SITE = "diem"
    LINK = "duong-truyen"
    DEVICE = "thiet-bi"
    MACHINE = "may"
    POINT = "diem-cau"
    SERVICE = "he-thong"


KIND_WORDS: Final[Mapping[Kind, str]] = {
    Kind.SITE: "Điểm",
    Kind.LINK: "Đường truyền",
    Kind.DEVICE: "Thiết bị",
    Kind.MACHINE: "Máy khai riêng",
    Kind.POINT: "Điểm cầu",
    Kind.SERVICE: "Hệ thống dùng chung",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing. `key` is what is searched; `family` its sort, `model` as declared.

    Empty texts are unknown; of a service `site` is where its servers stand.
    """

    id: str
    kind: Kind
    name: str
    site: str
    site_name: str
    unit: str
    unit_name: str
    family: str
    model: str
    lifecycle: str
    address: str
    serial: str
    asset_tag: str
    circuit: str
    note: str
    key: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What is declared otherwise than it is told."""

    what: str
    declared: str
    told: str


@dataclass(frozen=True, slots=True)
class Self:
    """What something tells of itself, and what of that is declared otherwise."""

    model: str = ""
    serial: str = ""
    asset_tag: str = ""
    software: str = ""
    differences: tuple[Difference, ...] = ()


SILENT: Final = Self()


def entries(inventory: Inventory, day: date) -> Iterator[Entry]:
    """Yield everything, sites first within each site; units are those of that day."""
    for thing in inventory.items():
        site = inventory.sites.get(_site_of(thing))
        unit = inventory.units.get((site.unit_on(day) if site else None) or "")
        kind, family = _sort(inventory, thing)
        model = getattr(thing, "model", None) or ""
        address = _address(thing)
        serial = getattr(thing, "serial", None) or ""
        asset_tag = getattr(thing, "asset_tag", None) or ""
        circuit = (thing.circuit or "") if isinstance(thing, Link) else ""
        name, site_name = name_of(thing), site.name if site else ""
        unit_name = unit.name if unit else ""
        texts = (name, thing.id, site_name, unit_name, family, model, address, serial, asset_tag)
        code = (thing.code or "") if isinstance(thing, Site) else ""
        yield Entry(
            id=thing.id,
            kind=kind,
            name=name,
            site=site.id if site else "",
            site_name=site_name,
            unit=unit.id if unit else "",
            unit_name=unit_name,
            family=family,
            model=model,
            lifecycle=thing.lifecycle.value,
            address=address,
            serial=serial,
            asset_tag=asset_tag,
            circuit=circuit,
            note=thing.exempt_reason or thing.note or "",
            key=search_key(" ".join((*texts, circuit, code, getattr(thing, "mac", None) or ""))),
        )


def _site_of(thing: Thing) -> str:
    return thing.site or "" if isinstance(thing, Service) else site_id(thing.id)


def _sort(inventory: Inventory, thing: Thing) -> tuple[Kind, str]:
    """Return the kind, and the sort within it, in words."""
    match thing:
        case Site():
            return Kind.SITE, SITE_WORDS[thing.kind]
        case Link():
            carrier = inventory.carriers.get(thing.carrier)
            return (
                Kind.LINK,
                f"{TECHNOLOGY_WORDS[thing.technology]} {carrier.name if carrier else ''}".strip(),
            )
        case Device():
            return Kind.DEVICE, DEVICE_WORDS[thing.kind]
        case Machine():
            profile = inventory.machine_profiles.get(thing.profile)
            duty = f" ({DUTY_WORDS[thing.duty]})" if thing.duty else ""
            return Kind.MACHINE, (profile.name if profile else thing.profile) + duty
        case ConferencePoint():
            return Kind.POINT, POINT_WORDS[thing.kind]
        case _:
            return Kind.SERVICE, SERVICE_WORDS[thing.kind]


def _address(thing: Thing) -> str:
    """Return where it is found: an address of the network, a site's own, a service's URL."""
    match thing:
        case Site():
            return thing.postal_address or ""
        case Link():
            return thing.gateway or thing.next_hop or thing.far_end.address or ""
        case Service():
            return thing.url
        case _:
            return thing.address or ""


def told_by(entry: Entry, facts: Mapping[str, str]) -> Self:
    """Return what the facts of a machine or device say of it."""
    if entry.kind is Kind.DEVICE:
        around = unpack(facts)
        software = " ".join(filter(None, (around.family, around.firmware)))
        return _compared(entry, around.model, around.serial, "", software)
    maker, model = facts.get("hardware.maker", ""), facts.get("hardware.model", "")
    return _compared(
        entry,
        " ".join(filter(None, (maker, model))),
        facts.get("hardware.serial", ""),
        facts.get("hardware.asset_tag", ""),
        facts.get("os.name", ""),
    )


def _compared(entry: Entry, model: str, serial: str, asset_tag: str, software: str) -> Self:
    pairs = (
        ("model", entry.model, model),
        ("số sê-ri", entry.serial, serial),
        ("mã tài sản", entry.asset_tag, asset_tag),
    )
    return Self(
        model,
        serial,
        asset_tag,
        software,
        tuple(Difference(*pair) for pair in pairs if _differ(pair[1], pair[2])),
    )


def _differ(declared: str, told: str) -> bool:
    """Whether two texts name different things: "AR651" and "Huawei AR651" do not."""
    one, other = ("".join(search_key(text).split()) for text in (declared, told))
    return bool(one and other) and one not in other and other not in one
