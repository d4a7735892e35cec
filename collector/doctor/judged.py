"""Sites as they are judged now: which were never seen, and which nobody can look at."""

from collections.abc import Iterator

from collector.doctor.records import Finding, Level, Seen

_NOT_JUDGED = {
    "never_seen": (
        "chưa lần nào thấy sống",
        "xem địa chỉ luôn bật đã khai có đúng không: govnet-agent probe icmp ĐỊA-CHỈ từ trung tâm",
    ),
    "unknown": (
        "chưa rõ: chưa ai nhìn tới được",
        (
            "tác tử của trung tâm mới chạy thì đợi ba chu kỳ báo cáo; lâu hơn thì xem nó có đang"
            " chạy không, điểm có địa chỉ luôn bật chưa"
        ),
    ),
}


def check(seen: Seen) -> Iterator[Finding]:
    """Check what is known of the sites."""
    if seen.running is None:
        return
    sites = seen.running.sites.sites
    lacking = 0
    for status, (text, do) in _NOT_JUDGED.items():
        names = tuple(f"{one.id} ({one.name})" for one in sites if one.status == status)
        lacking += len(names)
        if names:
            level = Level.MUST if 2 * len(names) > len(sites) else Level.SHOULD
            yield Finding(level, f"{len(names)} điểm {text}", do, names)
    if lacking < len(sites):
        yield Finding(Level.GOOD, f"{len(sites) - lacking} trong {len(sites)} điểm đã có kết luận")
