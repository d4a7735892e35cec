"""Devices that stand next to a declared one and are not declared; who is always on. Pure."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from collector.discovery.device_kinds import kind_of
from collector.discovery.known import Known, KnownAtSite, address_of, clean
from collector.discovery.sightings import DeviceSeen
from collector.discovery.strangers import Thing, declared, strangers, things
from collector.discovery.suggestion import Suggestion, item_puts
from inventory.collisions import ROUTERS
from inventory.editing.put import Plain
from inventory.model import DeviceKind, Lifecycle
from inventory.names import slug

KIND_WORDS: Final = {
    DeviceKind.SWITCH: "bộ chuyển mạch",
    DeviceKind.CPE: "bộ định tuyến",
    DeviceKind.ACCESS_POINT: "điểm phát Wi-Fi",
    DeviceKind.PRINTER: "máy in",
    DeviceKind.CAMERA: "camera",
    DeviceKind.UPS: "UPS",
    DeviceKind.SERVER_STORAGE: "thiết bị lưu trữ",
}
"""The kinds that are recognised, in Vietnamese."""
_ID_CHARACTERS: Final = 40
_WATCHABLE: Final = (DeviceKind.CPE, DeviceKind.ONT, DeviceKind.SWITCH)
"""What shows the centre that a site lives, the most telling first."""


def device_suggestions(
    known: Known, here: KnownAtSite, seen: Iterable[DeviceSeen], centre: str
) -> Iterator[Suggestion]:
    """Yield the devices to declare at one site, and the one to be always on."""
    seen = tuple(seen)
    site = here.site
    items = (*site.links, *site.devices, *site.machines, *site.conference_points)
    taken = {item.id.partition("/")[2] for item in items}
    taken |= {agent.machine.partition("/")[2] for agent in here.agents}
    addresses: set[str] = set()
    for thing in strangers(known, here, seen):
        yield from _device(here, thing, taken, addresses)
    if site.id != centre:
        yield from _always_on(known, here, seen)


def _device(
    here: KnownAtSite, thing: Thing, taken: set[str], addresses: set[str]
) -> Iterator[Suggestion]:
    """Yield the neighbour as a device, unless its kind or its place is doubtful.

    One whose address lies outside the site's networks is the carrier's or another site's.
    """
    kind = kind_of(thing.capabilities, thing.description)
    is_elsewhere = any(not here.is_local(one) for one in thing.addresses)
    is_taken = any(here.is_gateway(one) for one in thing.addresses) and kind not in ROUTERS
    if kind is None or is_elsewhere or is_taken or len(thing.macs) > 1:
        return
    within = _free_id(thing, kind, taken)
    if not within:
        return
    taken.add(within)
    fields: dict[str, Plain] = {"kind": kind.value}
    if thing.name and thing.name != within:
        fields["name"] = thing.name
    address = next((one for one in thing.addresses if one not in addresses), "")
    if address:
        addresses.add(address)
        fields["address"] = address
    if thing.macs:
        fields["mac"] = thing.macs[0]
    if upstream := _upstream(here, thing, kind):
        fields["upstream"] = upstream
    site = here.site.id
    port = next((clean(one.port) for device, one in thing.seen if device == thing.seen_by), "")
    where = f"{thing.seen_by.partition('/')[2]}{f' cổng {port}' if port else ''}"
    said = f" Thiết bị tự giới thiệu: {thing.description}." if thing.description else ""
    yield Suggestion(
        f"{site}/{within}",
        site,
        f"Khai thêm {KIND_WORDS[kind]} {within}{f' ({address})' if address else ''}",
        f"{where} thấy bên cạnh (LLDP), danh mục chưa có.{said}",
        item_puts(site, "devices", within, fields),
    )


def _free_id(thing: Thing, kind: DeviceKind, taken: set[str]) -> str:
    """Return an id that nobody at the site has: its name, or its kind or name with its MAC's end.

    It depends on nothing but the device itself, so it is the same tomorrow.
    """
    name = slug(thing.name.partition(".")[0])[:_ID_CHARACTERS].strip("-")
    if name and thing.is_name_its_own and name not in taken:
        return name
    if thing.macs:
        mark = thing.macs[0].replace(":", "")[-6:]
    elif thing.addresses:
        mark = re.sub(r"[^0-9a-f]+", "-", thing.addresses[0]).strip("-")
    else:
        return ""
    with_mark = f"{name or kind.value.replace('_', '-')}-{mark}"
    return with_mark if with_mark not in taken else ""


def _upstream(here: KnownAtSite, thing: Thing, kind: DeviceKind) -> str:
    """Return the short id of the device that it hangs on, empty where that may be the wrong way.

    A router hangs on nothing in the building; a switch that is seen by another one hangs on it
    only if that one is known to hang on something else.
    """
    seer = next((one for one in here.site.devices if one.id == thing.seen_by), None)
    if seer is None or seer.lifecycle is not Lifecycle.ACTIVE or kind is DeviceKind.CPE:
        return ""
    is_above = seer.kind in {DeviceKind.CPE, DeviceKind.ONT} or seer.upstream is not None
    return seer.id.partition("/")[2] if kind is not DeviceKind.SWITCH or is_above else ""


def _always_on(known: Known, here: KnownAtSite, seen: Iterable[DeviceSeen]) -> Iterator[Suggestion]:
    """Yield the device by which the centre would see a site that it cannot see now."""
    if here.site.always_on():
        return
    seen = tuple(seen)
    alive = {one.device for one in seen}
    alive |= {item for thing in things(seen) if (item := declared(known, here, thing))}
    candidates = [
        one
        for one in here.site.devices
        if one.kind in _WATCHABLE
        and one.lifecycle is Lifecycle.ACTIVE
        and address_of(one.address) is not None
        and one.id in alive
    ]
    if not candidates:
        return
    chosen = min(candidates, key=lambda one: (_WATCHABLE.index(one.kind), one.id))
    within, site = chosen.id.partition("/")[2], here.site.id
    yield Suggestion(
        f"{chosen.id}:always-on",
        site,
        f"Để trung tâm kiểm tra {within} ({chosen.address}) ngày đêm",
        "Điểm chưa có thiết bị luôn bật nào nên khi máy tắt thì trung tâm không thấy gì; thiết bị"
        " này đang hoạt động. Trung tâm phải tới được địa chỉ đó.",
        item_puts(site, "devices", within, {"always_on": True}),
    )
