"""«Mạng LAN và thiết bị»: the office's own network, its switches, routers, UPSes and printers."""

from dashboards.source.asked import SITE, named, site_columns
from dashboards.source.boards import devices
from dashboards.source.boards.devices import DEVICE
from dashboards.source.grafana import Board, Panel, Section
from dashboards.source.panels import (
    ANY_IS_BAD,
    ANY_IS_ODD,
    COUNT,
    DURATION,
    HIGH_IS_BAD,
    LOW_IS_BAD,
    RATIO,
    Words,
    bars,
    graph,
    stat,
)
from dashboards.source.tables import Column, Sort, table
from dashboards.source.variables import chosen, places, shared_links
from dashboards.source.words import BY_KIND, DEVICE_KINDS, STATUS_CODES, YES_NO


def board() -> Board:
    """Return the dashboard."""
    return Board(
        uid="govnet-lan",
        title="Mạng LAN và thiết bị",
        description="Mạng nội bộ của cơ quan, bộ chuyển mạch, bộ định tuyến, bộ lưu điện, máy in. "
        "The office's own network, switches, routers, UPSes and printers.",
        sections=(
            Section("Mạng nội bộ", _lan()),
            Section("Thiết bị", _devices()),
            Section("Cổng", devices.ports()),
            Section("Bộ lưu điện", devices.power()),
            Section("Máy in", devices.printers()),
        ),
        variables=(
            *places(),
            chosen(
                "kind",
                "Loại thiết bị",
                "Loại thiết bị theo danh mục. Kind of device by the inventory.",
                'label_values(govnet_device_kind_info{site=~"$site"}, kind)',
            ),
            chosen(
                "device",
                "Thiết bị",
                "Thiết bị của điểm và loại đã chọn. Devices of the chosen sites and kinds.",
                'label_values(govnet_device_kind_info{site=~"$site", kind=~"$kind"}, device)',
            ),
        ),
        links=shared_links(),
        tags=("mạng",),
    )


def _lan() -> tuple[Panel, ...]:
    return (
        stat(
            Words(
                "Máy thấy cổng ra",
                "Tỷ lệ máy có cổng ra mặc định trả lời, trung bình các điểm.",
                "Share of machines whose gateway answers.",
            ),
            f"avg(site:govnet_lan_gateway_reachable:avg{{{SITE}}})",
            RATIO,
            thresholds=LOW_IS_BAD,
            decimals=1,
        ),
        stat(
            Words(
                "Máy cùng cơ quan thấy nhau",
                "Tỷ lệ máy, thiết bị được giao tìm đã trả lời.",
                "Share of assigned neighbours that answered.",
            ),
            f"avg(site:govnet_lan_peers_seen:ratio{{{SITE}}})",
            RATIO,
            thresholds=LOW_IS_BAD,
            decimals=1,
        ),
        stat(
            Words(
                "Máy chủ tên miền trả lời",
                "Tỷ lệ máy chủ tên miền được cấp có trả lời.",
                "Share of given name servers that answered.",
            ),
            f"avg(site:govnet_lan_resolvers_answering:ratio{{{SITE}}})",
            RATIO,
            thresholds=LOW_IS_BAD,
            decimals=1,
        ),
        stat(
            Words(
                "Thiết bị mất",
                "Số thiết bị luôn bật đang mất.",
                "Devices that are always on and down.",
            ),
            f"sum(govnet_device_health_code{{{DEVICE}}} == bool 2)",
            COUNT,
            thresholds=ANY_IS_BAD,
        ),
        stat(
            Words(
                "Trùng địa chỉ IP",
                "Số địa chỉ IPv4 bị hai địa chỉ MAC cùng nhận.",
                "IPv4 addresses that two MAC addresses claim.",
            ),
            f"sum(govnet_device_duplicate_addresses{{{DEVICE}}}) or vector(0)",
            COUNT,
            thresholds=ANY_IS_ODD,
        ),
        stat(
            Words(
                "MAC không khai báo",
                "Số địa chỉ MAC ở bộ chuyển mạch không thuộc máy, thiết bị nào đã khai.",
                "MAC addresses at switches that no declared item has.",
            ),
            f"sum(govnet_device_stations_undeclared{{{DEVICE}}}) or vector(0)",
            COUNT,
        ),
        table(
            Words(
                "Mạng nội bộ từng điểm",
                "Tỷ lệ máy thấy cổng ra, thấy nhau, và có máy chủ tên miền trả lời.",
                "Share of machines that see the gateway, each other, and name servers, by site.",
            ),
            (
                named(
                    f"max by (site) (site:govnet_lan_gateway_reachable:avg{{{SITE}}})", "unit_name"
                ),
                f"max by (site) (site:govnet_lan_peers_seen:ratio{{{SITE}}})",
                f"max by (site) (site:govnet_lan_resolvers_answering:ratio{{{SITE}}})",
            ),
            (
                *site_columns(),
                Column("Value #A", "Thấy cổng ra", unit=RATIO, thresholds=LOW_IS_BAD),
                Column("Value #B", "Thấy nhau", unit=RATIO, thresholds=LOW_IS_BAD),
                Column("Value #C", "Tên miền trả lời", unit=RATIO, thresholds=LOW_IS_BAD),
            ),
            sort=Sort("Thấy cổng ra", is_descending=False),
        ),
    )


