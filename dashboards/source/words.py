"""What codes are called and how they are coloured, in the collector's own words."""

from collections.abc import Mapping
from typing import Any, Final

from collector.verdict.wording import CAUSE_WORDS, STATUS_WORDS
from govnet.catalogue import CAUSES, STATUSES
from inventory.model import DeviceKind, MachineRole, Technology

Json = dict[str, Any]

GREEN, YELLOW, ORANGE, RED = "green", "yellow", "orange", "red"
GREY, BLUE, PURPLE = "#8e8e8e", "blue", "purple"

STATUS_COLOURS: Final[Mapping[str, str]] = {
    "up": GREEN,
    "degraded": YELLOW,
    "down": RED,
    "unreachable": ORANGE,
    "maintenance": BLUE,
    "unknown": PURPLE,
    "never_seen": "#5794f2",
    "exempt": GREY,
    "off_hours": GREY,
    "not_yet_on": "#c8a951",
    "absent": "#b877d9",
    "lost": "#7a3b2e",
}
CAUSE_COLOURS: Final[Mapping[str, str]] = {
    "power": YELLOW,
    "link": RED,
    "carrier": ORANGE,
    "lan": BLUE,
    "equipment": PURPLE,
    "agent": "#5794f2",
    "centre": "#ff7383",
    "undetermined": GREY,
}


def values(words: Mapping[str, tuple[str, str]]) -> list[Json]:
    """Return a mapping of values to (text, colour)."""
    options = {
        value: {"text": text, "color": colour, "index": index}
        for index, (value, (text, colour)) in enumerate(words.items())
    }
    return [{"type": "value", "options": options}]


BY_CODE: Final[Mapping[str, tuple[str, str]]] = {
    str(code): (STATUS_WORDS[status]["vi"], STATUS_COLOURS[status])
    for code, status in enumerate(STATUSES)
}
"""Words and colour of a status by number, as `*_health_code` has it."""
BY_STATUS: Final[Mapping[str, tuple[str, str]]] = {
    status: (STATUS_WORDS[status]["vi"], STATUS_COLOURS[status]) for status in STATUSES
}
BY_CAUSE: Final[Mapping[str, tuple[str, str]]] = {
    "": ("Chưa có kết luận", GREY),
    **{cause: (CAUSE_WORDS[cause]["vi"], CAUSE_COLOURS[cause]) for cause in CAUSES},
}
STATUS_CODES: Final = values(BY_CODE)
CAUSE_CODES: Final = values(
    {str(number): BY_CAUSE[cause] for number, cause in enumerate(("", *CAUSES))}
)
"""By number, as `outage:govnet_outage_info:cause_code` has it."""
YES_NO: Final = values({"1": ("Có", GREEN), "0": ("Không", RED)})
GRADES: Final = values({"0": ("Tốt", GREEN), "1": ("Tạm được", YELLOW), "2": ("Kém", RED)})
BY_KIND: Final[Mapping[str, tuple[str, str]]] = {
    DeviceKind.SWITCH: ("Bộ chuyển mạch", "text"),
    DeviceKind.CPE: ("Bộ định tuyến", "text"),
    DeviceKind.ONT: ("Thiết bị đầu cuối quang", "text"),
    DeviceKind.MEDIA_CONVERTER: ("Bộ chuyển đổi quang điện", "text"),
    DeviceKind.UPS: ("Bộ lưu điện", "text"),
    DeviceKind.PRINTER: ("Máy in", "text"),
    DeviceKind.SCANNER: ("Máy quét", "text"),
    DeviceKind.ACCESS_POINT: ("Điểm phát Wi-Fi", "text"),
    DeviceKind.CAMERA: ("Camera", "text"),
    DeviceKind.KIOSK: ("Màn hình tra cứu", "text"),
    DeviceKind.ENVIRONMENTAL_STATION: ("Trạm quan trắc", "text"),
    DeviceKind.PROJECTOR: ("Máy chiếu", "text"),
    DeviceKind.SERVER_STORAGE: ("Tủ đĩa", "text"),
}
DEVICE_KINDS: Final = values(BY_KIND)
TECHNOLOGIES: Final = values(
    {
        Technology.FIBER: ("Cáp quang", "text"),
        Technology.FTTH: ("FTTH", "text"),
        Technology.CELLULAR: ("Di động", "text"),
        Technology.RADIO: ("Vô tuyến", "text"),
    }
)
ROLES: Final = values(
    {MachineRole.PC: ("Máy tính", "text"), MachineRole.SERVER: ("Máy chủ", "text")}
)
TOLD: Final = values({"duty": ("Người trực", "text"), "admin": ("Quản trị", "text")})
"""Who is told of an alert."""
CORRECTED: Final = values({"1": ("Có", YELLOW), "0": ("", "text")})
