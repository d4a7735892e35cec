"""The sheets and columns of the workbook: the one table that template, export and import share.

A column says where its value stands in the inventory; how a cell is read (`CellKind`) and written
follows from the kind. Headers are what import recognises a column by, in any order.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from inventory.model import Inventory, MachineProfile
from inventory.names import search_key
from inventory.workbook.column import CellKind, Choices, Column, Sheet

__all__ = ["PCS", "CellKind", "Choices", "Column", "Sheet", "column_of", "sheets", "sheets_of"]

PCS: Final = "count:"
"""A column for each machine profile: its key is this and the profile's id."""


def sheets(inventory: Inventory) -> tuple[Sheet, ...]:
    """Return the sheets of this inventory's workbook, the sites first."""
    return sheets_of(inventory.machine_profiles.values())


def sheets_of(profiles: Iterable[MachineProfile]) -> tuple[Sheet, ...]:
    """Return the sheets where machines of these profiles are counted, the sites first."""
    return (
        Sheet(
            key="sites",
            title="Điểm",
            note="Mỗi dòng một toà nhà (trụ sở, cơ sở). Ô để trống thì giữ nguyên, không xoá gì.",
            columns=(*_SITE_HEAD, *_counted(profiles), *_SITE_TAIL),
        ),
        Sheet(
            key="devices",
            title="Thiết bị",
            note="Thiết bị khai từng cái: bộ định tuyến, switch, UPS, máy in, camera...",
            columns=_DEVICES,
        ),
        Sheet(
            key="points",
            title="Điểm cầu",
            note="Điểm cầu hội nghị: thiết bị chuyên dụng hoặc phần mềm trên một máy tính.",
            columns=_POINTS,
        ),
        Sheet(
            key="machines",
            title="Máy",
            note="Máy tính, máy chủ khai từng cái; các máy khác chỉ cần số lượng ở tờ Điểm.",
            columns=_MACHINES,
        ),
        Sheet(
            key="services",
            title="Dịch vụ",
            note="Hệ thống dùng chung mà các cơ quan truy cập.",
            columns=_SERVICES,
        ),
    )


def _counted(profiles: Iterable[MachineProfile]) -> Iterator[Column]:
    """Yield a column for each profile, under a header that no other column of the sheet has."""
    taken = {search_key(column.header) for column in (*_SITE_HEAD, *_SITE_TAIL)}
    for profile in profiles:
        name = profile.name
        # Not of an abbreviation: "Số PC" stays what it is.
        header = f"Số {name[:1].lower() if name[1:2].islower() else name[:1]}{name[1:]}"
        if search_key(header) in taken:
            header += f" ({profile.id})"
        taken.add(search_key(header))
        yield Column(
            f"{PCS}{profile.id}",
            header,
            CellKind.COUNT,
            "Số máy theo kiểm kê, không kể máy khai riêng ở tờ Máy. Ví dụ: 24.",
            width=12,
        )


def column_of(columns: Iterable[Column], key: str) -> Column:
    """Return the column with that key. Raises KeyError."""
    for one in columns:
        if one.key == key:
            return one
    raise KeyError(key)


_SITE_OF_ITEM = Column(
    "site",
    "Điểm",
    CellKind.CHOICE,
    "Điểm có mục này: chọn trong danh sách, hoặc gõ mã điểm.",
    choices=Choices.SITES,
    required=True,
    width=28,
)
_NOTE = Column("note", "Ghi chú", CellKind.TEXT, "Tuỳ ý.", width=30)
_LIFECYCLE = Column(
    "lifecycle",
    "Tình trạng",
    CellKind.CHOICE,
    "Đang dùng (mặc định), dự kiến, đã bỏ. Miễn theo dõi thì khai cả lý do trong file YAML.",
    choices=Choices.LIFECYCLES,
    width=12,
)

