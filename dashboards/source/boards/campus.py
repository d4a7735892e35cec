"""«Trung tâm Hành chính»: the campus network, the servers, and the offices' own Internet lines."""

from dashboards.source.asked import in_milliseconds, site_columns, statuses
from dashboards.source.grafana import Board, Panel, Section
from dashboards.source.panels import (
    ANY_IS_BAD,
    BYTE_RATE,
    BYTES,
    COUNT,
    DURATION,
    HIGH_IS_BAD,
    MACHINES,
    RATIO,
    SECONDS,
    SITES,
    WHEN,
    Words,
    bars,
    graph,
    stat,
    timeline,
)
from dashboards.source.tables import Column, Sort, table
from dashboards.source.variables import chosen, places, shared_links
from dashboards.source.words import DEVICE_KINDS, STATUS_CODES

# The chain of choices ends in the sites of the centre: no other is offered.
CAMPUS = ' and on (site) govnet_site_kind_info{kind=~"administrative_centre|data_centre"}'
SITE = 'site=~"$site"'
SERVER = 'site=~"$site", machine=~"$server"'
ROLE = 'on (site, machine) group_left () govnet_machine_role_info{role="server"}'
FTTH = f'govnet_link_info{{{SITE}, technology="ftth"}}'


def board() -> Board:
    """Return the dashboard."""
    return Board(
        uid="govnet-trung-tam-hanh-chinh",
        title="Trung tâm Hành chính",
        description="Mạng CAMPUS, máy chủ của trung tâm dữ liệu và các đường FTTH ra Internet. "
        "The campus network, the servers of the data centre, and FTTH lines to the Internet.",
        sections=(
            Section("Mạng CAMPUS", _campus()),
            Section("Máy chủ", _servers()),
            Section("Đường FTTH ra Internet", _ftth()),
        ),
        variables=(
            *places(CAMPUS),
            chosen(
                "server",
                "Máy chủ",
                "Máy chủ ở điểm đã chọn. Servers of the chosen sites.",
                'label_values(govnet_machine_role_info{site=~"$site", role="server"}, machine)',
            ),
        ),
        links=shared_links(),
        tags=("trung tâm",),
    )


def _campus() -> tuple[Panel, ...]:
    return (
        stat(
            Words("Số đơn vị, toà nhà", "Số điểm của trung tâm đã chọn.", "Chosen sites."),
            f"count(govnet_site_info{{{SITE}}})",
            SITES,
        ),
        stat(
            Words("Mất kết nối", "Số điểm đang mất kết nối.", "Sites cut off."),
            f'sum(govnet_site_status{{{SITE}, status=~"down|unreachable"}})',
            SITES,
            thresholds=ANY_IS_BAD,
        ),
        stat(
            Words("Thiết bị mất", "Số thiết bị luôn bật đang mất.", "Devices that are down."),
            f"sum(govnet_device_health_code{{{SITE}}} == bool 2)",
            COUNT,
            thresholds=ANY_IS_BAD,
        ),
        stat(
            Words("Máy chủ mất", "Số máy chủ đang mất.", "Servers that are down."),
            f"sum((govnet_machine_health_code{{{SERVER}}} == bool 2) * {ROLE})",
            MACHINES,
            thresholds=ANY_IS_BAD,
        ),
        stat(
            Words("FTTH mất", "Số đường FTTH đang mất.", "FTTH lines that are down."),
            f"sum((govnet_link_health_code{{{SITE}}} == bool 2) "
            f"* on (site, link) group_left () {FTTH})",
            COUNT,
            thresholds=ANY_IS_BAD,
        ),
        stat(
            Words(
                "Máy đang báo cáo",
                "Số máy ở trung tâm có báo cáo.",
                "Machines of the centre that report.",
            ),
            f"sum(govnet_site_machines_reporting{{{SITE}}})",
            MACHINES,
        ),
        table(
            Words(
                "Thiết bị lõi, phân phối, truy nhập",
                "Trạng thái, tải và nhiệt độ của các bộ chuyển mạch.",
                "Status, load and temperature of switches.",
            ),
            (
                (
                    f"max by (site, device) (govnet_device_health_code{{{SITE}}}) * on (site, "
                    f"device) "
                    "group_left (kind) govnet_device_kind_info"
                ),
                f"max by (site, device) (govnet_device_cpu_ratio{{{SITE}}})",
                f"max by (site, device) (govnet_device_temperature_celsius{{{SITE}}})",
                f"max by (site, device) (govnet_device_stations{{{SITE}}})",
            ),
            (
                Column("device", "Thiết bị"),
                Column("kind", "Loại", mappings=DEVICE_KINDS),
                Column("Value #A", "Trạng thái", mappings=STATUS_CODES),
                Column("Value #B", "Bộ xử lý", unit=RATIO, thresholds=HIGH_IS_BAD),
                Column("Value #C", "Nhiệt độ", unit="celsius"),
                Column("Value #D", "Máy thấy ở bảng MAC", unit=COUNT),
            ),
            width=12,
            sort=Sort("Trạng thái"),
        ),
        graph(
            Words(
                "Lưu lượng ở bộ chuyển mạch",
                "Byte mỗi giây thu vào; hai mươi cổng nhiều nhất.",
                "Bytes received per second; the twenty busiest ports.",
            ),
            {
                "{{device}} {{port}}": "topk(20, max by (device, port) "
                f"(port:govnet_port_receive_bytes:rate5m{{{SITE}}}))"
            },
            BYTE_RATE,
            height=9,
        ),
        timeline(
            Words(
                "Trạng thái các điểm của trung tâm, như đánh giá lúc đó",
                "Trạng thái từng điểm theo thời gian.",
                "Status of each site over time.",
            ),
            statuses(troubled=False),
            "{{site_name}}",
            STATUS_CODES,
        ),
    )


