"""The sheets and columns of the workbook: the one table that template, export and import share.

A column says where its value stands in the inventory; how a cell is read (`CellKind`) and written
follows from the kind. Headers are what import recognises a column by, in any order.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import msgspec

from inventory.model import Inventory, MachineProfile


class CellKind(StrEnum):
    """What stands in a cell."""

    ID = "id"
    TEXT = "text"
    NUMBER = "number"
    COUNT = "count"
    DATE = "date"
    LATITUDE = "latitude"
    LONGITUDE = "longitude"
    ADDRESS = "address"
    """One IP address, or "+10" within the site's first network."""
    NETWORKS = "networks"
    """Networks, separated by commas, semicolons or lines."""
    TELEPHONE = "telephone"
    FLAG = "flag"
    """có or không."""
    CHOICE = "choice"
    """One of the names in the list of choices; the id of a record is understood too."""
    WORDS = "words"
    """Several words, separated by commas, semicolons or lines."""


class Choices(StrEnum):
    """The lists of the hidden sheet that drop-downs offer: name and id of each."""

    UNITS = "units"
    SITES = "sites"
    SITE_PROFILES = "site_profiles"
    MACHINE_PROFILES = "machine_profiles"
    CARRIERS = "carriers"
    CALENDARS = "calendars"
    CLUSTERS = "clusters"
    POWER_AREAS = "power_areas"
    SITE_KINDS = "site_kinds"
    LANS = "lans"
    DEVICE_KINDS = "device_kinds"
    POINT_KINDS = "point_kinds"
    SERVICE_KINDS = "service_kinds"
    LIFECYCLES = "lifecycles"
    DUTIES = "duties"


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column of a sheet.

    `key` is its name in code and tests, unique in its sheet; `note` is what the header's comment
    explains, with an example.
    """

    key: str
    header: str
    kind: CellKind
    note: str
    choices: Choices | None = None
    required: bool = False
    width: int = 16


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """One sheet: `title` is the name of its tab."""

    key: str
    title: str
    note: str
    columns: tuple[Column, ...]


PCS: Final = "count:"
"""A column for each machine profile: its key is this and the profile's id."""


def sheets(inventory: Inventory) -> tuple[Sheet, ...]:
    """Return the sheets of this inventory's workbook, the sites first."""
    return sheets_of(inventory.machine_profiles.values())


