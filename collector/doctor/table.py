"""Every check of `govnet doctor`, under its heading, in the order in which things are mended.

One more check is one more function, here in the row of its subject or in one of its own.
"""

from typing import Final

from collector.doctor import backup, declared, files, joined, judged, serving
from collector.doctor.records import Check, Finding, Level, Seen

CHECKS: Final[tuple[tuple[str, str, Check], ...]] = (
    ("files", "Danh mục: các file", files.check),
    ("serving", "Bộ thu", serving.check),
    ("backup", "Sao lưu", backup.check),
    ("joined", "Tác tử", joined.check),
    ("judged", "Kết luận", judged.check),
    ("declared", "Danh mục: còn thiếu gì", declared.check),
)
"""Its id, its heading, and what checks it."""


def examine(seen: Seen) -> dict[str, tuple[Finding, ...]]:
    """Return the findings of every subject by its id, the most urgent first."""
    order = list(Level)
    return {
        subject: tuple(sorted(check(seen), key=lambda one: order.index(one.level)))
        for subject, _, check in CHECKS
    }