def _servers() -> tuple[Panel, ...]:
    return (
        table(
            Words(
                "Các máy chủ",
                "Trạng thái, mức dùng và báo cáo gần nhất của từng máy chủ.",
                "Status, use and newest report of each server.",
            ),
            (
                f"max by (site, machine) (govnet_machine_health_code{{{SERVER}}})",
                f"max by (site, machine) (machine:govnet_machine_cpu_use:ratio5m{{{SERVER}}})",
                f"max by (site, machine) (machine:govnet_machine_memory_use:ratio{{{SERVER}}})",
                f"max by (site, machine) (machine:govnet_machine_disk_use:ratio{{{SERVER}}})",
                f"max by (site, machine) (govnet_machine_uptime_seconds{{{SERVER}}})",
                in_milliseconds(
                    "max by (site, machine) "
                    f"(govnet_agent_last_received_timestamp_seconds{{{SERVER}}})"
                ),
            ),
            (
                Column("machine", "Máy chủ"),
                Column("Value #A", "Trạng thái", mappings=STATUS_CODES),
                Column("Value #B", "Bộ xử lý", unit=RATIO, thresholds=HIGH_IS_BAD),
                Column("Value #C", "Bộ nhớ", unit=RATIO, thresholds=HIGH_IS_BAD),
                Column("Value #D", "Ổ đĩa đầy nhất", unit=RATIO, thresholds=HIGH_IS_BAD),
                Column("Value #E", "Đã chạy", unit=DURATION),
                Column("Value #F", "Báo cáo gần nhất", unit=WHEN),
            ),
            sort=Sort("Trạng thái"),
        ),
        graph(
            Words(
                "Bộ xử lý máy chủ",
                "Hai mươi máy chủ bận nhất.",
                "The twenty busiest servers.",
            ),
            {"{{machine}}": f"topk(20, machine:govnet_machine_cpu_use:ratio5m{{{SERVER}}})"},
            RATIO,
            width=8,
            most=1,
        ),
        graph(
            Words(
                "Bộ nhớ máy chủ",
                "Bộ nhớ còn dùng được; hai mươi máy chủ còn ít nhất.",
                "Memory left; the twenty servers with least.",
            ),
            {
                "{{machine}}": "bottomk(20, max by (machine) "
                f"(govnet_machine_memory_available_bytes{{{SERVER}}}))"
            },
            BYTES,
            width=8,
        ),
        graph(
            Words(
                "Lưu lượng máy chủ",
                "Byte mỗi giây phát ra; hai mươi máy chủ nhiều nhất.",
                "Bytes sent per second; the twenty busiest servers.",
            ),
            {
                "{{machine}}": "topk(20, "
                f"machine:govnet_machine_network_transmit_bytes:rate5m{{{SERVER}}})"
            },
            BYTE_RATE,
            width=8,
        ),
        timeline(
            Words(
                "Trạng thái máy chủ, như đánh giá lúc đó",
                "Trạng thái từng máy chủ theo thời gian.",
                "Status of each server over time.",
            ),
            f"govnet_machine_health_code{{{SERVER}}}",
            "{{machine}}",
            STATUS_CODES,
            height=8,
        ),
    )


def _ftth() -> tuple[Panel, ...]:
    return (
        table(
            Words(
                "Các đường FTTH",
                "Trạng thái, nhà mạng, độ trễ và mất gói của đường ra Internet riêng.",
                "Status, carrier, delay and loss of the offices' own Internet lines.",
            ),
            (
                (
                    f"max by (site, link) (govnet_link_health_code{{{SITE}}}) * on (site, link) "
                    f"group_left (carrier) {FTTH}"
                ),
                (
                    f"max by (site, link) (govnet_link_rtt_seconds{{{SITE}}}) * on (site, link) "
                    f"group_left (carrier) {FTTH}"
                ),
                (
                    f"max by (site, link) (govnet_link_loss_ratio{{{SITE}}}) * on (site, link) "
                    f"group_left (carrier) {FTTH}"
                ),
            ),
            (
                Column("link", "Đường truyền"),
                *site_columns(unit=False)[1:],
                Column("carrier", "Nhà mạng"),
                Column("Value #A", "Trạng thái", mappings=STATUS_CODES),
                Column("Value #B", "Độ trễ", unit=SECONDS),
                Column("Value #C", "Mất gói", unit=RATIO),
            ),
            width=16,
            sort=Sort("Trạng thái"),
        ),
        bars(
            Words(
                "Đường FTTH theo nhà mạng",
                "Số đường theo nhà mạng.",
                "Lines by carrier.",
            ),
            f"count by (carrier) ({FTTH})",
            "{{carrier}}",
            "suffix: đường",
            height=9,
        ),
        graph(
            Words(
                "Độ trễ của đường FTTH",
                "Thời gian khứ hồi đến từng đầu của đường; hai mươi chậm nhất.",
                "Round-trip time to each end of the line; the twenty slowest.",
            ),
            {
                "{{link}} {{end}}": "topk(20, max by (site, link, end) "
                f"(govnet_link_rtt_seconds{{{SITE}}}) * on (site, link) group_left () {FTTH})"
            },
            SECONDS,
        ),
        timeline(
            Words(
                "Trạng thái các đường FTTH, như đánh giá lúc đó",
                "Trạng thái từng đường theo thời gian.",
                "Status of each line over time.",
            ),
            f"max by (site, link) (govnet_link_health_code{{{SITE}}}) "
            f"* on (site, link) group_left () {FTTH}",
            "{{link}}",
            STATUS_CODES,
            width=12,
            height=8,
        ),
    )