_SITE_HEAD: Final = (
    Column(
        "id",
        "Mã điểm",
        CellKind.ID,
        "Tên ngắn không dấu, không đổi về sau, ví dụ bang-thanh. Để trống: đặt theo đơn vị.",
        width=20,
    ),
    Column(
        "unit",
        "Đơn vị",
        CellKind.CHOICE,
        "Đơn vị dùng toà nhà. Chọn trong danh sách, hoặc gõ tên, mã xã.",
        choices=Choices.UNITS,
        required=True,
        width=28,
    ),
    Column(
        "name",
        "Tên điểm",
        CellKind.TEXT,
        "Ví dụ: Trụ sở UBND xã Bằng Thành. Để trống: Trụ sở và tên đơn vị.",
        width=34,
    ),
    Column(
        "code",
        "Mã ngắn",
        CellKind.TEXT,
        "2 đến 16 chữ, số, gạch nối: người ở điểm gõ khi cài tác tử. Ví dụ: BT-01.",
        width=10,
    ),
    Column(
        "profile",
        "Hồ sơ mẫu",
        CellKind.CHOICE,
        "Phần giống nhau của các điểm: thiết bị, điểm cầu, số máy ban đầu.",
        choices=Choices.SITE_PROFILES,
        width=24,
    ),
    Column(
        "kind",
        "Loại điểm",
        CellKind.CHOICE,
        "Chỉ cần khi không có hồ sơ mẫu.",
        choices=Choices.SITE_KINDS,
        width=18,
    ),
    Column("postal_address", "Địa chỉ", CellKind.TEXT, "Số nhà, đường, thôn.", width=30),
    Column("latitude", "Vĩ độ", CellKind.LATITUDE, "Độ thập phân, ví dụ 22,6432.", width=10),
    Column("longitude", "Kinh độ", CellKind.LONGITUDE, "Độ thập phân, ví dụ 105,7512.", width=10),
    Column(
        "networks",
        "Dải mạng",
        CellKind.NETWORKS,
        "Dải địa chỉ LAN của điểm, ví dụ 10.19.7.0/24; nhiều dải cách nhau dấu phẩy.",
        width=22,
    ),
    Column(
        "carrier",
        "Nhà mạng",
        CellKind.CHOICE,
        "Nhà mạng của đường truyền chính.",
        choices=Choices.CARRIERS,
        width=12,
    ),
    Column(
        "circuit",
        "Mã kênh",
        CellKind.TEXT,
        "Số hiệu kênh truyền để báo hỏng, như trên hợp đồng.",
        width=18,
    ),
    Column("contract", "Số hợp đồng", CellKind.TEXT, "Ví dụ: 12/2026/HĐ-VT.", width=16),
    Column(
        "capacity_mbps", "Băng thông (Mbps)", CellKind.NUMBER, "Theo hợp đồng, ví dụ 200.", width=12
    ),
    Column(
        "always_on_address",
        "Địa chỉ luôn bật",
        CellKind.ADDRESS,
        "Thiết bị luôn bật mà trung tâm hỏi được (thường là bộ định tuyến), ví dụ 10.19.7.1"
        " hoặc +1. Không có thì điểm bị mù ngoài giờ.",
        width=18,
    ),
    Column(
        "point_address",
        "Địa chỉ điểm cầu",
        CellKind.ADDRESS,
        "Thiết bị hội nghị của phòng họp, ví dụ 10.19.7.10 hoặc +10.",
        width=18,
    ),
    Column(
        "contact_role",
        "Đầu mối",
        CellKind.TEXT,
        "Chức danh, không ghi tên người. Ví dụ: Văn phòng HĐND và UBND.",
        width=24,
    ),
    Column(
        "contact_telephone",
        "Điện thoại",
        CellKind.TELEPHONE,
        "Số của đầu mối. Excel bỏ số 0 đầu vẫn hiểu được.",
        width=14,
    ),
)
_SITE_TAIL: Final = (
    Column(
        "counted_on",
        "Ngày kiểm đếm",
        CellKind.DATE,
        "Ngày của các số máy ở dòng này, ví dụ 01/10/2026.",
        width=14,
    ),
    Column(
        "counted_by",
        "Nguồn số liệu",
        CellKind.TEXT,
        "Số máy lấy từ đâu, ví dụ: Kiểm kê tài sản 2026.",
        width=24,
    ),
    Column(
        "calendar",
        "Lịch làm việc",
        CellKind.CHOICE,
        "Chỉ khi khác lịch của đơn vị.",
        choices=Choices.CALENDARS,
        width=16,
    ),
    Column(
        "cluster",
        "Cụm",
        CellKind.CHOICE,
        "Cụm công tác, khi khác cụm của đơn vị.",
        choices=Choices.CLUSTERS,
        width=14,
    ),
    Column(
        "power_area",
        "Khu vực điện",
        CellKind.CHOICE,
        "Lộ điện cấp cho điểm: các điểm chung một lộ giúp nhận ra mất điện.",
        choices=Choices.POWER_AREAS,
        width=16,
    ),
    Column(
        "lan",
        "Mạng nội bộ",
        CellKind.CHOICE,
        "Có (mặc định), một phần, chưa có.",
        choices=Choices.LANS,
        width=12,
    ),
    _LIFECYCLE,
    _NOTE,
)
_DEVICES: Final = (
    _SITE_OF_ITEM,
    Column("id", "Mã thiết bị", CellKind.ID, "Ví dụ: sw2.", required=True),
    Column("name", "Tên", CellKind.TEXT, "Ví dụ: Switch tầng 2.", width=24),
    Column(
        "kind",
        "Loại",
        CellKind.CHOICE,
        "Bộ định tuyến, switch, UPS, máy in, camera...",
        choices=Choices.DEVICE_KINDS,
        width=18,
    ),
    Column("address", "Địa chỉ IP", CellKind.ADDRESS, "10.19.7.2 hoặc +2."),
    Column("mac", "Địa chỉ MAC", CellKind.TEXT, "10:20:30:40:50:00.", width=18),
    Column("model", "Kiểu máy", CellKind.TEXT, "Như trên nhãn."),
    Column("serial", "Số máy (serial)", CellKind.TEXT, "Như trên nhãn."),
    Column("asset_tag", "Mã tài sản", CellKind.TEXT, "Như trên tem kiểm kê."),
    Column("always_on", "Luôn bật", CellKind.FLAG, "có: trung tâm hỏi cả ngày đêm.", width=10),
    Column("upstream", "Nối vào", CellKind.TEXT, "Mã của thiết bị phía trên, ví dụ cpe.", width=12),
    Column(
        "snmp",
        "Quyền SNMP",
        CellKind.TEXT,
        "Tên quyền trong file mật khẩu của trung tâm, không ghi mật khẩu ở đây.",
        width=14,
    ),
    _LIFECYCLE,
    _NOTE,
)
_POINTS: Final = (
    _SITE_OF_ITEM,
    Column("id", "Mã điểm cầu", CellKind.ID, "Ví dụ: vc.", required=True),
    Column("name", "Tên", CellKind.TEXT, "Phòng họp tầng 2.", width=24),
    Column(
        "kind",
        "Loại",
        CellKind.CHOICE,
        "Thiết bị hội nghị, phần mềm trên máy tính, MCU.",
        choices=Choices.POINT_KINDS,
        width=22,
    ),
    Column("address", "Địa chỉ IP", CellKind.ADDRESS, "10.19.7.10 hoặc +10."),
    Column(
        "protocols",
        "Giao thức",
        CellKind.WORDS,
        "icmp, sip_udp, sip_tcp, sip_tls, h323, https..., cách nhau dấu phẩy.",
        width=24,
    ),
    Column("model", "Kiểu máy", CellKind.TEXT, "Như trên nhãn."),
    Column(
        "machine",
        "Máy chạy phần mềm",
        CellKind.TEXT,
        "Mã máy trong cùng điểm, chỉ cho loại phần mềm.",
    ),
    Column(
        "aliases", "Tên đăng ký", CellKind.WORDS, "SIP URI, số H.323, cách nhau dấu phẩy.", width=24
    ),
    _LIFECYCLE,
    _NOTE,
)
_MACHINES: Final = (
    _SITE_OF_ITEM,
    Column("id", "Mã máy", CellKind.ID, "Ví dụ: mot-cua.", required=True),
    Column("name", "Tên", CellKind.TEXT, "Máy một cửa.", width=24),
    Column(
        "profile",
        "Loại máy",
        CellKind.CHOICE,
        "Máy tính làm việc, máy chủ...",
        choices=Choices.MACHINE_PROFILES,
        width=20,
    ),
    Column("address", "Địa chỉ IP", CellKind.ADDRESS, "10.19.7.11 hoặc +11."),
    Column("mac", "Địa chỉ MAC", CellKind.TEXT, "10:20:30:40:50:01.", width=18),
    Column("serial", "Số máy (serial)", CellKind.TEXT, "Như trên nhãn."),
    Column("asset_tag", "Mã tài sản", CellKind.TEXT, "Như trên tem kiểm kê."),
    Column(
        "duty",
        "Nhiệm vụ",
        CellKind.CHOICE,
        "Phòng họp hoặc Một cửa: máy quan trọng từng cái.",
        choices=Choices.DUTIES,
        width=12,
    ),
    Column(
        "vantage",
        "Đo thay cho điểm",
        CellKind.FLAG,
        "có: máy này đo đường truyền, thiết bị, điểm cầu cho cả điểm.",
        width=10,
    ),
    Column("always_on", "Luôn bật", CellKind.FLAG, "có: trung tâm hỏi cả ngày đêm.", width=10),
    _LIFECYCLE,
    _NOTE,
)
_SERVICES: Final = (
    Column("id", "Mã dịch vụ", CellKind.ID, "Ví dụ: qlvb.", required=True),
    Column("name", "Tên", CellKind.TEXT, "Quản lý văn bản.", width=28),
    Column(
        "kind",
        "Loại",
        CellKind.CHOICE,
        "Quản lý văn bản, một cửa, cổng dịch vụ công, thư điện tử...",
        choices=Choices.SERVICE_KINDS,
        width=24,
    ),
    Column("url", "Địa chỉ (URL)", CellKind.TEXT, "https://qlvb.tinh.example/", width=36),
    Column("unit", "Đơn vị phụ trách", CellKind.CHOICE, "Tuỳ ý.", choices=Choices.UNITS, width=28),
    Column(
        "from_sites",
        "Thử từ các điểm",
        CellKind.FLAG,
        "có: máy ở các điểm cũng thử, không chỉ trung tâm.",
        width=10,
    ),
    Column(
        "expect_content",
        "Chữ phải có",
        CellKind.TEXT,
        "Chữ phải thấy trên trang, ví dụ: Đăng nhập.",
        width=20,
    ),
    _LIFECYCLE,
    _NOTE,
)
