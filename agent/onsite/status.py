"""`govnet-agent status`: one screen, in Vietnamese, for the technician in front of this machine.

What waits is counted in the spool itself, whether the agent runs or not; what only the running
agent knows it has left in `status.json`.
"""

import json
import shutil
import textwrap
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from agent.config import Config
from agent.onsite.advice import advice
from agent.onsite.status_file import process_runs, read_status
from agent.sending.delivery import PENDING
from agent.sending.orders import read_orders
from agent.spool.marks import Outcome
from agent.spool.reader import read_marks, read_refused, read_waiting
from govnet.errors import ConfigError, JournalError

WIDTH = 79
CLOCK_SECONDS = 60.0
"""A clock that is off by more is worth a technician's hand."""
LEAST_FREE_BYTES = 2 << 20

_INDENT = 16
_PATHS = {"tslcd": "mạng TSLCD", "internet": "Internet"}
_REFUSED_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Everything that the screen says; times are Unix seconds of this machine's clock."""

    now: float
    agent: str
    site: str = ""
    machine: str = ""
    is_running: bool = False
    running_since: float | None = None
    version: str = ""
    delivered: dict[str, Any] | None = None
    waiting_reports: int = 0
    waiting_bytes: int = 0
    waiting_since: float | None = None
    dropped: int = 0
    refused: int = 0
    refused_newest: tuple[tuple[int, str], ...] = ()
    torn: int = 0
    clock_offset_seconds: float | None = None
    disk_trouble: str = ""
    write_failures: int = 0
    bytes_per_hour: int | None = None
    held_back: dict[str, int] | None = None
    trouble: dict[str, Any] | None = None


def status(config: Config, *, as_json: bool) -> int:
    """Print how the agent does; 0 if it runs and nothing is wrong, else 1.

    Raises ConfigError if the spool cannot be read.
    """
    view = collect(config, time.time())
    if as_json:
        print(json.dumps(asdict(view), ensure_ascii=False, indent=2))
    else:
        print("\n".join(vietnamese_lines(view)))
    return 1 if kinds_of_trouble(view) else 0


def collect(config: Config, now: float) -> View:
    """Gather what is known, from the spool and from what the running agent left."""
    state_dir, spool = config.state_dir, config.state_dir / "spool"
    orders = read_orders(state_dir, config.identity.agent)
    left = read_status(state_dir)
    count = size = 0
    since: float | None = None
    try:
        marks = read_marks(spool)
        for one in read_waiting(spool, marks):
            count, size = count + 1, size + len(one.report)
            since = one.added_at if since is None else since
        refused = read_refused(spool, _REFUSED_SHOWN)
    except JournalError as exc:
        raise ConfigError([f"state_dir: {exc}"]) from exc
    runs = process_runs(left)
    return View(
        now=now,
        agent=config.identity.agent,
        site=orders.settings.site if orders else "",
        machine=orders.settings.machine if orders else "",
        is_running=runs,
        running_since=left.get("started_at") if runs else None,
        version=str(left.get("version", "")),
        delivered=left.get("delivered"),
        waiting_reports=count,
        waiting_bytes=size,
        waiting_since=since,
        dropped=marks.totals[Outcome.DROPPED],
        refused=marks.totals[Outcome.QUARANTINED],
        refused_newest=tuple((one.seq, one.reason) for one in reversed(refused)),
        torn=marks.totals[Outcome.TORN],
        clock_offset_seconds=left.get("clock_offset_seconds"),
        disk_trouble=_disk_trouble(state_dir, left if runs else {}),
        write_failures=left.get("write_failures", 0) if runs else 0,
        bytes_per_hour=orders.settings.send_bytes_per_hour if orders else None,
        held_back=left.get("held_back") if runs else None,
        trouble=left.get("trouble"),
    )


def _disk_trouble(state_dir: Path, left: dict[str, Any]) -> str:
    try:
        free_bytes = shutil.disk_usage(state_dir).free
    except OSError as exc:
        return str(exc)
    if free_bytes < LEAST_FREE_BYTES:
        return f"chỉ còn {_size(free_bytes)} trống"
    return str(left.get("disk_trouble", ""))


def kinds_of_trouble(view: View) -> list[str]:
    """Return what is wrong now, the most urgent first, as words of `agent.onsite.advice`."""
    kinds = []
    if not view.is_running:
        kinds.append("not_running")
    if view.disk_trouble:
        kinds.append("disk")
    if view.trouble is not None:
        kinds.append(str(view.trouble.get("kind", "")))
    if abs(view.clock_offset_seconds or 0.0) > CLOCK_SECONDS:
        kinds.append("clock")
    return kinds


