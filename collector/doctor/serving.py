"""The collector itself: it runs, others can reach it safely, somebody keeps what it measures."""

from collections.abc import Iterator
from typing import Final

from collector.doctor.certificates import ending
from collector.doctor.records import Finding, Level, Running, Seen

SCRAPE_SECONDS: Final = 300.0
"""Prometheus reads more often than that."""


def check(seen: Seen) -> Iterator[Finding]:
    """Check the collector."""
    if not seen.is_begun:
        text = f"chưa bộ thu nào chạy trên thư mục {seen.data}"
        yield Finding(Level.MUST, text, _serve(seen))
        return
    if seen.data_problems:
        text = f"không đọc được cơ sở dữ liệu trong {seen.data}"
        do = "sửa lỗi đã nêu; mất khoá chủ thì lấy lại từ bản sao lưu (docs/security.md)"
        yield Finding(Level.MUST, text, do, seen.data_problems)
    else:
        yield from _master_key(seen)
    if seen.running is None:
        text = f"bộ thu không trả lời ({seen.trouble}); dưới đây chỉ xét được các file"
        yield Finding(Level.MUST, text, _serve(seen))
        return
    yield Finding(Level.GOOD, f"bộ thu đang chạy, phiên bản {seen.running.about.version}")
    yield from _tls(seen, seen.running)
    yield from _kept(seen, seen.running)
    if missing := tuple(seen.running.about.credentials_missing):
        text = f"{len(missing)} tên truy nhập (SNMP, tài khoản) trong danh mục chưa có mật khẩu"
        do = (
            "điền vào file của [credentials] trong collector.toml (docs/collector.md), rồi"
            " govnet reload"
        )
        yield Finding(Level.SHOULD, text, do, missing)


def _serve(seen: Seen) -> str:
    """Return the command that starts the collector, with the options that were written for it."""
    if seen.is_service:
        return "systemctl start govnet; vẫn không chạy thì xem: journalctl -u govnet -n 30"
    if seen.config_file is not None:
        return f"govnet serve --config {seen.config_file}"
    return f"govnet serve --inventory {seen.inventory_file} --data {seen.data}"


def _again(seen: Seen) -> str:
    """Return what makes the collector read its options anew."""
    return "systemctl restart govnet" if seen.is_service else "chạy lại govnet serve"


def _master_key(seen: Seen) -> Iterator[Finding]:
    file = seen.master_key_file
    if file is None:
        yield Finding(Level.GOOD, "khoá chủ là credential của systemd")
    elif file.resolve().is_relative_to(seen.data.resolve()):
        text = f"khoá chủ {file} nằm trong thư mục dữ liệu: bản sao lưu tự mở được khoá của tác tử"
        do = "dừng bộ thu, chuyển file ra ngoài, ghi chỗ mới vào master_key_file (docs/security.md)"
        yield Finding(Level.MUST, text, do)
    else:
        text = f"khoá chủ {file} nằm ngoài thư mục dữ liệu; nhớ cất một bản ở nơi khác"
        yield Finding(Level.GOOD, text)


def _tls(seen: Seen, running: Running) -> Iterator[Finding]:
    ends_at = running.about.certificate_expires_at
    if ends_at is None and not seen.public_url.startswith("https://"):
        text = "chưa có TLS: chỉ máy này kết nối được, máy ở các điểm thì không"
        do = (
            f"govnet tls init --name TÊN-HOẶC-ĐỊA-CHỈ --data {seen.data}, ghi"
            f' listen = "0.0.0.0:8470" trong collector.toml, rồi {_again(seen)}'
        )
        yield Finding(Level.MUST, text, do)
        return
    if ends_at is None:
        yield Finding(Level.GOOD, "TLS do proxy phía trước lo")
        return
    do = f"govnet tls renew --data {seen.data} && govnet reload --data {seen.data}"
    yield from ending(seen.now, ends_at, "TLS đang bật, chứng thư của bộ thu", do)


def _kept(seen: Seen, running: Running) -> Iterator[Finding]:
    scraped_at = running.about.scraped_at
    if scraped_at is None or scraped_at < seen.now - SCRAPE_SECONDS:
        text = "chưa thấy Prometheus đọc số liệu: không có đồ thị và cảnh báo"
        do = (
            "dùng cấu hình trong deploy/prometheus (gói cài: /usr/share/govnet/prometheus), xem"
            " Status > Targets của Prometheus"
        )
        yield Finding(Level.SHOULD, text, do)
    else:
        yield Finding(Level.GOOD, "Prometheus đang đọc số liệu")
    if not running.about.receivers:
        text = "chưa gửi số liệu cũ đi đâu: lúc đứt đường, đồ thị có khoảng trống"
        do = f"thêm [[remote_write]] vào collector.toml (docs/collector.md), rồi {_again(seen)}"
        yield Finding(Level.SHOULD, text, do)
    else:
        yield Finding(Level.GOOD, f"số liệu cũ được gửi tới {', '.join(running.about.receivers)}")
