"""Prometheus: it scrapes us, has our rules, takes what comes late, and has an Alertmanager."""

from collections.abc import Iterator
from typing import Final

from collector.doctor.looking.prometheus import Prometheus
from collector.doctor.records import Finding, Level, Seen

RECENT_SECONDS: Final = 300.0
"""Prometheus reads more often than that."""
_RULES: Final = (
    "chép deploy/prometheus/rules (gói cài: /usr/share/govnet/prometheus/rules) của phiên bản này"
    " vào thư mục rules của Prometheus, rồi systemctl reload prometheus"
)


def check(seen: Seen) -> Iterator[Finding]:
    """Check Prometheus."""
    found = seen.prometheus
    if found is None:
        if seen.running is not None:
            text = "chưa biết Prometheus ở đâu nên chưa xét được quy tắc, cảnh báo, cửa sổ đến muộn"
            do = 'ghi [prometheus] url = "http://127.0.0.1:9090" vào collector.toml'
            yield Finding(Level.SHOULD, text, do)
        return
    if found.trouble:
        text = f"Prometheus không hỏi được: {found.trouble}"
        do = (
            f"systemctl status prometheus trên máy đó; xem [prometheus] trong collector.toml có"
            f" đúng không: {found.url}"
        )
        yield Finding(Level.MUST, text, do)
        return
    yield Finding(Level.GOOD, f"Prometheus ở {found.url} sẵn sàng")
    yield from _targets(seen, found)
    yield from _rules(seen, found)
    yield from _window(seen, found)
    if found.alertmanagers:
        yield Finding(Level.GOOD, f"Prometheus gửi cảnh báo tới {', '.join(found.alertmanagers)}")
    else:
        text = "Prometheus không có Alertmanager: cảnh báo không tới ai"
        do = "ghi alerting.alertmanagers trong prometheus.yml (deploy/prometheus), nạp lại"
        yield Finding(Level.MUST, text, do)


def _targets(seen: Seen, found: Prometheus) -> Iterator[Finding]:
    if not found.targets:
        text = f"Prometheus không đọc bộ thu: không có đích nào của job «{found.job}»"
        if found.discovery_jobs:
            text += f" (có: {', '.join(found.discovery_jobs)})"
        do = (
            "dùng scrape_configs của deploy/prometheus/prometheus.yml; xem Status > Service"
            " discovery; job tên khác thì ghi [prometheus] job"
        )
        yield Finding(Level.MUST, text, do)
        return
    down = tuple(f"{one.url}: {one.error or 'chưa đọc'}" for one in found.targets if not one.is_up)
    old = tuple(
        one.url
        for one in found.targets
        if one.is_up and (one.scraped_at is None or one.scraped_at < seen.now - RECENT_SECONDS)
    )
    if down:
        text = f"Prometheus không đọc được {len(down)} trong {len(found.targets)} đích của bộ thu"
        do = "sửa lỗi đã nêu: địa chỉ, ca_file hoặc metrics_allow; xem Status > Targets"
        yield Finding(Level.MUST, text, do, down)
    if old:
        text = f"Prometheus đã lâu không đọc {len(old)} đích của bộ thu"
        yield Finding(Level.MUST, text, "xem Status > Targets và giờ của hai máy", old)
    if not down and not old:
        text = f"Prometheus đọc đủ {len(found.targets)} đích của bộ thu"
        yield Finding(Level.GOOD, text)


def _rules(seen: Seen, found: Prometheus) -> Iterator[Finding]:
    expected = seen.shipped.rules
    missing = tuple(dict.fromkeys(name for name in expected if name not in found.rules))
    if missing:
        text = (
            f"Prometheus thiếu {len(missing)} trong {len(set(expected))} quy tắc của phiên bản này"
        )
        yield Finding(Level.MUST, text, _RULES, missing)
    elif expected:
        yield Finding(Level.GOOD, f"Prometheus có đủ {len(set(expected))} quy tắc")
    if found.rule_errors:
        text = f"{len(found.rule_errors)} quy tắc không tính được"
        yield Finding(
            Level.MUST, text, "sửa lỗi đã nêu; quy tắc cũ thì " + _RULES, found.rule_errors
        )


def _window(seen: Seen, found: Prometheus) -> Iterator[Finding]:
    """Compare the window with the receivers that push into this Prometheus."""
    if seen.config is None:
        return
    pushing = [one for one in seen.config.remote_write if one.url.startswith(found.url)]
    wanted = max((one.window_hours for one in pushing), default=0.0)
    if found.window_seconds < wanted * 3600.0:
        text = (
            f"cửa sổ nhận muộn của Prometheus là {found.window_seconds / 3600.0:g} giờ, ta gửi số"
            f" liệu cũ đến {wanted:g} giờ: phần cũ hơn bị bỏ"
        )
        do = (
            "storage.tsdb.out_of_order_time_window trong prometheus.yml (mẫu: 24h), hoặc giảm"
            " window_hours của [[remote_write]]"
        )
        yield Finding(Level.MUST, text, do)
    elif pushing:
        text = f"Prometheus nhận số liệu muộn đến {found.window_seconds / 3600.0:g} giờ"
        yield Finding(Level.GOOD, text)
