"""Alertmanager: it is there, and whoever an alert is for is told by some receiver."""

from collections.abc import Iterator

from collector.doctor.looking.alertmanager import Alertmanager
from collector.doctor.records import Finding, Level, Seen


def check(seen: Seen) -> Iterator[Finding]:
    """Check every Alertmanager that is known."""
    for one in seen.alertmanagers:
        yield from _one(one)


def _one(found: Alertmanager) -> Iterator[Finding]:
    if found.trouble:
        text = f"Alertmanager không hỏi được: {found.trouble}"
        do = (
            "systemctl status prometheus-alertmanager trên máy đó; xem [alerts] của collector.toml"
            " (địa chỉ, đăng nhập) và alerting.alertmanagers của Prometheus"
        )
        yield Finding(Level.MUST, text, do)
        return
    deaf = tuple(who for who, names in found.reached.items() if not names)
    if deaf:
        text = f"Alertmanager {found.url}: cảnh báo cho {len(deaf)} vai trò không tới ai"
        do = "thêm route và receiver (mẫu: deploy/alertmanager/alertmanager.yml, docs/alerts.md)"
        yield Finding(Level.SHOULD, text, do, deaf)
    if found.has_examples:
        text = f"Alertmanager {found.url} còn địa chỉ mẫu của alertmanager.yml"
        do = "sửa các dòng «SỬA» trong alertmanager.yml, nạp lại, thử: govnet alerts test"
        yield Finding(Level.SHOULD, text, do)
    if not deaf:
        told = sorted({name for names in found.reached.values() for name in names})
        text = f"Alertmanager {found.url} sẵn sàng; người nhận: {', '.join(told)}"
        yield Finding(Level.GOOD, text)
