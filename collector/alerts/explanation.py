"""A fault as a person tells it: since when, why, what speaks for it, what to do, whom to call.

Vietnamese, for the duty officer. Pure: from a verdict or an event and the inventory. The sentences
become label values, so they hold no time that changes while the fault stays the same one.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from collector.alerts import contacts
from collector.verdict.shared.records import Event
from collector.verdict.verdicts import EvidenceNote, SiteVerdict
from collector.verdict.wording import CAUSE_WORDS, sentence
from govnet.catalogue import CAUSES
from inventory.model import Inventory, Site, Unit

MAX_CHARACTERS: Final = 400
"""Longest sentence: a label value is kept with every sample's series and sent in text messages."""
FAULTY: Final = frozenset({"down", "degraded"})
"""Statuses that are explained."""


class Explanation(msgspec.Struct, frozen=True):
    """What is said of a fault, each at most `MAX_CHARACTERS` long."""

    since: str
    cause: str
    evidence: str
    advice: str
    call: str


_CAUSES: Final[Mapping[str, str]] = {
    "power": "Mất điện tại điểm.",
    "link": "Đường truyền từ điểm về trung tâm bị đứt hoặc lỗi.",
    "carrier": "Lỗi trong mạng của nhà mạng {carrier}.",
    "lan": "Lỗi mạng nội bộ của điểm.",
    "equipment": "Hỏng thiết bị mạng tại điểm (bộ định tuyến hoặc switch).",
    "agent": "Chỉ phần mềm giám sát trên máy ngừng chạy, mạng của điểm có thể vẫn tốt.",
    "centre": "Nghi lỗi ở phía trung tâm, không phải ở điểm.",
    "undetermined": "Chưa xác định: chưa có bằng chứng phân biệt mất điện với đứt đường truyền.",
}
_PARTLY: Final[Mapping[str, tuple[str, str, str]]] = {
    "office_silent": (
        (
            "Chưa xác định: các máy cùng im lặng, bộ định tuyến của điểm vẫn trả lời; "
            "có thể mất điện một phần, hỏng switch hoặc mạng nội bộ."
        ),
        (
            "Gọi đơn vị hỏi có điện không, rồi xem switch và dây mạng về bộ định tuyến. "
            "Đường truyền vẫn thông, chưa gọi nhà mạng."
        ),
        "lan",
    ),
    "resolvers_silent": (
        "Chưa xác định: các máy ở điểm không phân giải được tên miền.",
        (
            "Xem máy chủ DNS của tỉnh và địa chỉ DNS mà bộ định tuyến của điểm cấp. "
            "Đường truyền vẫn thông, chưa gọi nhà mạng."
        ),
        "centre",
    ),
    "agents_heard": (
        "Chưa xác định: các máy vẫn gửi báo cáo, chỉ thiết bị luôn bật không trả lời trung tâm.",
        (
            "Gọi đầu mối của đơn vị: xem thiết bị luôn bật còn chạy và có chặn trung tâm hỏi "
            "không. Đường truyền vẫn thông, chưa gọi nhà mạng."
        ),
        "lan",
    ),
}
"""Where a site still works in part and nobody knows why: by the evidence, the first that is there,
what is said, what to do, and the cause whose contacts are called."""
_POWERED: Final = (
    "Chưa xác định hỏng ở đoạn nào; điểm vẫn có điện.",
    (
        "Gọi đầu mối của đơn vị: xem bộ định tuyến và dây mạng. "
        "Bộ định tuyến vẫn chạy tốt thì báo trực ca nhà mạng {carrier}{circuit}."
    ),
)
"""The same of a site that is cut off and has power."""
_ADVICE: Final[Mapping[str, str]] = {
    "power": (
        "Gọi điện lực khu vực hỏi thời gian có điện lại, rồi báo cho đơn vị. "
        "Có điện mà chưa liên lạc được thì nhờ đơn vị bật lại bộ định tuyến."
    ),
    "link": "Báo trực ca nhà mạng {carrier}{circuit}. Ghi số phiếu báo hỏng vào sự cố.",
    "carrier": (
        "Báo trực ca nhà mạng {carrier}{circuit}, hỏi phạm vi ảnh hưởng và thời gian khắc phục."
    ),
    "lan": (
        "Gọi đầu mối của đơn vị: xem switch có điện và dây mạng về bộ định tuyến còn cắm. "
        "Không gọi nhà mạng khi chưa xem tại chỗ."
    ),
    "equipment": (
        "Gọi đầu mối của đơn vị: xem đèn bộ định tuyến và switch, tắt rồi bật lại một lần. "
        "Không lên lại thì chuẩn bị thiết bị thay."
    ),
    "agent": "Gọi đầu mối của đơn vị: khởi động lại máy hoặc dịch vụ govnet-agent trên máy.",
    "centre": (
        "Xem trung tâm trước: đường truyền, thiết bị và máy giám sát ở trung tâm. "
        "Chưa gọi đơn vị và nhà mạng."
    ),
    "undetermined": (
        "Gọi đơn vị hỏi có điện không. Có điện thì báo trực ca nhà mạng {carrier}{circuit}; "
        "mất điện thì gọi điện lực khu vực."
    ),
}
_EVENT_CAUSES: Final[Mapping[str, str]] = {
    "power": "Mất điện{in_area}.",
    "link": "Đường truyền{of_carrier} bị đứt hoặc lỗi.",
    "carrier": "Lỗi trong mạng của nhà mạng{carrier}.",
    "centre": "Nghi lỗi ở phía trung tâm, không phải ở các điểm.",
}
_EVENT_UNDETERMINED: Final = "Chưa xác định nguyên nhân chung."
_EVENT_ADVICE: Final[Mapping[str, str]] = {
    "power": (
        "Gọi điện lực{of_area} hỏi phạm vi và thời gian có điện lại, rồi báo cho các đơn vị. "
        "Không cần gọi từng điểm."
    ),
    "link": "Báo trực ca nhà mạng{carrier} kèm danh sách điểm, hỏi chỗ đứt và thời gian khắc phục.",
    "carrier": (
        "Báo trực ca nhà mạng{carrier} kèm danh sách điểm, hỏi phạm vi và thời gian khắc phục."
    ),
    "centre": _ADVICE["centre"],
}
_EVENT_ADVICE_UNDETERMINED: Final = (
    "Gọi hai, ba đơn vị trong danh sách hỏi có điện không. Có điện thì báo nhà mạng; "
    "mất điện thì gọi điện lực khu vực."
)
_TOGETHER: Final = "Các điểm này mất liên lạc gần như cùng lúc"


