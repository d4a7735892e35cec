"""The certificate in the files and at the port: trusted, named as it is reached, not ending soon.

When the one that is served ends is told with the collector (`collector.doctor.serving`).
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from collector.doctor.records import Finding, Level, Seen

CERTIFICATE_DAYS: Final = 30
"""A certificate that ends sooner is renewed now."""
CA_DAYS: Final = 180
"""Going over to another CA takes until the last agent was on; it is begun so long before."""
DAY_SECONDS: Final = 86_400.0


def check(seen: Seen) -> Iterator[Finding]:
    """Check the certificates."""
    found = seen.certificates
    if found is None:
        return
    renew = f"govnet tls renew --data {seen.data} && govnet reload --data {seen.data}"
    if found.open_keys:
        text = "khoá bí mật của chứng thư người dùng khác đọc được"
        yield Finding(Level.MUST, text, f"chmod 600 {' '.join(found.open_keys)}", found.open_keys)
    if found.problems:
        text = "chứng thư và khoá của bộ thu không dùng được"
        do = "sửa lỗi đã nêu; của govnet tls init thì: " + renew
        yield Finding(Level.MUST, text, do, found.problems)
        return
    if found.trouble:
        text = f"cổng của bộ thu không bắt tay TLS được như tác tử sẽ làm: {found.trouble}"
        do = f"govnet tls show --data {seen.data}; hết hạn hoặc sai tên thì: {renew}"
        yield Finding(Level.MUST, text, do)
    elif found.serves_other:
        text = "bộ thu còn dùng chứng thư cũ, file đã có chứng thư khác"
        yield Finding(Level.SHOULD, text, f"govnet reload --data {seen.data}")
    elif found.is_served:
        yield Finding(Level.GOOD, "cổng của bộ thu bắt tay TLS được, chứng thư khớp với CA")
    if seen.running is None and found.expires_at is not None:
        yield from ending(seen.now, found.expires_at, "chứng thư của bộ thu", renew)
    if found.lacks_name:
        text = f"chứng thư không có tên «{found.lacks_name}» mà máy và trình duyệt dùng để vào"
        do = (
            f"govnet tls renew --name {found.lacks_name} --data {seen.data} (kể cả các tên cũ, xem"
            f" govnet tls show), rồi govnet reload --data {seen.data}"
        )
        yield Finding(Level.MUST, text, do)
    yield from _authority(seen, found.ca_expires_at)


def _authority(seen: Seen, ends_at: float | None) -> Iterator[Finding]:
    if ends_at is None:
        return
    do = (
        "govnet tls next-ca, đợi mọi tác tử báo cáo, govnet tls switch-ca, govnet tls drop-old-ca"
        " (docs/security.md)"
    )
    if ends_at < seen.now + CA_DAYS * DAY_SECONDS:
        level = Level.MUST if ends_at <= seen.now else Level.SHOULD
        yield Finding(level, f"CA của trung tâm hết hạn ngày {day(ends_at)}", do)
    else:
        yield Finding(Level.GOOD, f"CA của trung tâm còn đến {day(ends_at)}")


def ending(now: float, ends_at: float, what: str, do: str) -> Iterator[Finding]:
    """Yield how long a certificate is good, and what to do about it."""
    if ends_at <= now:
        yield Finding(Level.MUST, f"{what} đã hết hạn ngày {day(ends_at)}", do)
    elif ends_at < now + CERTIFICATE_DAYS * DAY_SECONDS:
        yield Finding(Level.SHOULD, f"{what} hết hạn ngày {day(ends_at)}", do)
    else:
        yield Finding(Level.GOOD, f"{what} còn đến {day(ends_at)}")


def day(at: float) -> str:
    """Return the day of a time (Unix seconds)."""
    return datetime.fromtimestamp(at, UTC).strftime("%d/%m/%Y")
