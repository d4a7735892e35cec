"""The inventory's own words in Vietnamese, as a person reads and types them in the workbook."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from inventory.model import (
    DeviceKind,
    Duty,
    Lan,
    Lifecycle,
    PointKind,
    ServiceKind,
    SiteKind,
)
from inventory.workbook.columns import Choices

WORDS: Final[Mapping[Choices, Mapping[StrEnum, str]]] = {
    Choices.SITE_KINDS: {
        SiteKind.COMMUNE: "Trụ sở cấp xã",
        SiteKind.AGENCY: "Trụ sở cơ quan cấp tỉnh",
        SiteKind.ADMINISTRATIVE_CENTRE: "Trung tâm hành chính",
        SiteKind.DATA_CENTRE: "Trung tâm dữ liệu",
        SiteKind.SCHOOL: "Trường học",
        SiteKind.HOSPITAL: "Bệnh viện",
        SiteKind.FIELD: "Trạm ngoài trời",
    },
    Choices.LANS: {
        Lan.PRESENT: "Có",
        Lan.PARTIAL: "Một phần",
        Lan.NONE: "Chưa có",
    },
    Choices.DEVICE_KINDS: {
        DeviceKind.CPE: "Bộ định tuyến",
        DeviceKind.SWITCH: "Switch",
        DeviceKind.ONT: "Thiết bị đầu cuối quang (ONT)",
        DeviceKind.MEDIA_CONVERTER: "Bộ chuyển đổi quang điện",
        DeviceKind.UPS: "Bộ lưu điện (UPS)",
        DeviceKind.ACCESS_POINT: "Bộ phát Wi-Fi",
        DeviceKind.PRINTER: "Máy in",
        DeviceKind.SCANNER: "Máy quét",
        DeviceKind.CAMERA: "Camera",
        DeviceKind.KIOSK: "Màn hình tra cứu (kiosk)",
        DeviceKind.PROJECTOR: "Máy chiếu",
        DeviceKind.SERVER_STORAGE: "Thiết bị lưu trữ",
        DeviceKind.ENVIRONMENTAL_STATION: "Trạm quan trắc môi trường",
    },
    Choices.POINT_KINDS: {
        PointKind.CODEC: "Thiết bị hội nghị",
        PointKind.SOFTWARE: "Phần mềm trên máy tính",
        PointKind.MCU: "MCU",
    },
    Choices.SERVICE_KINDS: {
        ServiceKind.DOCUMENT_MANAGEMENT: "Quản lý văn bản và điều hành",
        ServiceKind.ONE_STOP: "Một cửa điện tử",
        ServiceKind.SERVICE_PORTAL: "Cổng dịch vụ công",
        ServiceKind.PROVINCE_PORTAL: "Cổng thông tin điện tử tỉnh",
        ServiceKind.MEMBER_SITE: "Trang thông tin thành viên",
        ServiceKind.EMAIL: "Thư điện tử công vụ",
        ServiceKind.SIGNATURE: "Chữ ký số",
        ServiceKind.INTEROP_AXIS: "Trục liên thông (LGSP)",
        ServiceKind.FEEDBACK: "Phản ánh, kiến nghị",
        ServiceKind.REPORTING: "Hệ thống báo cáo",
        ServiceKind.MINISTRY_SYSTEM: "Hệ thống của bộ, ngành",
        ServiceKind.CONFERENCE_PLATFORM: "Họp trực tuyến",
        ServiceKind.DNS: "Tên miền (DNS)",
        ServiceKind.OTHER: "Khác",
    },
    Choices.LIFECYCLES: {
        Lifecycle.ACTIVE: "Đang dùng",
        Lifecycle.PLANNED: "Dự kiến",
        Lifecycle.RETIRED: "Đã bỏ",
        Lifecycle.EXEMPT: "Miễn theo dõi",
    },
    Choices.DUTIES: {
        Duty.ONE_STOP: "Một cửa",
        Duty.CONFERENCE: "Phòng họp",
    },
}
"""By list the words of an enum, the usual ones first; every member stands here."""
ALSO: Final[Mapping[Choices, Mapping[StrEnum, tuple[str, ...]]]] = {
    Choices.SITE_KINDS: {
        SiteKind.HOSPITAL: ("Trạm y tế", "Trung tâm y tế", "Cơ sở y tế"),
    },
    Choices.LANS: {
        Lan.NONE: ("Không",),
    },
    Choices.DEVICE_KINDS: {
        DeviceKind.CPE: ("Router",),
        DeviceKind.SWITCH: ("Bộ chuyển mạch",),
        DeviceKind.ONT: ("ONT", "Modem quang"),
        DeviceKind.UPS: ("UPS", "Bộ lưu điện"),
        DeviceKind.ACCESS_POINT: ("Wi-Fi", "Wifi", "Điểm truy cập"),
        DeviceKind.SCANNER: ("Máy scan",),
        DeviceKind.KIOSK: ("Màn hình tra cứu",),
    },
    Choices.POINT_KINDS: {
        PointKind.CODEC: ("Thiết bị chuyên dụng", "Codec"),
        PointKind.SOFTWARE: ("Phần mềm",),
    },
    Choices.DUTIES: {
        Duty.ONE_STOP: ("mot-cua",),
        Duty.CONFERENCE: ("hop", "Họp"),
    },
}
"""By list what else people write for a word. By list: equal words of two enums are equal keys."""
