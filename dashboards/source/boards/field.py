"""«Camera, quan trắc, Wi-Fi»: whether what stands outdoors answers and its data is fresh."""

from dashboards.source.asked import OUTAGE_COLUMNS, SITE, outage_queries
from dashboards.source.grafana import Board, Panel, Section
from dashboards.source.panels import (
    ANY_IS_BAD,
    COUNT,
    DURATION,
    SECONDS,
    Words,
    bars,
    graph,
    stat,
    steps,
    timeline,
)
from dashboards.source.tables import Column, Sort, table
from dashboards.source.variables import chosen, places, shared_links
from dashboards.source.words import GREEN, STATUS_CODES, YES_NO

DEVICES = "suffix: thiết bị"
CAMERA, STATION, WIFI = "camera", "environmental_station", "access_point"
OUTDOORS = f"{CAMERA}|{STATION}|{WIFI}|kiosk"


def board() -> Board:
    """Return the dashboard."""
    return Board(
        uid="govnet-ngoai-troi",
        title="Camera, quan trắc, Wi-Fi",
        description="Camera, trạm quan trắc, Wi-Fi công cộng có trả lời và có số liệu mới không. "
        "Không lấy hình ảnh, không lấy dữ liệu người dùng. Whether cameras, stations and public "
        "Wi-Fi answer and have fresh data. No pictures and no users' data are taken.",
        sections=(
            Section("Camera", _cameras()),
            Section("Trạm quan trắc", _stations()),
            Section("Wi-Fi", _wifi()),
            Section("Diễn biến", _history()),
        ),
        variables=(
            *places(),
            chosen(
                "device",
                "Thiết bị",
                "Camera, trạm, điểm phát Wi-Fi ở điểm đã chọn. Devices of the chosen sites.",
                f'label_values(govnet_device_kind_info{{site=~"$site", kind=~"{OUTDOORS}"}}, '
                f"device)",
            ),
        ),
        links=shared_links(),
        tags=("thiết bị",),
    )


def _of(metric: str, kind: str, more: str = "") -> str:
    """Return the newest value of each chosen device of a kind."""
    return (
        f'(max by (site, device) ({metric}{{{SITE}, device=~"$device"}}){more}) '
        f'* on (site, device) group_left () govnet_device_kind_info{{kind=~"{kind}"}}'
    )


def _counts(kind: str, what: str) -> tuple[Panel, ...]:
    declared = f'govnet_device_kind_info{{{SITE}, device=~"$device", kind="{kind}"}}'
    return (
        stat(
            Words(
                f"{what}: khai riêng",
                "Số thiết bị khai riêng từng cái trong danh mục.",
                "Devices that are declared one by one.",
            ),
            f"count({declared}) or vector(0)",
            DEVICES,
        ),
        stat(
            Words(
                f"{what}: hoạt động",
                "Số thiết bị đang trả lời.",
                "Devices that answer.",
            ),
            f"sum({_of('govnet_device_health_code', kind, ' == bool 0')}) or vector(0)",
            DEVICES,
            thresholds=steps(base=GREEN),
        ),
        stat(
            Words(f"{what}: mất", "Số thiết bị đang mất.", "Devices that are down."),
            f"sum({_of('govnet_device_health_code', kind, ' == bool 2')}) or vector(0)",
            DEVICES,
            thresholds=ANY_IS_BAD,
        ),
    )


def _cameras() -> tuple[Panel, ...]:
    return (
        *_counts(CAMERA, "Camera"),
        table(
            Words(
                "Các camera",
                "Trạng thái, mã trả lời RTSP hoặc HTTP của camera. Không lấy hình ảnh.",
                "Status and RTSP or HTTP answer. No pictures are taken.",
            ),
            (
                _of("govnet_device_health_code", CAMERA),
                _of("govnet_device_answer_status_code", CAMERA),
            ),
            (
                Column("device", "Camera"),
                Column("site", "Mã điểm"),
                Column("Value #A", "Trạng thái", mappings=STATUS_CODES),
                Column("Value #B", "Mã trả lời", unit=COUNT),
            ),
            width=12,
            height=8,
            sort=Sort("Trạng thái"),
        ),
        graph(
            Words(
                "Thời gian camera trả lời",
                "Hai mươi camera chậm nhất.",
                "The twenty slowest cameras.",
            ),
            {"{{device}}": f"topk(20, {_of('govnet_device_rtt_seconds', CAMERA)})"},
            SECONDS,
        ),
    )