def of_site(inventory: Inventory, verdict: SiteVerdict, unit: Unit | None) -> Explanation:
    """Explain a faulty site; `unit` is who uses it now, None if nobody does."""
    site = inventory.sites[verdict.site]
    cause = verdict.cause or "undetermined"
    words = _words(inventory, site)
    told, advice = _CAUSES[cause], _ADVICE[cause]
    if cause == "undetermined":
        codes = {note.code for note in verdict.evidence}
        partly = next((said for code, said in _PARTLY.items() if code in codes), None)
        if verdict.status == "degraded":
            told, advice, cause = partly or ("Chưa xác định.", advice, cause)
        elif "machines_stayed_on" in codes:
            told, advice = _POWERED
    return Explanation(
        since=_moment(inventory, verdict.since),
        cause=_short(told.format(**words)),
        evidence=_evidence(inventory, verdict.evidence),
        advice=_short(advice.format(**words)),
        call=_short(contacts.of_site(inventory, site, unit, cause)),
    )


def of_event(inventory: Inventory, event: Event) -> Explanation:
    """Explain what many sites share."""
    words = _shared_words(inventory, event)
    cause = _EVENT_CAUSES.get(event.cause, _mixed(event))
    advice = _EVENT_ADVICE.get(event.cause, _EVENT_ADVICE_UNDETERMINED)
    shared = [words[name].strip() for name in ("all_carrier", "all_area") if words[name]]
    if event.cause == "centre":
        shared = []  # What the sites share beside the centre is chance.
    evidence = "; ".join([_TOGETHER, *shared]) + "."
    return Explanation(
        since=_moment(inventory, event.started_at),
        cause=_short(cause.format(**words)),
        evidence=_short(evidence),
        advice=_short(advice.format(**words)),
        call=_short(contacts.of_event(inventory, event.carrier, event.power_area, event.cause)),
    )


