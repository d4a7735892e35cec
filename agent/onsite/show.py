"""`govnet-agent show`: tells whoever sits at this PC, in Vietnamese, exactly what it last sent.

Everything of the batch is named; `--json` prints the body itself.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent.sending.last_sent import FILE_NAME, LastSent, read_last_sent
from govnet.catalogue import CATALOGUE
from govnet.errors import ConfigError
from govnet.settings import DeviceSettings

_OWN_NAMES = {
    "agent": "Bản thân tác tử",
    "machine": "Máy tính này",
    "lan": "Mạng nội bộ quanh máy",
    "link": "Đường truyền",
    "always_on": "Thiết bị hoặc máy luôn bật",
    "conference": "Điểm cầu truyền hình",
    "service": "Dịch vụ",
    "facts": "Thông tin về máy này",
    "device": "Thiết bị mạng",
    "trap": "Thông báo từ thiết bị mạng",
    "path": "Chất lượng đường truyền",
    "reflector": "Bộ phản xạ gói đo",
    "registrar": "Máy chủ đăng ký điểm cầu",
}

_OF_A_DEVICE = {
    "name": "tên thiết bị tự khai",
    "description": "mô tả thiết bị tự khai",
    "object_id": "mã chủng loại (sysObjectID)",
    "family": "họ thiết bị nhận ra được",
    "model": "kiểu máy",
    "serial": "số sê-ri",
    "firmware": "phiên bản phần mềm",
    "neighbour": "thiết bị kế bên (cổng, tên, cổng bên kia, MAC hoặc mã, địa chỉ, loại, mô tả)",
    "neighbours": "số thiết bị kế bên không đủ chỗ kể",
    "stations": "máy thiết bị thấy (cổng, MAC hoặc mã, địa chỉ)",
}
"""Facts of the check `device` by the first word of their keys (`govnet.surroundings`)."""
_NOT_TOLD = "số máy không đủ chỗ kể"

_HARDWARE = {"board": "bo mạch chủ", "disk": "ổ đĩa", "mac": "card mạng"}


def show(state_dir: Path, *, as_json: bool) -> int:
    """Print what was last sent; always 0. Raises ConfigError if it cannot be read."""
    sent = read_last_sent(state_dir)
    if sent is None:
        print("{}" if as_json else "Máy này chưa gửi gì.")
        return 0
    try:
        batch = sent.decoded()
    except ValueError as exc:
        raise ConfigError([f"{state_dir / FILE_NAME}: cannot be read: {exc}"]) from exc
    if as_json:
        print(json.dumps(batch, ensure_ascii=False, indent=2))
    else:
        print("\n".join(vietnamese_lines(sent, batch)))
    return 0


def vietnamese_lines(sent: LastSent, batch: dict[str, Any]) -> Iterator[str]:
    """Yield the batch in words, every field of it."""
    yield f"Lần gửi gần nhất: {_moment(sent.sent_at)} (giờ máy này), tới {sent.collector}"
    yield f"Dung lượng khi gửi: {len(sent.body)} byte (đã nén)"
    yield f"Mã tác tử: {batch['agent']}"
    yield f"Mã lô: {batch['batch']}; phiên bản giao thức: {batch['v']}"
    yield f"Mã bộ đệm: {batch['incarnation']}; lần khởi động của máy: {batch['boot_id']}"
    yield f"Đồng hồ đơn điệu khi gửi: {_number(batch['sent_monotonic_seconds'])} giây"
    for boot in batch.get("boots", ()):
        yield (
            f"Giờ bắt đầu lần khởi động {boot['boot_id']}, theo đồng hồ trung tâm:"
            f" {_moment(boot['started_at'])}"
        )
    if batch.get("hardware"):
        parts = ", ".join(
            f"{_HARDWARE.get(part, part)} {digest}" for part, digest in batch["hardware"].items()
        )
        yield f"Dấu vân tay phần cứng (chỉ là mã băm, không phải số thật): {parts}"
    for report in batch["reports"]:
        yield ""
        yield from _report(report)
    yield ""
    yield "Ngoài những điều trên, máy này không gửi gì khác trong lần gửi đó."


def _report(report: dict[str, Any]) -> Iterator[str]:
    yield f"Báo cáo số {report['seq']}, lập lúc {_moment(report['created_at'])}"
    yield (
        f"  chu kỳ {_number(report['interval_seconds'])} giây;"
        f" thiết lập {report['settings'] or 'chưa có'};"
        f" đồng hồ đơn điệu {_number(report['monotonic_seconds'])} giây;"
        f" lần khởi động {report['boot_id']}"
    )
    for result in report["results"]:
        name = _OWN_NAMES.get(result["check"], result["check"])
        yield f"  {name} [{result['check']}], đích {result['target']}"
        yield (
            f"    đo xong {_number(result['age_seconds'])} giây trước báo cáo,"
            f" mất {_number(result['duration_seconds'])} giây"
        )
        if result["error"] is not None:
            yield f"    không đo được: {result['error']}"
        for sample in result["samples"]:
            yield f"    {_sample(*sample)}"
        for key, text in (result.get("facts") or {}).items():
            yield f"    {_fact(result['check'], key)}: {text}"


def _fact(check: str, key: str) -> str:
    """Return what a fact is called: of a device in words, of the machine itself by its key."""
    if check != DeviceSettings.check:
        return key
    words = _OF_A_DEVICE.get(key.partition(".")[0], "")
    return f"{_NOT_TOLD if key == 'stations.more' else words} [{key}]".lstrip()


def _sample(name: str, value: float, labels: dict[str, str] | None = None) -> str:
    metric = CATALOGUE.get(name)
    words = metric.help_vi.rstrip(".") if metric else name
    inside = ", ".join(f"{label}: {text}" for label, text in (labels or {}).items())
    return f"{words} [{name}]{f' ({inside})' if inside else ''} = {_number(value)}"


def _moment(at: float) -> str:
    return time.strftime("%d/%m/%Y %H:%M:%S", time.localtime(at))


def _number(value: float) -> str:
    """Return the number exactly, with the decimal comma."""
    return repr(value).replace(".", ",")
