"""Receivers of history (remote write): each takes what it is sent, and none is far behind."""

from collections.abc import Iterator
from typing import Final

from collector.doctor.records import Finding, Level, Seen

BEHIND_SECONDS: Final = 600.0
"""As the alert GovnetHistoryBehind."""


def check(seen: Seen) -> Iterator[Finding]:
    """Check the receivers."""
    addresses = {one.name: one.url for one in seen.config.remote_write} if seen.config else {}
    for one in seen.receivers:
        where = f"{one.name} ({addresses[one.name]})" if one.name in addresses else one.name
        do = (
            "xem nơi nhận có chạy không, địa chỉ, token, ca_file của [[remote_write]]; lý do ở nhật"
            " ký: journalctl -u govnet | grep -i history. Chưa mất gì: bộ thu gửi lại"
        )
        if not one.up:
            late = f", chậm {one.lag_seconds / 60:.0f} phút" if one.lag_seconds else ""
            text = f"{where} không nhận số liệu cũ{late}, {one.failures:.0f} lần hỏng"
            yield Finding(Level.MUST, text, do)
        elif one.lag_seconds > BEHIND_SECONDS:
            text = f"{where} đang chậm {one.lag_seconds / 60:.0f} phút"
            yield Finding(Level.SHOULD, text, do)
        else:
            text = f"{where} nhận đều, đã nhận {one.sent:.0f} mẫu từ lúc bộ thu chạy"
            yield Finding(Level.GOOD, text)
        if one.refused:
            text = f"{where} đã từ chối hẳn {one.refused:.0f} mẫu"
            yield Finding(Level.SHOULD, text, "xem lý do ở nhật ký của bộ thu và của nơi nhận")
