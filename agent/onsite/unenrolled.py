"""`govnet-agent status` on a machine that is not enrolled: why not, and what to do about it."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent.config import load
from agent.onsite.advice import advice
from agent.onsite.status import moment, row
from agent.onsite.status_file import process_runs, read_status
from agent.places import DEFAULT_STATE_DIR, config_file

_STANDS = {
    "no_token": "chưa có mã ghi danh trên máy này",
    "not_reached": "chưa gặp được trung tâm, tự thử lại",
    "enrolment_refused": "TRUNG TÂM TỪ CHỐI mã ghi danh trên máy này",
    "enrolment_unusable": "KHÔNG LÀM ĐƯỢC vì một thiếu sót trên máy này",
}


def status(named: Path, *, as_json: bool) -> int:
    """Print why this machine is not enrolled; return 1, since it cannot report yet.

    Raises ConfigError if an agent.toml that is there has mistakes.
    """
    file = config_file(named)
    state_dir = load(file, enrolled=False).state_dir if file.exists() else DEFAULT_STATE_DIR
    left = read_status(state_dir)
    runs = process_runs(left)
    found = left.get("enrolling") if runs else None
    waiting = found if isinstance(found, dict) else {}
    if as_json:
        print(json.dumps({"enrolled": False, "is_running": runs, "enrolling": waiting}))
    else:
        print("\n".join(vietnamese_lines(file, waiting, time.time(), runs=runs)))
    return 1


def vietnamese_lines(
    file: Path, waiting: dict[str, Any], now: float, *, runs: bool
) -> Iterator[str]:
    """Yield the screen. `waiting` is what the process that tries has left, {} if none does."""
    kind = str(waiting.get("kind", "")) or "no_token"
    yield f"Tác tử govnet, lúc {moment(now)}"
    yield ""
    stands = f": {_STANDS.get(kind, kind)}" if runs else ""
    yield from row("Kết nối", f"CHƯA GHI DANH{stands}")
    yield from row("Tình trạng", "đang chạy, tự ghi danh khi được" if runs else "KHÔNG CHẠY")
    yield from row("Tệp", f"chưa có {file}, hoặc trong đó chưa có danh tính")
    yield ""
    if waiting.get("detail"):
        yield from row("Chi tiết", str(waiting["detail"]))
    if not runs:
        yield from row("Cần làm", advice("not_running"))
    if kind == "no_token" or runs:
        yield from row("Cần làm", advice(kind))
