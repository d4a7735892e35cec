"""The clock: who sets it, and whether the agents' clocks agree with it."""

from collections.abc import Iterator
from statistics import median
from typing import Final

from collector.doctor.records import Finding, Level, Seen

WRONG_SECONDS: Final = 5.0
"""A collector's clock that is off by more names wrong times for outages."""
AGREED_SECONDS: Final = 30.0
"""Agents that agree about more than that are right, unless this clock is known to be set."""
SKEW_SECONDS: Final = 300.0
"""An agent's clock that is off by more is told, as its condition `clock_wrong`."""
MANY: Final = 3
"""Fewer agents do not outvote the collector."""
_DO: Final = (
    "trên máy này: apt install chrony, ghi máy chủ giờ của tỉnh vào /etc/chrony/chrony.conf"
    " (server ĐỊA-CHỈ iburst), systemctl restart chrony; xem lại: chronyc tracking"
)


def check(seen: Seen) -> Iterator[Finding]:
    """Check the time."""
    if seen.host is not None:
        clock = seen.host.clock
        if clock.offset_seconds is not None and clock.offset_seconds > WRONG_SECONDS:
            text = f"đồng hồ máy này lệch {clock.offset_seconds:.0f} giây ({clock.source})"
            yield Finding(Level.MUST, text, _DO)
        elif clock.is_synchronised:
            text = f"đồng hồ được đồng bộ ({clock.source}); múi giờ của máy: {clock.timezone}"
            yield Finding(Level.GOOD, text)
        elif clock.is_synchronised is False:
            text = "đồng hồ máy này chưa được đồng bộ với máy chủ giờ nào"
            yield Finding(Level.SHOULD, text, _DO)
    yield from _skews(seen)


def _skews(seen: Seen) -> Iterator[Finding]:
    if seen.running is None:
        return
    skews = {
        one.machine or one.agent: one.skew_seconds
        for one in seen.running.agents.agents
        if one.up and one.skew_seconds is not None
    }
    if not skews:
        return
    middle = median(skews.values())
    is_sure = seen.host is not None and bool(seen.host.clock.is_synchronised)
    if len(skews) >= MANY and abs(middle) > AGREED_SECONDS and not is_sure:
        text = (
            f"{len(skews)} tác tử cùng thấy giờ của máy này lệch khoảng {abs(middle):.0f} giây:"
            " đồng hồ trung tâm sai"
        )
        yield Finding(Level.MUST, text, _DO)
        return
    wrong = tuple(
        f"{name}: {skew:+.0f} giây" for name, skew in skews.items() if abs(skew) > SKEW_SECONDS
    )
    if wrong:
        text = f"đồng hồ của {len(wrong)} máy có tác tử lệch hơn 5 phút"
        do = "trên máy đó: w32tm /resync (Windows), chronyc makestep (Linux); xem máy chủ giờ"
        yield Finding(Level.SHOULD, text, do, wrong)
    else:
        yield Finding(Level.GOOD, f"giờ của {len(skews)} tác tử khớp với máy này")
