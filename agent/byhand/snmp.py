"""`govnet-agent probe snmp`: who a device is, by SNMP.

Community and keys come from files or standard input: a command line stands in the list of processes
and in the shell's history, an environment in /proc, and both are read aloud by mistake.
"""

import argparse
from collections.abc import Callable, Iterator

from agent.byhand.contract import Answer
from agent.byhand.snmp_access import access, add_options
from agent.byhand.wording import NOTHING_READABLE, REFUSALS, WHY, milliseconds, number
from agent.probe import snmp
from agent.probe.outcome import Outcome
from agent.probe.trace import Trace, readable

DESCRIPTION, OBJECT_ID, UPTIME, NAME = (f"1.3.6.1.2.1.1.{number}.0" for number in (1, 2, 3, 5))
INTERFACES = "1.3.6.1.2.1.2.1.0"
"""sysDescr, sysObjectID, sysUpTime, sysName (RFC 3418) and ifNumber (RFC 2863)."""

_TICKS_PER_SECOND = 100
_SECONDS = {"ngày": 86_400, "giờ": 3600, "phút": 60}

_ADVICE = {
    Outcome.TIMEOUT: (
        "Máy tắt, community hoặc khoá sai (thiết bị im lặng chứ không báo), thiết bị chưa cho địa"
        " chỉ của máy này hỏi, hoặc tường lửa chặn UDP."
    ),
    Outcome.REFUSED: "Thiết bị có ở đó nhưng SNMP chưa bật, hoặc ở cổng khác (--port).",
    Outcome.DENIED: "Xem lại tên người dùng v3, thuật toán, khoá xác thực và khoá mã hoá.",
}
"""What to look at."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add whom to ask and by what right."""
    parser.add_argument("host", help="name or address of the device")
    add_options(parser)


def ask(
    arguments: argparse.Namespace,
    timeout_seconds: float,
    trace: Trace,
    *,
    get: Callable[..., snmp.Scalars] = snmp.get,
) -> Answer:
    """Ask once; good if the device tells anything. Raises CheckError if this machine could not ask.

    Raises ConfigError for a file of a key that cannot be read.
    """
    host = arguments.host
    oids = (DESCRIPTION, OBJECT_ID, UPTIME, NAME, INTERFACES)
    given = access(arguments)
    found = get(host, oids, access=given, timeout_seconds=timeout_seconds, trace=trace)
    if found.outcome is not Outcome.ANSWERED:
        did = "từ chối" if found.outcome is Outcome.DENIED else "không trả lời"
        lines = [f"{host} {did} SNMP ở cổng UDP {given.port}: {WHY[found.outcome]}."]
        lines += [_ADVICE[found.outcome]] if found.outcome in _ADVICE else []
        detail = REFUSALS.get(found.detail, found.detail)
        lines += [f"Chi tiết: {detail}."] if detail else []
        return Answer(good=False, lines=tuple(lines))
    lines = list(_told(host, found))
    if all(value is None for value in found.values.values()):
        return Answer(good=False, lines=(*lines, NOTHING_READABLE))
    return Answer(good=True, lines=tuple(lines))


def _told(host: str, found: snmp.Scalars) -> Iterator[str]:
    took = f", sau {milliseconds(found.rtt_seconds)}" if found.rtt_seconds is not None else ""
    yield f"{host} trả lời SNMP{took}."
    value = found.values.get
    for oid, say in (
        (NAME, "Tên thiết bị: {}."),
        (DESCRIPTION, "Thiết bị tự giới thiệu: {}."),
        (OBJECT_ID, "Mã loại (sysObjectID): {}."),
    ):
        text = _text(value(oid))
        if text:
            yield say.format(text)
    ticks, interfaces = value(UPTIME), value(INTERFACES)
    if isinstance(ticks, int):
        yield f"Đã chạy {_duration(ticks / _TICKS_PER_SECOND)} (bộ đếm quay vòng sau 497 ngày)."
    if isinstance(interfaces, int):
        yield f"Có {interfaces} giao diện mạng (kể cả giao diện ảo)."


def _text(value: snmp.Value | None) -> str:
    """Return a text of the device as one printable line."""
    if isinstance(value, bytes):
        try:
            text = value.decode()
        except UnicodeDecodeError:
            return readable(value)
        return " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return value if isinstance(value, str) else ""


def _duration(seconds: float) -> str:
    """Return a duration by its two largest units."""
    parts: list[str] = []
    for word, size in _SECONDS.items():
        count, seconds = divmod(seconds, size)
        if count or parts:
            parts.append(f"{count:.0f} {word}")
    return " ".join(parts[:2]) or f"{number(seconds)} giây"