def vietnamese_lines(view: View) -> Iterator[str]:
    """Yield the screen, at most `WIDTH` characters a line."""
    yield f"Tác tử govnet, lúc {moment(view.now)}"
    yield ""
    yield from row("Kết nối", _connected(view))
    yield from row("Ghi danh", view.agent)
    yield from row("Máy", view.machine or "chưa nhận thiết lập của trung tâm")
    yield from row("Tình trạng", _running(view))
    yield from row("Gửi gần nhất", _delivered(view.delivered))
    yield from row("Đang chờ gửi", _waiting(view))
    yield from row("Đã bỏ", f"{view.dropped} báo cáo (bộ đệm đầy hoặc quá cũ)")
    yield from row("Bị từ chối", _refused(view))
    yield from row("Hỏng trên đĩa", f"{view.torn} chỗ (thường do mất điện)")
    yield from row("Đồng hồ", _clock(view.clock_offset_seconds))
    yield from row("Ổ đĩa", _disk(view))
    yield from row("Hạn mức gửi", _budget(view))
    yield ""
    if view.trouble is not None:
        yield from row("Lỗi gần nhất", _trouble(view.trouble))
    kinds = kinds_of_trouble(view)
    if not kinds:
        yield from row("Cần làm", "không có gì.")
    for kind in kinds:
        yield from row("Cần làm", advice(kind))


def row(name: str, text: str) -> Iterator[str]:
    """Yield a name and its text, the text beside it on as many lines as it takes."""
    lines = textwrap.wrap(text, WIDTH - _INDENT, break_on_hyphens=False) or [""]
    for number, line in enumerate(lines):
        yield f"{name + ':' if number == 0 else '':{_INDENT}}{line}".rstrip()


def _connected(view: View) -> str:
    """Say in a word what somebody who has just set this machine up wants to know."""
    if not view.is_running:
        return "CHƯA BIẾT: tác tử không chạy"
    if view.trouble is not None:
        if view.trouble.get("kind") == PENDING:
            return "CHỜ DUYỆT: trung tâm duyệt xong thì không quá một phút ở đây hiện «Đã kết nối»"
        since = view.delivered and f" từ sau {moment(view.delivered['at'])}"
        return f"MẤT KẾT NỐI{since}" if since else "CHƯA KẾT NỐI ĐƯỢC"
    if view.delivered is None:
        return "đang kết nối, vài giây nữa xem lại"
    return f"Đã kết nối; trung tâm nhận báo cáo lúc {moment(view.delivered['at'])}"


def _running(view: View) -> str:
    if not view.is_running:
        return "KHÔNG CHẠY"
    since = f" từ {moment(view.running_since)}" if view.running_since is not None else ""
    return f"đang chạy{since}, phiên bản {view.version}"


def _delivered(delivered: dict[str, Any] | None) -> str:
    if delivered is None:
        return "chưa lần nào thành công từ khi khởi động"
    path = _PATHS.get(str(delivered["path"]), str(delivered["path"]))
    return f"{moment(delivered['at'])}, qua {path}, tới {delivered['address']}"


def _waiting(view: View) -> str:
    if not view.waiting_reports:
        return "không có báo cáo nào"
    since = f", cũ nhất từ {moment(view.waiting_since)}" if view.waiting_since is not None else ""
    return f"{view.waiting_reports} báo cáo, {_size(view.waiting_bytes)}{since}"


def _refused(view: View) -> str:
    newest = ", ".join(f"số {seq} ({reason})" for seq, reason in view.refused_newest)
    return f"{view.refused} báo cáo" + (f"; gần nhất: {newest}" if newest else "")


def _clock(offset_seconds: float | None) -> str:
    if offset_seconds is None:
        return "chưa so được với trung tâm"
    if abs(offset_seconds) < 1.0:
        return "đúng giờ trung tâm"
    way = "nhanh" if offset_seconds > 0 else "chậm"
    return f"{way} {_number(abs(offset_seconds))} giây so với trung tâm"


def _disk(view: View) -> str:
    if not view.disk_trouble:
        return "ghi được"
    lost = f"; {view.write_failures} báo cáo chưa ghi được" if view.write_failures else ""
    return f"KHÔNG GHI ĐƯỢC: {view.disk_trouble}{lost}"


def _budget(view: View) -> str:
    if view.bytes_per_hour is None:
        return "không đặt"
    held = view.held_back or {}
    return (
        f"{_size(view.bytes_per_hour)} mỗi giờ; phải chờ {held.get('backlog', 0)} lần báo cáo"
        f" tồn đọng, {held.get('live', 0)} lần báo cáo mới"
    )


def _trouble(trouble: dict[str, Any]) -> str:
    text = f"{trouble.get('detail', '')} (lúc {moment(trouble.get('at', 0.0))}"
    return f"{text}, {trouble.get('address', '')})"


def moment(at: float) -> str:
    """Return a time (Unix seconds) as people here write it, in this machine's zone."""
    return time.strftime("%d/%m/%Y %H:%M:%S", time.localtime(at))


def _size(count: int) -> str:
    if count < 10_000:  # noqa: PLR2004 - below this the exact number is short enough
        return f"{count} byte"
    return f"{_number(count / 1000)} kB" if count < 1_000_000 else f"{_number(count / 1e6)} MB"  # noqa: PLR2004


def _number(value: float) -> str:
    """Return the number with one decimal and the decimal comma."""
    return f"{value:.1f}".replace(".", ",")
