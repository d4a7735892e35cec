"""What can be wrong with what somebody asks for, as records; worded in English and Vietnamese.

Commands and the API say it in English, the page in Vietnamese.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from govnet.errors import ConfigError


class Mistake(msgspec.Struct, frozen=True):
    """`code` is a key of the sentences; `field` where it is, `found` what was there."""

    code: str
    field: str
    found: str = ""
    hint: str = ""


_SENTENCES: Final[dict[str, tuple[str, str]]] = {
    "unknown_item": (
        "expected a site, an item of a site or a service of the inventory, got {found!r}",
        "không có trong danh mục: «{found}»",
    ),
    "unknown_site": (
        "expected a site of the inventory, got {found!r}",
        "không có điểm «{found}» trong danh mục",
    ),
    "not_active": (
        "expected something that is in use, {found} is not active in the inventory",
        "«{found}» không ở trạng thái sử dụng trong danh mục",
    ),
    "not_a_site": (
        "expected a site, since a power cut reaches all of it, got {found!r}",
        "mất điện là của cả điểm, không phải của «{found}»",
    ),
    "bad_time": (
        "expected a time like 2026-12-01 08:00 or 01/12/2026 08:00, got {found!r}",
        "cần giờ dạng 01/12/2026 08:00, đang là «{found}»",
    ),
    "backward": (
        "expected a time after the start, {found}",
        "phải sau giờ bắt đầu {found}",
    ),
    "too_long": (
        "expected at most {found} days after the start",
        "dài nhất {found} ngày kể từ giờ bắt đầu",
    ),
    "no_reason": ("expected a text, got nothing", "chưa ghi lý do"),
    "too_long_text": ("expected at most {found} characters", "dài nhất {found} ký tự"),
    "no_notice": (
        "expected a notice, like n3, got {found!r}",
        "không có thông báo «{found}»",
    ),
    "no_entry": (
        "expected the number of an entry, got {found!r}",
        "không có mục «{found}»",
    ),
    "choose": (
        "expected the sites that the notice reaches, perhaps {found}",
        "hãy chọn điểm bị mất điện; có thể là {found}",
    ),
    "choose_any": (
        "expected the sites that the notice reaches; no candidate was found",
        "hãy ghi điểm bị mất điện; hệ thống không tìm thấy điểm nào gần đúng",
    ),
    "none_ticked": (
        "expected at least one site",
        "hãy đánh dấu hoặc ghi ít nhất một điểm",
    ),
    "ticked": (
        "expected no site",
        "đang có điểm được chọn; hãy bỏ chọn nếu không điểm nào bị mất điện",
    ),
    "not_proposed": (
        "expected a site that is proposed, {found} is not",
        "«{found}» không phải điểm đang đề xuất",
    ),
    "nothing_open": (
        "nothing of {found} waits any more",
        "thông báo «{found}» không còn gì chờ xác nhận",
    ),
    "was_ended": (
        "{found} was confirmed and ended already; enter it anew",
        "«{found}» đã được xác nhận và đã kết thúc; hãy nhập mục mới",
    ),
    "not_confirmed": (
        "expected a confirmed entry, {found} is not",
        "mục {found} không ở trạng thái đã xác nhận",
    ),
    "is_over": ("entry {found} is over already", "mục {found} đã qua rồi"),
    "unknown_action": (
        "expected one of confirm, reject, end, got {found!r}",
        "không có việc «{found}»",
    ),
    "no_title": ("expected a title, got nothing", "chưa ghi tên cuộc họp"),
    "bad_duration": (
        "expected 1 to 10080 minutes, got {found}",
        "cần từ 1 đến 10080 phút, đang là {found}",
    ),
    "no_points": (
        "expected at least one point, or all",
        "hãy ghi ít nhất một điểm cầu, hoặc chọn mọi điểm cầu",
    ),
    "unknown_point": (
        "expected a conference point in use, or a site or unit that has one, got {found!r}",
        "không có điểm cầu đang dùng nào ở «{found}»",
    ),
    "too_many_points": ("expected at most {found} points", "nhiều nhất {found} điểm cầu"),
    "unknown_platform": (
        "expected a service of the inventory or the point of an MCU, got {found!r}",
        "không có hệ thống hoặc MCU «{found}» trong danh mục",
    ),
    "no_conference": ("expected a conference, got {found!r}", "không có cuộc họp «{found}»"),
    "is_cancelled": ("{found} is called off already", "cuộc họp «{found}» đã huỷ rồi"),
    "not_invited": (
        "expected a point that is invited, {found} is not",
        "«{found}» không được mời họp",
    ),
    "asked_lately": (
        "{found} was checked again just now; wait a minute",
        "«{found}» vừa được kiểm tra lại; hãy chờ một phút",
    ),
    "nobody_looks": (
        "no agent looks at the site of {found}: nobody can check it again",
        "không máy nào đo điểm «{found}»: chưa kiểm tra lại được",
    ),
    "bad_calendar": ("{found}", "không đọc được tệp lịch: {found}"),
}
FIELDS_VI: Final = {
    "item": "Điểm hoặc thiết bị",
    "start": "Từ",
    "end": "Đến",
    "reason": "Lý do",
    "sites": "Điểm",
    "id": "Mục",
    "action": "Việc",
    "title": "Tên cuộc họp",
    "points": "Điểm cầu",
    "platform": "Nền tảng",
    "duration": "Thời lượng",
}


class MistakesError(ConfigError):
    """Nothing was changed, because of these."""

    def __init__(self, mistakes: Iterable[Mistake], labels: dict[str, str] | None = None) -> None:
        """Say them in English; `labels` are other names for fields, such as options."""
        self.mistakes = tuple(mistakes)
        names = labels or {}
        super().__init__(
            [f"{names.get(one.field, one.field)}: {english(one)}" for one in self.mistakes]
        )


def english(mistake: Mistake) -> str:
    """Return the English sentence."""
    return _said(mistake, 0)


def vietnamese(mistake: Mistake) -> str:
    """Return the field and the Vietnamese sentence."""
    return f"{FIELDS_VI.get(mistake.field, mistake.field)}: {_said(mistake, 1)}."


def _said(mistake: Mistake, side: int) -> str:
    text = _SENTENCES[mistake.code][side].format(found=mistake.found)
    return f"{text} ({mistake.hint})" if mistake.hint and side == 0 else text
