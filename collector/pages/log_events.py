"""What happened, one line each: outages, planned work, and what people and machines changed. Pure.

Outages of single office PCs are no lines: a list of them would be used to watch people.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from collector.accounts.viewer import Viewer
from collector.maintenance.records import Entry as Planned
from collector.pages.differences import is_office_pc
from collector.pages.maintenance import KIND_WORDS as PLANNED_WORDS
from collector.pages.named import name_of
from collector.store.audit import Entry
from collector.verdict.outages.records import Case
from collector.verdict.wording import CAUSE_WORDS, moment
from inventory.model import Inventory, Machine, site_id


class Kind(StrEnum):
    """What a line is about, as an address of the page names it."""

    OUTAGE = "su-co"
    PLANNED = "bao-tri"
    AGENT = "tac-tu"
    ACCOUNT = "tai-khoan"
    INVENTORY = "danh-muc"


KIND_NAMES: Final[Mapping[Kind, str]] = {
    Kind.OUTAGE: "Sự cố",
    Kind.PLANNED: "Bảo trì, cắt điện",
    Kind.AGENT: "Tác tử, mã, khoá",
    Kind.ACCOUNT: "Tài khoản, đăng nhập",
    Kind.INVENTORY: "Danh mục",
}
PUBLIC: Final = (Kind.OUTAGE, Kind.PLANNED)
"""Kinds of which there are lines for who is no admin."""
ACTION_WORDS: Final[Mapping[str, tuple[Kind, str]]] = {
    "outage acknowledged": (Kind.OUTAGE, "Tiếp nhận sự cố"),
    "outage assigned": (Kind.OUTAGE, "Giao xử lý sự cố"),
    "outage ticket": (Kind.OUTAGE, "Ghi số phiếu sự cố"),
    "outage note": (Kind.OUTAGE, "Ghi chú sự cố"),
    "outage cause": (Kind.OUTAGE, "Sửa nguyên nhân sự cố"),
    "month closed": (Kind.OUTAGE, "Chốt số liệu tháng"),
    "maintenance added": (Kind.PLANNED, "Ghi bảo trì"),
    "maintenance ended": (Kind.PLANNED, "Kết thúc bảo trì"),
    "power cuts proposed": (Kind.PLANNED, "Nạp lịch cắt điện"),
    "power cut confirmed": (Kind.PLANNED, "Xác nhận cắt điện"),
    "power cut rejected": (Kind.PLANNED, "Bỏ qua cắt điện"),
    "token created": (Kind.AGENT, "Tạo mã ghi danh"),
    "token revoked": (Kind.AGENT, "Thu hồi mã ghi danh"),
    "agent enrolled": (Kind.AGENT, "Ghi danh tác tử"),
    "agent approved": (Kind.AGENT, "Duyệt tác tử"),
    "agent revoked": (Kind.AGENT, "Thu hồi tác tử"),
    "agent moved": (Kind.AGENT, "Chuyển tác tử"),
    "agent bound by its facts": (Kind.AGENT, "Gắn tác tử với máy đã khai"),
    "hardware approved": (Kind.AGENT, "Duyệt phần cứng mới"),
    "key added": (Kind.AGENT, "Tác tử thay khoá"),
    "key renewal asked for": (Kind.AGENT, "Yêu cầu thay khoá"),
    "master key rotated": (Kind.AGENT, "Thay khoá chủ"),
    "account added": (Kind.ACCOUNT, "Thêm tài khoản"),
    "account role": (Kind.ACCOUNT, "Đổi vai trò"),
    "account disabled": (Kind.ACCOUNT, "Khoá tài khoản"),
    "account enabled": (Kind.ACCOUNT, "Mở lại tài khoản"),
    "account password link": (Kind.ACCOUNT, "Tạo liên kết đặt mật khẩu"),
    "account password": (Kind.ACCOUNT, "Đặt mật khẩu"),
    "account codes": (Kind.ACCOUNT, "Bật, tắt mã xác thực"),
    "account locked": (Kind.ACCOUNT, "Tạm khoá vì sai mật khẩu"),
    "signed in": (Kind.ACCOUNT, "Đăng nhập"),
    "inventory reloaded": (Kind.INVENTORY, "Nạp lại danh mục"),
}
"""What the account of changes calls it -> kind, words. Others are shown as they are called."""
_ENROLLED: Final = "agent enrolled ("
COLLECTOR: Final = "trung tâm"


@dataclass(frozen=True, slots=True)
class Event:
    """One line; `at` is Unix seconds, `site` an id or "", `who` who did or judged it."""

    at: float
    kind: Kind
    what: str
    site: str
    place: str
    detail: str
    who: str


def outages(inventory: Inventory, viewer: Viewer, cases: Iterable[Case]) -> Iterator[Event]:
    """Yield when outages began, were taken on, and ended."""
    names = {thing.id: name_of(thing) for thing in inventory.items()}
    pcs = {
        machine.id
        for site in inventory.sites.values()
        for machine in site.machines
        if is_office_pc(inventory, machine)
    }
    machines = {thing.id for thing in inventory.items() if isinstance(thing, Machine)}
    for case in cases:
        outage, handling = case.outage, case.handling
        is_single = outage.kind.value == "machine"
        if case.is_withdrawn or (is_single and outage.item not in machines - pcs):
            continue
        if not (viewer.sees(outage.site) and viewer.sees(outage.item)):
            continue
        site = inventory.sites.get(outage.site)
        place = names.get(outage.item, outage.item)
        if site is not None and outage.item != outage.site:
            place = f"{place}, {site.name}"
        cause = CAUSE_WORDS.get(case.cause, {}).get("vi", case.cause)
        said = f", do {handling.cause_by} xác định" if handling.cause_by else ""
        detail = f"Sự cố số {outage.number}. Nguyên nhân: {cause}{said}"

        def line(at: float, what: str, text: str, who: str = COLLECTOR) -> Event:
            return Event(at, Kind.OUTAGE, what, outage.site, place, text, who)  # noqa: B023 - used within this turn

        yield line(outage.started_at, "Bắt đầu mất kết nối", detail)
        if handling.acknowledged_at is not None and not viewer.is_admin:
            who = handling.acknowledged_by or ""
            yield line(handling.acknowledged_at, "Tiếp nhận sự cố", detail, who)
        if outage.ended_at is not None:
            yield line(outage.ended_at, "Khôi phục", detail)


def planned(inventory: Inventory, viewer: Viewer, entries: Iterable[Planned]) -> Iterator[Event]:
    """Yield when work was planned, confirmed and ended; for admins the account of changes does."""
    if viewer.is_admin:
        return
    names = {thing.id: name_of(thing) for thing in inventory.items()}
    zone = inventory.province.timezone
    for one in entries:
        if not one.item:
            continue
        span = f"{moment(one.start, zone)} đến {moment(one.end, zone)}: {one.reason}"
        word, place = PLANNED_WORDS[one.kind], names.get(one.item, one.item)
        site = site_id(one.item)
        yield Event(
            one.created_at, Kind.PLANNED, f"Ghi {word.lower()}", site, place, span, one.created_by
        )
        if one.confirmed_at is not None and one.confirmed_at != one.created_at:
            who = one.confirmed_by or ""
            yield Event(one.confirmed_at, Kind.PLANNED, "Xác nhận", site, place, span, who)
        if one.ended_at is not None:
            yield Event(one.ended_at, Kind.PLANNED, "Kết thúc hoặc bỏ", site, place, span, "")


def changed(inventory: Inventory, entries: Iterable[Entry]) -> Iterator[Event]:
    """Yield what people and machines changed, for admins."""
    names = {thing.id: name_of(thing) for thing in inventory.items()}
    for one in entries:
        action = "agent enrolled" if one.action.startswith(_ENROLLED) else one.action
        kind, what = ACTION_WORDS.get(action, (Kind.INVENTORY, one.action))
        waits = f", {one.action[len(_ENROLLED) : -1]}" if action != one.action else ""
        # Of agents the machine stands in the detail, of planned work the item is the subject.
        item = one.subject if one.subject in names else one.detail.rpartition(" -> ")[2]
        site = inventory.sites.get(site_id(item))
        place = names.get(one.subject, one.subject)
        detail = (one.detail + waits).strip(", ")
        if site is not None and one.subject not in names:
            place = f"{names.get(item, item.rpartition('/')[2])}, {site.name}"
            detail = f"{detail} · {one.subject}"
        yield Event(one.at, kind, what, site.id if site else "", place, detail, one.who)
