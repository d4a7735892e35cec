"""The inventory as files: it can be read, nothing is left to be filled in, it has a history."""

from collections.abc import Iterator
from ipaddress import ip_network

from collector.doctor.records import Finding, Level, Seen

_EXAMPLES = tuple(
    map(
        ip_network,
        ("192.0.2.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"),
    )
)
"""Networks that are nobody's (RFC 5737, RFC 2544, RFC 3849)."""
_NAMED = "git config user.name govnet && git config user.email govnet@localhost"
"""Without an author git commits nothing."""


def check(seen: Seen) -> Iterator[Finding]:
    """Check the files of the inventory and the collector's own."""
    if seen.config_problems:
        text = f"{seen.config_file} có lỗi: bộ thu sẽ không chạy lại được"
        do = "sửa từng lỗi đã nêu (docs/collector.md)"
        yield Finding(Level.MUST, text, do, seen.config_problems)
    if not seen.has_inventory_file:
        text = f"chưa có danh mục {seen.inventory_file}"
        do = (
            f"govnet init --province MÃ {seen.inventory_file.parent}; mã tỉnh: govnet units find"
            " TÊN-TỈNH"
        )
        yield Finding(Level.MUST, text, do)
        return
    if seen.inventory is None:
        again = f"govnet inventory check {seen.inventory_file}"
        text = f"danh mục {seen.inventory_file} có lỗi, không đọc được"
        yield Finding(Level.MUST, text, again, seen.inventory_problems)
        return
    yield Finding(Level.GOOD, f"danh mục đọc được: {len(seen.sites)} điểm đang dùng")
    if seen.to_mend:
        text = f"{len(seen.to_mend)} chỗ còn ghi «SỬA» trong danh mục"
        do = "mở file ở dòng đã nêu, điền số liệu thật, bỏ chữ SỬA, rồi govnet reload"
        yield Finding(Level.MUST, text, do, seen.to_mend)
    centre = seen.inventory.sites.get(seen.inventory.province.centre)
    examples = [text for text in centre.networks if _is_example(text)] if centre else []
    if centre is not None and examples:
        text = f"mạng của trung tâm ({centre.id}) còn là địa chỉ mẫu: {', '.join(examples)}"
        do = f"sửa networks của điểm {centre.id} trong danh mục, rồi govnet reload"
        yield Finding(Level.SHOULD, text, do)
    if seen.git == "none":
        text = "danh mục chưa có lịch sử: sửa nhầm thì không lấy lại được"
        do = _git(seen, f'git init && {_NAMED} && git add -A && git commit -m "danh mục"')
        yield Finding(Level.SHOULD, text, do)
    elif seen.git == "changed":
        text = "danh mục có thay đổi chưa ghi vào lịch sử"
        do = _git(seen, 'git add -A && git commit -m "đã sửa gì"')
        yield Finding(Level.SHOULD, text, do)
    else:
        yield Finding(Level.GOOD, "danh mục có lịch sử (git)")


def _git(seen: Seen, commands: str) -> str:
    """Return where the commands are given: git refuses a folder of another user, even to root."""
    if not seen.is_service:
        return f"{commands} (trong thư mục của danh mục)"
    return f"cd {seen.inventory_file.parent} && runuser -u govnet -- sh -c '{commands}'"


def _is_example(text: str) -> bool:
    return any(ip_network(text).network_address in example for example in _EXAMPLES)
