"""What an inventory declares, counted, on one screen, in Vietnamese and English.

Counts leave out what is retired, and what is exempt but for a line of its own. Machines are those
declared by themselves and those declared as counts. The last lines name the sites that nobody
could judge at 07:15 (without an always-on target), which causes of an outage can be told apart at
how many sites, and files that may have been forgotten.
"""

from collections.abc import Collection, Iterable
from typing import TypeVar

from inventory.coverage.causes import table
from inventory.coverage.separable import SiteCauses, separable
from inventory.model import (
    Inventory,
    Item,
    Lifecycle,
    MachineRole,
    Site,
    Technology,
)

ItemT = TypeVar("ItemT", bound=Item)
NAMED_BLIND_SITES = 5
"""How many blind sites are named; all of them would not fit the screen."""


def summary(inventory: Inventory) -> list[str]:
    """Return the lines that `govnet inventory check` prints for a good inventory."""
    sites = list(_present(inventory.sites.values()))
    links = [link for site in sites for link in _present(site.links)]
    fiber = sum(link.technology is Technology.FIBER for link in links)
    devices = sum(len(list(_present(site.devices))) for site in sites)
    counted_devices = sum(count.count for site in sites for count in site.device_counts)
    rows = [
        ("đơn vị", "units", len(list(_present(inventory.units.values()))), ""),
        ("điểm", "sites", len(sites), ""),
        (
            "đường truyền",
            "links",
            len(links),
            f"{_number(fiber)} cáp quang / fiber" if fiber else "",
        ),
        *_machine_rows(inventory, sites),
        ("thiết bị", "devices", devices + counted_devices, _counted(devices, counted_devices)),
        (
            "điểm cầu",
            "conference points",
            sum(len(list(_present(site.conference_points))) for site in sites),
            "",
        ),
        ("dịch vụ", "services", len(list(_present(inventory.services.values()))), ""),
        ("cuộc họp", "conferences", len(list(_present(inventory.conferences.values()))), ""),
    ]
    province = inventory.province
    lines = [f"{province.name} ({province.code}), {province.operator}"]
    for vietnamese, english, count, note in rows:
        label = f"{vietnamese} / {english}"
        lines.append(f"  {_number(count):>7}  {label}" + (f" ({note})" if note else ""))
    lines += _exempt_lines(inventory)
    found = separable(inventory).values()
    lines += _blind_lines(found) + table(found)
    if inventory.not_included:
        named = ", ".join(inventory.not_included)
        lines.append(f"  cảnh báo: file không được include / warning: not included: {named}")
    return lines


def _present(items: Iterable[ItemT]) -> Iterable[ItemT]:
    gone = (Lifecycle.RETIRED, Lifecycle.EXEMPT)
    return (item for item in items if item.lifecycle not in gone)


def _machine_rows(inventory: Inventory, sites: list[Site]) -> list[tuple[str, str, int, str]]:
    """Return a row of counts for each role of machines."""
    rows = []
    for role, vietnamese, english in (
        (MachineRole.PC, "máy tính", "PCs"),
        (MachineRole.SERVER, "máy chủ", "servers"),
    ):
        of_role = {one.id for one in inventory.machine_profiles.values() if one.role is role}
        single = sum(
            machine.profile in of_role for site in sites for machine in _present(site.machines)
        )
        counted = sum(
            count.count
            for site in sites
            for count in site.machine_counts
            if count.profile in of_role and not count.exempt
        )
        rows.append((vietnamese, english, single + counted, _counted(single, counted)))
    return rows


def _counted(single: int, counted: int) -> str:
    if not counted:
        return ""
    return f"{_number(single)} từng cái / one by one, {_number(counted)} theo số lượng / as counts"


def _exempt_lines(inventory: Inventory) -> list[str]:
    """Return the count of what is in no other count, for a reason that is written down."""
    items = [*inventory.items(), *inventory.units.values(), *inventory.conferences.values()]
    exempt = sum(item.lifecycle is Lifecycle.EXEMPT for item in items)
    for site in inventory.sites.values():
        exempt += sum(count.count for count in site.machine_counts if count.exempt)
    return [f"  {_number(exempt):>7}  miễn trừ / exempt"] if exempt else []


def _blind_lines(found: Collection[SiteCauses]) -> list[str]:
    blind = [one.site for one in found if one.is_blind]
    if not blind:
        return []
    named = ", ".join(blind[:NAMED_BLIND_SITES]) + (", …" if len(blind) > NAMED_BLIND_SITES else "")
    text = "điểm mù lúc 07:15 / sites blind at 07:15 (without an always-on target)"
    return [f"  {_number(len(blind)):>7}  {text}: {named}"]


def _number(value: int) -> str:
    """Return a number as Vietnamese writes it: 6.000."""
    return f"{value:,}".replace(",", ".")
