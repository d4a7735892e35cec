"""What the inventory does not say of sites and units, and what it makes impossible."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from collector.doctor.records import Finding, Level, Seen, listed
from inventory.coverage.separable import is_blind
from inventory.model import DeviceKind, Lifecycle, Site

OLD_DAYS: Final = 365
"""A count of machines that is older is worth counting again."""
_FILL = "điền vào bảng tính (govnet inventory template) rồi govnet inventory import"


def check(seen: Seen) -> Iterator[Finding]:
    """Check what the inventory says."""
    if seen.inventory is None:
        return
    today = datetime.fromtimestamp(seen.now, UTC).date()
    sites = seen.sites
    offices = [site for site in sites if site.id != seen.inventory.province.centre]
    units = seen.inventory.units.values()
    ended = {unit.id for unit in units if unit.lifecycle is Lifecycle.RETIRED}
    for items, text, do in (
        (
            [site for site in offices if is_blind(site)],
            "không có gì luôn bật để trung tâm hỏi: sáng sớm và buổi tối không biết sống hay mất",
            "khai địa chỉ bộ định tuyến hoặc thiết bị hội nghị (always_on): " + _FILL,
        ),
        ([one for one in sites if one.unit_on(today) is None], "chưa gắn đơn vị", _FILL),
        (
            [one for one in sites if one.unit_on(today) in ended],
            "còn gắn với đơn vị đã hết hiệu lực",
            "govnet units find TÊN --today nói nay là đơn vị nào; sửa cột Đơn vị: " + _FILL,
        ),
        (
            [site for site in offices if not site.networks],
            "chưa khai dải mạng: máy ghi danh bằng mã của tỉnh không tự biết điểm của mình",
            _FILL,
        ),
        (
            [site for site in offices if not site.links_in_use()],
            "chưa khai đường truyền và nhà mạng: không gộp được sự cố của nhà mạng",
            _FILL,
        ),
        (
            [site for site in offices if any(not one.circuit for one in site.links_in_use())],
            "chưa có mã kênh của đường truyền: gọi nhà mạng phải tra",
            _FILL,
        ),
        (
            [site for site in offices if _ends_nowhere(site)],
            "chưa ghi địa chỉ đầu trung tâm: không phân biệt được đứt đường với sự cố nhà mạng",
            "ghi far_end.address ở defaults.links (docs/inventory.md), rồi govnet reload",
        ),
        (
            [site for site in sites if not any(one.telephone for one in site.contacts)],
            "chưa có điện thoại của người liên hệ (theo vai trò)",
            _FILL,
        ),
        (
            [site for site in sites if site.latitude is None],
            "chưa có toạ độ: không lên được bản đồ",
            _FILL,
        ),
        (
            [site for site in sites if _has_old_count(site, seen.now)],
            f"có số máy đếm đã hơn {OLD_DAYS} ngày",
            "đếm lại, sửa count, as_of và source: " + _FILL,
        ),
        (
            [site for site in offices if _lacks_vantage(site)],
            "có thiết bị SNMP mà chỉ trung tâm hỏi: đứt đường thì không ai hỏi được nữa",
            "ghi vantage: true ở một máy luôn bật của điểm, rồi govnet reload",
        ),
    ):
        yield from listed(items, Level.SHOULD, text, do)
    yield from _units(seen)
    yield from _centre(seen)


def _has_old_count(site: Site, now: float) -> bool:
    oldest = (datetime.fromtimestamp(now, UTC) - timedelta(days=OLD_DAYS)).date()
    return any(count.as_of < oldest for count in site.machine_counts)


def _ends_nowhere(site: Site) -> bool:
    """Return whether the main circuit has no hop that tells it from the carrier's network."""
    link = site.main_link()
    return link is not None and link.next_hop is None and link.far_end.address is None


def _lacks_vantage(site: Site) -> bool:
    # A UPS alone is better asked by the centre: a PC goes off with the mains and asks no more.
    asked = any(
        one.snmp and one.lifecycle is Lifecycle.ACTIVE and one.kind is not DeviceKind.UPS
        for one in site.devices
    )
    is_manned = bool(site.expected_machines())
    return asked and is_manned and not any(one.vantage for one in site.active_machines())


def _units(seen: Seen) -> Iterator[Finding]:
    if seen.inventory is None:
        return
    units = seen.inventory.units
    housed = {one.unit for site in seen.sites for one in site.assignments}
    parents = {unit.parent for unit in units.values()}
    without = tuple(
        f"{unit.id} ({unit.name})"
        for unit in units.values()
        if unit.lifecycle is Lifecycle.ACTIVE and unit.id not in housed and unit.id not in parents
    )
    if without:
        text = f"{len(without)} đơn vị chưa có điểm nào"
        yield Finding(Level.SHOULD, text, "thêm một dòng cho trụ sở: " + _FILL, without)


def _centre(seen: Seen) -> Iterator[Finding]:
    if seen.inventory is None:
        return
    province = seen.inventory.province
    centre = seen.inventory.sites.get(province.centre)
    if centre is not None and not any(one.vantage for one in centre.active_machines()):
        text = f"chưa máy nào của trung tâm ({centre.id}) được ghi vantage: true"
        do = "khai máy giám sát ở điểm đó với vantage: true, rồi govnet reload"
        yield Finding(Level.SHOULD, text, do)
    if province.reflector is None:
        text = "chưa khai điểm phản xạ (reflector): chưa đo được mất gói, trễ của từng đường truyền"
        do = "khai province.reflector (docs/inventory.md), rồi govnet reload"
        yield Finding(Level.SHOULD, text, do)