def _devices() -> tuple[Panel, ...]:
    return (
        table(
            Words(
                "Các thiết bị",
                "Trạng thái, loại, kiểu máy và phần mềm của thiết bị.",
                "Status, kind, model and firmware.",
            ),
            (
                (
                    f"max by (site, device) (govnet_device_health_code{{{DEVICE}}}) "
                    "* on (site, device) group_left (kind) govnet_device_kind_info"
                ),
                f"max by (site, device, model, firmware) (govnet_device_info{{{DEVICE}}})",
                f"max by (site, device) (govnet_device_uptime_seconds{{{DEVICE}}})",
            ),
            (
                Column("device", "Thiết bị"),
                Column("kind", "Loại", mappings=DEVICE_KINDS),
                Column("Value #A", "Trạng thái", mappings=STATUS_CODES),
                Column("model", "Kiểu máy"),
                Column("firmware", "Phần mềm"),
                Column("Value #C", "Đã chạy", unit=DURATION),
            ),
            sort=Sort("Trạng thái"),
        ),
        graph(
            Words(
                "Tải bộ xử lý của thiết bị",
                "Hai mươi thiết bị bận nhất.",
                "The twenty busiest devices.",
            ),
            {
                "{{device}}": f"topk(20, max by (device) (govnet_device_cpu_ratio{{{DEVICE}}}))",
            },
            RATIO,
            width=8,
            most=1,
            thresholds=HIGH_IS_BAD,
        ),
        graph(
            Words(
                "Bộ nhớ của thiết bị",
                "Hai mươi thiết bị dùng nhiều bộ nhớ nhất.",
                "The twenty devices that use most of their memory.",
            ),
            {
                "{{device}}": "topk(20, max by (device) "
                f"(govnet_device_memory_used_ratio{{{DEVICE}}}))",
            },
            RATIO,
            width=8,
            most=1,
        ),
        graph(
            Words(
                "Nhiệt độ thiết bị",
                "Hai mươi thiết bị nóng nhất.",
                "The twenty warmest devices.",
            ),
            {
                "{{device}}": "topk(20, max by (device) "
                f"(govnet_device_temperature_celsius{{{DEVICE}}}))",
            },
            "celsius",
            width=8,
        ),
        graph(
            Words(
                "Số máy thấy ở bộ chuyển mạch",
                "Số địa chỉ MAC trong bảng chuyển mạch; hai mươi thiết bị nhiều nhất.",
                "MAC addresses in the forwarding table; the twenty with most.",
            ),
            {"{{device}}": f"topk(20, max by (device) (govnet_device_stations{{{DEVICE}}}))"},
            COUNT,
        ),
        bars(
            Words(
                "Thiết bị theo loại và trạng thái mất",
                "Số thiết bị đang mất theo loại.",
                "Devices that are down, by kind.",
            ),
            f"sum by (kind) ((govnet_device_health_code{{{DEVICE}}} == bool 2) "
            "* on (site, device) group_left (kind) govnet_device_kind_info)",
            "{{kind}}",
            COUNT,
            width=12,
            thresholds=ANY_IS_BAD,
            names=BY_KIND,
        ),
        table(
            Words(
                "Bộ phận của thiết bị",
                "Quạt, nguồn và bộ phận khác, theo chính thiết bị; hỏng ở trên.",
                "Fans, power supplies and other parts, by the device's own word; broken first.",
            ),
            (f"max by (site, device, component) (govnet_device_component_ok{{{DEVICE}}})",),
            (
                Column("device", "Thiết bị"),
                Column("component", "Bộ phận"),
                Column("Value", "Tốt", mappings=YES_NO),
            ),
            width=12,
            sort=Sort("Tốt", is_descending=False),
        ),
        table(
            Words(
                "Thiết bị kế bên (LLDP)",
                "Thiết bị kế bên ở từng cổng, theo tên tự khai.",
                "Neighbours by LLDP, as they call themselves.",
            ),
            (
                (
                    "max by (device, port, neighbour, neighbour_port) "
                    f"(govnet_device_neighbour_info{{{DEVICE}}})"
                ),
            ),
            (
                Column("device", "Thiết bị"),
                Column("port", "Cổng"),
                Column("neighbour", "Kế bên"),
                Column("neighbour_port", "Cổng bên kia"),
            ),
            width=12,
        ),
    )
