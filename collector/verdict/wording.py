"""Verdicts in words: Vietnamese and English sentences, times in the province's own zone."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from collector.verdict.notes import Argument, EvidenceNote
from inventory.model import ConferencePoint, Device, Inventory, Machine, site_id

Language: TypeAlias = Literal["vi", "en"]

ZONE: Final = "Asia/Ho_Chi_Minh"

STATUS_WORDS: Final[Mapping[str, Mapping[Language, str]]] = {
    "up": {"vi": "Hoạt động", "en": "Up"},
    "degraded": {"vi": "Suy giảm", "en": "Degraded"},
    "down": {"vi": "Mất kết nối", "en": "Down"},
    "unreachable": {"vi": "Không tới được", "en": "Unreachable"},
    "maintenance": {"vi": "Bảo trì", "en": "Maintenance"},
    "unknown": {"vi": "Chưa rõ", "en": "Unknown"},
    "never_seen": {"vi": "Chưa từng thấy", "en": "Never seen"},
    "exempt": {"vi": "Được miễn", "en": "Exempt"},
    "off_hours": {"vi": "Ngoài giờ", "en": "Off hours"},
    "not_yet_on": {"vi": "Chưa bật", "en": "Not yet on"},
    "absent": {"vi": "Vắng", "en": "Absent"},
    "lost": {"vi": "Mất dấu", "en": "Lost"},
}
CAUSE_WORDS: Final[Mapping[str, Mapping[Language, str]]] = {
    "power": {"vi": "Mất điện", "en": "Power"},
    "link": {"vi": "Đường truyền", "en": "Link"},
    "carrier": {"vi": "Nhà mạng", "en": "Carrier"},
    "lan": {"vi": "Mạng nội bộ", "en": "Local network"},
    "equipment": {"vi": "Thiết bị", "en": "Equipment"},
    "agent": {"vi": "Tác tử", "en": "Agent"},
    "centre": {"vi": "Phía trung tâm", "en": "The centre"},
    "undetermined": {"vi": "Chưa xác định", "en": "Undetermined"},
}
CONDITION_WORDS: Final[Mapping[str, Mapping[Language, str]]] = {
    "certificate_expiring": {"vi": "Chứng thư sắp hết hạn", "en": "Certificate expires soon"},
    "disk_full": {"vi": "Ổ đĩa sắp đầy", "en": "Disk nearly full"},
    "clock_wrong": {"vi": "Đồng hồ sai", "en": "Clock wrong"},
    "spool_dropping": {"vi": "Tác tử đang bỏ báo cáo", "en": "Agent drops reports"},
    "on_battery": {"vi": "UPS đang chạy bằng ắc quy", "en": "UPS runs on its battery"},
}

_SENTENCES: Final[Mapping[str, Mapping[Language, str]]] = {
    "agents_heard": {
        "vi": "Có {0} máy gửi báo cáo, lần gần nhất lúc {1:at}.",
        "en": "{0} machines report, last at {1:at}.",
    },
    "agents_silent": {
        "vi": "Không máy nào gửi báo cáo từ {0:at}.",
        "en": "No machine has reported since {0:at}.",
    },
    "agents_never_heard": {
        "vi": "Chưa máy nào từng gửi báo cáo.",
        "en": "No machine has ever reported.",
    },
    "target_answers": {
        "vi": "Thiết bị luôn bật {0} trả lời trung tâm lúc {1:at}.",
        "en": "Always-on {0} answered the centre at {1:at}.",
    },
    "target_silent": {
        "vi": "{0} thiết bị luôn bật không trả lời trung tâm từ {1:at}.",
        "en": "Nothing always on (of {0}) has answered the centre since {1:at}.",
    },
    "point_answers": {
        "vi": "Điểm cầu {0} trả lời trung tâm lúc {1:at}.",
        "en": "Conference point {0} answered the centre at {1:at}.",
    },
    "device_answers": {
        "vi": "Thiết bị {0} trả lời trung tâm lúc {1:at}, khi được hỏi về chính nó.",
        "en": "{0} answered the centre at {1:at} when it was asked about itself.",
    },
    "device_answered_within": {
        "vi": "Thiết bị {0} trong cơ quan vẫn trả lời các máy ở đó: mạng nội bộ còn chạy.",
        "en": "{0} answered the machines there: the LAN worked.",
    },
    "ups_on_mains": {
        "vi": "Bộ lưu điện {0} vẫn nhận điện lưới: không phải mất điện.",
        "en": "UPS {0} still had mains: the power did not fail.",
    },
    "light_lost": {
        "vi": "Thiết bị {0} mất ánh sáng quang từ {1:at}: cáp quang hoặc đầu phát của nhà mạng.",
        "en": "{0} has had no optical light since {1:at}: the fiber, or the carrier's sender.",
    },
    "notified_on_battery": {
        "vi": "Thiết bị {0} đã báo chạy ắc quy lúc {1:at} (thông báo SNMP, chỉ để tham khảo).",
        "en": "{0} notified at {1:at} that it went over to battery (SNMP; no proof by itself).",
    },
    "notified_link_down": {
        "vi": "Thiết bị {0} đã báo mất một cổng lúc {1:at} (thông báo SNMP, chỉ để tham khảo).",
        "en": "{0} notified at {1:at} that a port went down (SNMP; no proof by itself).",
    },
    "collector_away": {
        "vi": "Máy thu nhận không chạy lúc đó nên không ai biết.",
        "en": "The collector did not run then, so nobody can tell.",
    },
    "centre_without_result": {
        "vi": "Trung tâm đã từng kiểm tra điểm này, nay không có kết quả mới.",
        "en": "The centre has checked this site before and has no newer result.",
    },
    "centre_cannot_look": {
        "vi": "Trung tâm không kiểm tra được điểm này; máy làm việc im lặng có thể chỉ là đã tắt.",
        "en": "The centre cannot check this site; PCs that are silent may just be off.",
    },
    "server_silent": {
        "vi": "Máy {0} phải luôn bật nhưng đã im lặng từ {1:at}.",
        "en": "{0} is never rightly off, but silent since {1:at}.",
    },
    "many_at_once": {
        "vi": "{0} trong {1} điểm mất gần như cùng lúc: nghi lỗi ở trung tâm trước.",
        "en": "{0} of {1} sites vanished about together: suspect the centre first.",
    },
    "centre_agent_silent": {
        "vi": "Tác tử của chính trung tâm cũng im lặng từ {0:at}.",
        "en": "The centre's own agent is silent too, since {0:at}.",
    },
    "office_silent": {
        "vi": "{0} máy im lặng cùng lúc từ {1:at}, trong giờ làm việc.",
        "en": "{0} machines fell silent together at {1:at}, within working hours.",
    },
    "machines_stayed_on": {
        "vi": "{0} máy ở đó vẫn chạy suốt lúc mất liên lạc: không phải mất điện.",
        "en": "{0} machines there kept running all the while: the power did not fail.",
    },
    "gateway_answers_far_not": {
        "vi": "Từ đó bộ định tuyến của điểm vẫn trả lời, phía trung tâm thì không.",
        "en": "From there the site's own router answered, the centre's end did not.",
    },
    "gateway_answers_next_hop_not": {
        "vi": "Từ đó bộ định tuyến của điểm vẫn trả lời, chặng kế tiếp của nhà mạng thì không.",
        "en": "From there the site's own router answered, the carrier's next hop did not.",
    },
    "next_hop_answers_far_not": {
        "vi": "Từ đó chặng kế tiếp của nhà mạng vẫn trả lời, phía trung tâm thì không.",
        "en": "From there the carrier's next hop answered, the centre's end did not.",
    },
    "far_answers": {
        "vi": "Từ đó vẫn tới được phía trung tâm, nhưng báo cáo không đến nơi.",
        "en": "From there the centre's end answered, but no report arrived.",
    },
    "gateway_silent": {
        "vi": "Bộ định tuyến của điểm không trả lời các máy ở đó.",
        "en": "The site's own router answered none of its machines.",
    },
    "peers_seen": {
        "vi": "Các máy trong cơ quan vẫn thấy nhau: mạng nội bộ còn chạy.",
        "en": "The machines there saw each other: the LAN worked.",
    },
    "peers_silent": {
        "vi": "Các máy trong cơ quan không thấy nhau: mạng nội bộ hỏng.",
        "en": "The machines there did not see each other: the LAN failed.",
    },
    "cable_up": {
        "vi": "Cáp mạng của máy ở đó vẫn có tín hiệu: chỗ hỏng ở phía sau thiết bị nó cắm vào.",
        "en": "The network cable there carried a signal: the fault lies behind what it is in.",
    },
    "cable_down": {
        "vi": (
            "Cáp mạng của {0} máy còn chạy không có tín hiệu: dây bị rút, thiết bị nó cắm vào đã"
            " tắt, hoặc bộ chuyển đổi quang ngắt theo sợi quang."
        ),
        "en": (
            "The network cables of {0} running machines carried no signal: unplugged, what they"
            " are in is dark, or a media converter went dark with its fiber."
        ),
    },
    "switch_silent": {
        "vi": "Switch {0} không trả lời trong khi bộ định tuyến phía trước vẫn trả lời.",
        "en": "Switch {0} is silent while the router before it answers.",
    },
    "resolvers_silent": {
        "vi": "Không máy chủ phân giải tên (DNS) nào trả lời các máy ở đó.",
        "en": "No name server (DNS) answers the machines there.",
    },
    "reports_held_back": {
        "vi": "Các máy ở đó tới được trung tâm mà vẫn không gửi được báo cáo: xem lại tác tử.",
        "en": "The machines there reach the centre, yet send no report: look at the agent.",
    },
    "heard_by_relay": {
        "vi": "Máy ở đó vẫn gửi báo cáo qua Internet: điện còn, đường chuyên dùng mất.",
        "en": "Machines there report by the Internet: there is power, the dedicated line is gone.",
    },
    "on_battery": {
        "vi": "{0} chuyển sang chạy pin hoặc ắc quy lúc {1:at}: điện lưới mất.",
        "en": "{0} went over to its battery at {1:at}: the mains failed.",
    },
    "stopped_by_power": {
        "vi": "Máy {0} tắt đột ngột lúc {1:at}, chạy lại lúc {2:at}: mất điện.",
        "en": "{0} stopped abruptly at {1:at} and ran again at {2:at}: the power failed.",
    },
    "exempt": {
        "vi": "Được miễn giám sát: {0}.",
        "en": "Exempt from monitoring: {0}.",
    },
    "centre_silent_together": {
        "vi": "Tác tử của chính trung tâm mất cùng lúc, khoảng {0:at}.",
        "en": "The centre's own agent fell silent with it, about {0:at}.",
    },
    "centre_or_carrier": {
        "vi": "{0} trong {1} điểm mất gần như cùng lúc, tất cả đi qua nhà mạng {2}: "
        "lỗi ở trung tâm hoặc ở nhà mạng, chưa tách được.",
        "en": "{0} of {1} sites vanished about together, all by carrier {2}: "
        "the centre or the carrier, which cannot be told apart.",
    },
    "carrier_down": {
        "vi": "Nhà mạng {0} mất {1} trong {2} điểm gần như cùng lúc, "
        "điểm của nhà mạng khác vẫn hoạt động.",
        "en": "Carrier {0} lost {1} of {2} sites about together, "
        "while sites of another carrier live.",
    },
    "same_power_area": {
        "vi": "Cùng khu vực điện {0} với {1}, nơi đã rõ là mất điện cùng lúc.",
        "en": "In power area {0} with {1}, which is proven to have lost its mains then.",
    },
    "area_on_carriers": {
        "vi": "{1} điểm của khu vực điện {0} mất cùng lúc dù đi qua {2} nhà mạng, "
        "nơi khác của các nhà mạng này vẫn hoạt động.",
        "en": "{1} sites of power area {0} vanished together on {2} carriers, "
        "which work elsewhere.",
    },
    "feeder_or_carrier": {
        "vi": "{1} điểm của khu vực điện {0} mất cùng lúc, đều đi qua nhà mạng {2}: "
        "mất điện khu vực hoặc nút của nhà mạng, chưa tách được.",
        "en": "{1} sites of power area {0} vanished together, all by carrier {2}: "
        "the feeder or the carrier's node, which cannot be told apart.",
    },
    "in_event": {
        "vi": "Thuộc một sự cố chung của nhiều điểm, bắt đầu lúc {0:at}.",
        "en": "Part of one event of many sites that began at {0:at}.",
    },
    "watched_no_more": {
        "vi": "Danh mục không còn mục này để theo dõi.",
        "en": "The inventory does not have it to be watched any more.",
    },
    "outages_corrected": {
        "vi": "Bằng chứng đến sau đã làm thay đổi các sự cố số {0}.",
        "en": "Later evidence changed outages {0}.",
    },
    "causes_confirmed": {
        "vi": "Nguyên nhân các sự cố số {0} đã được người trực xác nhận hoặc sửa.",
        "en": "Operators confirmed or set the causes of outages {0}.",
    },
    "inventory_changed": {
        "vi": "Danh mục, lịch làm việc hoặc lịch bảo trì đã thay đổi.",
        "en": "The inventory, a calendar or planned windows changed.",
    },
}


_ALMOST: Final = 0.99995
"""From here on two decimals would say 100."""
_AREA: Final = "Khu vực điện "
"""The sentences say it themselves."""


def percent(share: float | None) -> str:
    """Return a share (0-1) as `70,02`; less than everything is never said to be 100,00."""
    if share is None:
        return "-"
    shown = f"{min(share, 1.0 if share == 1.0 else _ALMOST - 1e-9) * 100:.2f}"
    return shown.replace(".", ",")


class _Worded:
    """An argument as the sentences show it: `{:at}` is a time, an id is said by its name."""

    def __init__(self, value: Argument, zone: str, inventory: Inventory | None) -> None:
        self._value = value
        self._zone = zone
        self._inventory = inventory

    def __format__(self, how: str) -> str:
        if how == "at" and not isinstance(self._value, str):
            return moment(self._value, self._zone)
        if isinstance(self._value, str) and self._inventory is not None:
            return _named(self._value, self._inventory)
        return str(self._value)


def moment(at: float, zone: str = ZONE) -> str:
    """Return a time (Unix seconds) as `dd/mm/yyyy HH:MM` in the zone."""
    return datetime.fromtimestamp(at, ZoneInfo(zone)).strftime("%d/%m/%Y %H:%M")


def sentence(
    note: EvidenceNote,
    language: Language,
    zone: str = ZONE,
    inventory: Inventory | None = None,
) -> str:
    """Return one piece of evidence as a sentence.

    With an inventory carriers, power areas, sites and what stands in them are said by their names,
    what has none by its id.
    """
    args = (_Worded(arg, zone, inventory) for arg in note.args)
    return _SENTENCES[note.code][language].format(*args)


def _named(word: str, inventory: Inventory) -> str:
    for named in (inventory.carriers, inventory.power_areas, inventory.sites):
        found = named.get(word)
        if found is not None:
            return found.name.removeprefix(_AREA)
    site = inventory.sites.get(site_id(word))
    if site is None:
        return word
    items: tuple[Device | Machine | ConferencePoint, ...] = (
        *site.devices,
        *site.machines,
        *site.conference_points,
    )
    return next((one.name for one in items if one.id == word and one.name), word)
