"""What the inventory lacks of a declared item and the network knows: model, serial, MAC. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator

from collector.discovery.known import Known, KnownAtSite, address_of, clean, items_of, mac_of
from collector.discovery.sightings import DeviceSeen
from collector.discovery.suggestion import Suggestion, item_puts
from inventory.editing.put import Plain
from inventory.model import Device, Machine

_WORDS = {"model": "model", "serial": "số sê-ri", "mac": "địa chỉ MAC"}
_PLACEHOLDERS = {
    *("", "0", "none", "n/a", "na", "unknown", "not specified", "default string"),
    *("to be filled by o.e.m.", "system serial number", "serial number"),
}


def fact_suggestions(
    known: Known, here: KnownAtSite, seen: Iterable[DeviceSeen]
) -> Iterator[Suggestion]:
    """Yield what is to be filled in of the items of one site, and where they contradict."""
    seen = tuple(seen)
    by_device = {one.device: one for one in seen}
    serials = Counter(clean(one.serial).casefold() for one in seen)
    for item in items_of(here.site):
        if not isinstance(item, Device | Machine):
            continue
        told: dict[str, str] = {}
        device = by_device.get(item.id)
        if isinstance(item, Device) and device is not None:
            told["model"] = clean(device.model)
            if serials[clean(device.serial).casefold()] == 1:
                told["serial"] = clean(device.serial)
        mac = here.arp.only_mac(address_of(item.address))
        if mac and known.item(here, mac, "") in {"", item.id}:
            told["mac"] = mac
        yield from _of_item(here, item, told)


def _of_item(
    here: KnownAtSite, item: Device | Machine, told: dict[str, str]
) -> Iterator[Suggestion]:
    within = item.id.partition("/")[2]
    lacking: dict[str, Plain] = {}
    differing = []
    for field, value in told.items():
        declared = getattr(item, field) or ""
        if value.casefold() in _PLACEHOLDERS:
            continue
        if not declared:
            lacking[field] = value
        elif not _is_same(field, declared, value):
            differing.append(f"{_WORDS[field]}: danh mục ghi {declared}, mạng cho biết {value}")
    site = here.site.id
    if lacking:
        words = ", ".join(f"{_WORDS[field]} {value}" for field, value in lacking.items())
        where = "router cho biết qua ARP" if set(lacking) == {"mac"} else "thiết bị tự trả lời"
        items = "devices" if isinstance(item, Device) else "machines"
        edits = item_puts(site, items, within, lacking)
        yield Suggestion(item.id, site, f"Bổ sung cho {within}: {words}", f"{where}.", edits)
    if differing:
        reason = f"{'; '.join(differing)}. Xem lại tại chỗ rồi sửa bên sai."
        yield Suggestion(f"{item.id}:differs", site, f"{within} khác với danh mục", reason)


def _is_same(field: str, declared: str, told: str) -> bool:
    """Whether both say the same; a model is often written with the maker in front of it."""
    if field == "mac":
        return mac_of(declared) == told
    one, other = declared.casefold().strip(), told.casefold()
    return one == other or (field == "model" and (one in other or other in one))
