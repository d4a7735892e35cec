"""Agents by version, and those that are silent."""

import re
from collections.abc import Iterator
from typing import Final

from collector.doctor.records import Finding, Level, Seen

SILENT_DAYS: Final = 7.0
"""Longer than a long weekend."""
_DAY_SECONDS: Final = 86_400.0


def check(seen: Seen) -> Iterator[Finding]:
    """Check which agents are behind, and which are not heard of."""
    if seen.running is None:
        return
    about = seen.running.about
    by_version = sorted(about.versions.items(), key=lambda one: _order(one[0]), reverse=True)
    told = tuple(f"{version}: {number}" for version, number in by_version)
    older = sum(n for version, n in by_version if _order(version) < _order(about.version))
    newer = sum(n for version, n in by_version if _order(version) > _order(about.version))
    if older:
        text = f"{older} tác tử cũ hơn trung tâm ({about.version})"
        do = (
            "đẩy MSI mới bằng Group Policy hoặc cài .deb mới ở các máy đó; danh tính và báo cáo"
            " đang chờ được giữ nguyên"
        )
        yield Finding(Level.SHOULD, text, do, told)
    if newer:
        text = f"{newer} tác tử mới hơn trung tâm ({about.version})"
        yield Finding(Level.SHOULD, text, "nâng cấp trung tâm trước, tác tử sau", told)
    if told and not older and not newer:
        number = sum(about.versions.values())
        yield Finding(Level.GOOD, f"{number} tác tử đang báo cáo, cùng phiên bản {about.version}")
    yield from _silent(seen)


def _silent(seen: Seen) -> Iterator[Finding]:
    if seen.running is None:
        return
    since = seen.now - SILENT_DAYS * _DAY_SECONDS
    silent = tuple(
        one.machine or one.agent
        for one in seen.running.agents.agents
        if one.revoked_at is None
        and one.state == "active"
        and not one.up
        and (one.last_received_at or one.enrolled_at) < since
    )
    if silent:
        text = f"{len(silent)} tác tử không báo cáo đã hơn {SILENT_DAYS:.0f} ngày"
        do = (
            f"máy còn dùng: ở đó govnet-agent status; máy đã bỏ: govnet agents revoke TÁC-TỬ --data"
            f" {seen.data} và gỡ khỏi danh mục"
        )
        yield Finding(Level.SHOULD, text, do, silent)
    revoked = sum(one.revoked_at is not None for one in seen.running.agents.agents)
    if revoked:
        yield Finding(Level.GOOD, f"{revoked} tác tử đã bị thu hồi khoá")


def _order(version: str) -> tuple[int, ...]:
    """Return what a version is compared by; what is none (`simulated`) is older than all."""
    return tuple(int(part) for part in re.findall(r"\d+", version))
