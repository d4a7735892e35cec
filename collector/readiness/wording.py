"""What is known of a point in words: Vietnamese and English. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from collector.alerts.contacts import of_site
from collector.readiness.records import Aspect, AspectKind, Judged, Part, PointState, Standing
from collector.verdict.notes import Argument
from collector.verdict.wording import CAUSE_WORDS, STATUS_WORDS, ZONE, Language, moment
from inventory.model import Inventory

STATE_WORDS: Final[Mapping[PointState, Mapping[Language, str]]] = {
    PointState.READY: {"vi": "Sẵn sàng", "en": "Ready"},
    PointState.AT_RISK: {"vi": "Có rủi ro", "en": "At risk"},
    PointState.NOT_READY: {"vi": "Chưa sẵn sàng", "en": "Not ready"},
    PointState.NOT_CHECKED: {"vi": "Chưa kiểm tra", "en": "Not checked"},
}
STANDING_WORDS: Final[Mapping[Standing, Mapping[Language, str]]] = {
    Standing.GOOD: {"vi": "Tốt", "en": "Good"},
    Standing.RISK: {"vi": "Rủi ro", "en": "Risk"},
    Standing.BAD: {"vi": "Hỏng", "en": "Bad"},
    Standing.UNCHECKED: {"vi": "Chưa kiểm tra", "en": "Not checked"},
}
ASPECT_WORDS: Final[Mapping[AspectKind, Mapping[Language, str]]] = {
    AspectKind.SITE: {"vi": "Kết nối của điểm", "en": "The site's connection"},
    AspectKind.PATH: {"vi": "Chất lượng đường truyền", "en": "Path quality"},
    AspectKind.REACHABLE: {"vi": "Thiết bị điểm cầu", "en": "Endpoint"},
    AspectKind.CALLABLE: {"vi": "Gọi được", "en": "Callable"},
    AspectKind.REGISTERED: {"vi": "Đăng ký", "en": "Registration"},
    AspectKind.MACHINE: {"vi": "Máy tính phòng họp", "en": "The room's PC"},
    AspectKind.CLOCK: {"vi": "Đồng hồ máy tính", "en": "The PC's clock"},
    AspectKind.PLATFORM: {"vi": "Nền tảng họp", "en": "Platform"},
    AspectKind.CERTIFICATE: {"vi": "Chứng thư", "en": "Certificate"},
    AspectKind.POWER: {"vi": "Điện", "en": "Power"},
    AspectKind.PLANNED: {"vi": "Bảo trì, cắt điện", "en": "Planned work"},
    AspectKind.ROOM: {"vi": "Phòng họp xác nhận", "en": "The room's word"},
}
PART_WORDS: Final[Mapping[Part, Mapping[Language, str]]] = {
    Part.TV: {"vi": "TV / màn hình", "en": "TV"},
    Part.CAMERA: {"vi": "camera", "en": "camera"},
    Part.MICROPHONE: {"vi": "micro", "en": "microphone"},
    Part.SPEAKERS: {"vi": "loa", "en": "speakers"},
    Part.OPERATOR: {"vi": "người trực", "en": "operator"},
}

_LONG_DAYS: Final = 2
_PROTOCOL_WORDS: Final[Mapping[str, str]] = {
    "sip_udp": "SIP (UDP)",
    "sip_tcp": "SIP (TCP)",
    "sip_tls": "SIP (TLS)",
    "sip": "SIP",
    "h323": "H.323",
}

_PLATFORM_STALE: Final[Mapping[Language, str]] = {
    "vi": "Chưa có kết quả mới về {0}.",
    "en": "There is no new result of {0}.",
}
_SENTENCES: Final[Mapping[str, Mapping[Language, str]]] = {
    "point_not_in_use": {
        "vi": "Điểm cầu không có trong danh mục hoặc không ở trạng thái sử dụng.",
        "en": "The point is not in the inventory, or not in use.",
    },
    "site_not_judged": {
        "vi": "Điểm không được giám sát theo danh mục ({0}).",
        "en": "The inventory does not have the site watched ({0}).",
    },
    "verdict_stale": {
        "vi": "Chưa có kết luận mới về điểm này.",
        "en": "The site has not been judged lately.",
    },
    "site_down": {
        "vi": "Điểm mất kết nối từ {1:at}; nguyên nhân: {0:cause}.",
        "en": "The site has been cut off since {1:at}; cause: {0:cause}.",
    },
    "site_degraded": {
        "vi": "Điểm hoạt động không đầy đủ; nguyên nhân: {0:cause}.",
        "en": "The site works in part; cause: {0:cause}.",
    },
    "site_status": {
        "vi": "Trạng thái của điểm: {0:status}.",
        "en": "Status of the site: {0:status}.",
    },
    "site_up": {
        "vi": "Điểm và đường truyền đang hoạt động.",
        "en": "Site and circuit work.",
    },
    "on_backup_circuit": {
        "vi": "Đường chính {0} mất từ {1:at}; đang chạy đường dự phòng.",
        "en": "The main circuit {0} has been down since {1:at}; a backup carries the site.",
    },
    "circuit_down": {
        "vi": "Đường truyền {0} mất từ {1:at}.",
        "en": "Circuit {0} has been down since {1:at}.",
    },
    "path_not_measured": {
        "vi": "Không đo được: danh mục chưa khai báo bộ phản xạ, hoặc đường về trung tâm.",
        "en": "Not measured: the inventory has no reflector, or no circuit to the centre.",
    },
    "path_never_measured": {
        "vi": "Chưa máy nào ở đó đo chất lượng đường truyền.",
        "en": "No machine there has ever measured the path.",
    },
    "path_stale": {
        "vi": "Chất lượng đường truyền đo lần cuối lúc {0:at}, đã cũ.",
        "en": "The path was measured last at {0:at}, which is too long ago.",
    },
    "path_incomplete": {
        "vi": "Lần đo chất lượng đường truyền mới nhất không đủ số liệu.",
        "en": "The newest measurement of the path is incomplete.",
    },
    "path_silent": {
        "vi": "Gói đo không tới được trung tâm.",
        "en": "No test packet reaches the centre.",
    },
    "path_good": {
        "vi": "Tốt: mất gói {0:ratio}, biến thiên trễ {1:ms}, trễ một chiều {2:ms}.",
        "en": "Good: loss {0:ratio}, jitter {1:ms}, one-way delay {2:ms}.",
    },
    "path_fair": {
        "vi": "Tạm được: mất gói {0:ratio}, biến thiên trễ {1:ms}, trễ một chiều {2:ms}.",
        "en": "Fair: loss {0:ratio}, jitter {1:ms}, one-way delay {2:ms}.",
    },
    "path_poor": {
        "vi": "Kém: mất gói {0:ratio}, biến thiên trễ {1:ms}, trễ một chiều {2:ms}.",
        "en": "Poor: loss {0:ratio}, jitter {1:ms}, one-way delay {2:ms}.",
    },
    "point_never_asked": {
        "vi": "Chưa máy nào từng hỏi thiết bị điểm cầu này.",
        "en": "Nobody has ever asked this endpoint.",
    },
    "point_stale": {
        "vi": "Thiết bị điểm cầu được hỏi lần cuối lúc {0:at}, đã cũ.",
        "en": "The endpoint was asked last at {0:at}, which is too long ago.",
    },
    "point_silent": {
        "vi": "Thiết bị điểm cầu không trả lời: chưa bật, hoặc dây mạng.",
        "en": "The endpoint does not answer: it is off, or its cable is out.",
    },
    "point_answers": {"vi": "Thiết bị điểm cầu trả lời.", "en": "The endpoint answers."},
    "callable": {
        "vi": "Trả lời cuộc gọi bằng {0:protocols}.",
        "en": "It answers by {0:protocols}.",
    },
    "callable_registered": {
        "vi": "Thiết bị báo đã đăng ký, nên gọi được.",
        "en": "It says that it is registered, so it can be called.",
    },
    "no_call_protocol": {
        "vi": "Danh mục không khai báo SIP hoặc H.323: không ai thử được cuộc gọi.",
        "en": "The inventory names neither SIP nor H.323: nobody can try whether it can be called.",
    },
    "calls_not_measured": {
        "vi": "Lần hỏi mới nhất chưa thử SIP, H.323.",
        "en": "The newest look did not try SIP and H.323.",
    },
    "calls_partly": {
        "vi": "Không trả lời bằng {0:protocols}, còn giao thức khác.",
        "en": "It does not answer by {0:protocols}; another protocol works.",
    },
    "calls_refused": {
        "vi": "Không nhận cuộc gọi ({0:protocols} không trả lời).",
        "en": "It takes no calls ({0:protocols} does not answer).",
    },
    "registered": {"vi": "Đã đăng ký.", "en": "Registered."},
    "registered_partly": {
        "vi": "Chưa đăng ký bằng {0:protocols}.",
        "en": "Not registered by {0:protocols}.",
    },
    "not_registered": {
        "vi": "Chưa đăng ký: trung tâm không gọi được.",
        "en": "Not registered: the centre cannot call it.",
    },
    "registration_stale": {
        "vi": "Chưa có kết quả đăng ký mới.",
        "en": "There is no new word on the registration.",
    },
    "registrar_silent": {
        "vi": "Máy chủ đăng ký chưa cho biết điểm này đã đăng ký hay chưa.",
        "en": "The registrar does not say whether the point is registered.",
    },
    "certificate_lasts": {
        "vi": "Chứng thư còn hạn đến {0:at}.",
        "en": "The certificate lasts until {0:at}.",
    },
    "certificate_ends": {
        "vi": "Chứng thư hết hạn lúc {0:at}.",
        "en": "The certificate ends at {0:at}.",
    },
    "machine_not_declared": {
        "vi": "Danh mục chưa ghi máy tính của điểm cầu phần mềm này.",
        "en": "The inventory names no PC for this software point.",
    },
    "machine_never_heard": {
        "vi": "Máy {0} chưa từng gửi báo cáo.",
        "en": "{0} has never reported.",
    },
    "machine_silent": {
        "vi": "Máy {0} chưa bật hoặc mất mạng; lần cuối {1:at}.",
        "en": "{0} is off or cut off; last heard at {1:at}.",
    },
    "machine_on": {"vi": "Máy {0} đang bật.", "en": "{0} is on."},
    "clock_unknown": {
        "vi": "Chưa biết đồng hồ máy tính có đúng không.",
        "en": "Nobody knows whether the PC's clock is right.",
    },
    "clock_wrong": {
        "vi": "Đồng hồ máy tính lệch {0:minutes}: sẽ không đăng nhập được.",
        "en": "The PC's clock is off by {0:minutes}: nobody will be able to sign in.",
    },
    "clock_right": {
        "vi": "Đồng hồ đúng (lệch {0:ms}).",
        "en": "The clock is right (off by {0:ms}).",
    },
    "platform_not_declared": {
        "vi": "Chưa ghi nền tảng họp của điểm cầu hoặc của cuộc họp.",
        "en": "Neither the point nor the conference names a platform.",
    },
    "platform_stale": _PLATFORM_STALE,
    "platform_dns": {
        "vi": "Không kết nối được {0}: dừng ở bước phân giải tên (DNS).",
        "en": "{0} cannot be used: the name is not resolved (DNS).",
    },
    "platform_connect": {
        "vi": "Không kết nối được {0}: tên phân giải được, cổng không mở.",
        "en": "{0} cannot be used: the name is resolved, no connection is made.",
    },
    "platform_tls": {
        "vi": "Không kết nối được {0}: lỗi TLS hoặc chứng thư.",
        "en": "{0} cannot be used: TLS or its certificate fails.",
    },
    "platform_answer": {
        "vi": "{0} trả lời không đúng.",
        "en": "{0} does not answer as expected.",
    },
    "platform_works": {
        "vi": "{0} dùng được (DNS, TLS).",
        "en": "{0} works (DNS, TLS).",
    },
    "mcu_stale": _PLATFORM_STALE,
    "mcu_silent": {"vi": "MCU {0} không trả lời.", "en": "MCU {0} does not answer."},
    "mcu_answers": {"vi": "MCU {0} trả lời.", "en": "MCU {0} answers."},
    "ups_on_battery": {
        "vi": "Bộ lưu điện {0} đang chạy ắc quy.",
        "en": "UPS {0} runs on its battery.",
    },
    "power_cuts_today": {
        "vi": "Hôm nay đã mất điện {0} lần, gần nhất lúc {1:at}.",
        "en": "The power failed {0} times today, last at {1:at}.",
    },
    "no_power_cut_today": {
        "vi": "Hôm nay chưa mất điện.",
        "en": "The power has not failed today.",
    },
    "nothing_planned": {
        "vi": "Không có bảo trì hay cắt điện trong giờ họp.",
        "en": "Nothing is planned within the conference.",
    },
    "planned_maintenance": {
        "vi": "Có bảo trì {0:at} – {1:at}: {2}.",
        "en": "Maintenance {0:at} to {1:at}: {2}.",
    },
    "planned_power_cut": {
        "vi": "Có lịch cắt điện {0:at} – {1:at}: {2}.",
        "en": "Announced power cut {0:at} to {1:at}: {2}.",
    },
    "room_broken": {"vi": "Phòng họp báo hỏng: {0:parts}.", "en": "The room reports: {0:parts}."},
    "room_confirmed": {
        "vi": "Phòng họp đã xác nhận đủ.",
        "en": "The room has confirmed everything.",
    },
    "room_unconfirmed": {
        "vi": "Phòng họp chưa xác nhận TV, camera, micro, loa, người trực.",
        "en": "The room has not confirmed TV, camera, microphone, speakers, operator.",
    },
    "room_partly": {
        "vi": "Phòng họp chưa xác nhận: {0:parts}.",
        "en": "The room has not confirmed: {0:parts}.",
    },
}


class _Worded:
    """An argument as the sentences show it; `how` is what stands behind the colon."""

    def __init__(self, value: Argument, language: Language, zone: str) -> None:
        self._value = value
        self._language = language
        self._zone = zone

    def __format__(self, how: str) -> str:
        value = self._value
        if isinstance(value, str):
            return self._word(how, value)
        if how == "at":
            return moment(value, self._zone)
        if how == "ratio":
            return f"{self._number(value * 100)} %"
        if how == "ms":
            return f"{self._number(value * 1000)} ms"
        if how == "minutes":
            return self._length(value)
        return str(value)

    def _word(self, how: str, value: str) -> str:
        if how == "cause":
            return CAUSE_WORDS[value][self._language].lower()
        if how == "status":
            return STATUS_WORDS[value][self._language].lower()
        if how == "protocols":
            return ", ".join(_PROTOCOL_WORDS.get(one, one) for one in value.split(", "))
        if how == "parts":
            parts = (PART_WORDS[Part(part)][self._language] for part in value.split(","))
            return ", ".join(parts)
        return value

    def _length(self, seconds: float) -> str:
        """Return a length of time in minutes, from two days on in days."""
        days, minutes = seconds / 86_400, seconds / 60
        is_long = days >= _LONG_DAYS
        words = ("ngày", "phút") if self._language == "vi" else ("days", "minutes")
        return f"{days if is_long else minutes:.0f} {words[0 if is_long else 1]}"

    def _number(self, value: float) -> str:
        text = f"{value:.1f}"
        return text.replace(".", ",") if self._language == "vi" else text


def sentence(aspect: Aspect, language: Language, zone: str = ZONE) -> str:
    """Return what an aspect says as a sentence."""
    args = (_Worded(arg, language, zone) for arg in aspect.note.args)
    return _SENTENCES[aspect.note.code][language].format(*args)


def whom_to_call(inventory: Inventory, judged: Judged, aspect: Aspect) -> str:
    """Return whose telephone helps: the site's, its carrier's, the power company's, the centre's.

    Empty where the site is not in the inventory.
    """
    site = inventory.sites.get(judged.site)
    if site is None:
        return ""
    day = datetime.fromtimestamp(judged.at, ZoneInfo(inventory.province.timezone)).date()
    unit = inventory.units.get(site.unit_on(day) or "")
    return of_site(inventory, site, unit, aspect.call)