def sheets_of(profiles: Iterable[MachineProfile]) -> tuple[Sheet, ...]:
    """Return the sheets where machines of these profiles are counted, the sites first."""
    counted = tuple(
        Column(
            key=f"{PCS}{profile.id}",
            header=f"Số {profile.name[:1].lower()}{profile.name[1:]}",
            kind=CellKind.COUNT,
            note="Số máy theo kiểm kê, không kể máy khai riêng ở tờ Máy. Ví dụ: 24.",
            width=12,
        )
        for profile in profiles
    )
    return (
        Sheet(
            key="sites",
            title="Điểm",
            note="Mỗi dòng một toà nhà (trụ sở, cơ sở). Ô để trống thì giữ nguyên, không xoá gì.",
            columns=(*_SITE_HEAD, *counted, *_SITE_TAIL),
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


def column_of(columns: Iterable[Column], key: str) -> Column:
    """Return the column with that key. Raises KeyError."""
    for one in columns:
        if one.key == key:
            return one
    raise KeyError(key)


_SITE_OF_ITEM = Column(
    key="site",
    header="Điểm",
    kind=CellKind.CHOICE,
    choices=Choices.SITES,
    required=True,
    note="Điểm có mục này: chọn trong danh sách, hoặc gõ mã điểm.",
    width=28,
)
_NOTE = Column(key="note", header="Ghi chú", kind=CellKind.TEXT, note="Tuỳ ý.", width=30)
_LIFECYCLE = Column(
    key="lifecycle",
    header="Tình trạng",
    kind=CellKind.CHOICE,
    choices=Choices.LIFECYCLES,
    note="Đang dùng (mặc định), dự kiến, đã bỏ. Miễn theo dõi thì khai cả lý do trong file YAML.",
    width=12,
)

_SITE_HEAD: Final = (
    Column(
        key="id",
        header="Mã điểm",
        kind=CellKind.ID,
        note="Tên ngắn không dấu, không đổi về sau, ví dụ bang-thanh. Để trống: đặt theo đơn vị.",
        width=20,
    ),
    Column(
        key="unit",
        header="Đơn vị",
        kind=CellKind.CHOICE,
        choices=Choices.UNITS,
        required=True,
        note="Đơn vị dùng toà nhà. Chọn trong danh sách, hoặc gõ tên, mã xã.",
        width=28,
    ),
    Column(
        key="name",
        header="Tên điểm",
        kind=CellKind.TEXT,
        note="Ví dụ: Trụ sở UBND xã Bằng Thành. Để trống: Trụ sở và tên đơn vị.",
        width=34,
    ),
    Column(
        key="code",
        header="Mã ngắn",
        kind=CellKind.TEXT,
        note="2 đến 16 chữ, số, gạch nối: người ở điểm gõ khi cài tác tử. Ví dụ: BT-01.",
        width=10,
    ),
    Column(
        key="profile",
        header="Hồ sơ mẫu",
        kind=CellKind.CHOICE,
        choices=Choices.SITE_PROFILES,
        note="Phần giống nhau của các điểm: thiết bị, điểm cầu, số máy ban đầu.",
        width=24,
    ),
    Column(
        key="kind",
        header="Loại điểm",
        kind=CellKind.CHOICE,
        choices=Choices.SITE_KINDS,
        note="Chỉ cần khi không có hồ sơ mẫu.",
        width=18,
    ),
    Column(
        key="postal_address",
        header="Địa chỉ",
        kind=CellKind.TEXT,
        note="Số nhà, đường, thôn.",
        width=30,
    ),
    Column(
        key="latitude",
        header="Vĩ độ",
        kind=CellKind.LATITUDE,
        note="Độ thập phân, ví dụ 22,6432.",
        width=10,
    ),
    Column(
        key="longitude",
        header="Kinh độ",
        kind=CellKind.LONGITUDE,
        note="Độ thập phân, ví dụ 105,7512.",
        width=10,
    ),
    Column(
        key="networks",
        header="Dải mạng",
        kind=CellKind.NETWORKS,
        note="Dải địa chỉ LAN của điểm, ví dụ 10.19.7.0/24; nhiều dải cách nhau dấu phẩy.",
        width=22,
    ),
    Column(
        key="carrier",
        header="Nhà mạng",
        kind=CellKind.CHOICE,
        choices=Choices.CARRIERS,
        note="Nhà mạng của đường truyền chính.",
        width=12,
    ),
    Column(
        key="circuit",
        header="Mã kênh",
        kind=CellKind.TEXT,
        note="Số hiệu kênh truyền để báo hỏng, như trên hợp đồng.",
        width=18,
    ),
    Column(
        key="contract",
        header="Số hợp đồng",
        kind=CellKind.TEXT,
        note="Ví dụ: 12/2026/HĐ-VT.",
        width=16,
    ),
    Column(
        key="capacity_mbps",
        header="Băng thông (Mbps)",
        kind=CellKind.NUMBER,
        note="Theo hợp đồng, ví dụ 200.",
        width=12,
    ),
    Column(
        key="always_on_address",
        header="Địa chỉ luôn bật",
        kind=CellKind.ADDRESS,
        note="Thiết bị luôn bật mà trung tâm hỏi được (thường là bộ định tuyến), ví dụ 10.19.7.1"
        " hoặc +1. Không có thì điểm bị mù ngoài giờ.",
        width=18,
    ),
    Column(
        key="point_address",
        header="Địa chỉ điểm cầu",
        kind=CellKind.ADDRESS,
        note="Thiết bị hội nghị của phòng họp, ví dụ 10.19.7.10 hoặc +10.",
        width=18,
    ),
    Column(
        key="contact_role",
        header="Đầu mối",
        kind=CellKind.TEXT,
        note="Chức danh, không ghi tên người. Ví dụ: Văn phòng HĐND và UBND.",
        width=24,
    ),
    Column(
        key="contact_telephone",
        header="Điện thoại",
        kind=CellKind.TELEPHONE,
        note="Số của đầu mối. Excel bỏ số 0 đầu vẫn hiểu được.",
        width=14,
    ),
)
_SITE_TAIL: Final = (
    Column(
        key="counted_on",
        header="Ngày kiểm đếm",
        kind=CellKind.DATE,
        note="Ngày của các số máy ở dòng này, ví dụ 01/10/2026.",
        width=14,
    ),
    Column(
        key="counted_by",
        header="Nguồn số liệu",
        kind=CellKind.TEXT,
        note="Số máy lấy từ đâu, ví dụ: Kiểm kê tài sản 2026.",
        width=24,
    ),
    Column(
        key="calendar",
        header="Lịch làm việc",
        kind=CellKind.CHOICE,
        choices=Choices.CALENDARS,
        note="Chỉ khi khác lịch của đơn vị.",
        width=16,
    ),
    Column(
        key="cluster",
        header="Cụm",
        kind=CellKind.CHOICE,
        choices=Choices.CLUSTERS,
        note="Cụm công tác, khi khác cụm của đơn vị.",
        width=14,
    ),
    Column(
        key="power_area",
        header="Khu vực điện",
        kind=CellKind.CHOICE,
        choices=Choices.POWER_AREAS,
        note="Lộ điện cấp cho điểm: các điểm chung một lộ giúp nhận ra mất điện.",
        width=16,
    ),
    Column(
        key="lan",
        header="Mạng nội bộ",
        kind=CellKind.CHOICE,
        choices=Choices.LANS,
        note="Có (mặc định), một phần, chưa có.",
        width=12,
    ),
    _LIFECYCLE,
    _NOTE,
)
_DEVICES: Final = (
    _SITE_OF_ITEM,
    Column(key="id", header="Mã thiết bị", kind=CellKind.ID, required=True, note="Ví dụ: sw2."),
    Column(key="name", header="Tên", kind=CellKind.TEXT, note="Ví dụ: Switch tầng 2.", width=24),
    Column(
        key="kind",
        header="Loại",
        kind=CellKind.CHOICE,
        choices=Choices.DEVICE_KINDS,
        note="Bộ định tuyến, switch, UPS, máy in, camera...",
        width=18,
    ),
    Column(key="address", header="Địa chỉ IP", kind=CellKind.ADDRESS, note="10.19.7.2 hoặc +2."),
    Column(
        key="mac", header="Địa chỉ MAC", kind=CellKind.TEXT, note="10:20:30:40:50:00.", width=18
    ),
    Column(key="model", header="Kiểu máy", kind=CellKind.TEXT, note="Như trên nhãn."),
    Column(key="serial", header="Số máy (serial)", kind=CellKind.TEXT, note="Như trên nhãn."),
    Column(key="asset_tag", header="Mã tài sản", kind=CellKind.TEXT, note="Như trên tem kiểm kê."),
    Column(
        key="always_on",
        header="Luôn bật",
        kind=CellKind.FLAG,
        note="có: trung tâm hỏi cả ngày đêm.",
        width=10,
    ),
    Column(
        key="upstream",
        header="Nối vào",
        kind=CellKind.TEXT,
        note="Mã của thiết bị phía trên, ví dụ cpe.",
        width=12,
    ),
    Column(
        key="snmp",
        header="Quyền SNMP",
        kind=CellKind.TEXT,
        note="Tên quyền trong file mật khẩu của trung tâm, không ghi mật khẩu ở đây.",
        width=14,
    ),
    _LIFECYCLE,
    _NOTE,
)
_POINTS: Final = (
    _SITE_OF_ITEM,
    Column(key="id", header="Mã điểm cầu", kind=CellKind.ID, required=True, note="Ví dụ: vc."),
    Column(key="name", header="Tên", kind=CellKind.TEXT, note="Phòng họp tầng 2.", width=24),
    Column(
        key="kind",
        header="Loại",
        kind=CellKind.CHOICE,
        choices=Choices.POINT_KINDS,
        note="Thiết bị hội nghị, phần mềm trên máy tính, MCU.",
        width=22,
    ),
    Column(key="address", header="Địa chỉ IP", kind=CellKind.ADDRESS, note="10.19.7.10 hoặc +10."),
    Column(
        key="protocols",
        header="Giao thức",
        kind=CellKind.WORDS,
        note="icmp, sip_udp, sip_tcp, sip_tls, h323, https..., cách nhau dấu phẩy.",
        width=24,
    ),
    Column(key="model", header="Kiểu máy", kind=CellKind.TEXT, note="Như trên nhãn."),
    Column(
        key="machine",
        header="Máy chạy phần mềm",
        kind=CellKind.TEXT,
        note="Mã máy trong cùng điểm, chỉ cho loại phần mềm.",
    ),
    Column(
        key="aliases",
        header="Tên đăng ký",
        kind=CellKind.WORDS,
        note="SIP URI, số H.323, cách nhau dấu phẩy.",
        width=24,
    ),
    _LIFECYCLE,
    _NOTE,
)
_MACHINES: Final = (
    _SITE_OF_ITEM,
    Column(key="id", header="Mã máy", kind=CellKind.ID, required=True, note="Ví dụ: mot-cua."),
    Column(key="name", header="Tên", kind=CellKind.TEXT, note="Máy một cửa.", width=24),
    Column(
        key="profile",
        header="Loại máy",
        kind=CellKind.CHOICE,
        choices=Choices.MACHINE_PROFILES,
        note="Máy tính làm việc, máy chủ...",
        width=20,
    ),
    Column(key="address", header="Địa chỉ IP", kind=CellKind.ADDRESS, note="10.19.7.11 hoặc +11."),
    Column(
        key="mac", header="Địa chỉ MAC", kind=CellKind.TEXT, note="10:20:30:40:50:01.", width=18
    ),
    Column(key="serial", header="Số máy (serial)", kind=CellKind.TEXT, note="Như trên nhãn."),
    Column(key="asset_tag", header="Mã tài sản", kind=CellKind.TEXT, note="Như trên tem kiểm kê."),
    Column(
        key="duty",
        header="Nhiệm vụ",
        kind=CellKind.CHOICE,
        choices=Choices.DUTIES,
        note="Phòng họp hoặc Một cửa: máy quan trọng từng cái.",
        width=12,
    ),
    Column(
        key="vantage",
        header="Đo thay cho điểm",
        kind=CellKind.FLAG,
        note="có: máy này đo đường truyền, thiết bị, điểm cầu cho cả điểm.",
        width=10,
    ),
    Column(
        key="always_on",
        header="Luôn bật",
        kind=CellKind.FLAG,
        note="có: trung tâm hỏi cả ngày đêm.",
        width=10,
    ),
    _LIFECYCLE,
    _NOTE,
)
_SERVICES: Final = (
    Column(key="id", header="Mã dịch vụ", kind=CellKind.ID, required=True, note="Ví dụ: qlvb."),
    Column(
        key="name",
        header="Tên",
        kind=CellKind.TEXT,
        note="Quản lý văn bản.",
        width=28,
    ),
    Column(
        key="kind",
        header="Loại",
        kind=CellKind.CHOICE,
        choices=Choices.SERVICE_KINDS,
        note="Quản lý văn bản, một cửa, cổng dịch vụ công, thư điện tử...",
        width=24,
    ),
    Column(
        key="url",
        header="Địa chỉ (URL)",
        kind=CellKind.TEXT,
        note="https://qlvb.tinh.example/",
        width=36,
    ),
    Column(
        key="unit",
        header="Đơn vị phụ trách",
        kind=CellKind.CHOICE,
        choices=Choices.UNITS,
        note="Tuỳ ý.",
        width=28,
    ),
    Column(
        key="from_sites",
        header="Thử từ các điểm",
        kind=CellKind.FLAG,
        note="có: máy ở các điểm cũng thử, không chỉ trung tâm.",
        width=10,
    ),
    Column(
        key="expect_content",
        header="Chữ phải có",
        kind=CellKind.TEXT,
        note="Chữ phải thấy trên trang, ví dụ: Đăng nhập.",
        width=20,
    ),
    _LIFECYCLE,
    _NOTE,
)
