"""What `snmp-doctor` says, in Vietnamese; pure. Facts in, whole sentences out."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from agent.byhand.wording import NOTHING_READABLE, REFUSALS
from agent.checks.device_asking import Heard, Unheard
from agent.devices.profile import GENERIC, Profile
from agent.devices.readers import READERS
from agent.probe.outcome import Outcome
from agent.probe.snmp.refusal import Refusal
from govnet.catalogue import CATALOGUE

_SECONDS_A_DAY, _SECONDS_AN_HOUR = 86400, 3600
_TICKS_PER_SECOND = 100


def silence(unheard: Unheard, *, host: str, port: int, pings: bool, own_address: str | None) -> str:
    """Return why the device may keep silent and what to look at, the likeliest first."""
    return "\n".join(_silence(unheard, host, port, own_address, pings=pings))


def _silence(
    unheard: Unheard, host: str, port: int, own_address: str | None, *, pings: bool
) -> Iterator[str]:
    why = REFUSALS.get(unheard.detail, unheard.detail)
    detail = f" ({why})" if why else ""
    match unheard.outcome:
        case Outcome.DENIED:
            yield f"{host} có trả lời SNMP nhưng không nhận người hỏi{detail}."
            yield "Xem lại tên người dùng v3, thuật toán, khoá xác thực và khoá mã hoá."
        case Outcome.UNRESOLVED:
            yield f"Không tìm được địa chỉ của tên {host}: xem DNS, hoặc dùng địa chỉ IP."
        case Outcome.UNREACHABLE:
            yield f"Không có đường mạng tới {host}{detail}: xem dây mạng, gateway, địa chỉ."
        case Outcome.REFUSED:
            yield f"{host} có ở đó nhưng không mở cổng UDP {port}."
            yield "SNMP chưa bật trên thiết bị, hoặc thiết bị dùng cổng khác (--port)."
        case Outcome.MALFORMED | Outcome.CLOSED | Outcome.TLS_FAILED:
            yield f"Có thứ trả lời ở {host} cổng UDP {port}, nhưng không phải SNMP{detail}."
        case _ if unheard.detail == Refusal.INTRODUCED:
            yield f"{host} có SNMP phiên bản 3 nhưng không trả lời câu hỏi{detail}."
            yield "Xem lại khoá mã hoá và thuật toán mã hoá trên thiết bị."
        case _:
            yield from _no_answer(host, port, own_address, pings=pings)


def _no_answer(host: str, port: int, own_address: str | None, *, pings: bool) -> Iterator[str]:
    if not pings:
        yield f"{host} không trả lời SNMP và cũng không trả lời ping."
        yield "Xem nguồn điện, dây mạng và địa chỉ của thiết bị trước; sau đó mới xem SNMP:"
    else:
        yield f"{host} trả lời ping nhưng không trả lời SNMP. Lý do thường gặp:"
    yield "1. Community (v1, v2c) sai: thiết bị im lặng chứ không báo lỗi; hoa, thường khác nhau."
    allowed = f" {own_address}" if own_address else " của máy này"
    yield f"2. ACL của SNMP trên thiết bị chưa cho địa chỉ{allowed}."
    yield "3. SNMP chưa bật, hoặc chưa bật phiên bản được hỏi (v1, v2c, v3)."
    yield f"4. Tường lửa trên đường đi chặn UDP {port}."


def device(heard: Heard, *, host: str, name: str) -> Iterator[str]:
    """Yield what the device is, and whether its family is known."""
    learnt = heard.learnt
    took = f" sau {heard.rtt_seconds * 1000:.0f} ms" if heard.rtt_seconds is not None else ""
    yield f"{host} trả lời SNMP{took}."
    if name:
        yield f"Tên thiết bị tự khai: {name}."
    described = _one_line(learnt.description)[:200].rstrip(". ")
    yield f"Mô tả (sysDescr): {described or 'không có'}."
    yield f"Mã loại (sysObjectID): {learnt.object_id or 'không có'}."
    if learnt.uptime_ticks:
        yield f"Chạy liên tục: {duration_words(learnt.uptime_ticks / _TICKS_PER_SECOND)}."
    words = (("model", "Kiểu máy"), ("firmware", "Phần mềm"), ("serial", "Số máy"))
    for label, word in words:
        if learnt.info.get(label):
            yield f"{word}: {learnt.info[label]}."
    if learnt.is_known:
        yield f"Hồ sơ phù hợp: {learnt.profile.family} ({learnt.profile.name})."
    elif heard.is_empty:
        yield NOTHING_READABLE
    else:
        yield "Chưa có hồ sơ cho họ thiết bị này: chỉ đọc được phần chung (cổng, thiết bị kế bên)."
    for failure in heard.failures:
        yield f"Chưa hỏi hết được: {failure}."


def _one_line(text: str) -> str:
    """Return what a device wrote so that it cannot draw on the terminal."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def contents(heard: Heard) -> Iterator[str]:
    """Yield what the profile gives of this device, and what it would give and this device lacks."""
    profile = heard.learnt.profile
    times = Counter(sample.name for sample in heard.samples)
    if times:
        yield "Đo được (số giá trị, chỉ số, nghĩa):"
        yield from _rows((name, str(times[name])) for name in sorted(times))
    lacking = sorted(_metrics(profile) - times.keys())
    if lacking:
        yield "Hồ sơ có mà thiết bị này không cho:"
        yield from _rows((name, "-") for name in lacking)
    if profile.unsupported and profile.family != GENERIC:
        yield f"Chưa đọc được của họ này: {profile.unsupported}."


def unknown(host: str) -> Sequence[str]:
    """Return what to send so that a profile can be made."""
    return (
        "Để có hồ sơ, gửi cho trung tâm:",
        "1. Hãng, kiểu máy, phiên bản phần mềm ghi trên thiết bị.",
        f"2. Bản ghi: govnet-agent snmp-doctor {host} --record FILE, với các tuỳ chọn đã dùng.",
        "3. Màn hình của chính thiết bị về công suất quang, nguồn, nhiệt độ, để đối chiếu số.",
        "Bản ghi có thể chứa tên, địa chỉ, số máy: xem lại trước khi gửi ra ngoài.",
    )


def _metrics(profile: Profile) -> frozenset[str]:
    read = (name for each in profile.readers for name in READERS[each].metrics)
    return profile.metrics() | frozenset(read)


def _rows(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, count in rows:
        yield f"  {count:>5}  {name}  {CATALOGUE[name].help_vi}"


def duration_words(seconds: float) -> str:
    """Return a duration in days and hours, or in minutes below an hour.

    >>> duration_words(200000), duration_words(90)
    ('2 ngày 7 giờ', '1 phút')
    """
    days, rest = divmod(int(seconds), _SECONDS_A_DAY)
    hours = rest // _SECONDS_AN_HOUR
    if days:
        return f"{days} ngày {hours} giờ"
    return f"{hours} giờ" if hours else f"{rest // 60} phút"