def _stations() -> tuple[Panel, ...]:
    return (
        *_counts(STATION, "Trạm"),
        table(
            Words(
                "Các trạm quan trắc",
                "Trạng thái và số liệu mới nhất còn mới không.",
                "Status, and whether the newest data is fresh.",
            ),
            (
                _of("govnet_device_health_code", STATION),
                _of("govnet_device_data_fresh", STATION),
                _of("govnet_device_data_age_seconds", STATION),
            ),
            (
                Column("device", "Trạm"),
                Column("site", "Mã điểm"),
                Column("Value #A", "Trạng thái", mappings=STATUS_CODES),
                Column("Value #B", "Số liệu còn mới", mappings=YES_NO),
                Column("Value #C", "Tuổi số liệu", unit=DURATION),
            ),
            width=12,
            height=8,
        ),
        graph(
            Words(
                "Tuổi số liệu của trạm",
                "Tăng mãi là trạm còn trả lời nhưng đã ngừng đo.",
                "If it only grows the station answers and measures no more.",
            ),
            {"{{device}}": _of("govnet_device_data_age_seconds", STATION)},
            DURATION,
        ),
        graph(
            Words(
                "Giá trị đo",
                "Của trạm báo giá trị qua cổng môi trường; đơn vị ở chú giải.",
                "Of stations behind an environmental gateway; the legend has the unit.",
            ),
            {
                "{{device}} {{sensor}} ({{unit}})": "max by (device, sensor, unit) "
                f'(govnet_device_measured_value{{{SITE}, device=~"$device"}})'
            },
            COUNT,
            width=24,
            height=6,
            least=None,
        ),
    )


def _wifi() -> tuple[Panel, ...]:
    return (
        *_counts(WIFI, "Điểm phát"),
        graph(
            Words(
                "Số máy kết nối Wi-Fi",
                "Chỉ đếm số máy, không ghi máy nào; hai mươi điểm phát đông nhất.",
                "Counted only, never who; the twenty busiest access points.",
            ),
            {
                "{{device}}": "topk(20, sum by (device) "
                f'(govnet_device_clients{{{SITE}, device=~"$device"}}))'
            },
            COUNT,
        ),
        table(
            Words(
                "Các điểm phát Wi-Fi",
                "Trạng thái và số máy đang kết nối.",
                "Status and connected stations.",
            ),
            (
                _of("govnet_device_health_code", WIFI),
                f'sum by (site, device) (govnet_device_clients{{{SITE}, device=~"$device"}})',
            ),
            (
                Column("device", "Điểm phát"),
                Column("site", "Mã điểm"),
                Column("Value #A", "Trạng thái", mappings=STATUS_CODES),
                Column("Value #B", "Máy kết nối", unit=COUNT),
            ),
            width=12,
            height=8,
            sort=Sort("Trạng thái"),
        ),
        bars(
            Words(
                "Trang đăng nhập chắn đường",
                "Số điểm phát trả về trang đăng nhập thay cho nội dung mong đợi.",
                "Access points that answered with a captive portal.",
            ),
            f'sum by (site) (govnet_device_captive_portal{{{SITE}, device=~"$device"}})',
            "{{site}}",
            COUNT,
            width=24,
            height=5,
            thresholds=ANY_IS_BAD,
        ),
    )


def _history() -> tuple[Panel, ...]:
    return (
        timeline(
            Words(
                "Trạng thái thiết bị, như đánh giá lúc đó",
                "Camera, trạm, điểm phát Wi-Fi theo thời gian.",
                "Cameras, stations and access points over time.",
            ),
            _of("govnet_device_health_code", OUTDOORS),
            "{{device}}",
            STATUS_CODES,
        ),
        table(
            Words(
                "Các lần thiết bị mất",
                "Mọi thiết bị của điểm đã chọn, theo nhận định hiện nay.",
                "Outages of devices of the chosen sites, as believed now.",
            ),
            outage_queries("device"),
            OUTAGE_COLUMNS,
            sort=Sort("Bắt đầu"),
        ),
    )
