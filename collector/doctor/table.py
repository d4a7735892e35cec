"""Every check of `govnet doctor`, under its heading, in the order in which things are mended.

One more check is one more function, here in the row of its subject or in one of its own.
"""

from collections.abc import Container
from typing import Final

from collector.doctor import (
    alerting,
    backup,
    certificates,
    clock,
    dashboards,
    declared,
    files,
    history,
    joined,
    judged,
    room,
    scraping,
    serving,
    storage,
    versions,
)
from collector.doctor.records import Check, Finding, Level, Seen

CHECKS: Final[tuple[tuple[str, str, Check], ...]] = (
    ("files", "Danh mục: các file", files.check),
    ("serving", "Bộ thu", serving.check),
    ("time", "Giờ", clock.check),
    ("room", "Máy của trung tâm", room.check),
    ("certificates", "Chứng thư", certificates.check),
    ("database", "Cơ sở dữ liệu", storage.check),
    ("prometheus", "Prometheus", scraping.check),
    ("history", "Số liệu cũ (remote write)", history.check),
    ("alertmanager", "Alertmanager", alerting.check),
    ("dashboards", "Dashboard", dashboards.check),
    ("backup", "Sao lưu", backup.check),
    ("joined", "Tác tử", joined.check),
    ("versions", "Tác tử: phiên bản", versions.check),
    ("judged", "Kết luận", judged.check),
    ("declared", "Danh mục: còn thiếu gì", declared.check),
)
"""Its id, its heading, and what checks it."""


SUBJECTS: Final = tuple(subject for subject, _, _ in CHECKS)


def examine(seen: Seen, only: Container[str] = SUBJECTS) -> dict[str, tuple[Finding, ...]]:
    """Return the findings of those subjects by their ids, the most urgent first."""
    order = list(Level)
    return {
        subject: tuple(sorted(check(seen), key=lambda one: order.index(one.level)))
        for subject, _, check in CHECKS
        if subject in only
    }