def _mixed(event: Event) -> str:
    """Return several causes by their names; how many sites have which changes all the time."""
    known = {cause for cause, _ in event.causes} - {"undetermined"}
    named = [cause for cause in CAUSES if cause in known]
    if not named:
        return _EVENT_UNDETERMINED
    words = ", ".join(_small(CAUSE_WORDS[cause]["vi"]) for cause in named)
    return f"Nhiều nguyên nhân: {words}."


def where(inventory: Inventory, event: Event) -> str:
    """Return where an event is, by what its sites share."""
    area = inventory.power_areas.get(event.power_area)
    if event.cause == "centre":
        return inventory.province.name
    if event.cause == "power" and area is not None:
        return area.name
    carrier = inventory.carriers.get(event.carrier)
    if event.cause in ("link", "carrier") and carrier is not None:
        return f"các điểm dùng đường truyền {carrier.name}"
    return inventory.province.name if area is None else area.name


def _words(inventory: Inventory, site: Site) -> dict[str, str]:
    """Return what the sentences of a site name."""
    link = site.main_link()
    carrier = inventory.carriers.get(link.carrier) if link is not None else None
    circuit = ""
    if link is not None and link.circuit:
        circuit = f", mã kênh {link.circuit}"
    if link is not None and link.contract:
        circuit += f", hợp đồng {link.contract}"
    return {"carrier": carrier.name if carrier else "của điểm", "circuit": circuit}


def _shared_words(inventory: Inventory, event: Event) -> dict[str, str]:
    """Return what the sentences of an event name; "" where its sites share nothing."""
    carrier = inventory.carriers.get(event.carrier)
    area = inventory.power_areas.get(event.power_area)
    return {
        "carrier": f" {carrier.name}" if carrier else "",
        "of_carrier": f" của {carrier.name}" if carrier else "",
        "in_area": f" ở {_small(area.name)}" if area else "",
        "of_area": f" ({_small(area.name)})" if area else "",
        "all_carrier": f"đều dùng đường truyền {carrier.name}" if carrier else "",
        "all_area": f"đều thuộc {_small(area.name)}" if area else "",
    }


def _small(name: str) -> str:
    return name[:1].lower() + name[1:]


def _moment(inventory: Inventory, at: float) -> str:
    """Return a time (Unix seconds) as it is said: `08:15 ngày 12/10/2025`."""
    local = datetime.fromtimestamp(at, ZoneInfo(inventory.province.timezone))
    return local.strftime("%H:%M ngày %d/%m/%Y")


def _evidence(inventory: Inventory, notes: Iterable[EvidenceNote]) -> str:
    """Return as many whole sentences as fit, the first first."""
    told = ""
    for note in notes:
        longer = f"{told} {sentence(note, 'vi', inventory.province.timezone, inventory)}".strip()
        if len(longer) > MAX_CHARACTERS:
            break
        told = longer
    return told


def _short(text: str) -> str:
    """Cut a text that is too long at the end of a word."""
    if len(text) <= MAX_CHARACTERS:
        return text
    return text[: MAX_CHARACTERS - 1].rpartition(" ")[0] + "…"
