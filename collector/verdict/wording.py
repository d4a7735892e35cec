"""Verdicts in words: Vietnamese and English sentences, times in the province's own zone."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from collector.verdict.verdicts import Argument, EvidenceNote

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
        "vi": "{0} thiết bị luôn bật không trả lời trung tâm, kiểm tra lúc {1:at}.",
        "en": "Nothing always on (of {0}) answered the centre, checked at {1:at}.",
    },
    "point_answers": {
        "vi": "Điểm cầu {0} trả lời trung tâm lúc {1:at}.",
        "en": "Conference point {0} answered the centre at {1:at}.",
    },
    "watched_since": {
        "vi": "Mới theo dõi từ {0:at}, chưa đủ ba chu kỳ để kết luận.",
        "en": "Watched only since {0:at}: less than three intervals, too early to tell.",
    },
    "centre_last_looked": {
        "vi": "Trung tâm kiểm tra lần cuối lúc {0:at}, nay không có kết quả mới.",
        "en": "The centre last looked at {0:at} and has no newer result.",
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
    "exempt": {
        "vi": "Được miễn giám sát: {0}.",
        "en": "Exempt from monitoring: {0}.",
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


class _Worded:
    """An argument as the sentences show it: `{:at}` is a time, anything else stands as it is."""

    def __init__(self, value: Argument, zone: str) -> None:
        self._value = value
        self._zone = zone

    def __format__(self, how: str) -> str:
        if how == "at" and not isinstance(self._value, str):
            return moment(self._value, self._zone)
        return str(self._value)


def moment(at: float, zone: str = ZONE) -> str:
    """Return a time (Unix seconds) as `dd/mm/yyyy HH:MM` in the zone."""
    return datetime.fromtimestamp(at, ZoneInfo(zone)).strftime("%d/%m/%Y %H:%M")


def sentence(note: EvidenceNote, language: Language, zone: str = ZONE) -> str:
    """Return one piece of evidence as a sentence."""
    return _SENTENCES[note.code][language].format(*(_Worded(arg, zone) for arg in note.args))
