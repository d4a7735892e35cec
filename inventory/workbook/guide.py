"""The first sheet of the workbook: how to fill it in, in Vietnamese. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from inventory.model import Province
from inventory.workbook.columns import Sheet

TITLE: Final = "Hướng dẫn"
"""Of the sheet."""
_RULES: Final = (
    "Điền tờ «Điểm» trước: mỗi dòng một toà nhà. Các tờ sau chỉ khi cần khai từng cái.",
    "Tiêu đề nền đậm là cột bắt buộc. Trỏ vào tiêu đề, hoặc chọn một ô, để xem cách ghi.",
    "Cột có danh sách: bấm mũi tên để chọn, hoặc gõ tên hay mã; không cần dấu.",
    "Ô để trống thì giữ nguyên điều đã khai; xoá một dòng không xoá gì trong hệ thống.",
    "Thứ không còn dùng thì ghi Tình trạng là «Đã bỏ».",
    "Dòng in sẵn mà chưa ai điền gì thêm thì bỏ qua: mới điền được một phần cũng nhận được.",
    "Địa chỉ IP ghi đủ (10.19.7.1), hoặc +1 là địa chỉ thứ nhất trong dải mạng của điểm.",
    "Ngày ghi ngày/tháng/năm. Số máy phải có ngày kiểm đếm và nguồn số liệu.",
    "Đầu mối ghi chức danh và số điện thoại cơ quan, không ghi tên người.",
    "Không ghi mật khẩu ở bất kỳ ô nào.",
    "Được đổi thứ tự cột và dòng, ẩn cột, lọc; không thêm cột, không sửa tiêu đề và tên các tờ.",
)
_COMMANDS: Final = (
    ("govnet inventory import FILE.xlsx", "nhận file đã điền: cho xem sẽ đổi gì, sai ở ô nào"),
    ("govnet inventory check", "soát lại toàn bộ"),
    ("govnet inventory export FILE.xlsx", "ghi mọi thứ đang khai ra file mới"),
)


def guide(province: Province, all_sheets: Sequence[Sheet], now: datetime) -> list[tuple[str, ...]]:
    """Return the sheet's rows of one to two cells. `now` is in the province's own time."""
    return [
        (f"Bảng kê điểm, thiết bị, máy: {province.name}",),
        (f"{province.operator}, lập ngày {now:%d/%m/%Y}",),
        (),
        ("Cách điền",),
        *((f"{number}.", rule) for number, rule in enumerate(_RULES, start=1)),
        (),
        ("Các tờ",),
        *((sheet.title, sheet.note) for sheet in all_sheets),
        (),
        ("Lệnh ở trung tâm",),
        *_COMMANDS,
    ]
