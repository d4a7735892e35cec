"""«Đơn vị»: how the chosen units and sites do, and what they went through."""

from dashboards.source.asked import (
    OUTAGE_COLUMNS,
    SITE,
    believed,
    in_milliseconds,
    named,
    outage_queries,
    site_columns,
    statuses,
)
from dashboards.source.grafana import Board, Panel, Section
from dashboards.source.panels import (
    ANY_IS_BAD,
    COUNT,
    LOW_IS_BAD,
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
from dashboards.source.variables import places, shared_links
from dashboards.source.words import BY_CODE, CAUSE_CODES, DEVICE_KINDS, STATUS_CODES, TECHNOLOGIES


def board() -> Board:
    """Return the dashboard."""
    return Board(
        uid="govnet-don-vi",
        title="Đơn vị",
        description="Một hoặc nhiều đơn vị, điểm: trạng thái, đường truyền, thiết bị, máy, sự cố. "
        "One or more units or sites: status, circuits, devices, machines, outages.",
        sections=(
            Section("Bây giờ", _now()),
            Section("Đường truyền, thiết bị, máy", _items()),
            Section("Diễn biến", _history()),
        ),
        variables=places(),
        links=shared_links(),
        from_="now-24h",
        tags=("tổng quan",),
    )


def _now() -> tuple[Panel, ...]:
    return (
        stat(
            Words("Số điểm", "Số điểm đã chọn, kể cả điểm được miễn.", "Chosen sites."),
            f"count(govnet_site_info{{{SITE}}})",
            SITES,
        ),
        stat(
            Words("Mất kết nối", "Số điểm đang mất kết nối.", "Sites that are cut off."),
            f'sum(govnet_site_status{{{SITE}, status=~"down|unreachable"}})',
            SITES,
            thresholds=ANY_IS_BAD,
        ),
        stat(
            Words(
                "Máy đang báo cáo",
                "Số máy có báo cáo trong ba chu kỳ gần nhất.",
                "Machines heard within three intervals.",
            ),
            f"sum(govnet_site_machines_reporting{{{SITE}}})",
            MACHINES,
        ),
        stat(
            Words(
                "Máy đã khai",
                "Số máy theo danh mục, không kể máy được miễn.",
                "Machines of the inventory, without the exempt.",
            ),
            f"sum(govnet_site_machines_declared{{{SITE}}})",
            MACHINES,
        ),
        stat(
            Words(
                "Sự cố đang mở",
                "Số sự cố chưa hết của điểm, đường truyền, thiết bị, điểm cầu ở các điểm đã chọn.",
                "Outages that last, of sites and of what stands in them.",
            ),
            f"count(govnet_outage_start_timestamp_seconds{{{SITE}}} "
            f"unless govnet_outage_end_timestamp_seconds{{{SITE}}}) or vector(0)",
            COUNT,
            thresholds=ANY_IS_BAD,
        ),
        stat(
            Words(
                "Điểm mù lúc 07:15",
                "Số điểm không có gì luôn bật mà trung tâm hỏi được.",
                "Sites without anything always on that the centre can ask.",
            ),
            f"sum(govnet_site_blind{{{SITE}}})",
            SITES,
        ),
        table(
            Words(
                "Các điểm",
                "Trạng thái, từ khi nào, số máy khai và đang báo cáo của từng điểm.",
                "Status, since when, machines declared and reporting, of each site.",
            ),
            (
                named(
                    f"max by (site) (site:govnet_site_status:code{{{SITE}}})",
                    "unit_name, carrier, cluster, power_area",
                ),
                in_milliseconds(
                    f"max by (site) (govnet_site_status_since_timestamp_seconds{{{SITE}}})"
                ),
                f"max by (site) (govnet_site_machines_declared{{{SITE}}})",
                f"max by (site) (govnet_site_machines_reporting{{{SITE}}})",
            ),
            (
                *site_columns(),
                Column("Value #A", "Trạng thái", mappings=STATUS_CODES, width=140),
                Column("Value #B", "Từ", unit=WHEN, width=150),
                Column("Value #C", "Máy đã khai", unit=COUNT, width=110),
                Column("Value #D", "Đang báo cáo", unit=COUNT, width=110),
                Column("carrier", "Nhà mạng", width=100),
                Column("cluster", "Cụm", width=130),
                Column("power_area", "Khu vực điện", width=130),
            ),
            sort=Sort("Trạng thái"),
        ),
    )


def _items() -> tuple[Panel, ...]:
    return (
        bars(
            Words(
                "Máy theo trạng thái",
                "Số máy của các điểm đã chọn theo trạng thái. Không dùng để chấm công.",
                "Machines by status. Not for checking attendance.",
            ),
            f"sum by (code) (site:govnet_machine_health_code:count{{{SITE}}})",
            "{{code}}",
            MACHINES,
            names=BY_CODE,
        ),
        table(
            Words(
                "Đường truyền",
                "Trạng thái, nhà mạng và độ sẵn sàng cam kết của từng đường truyền.",
                "Status, carrier and agreed availability of each circuit.",
            ),
            (
                (
                    f"max by (site, link) (govnet_link_health_code{{{SITE}}}) * on (site, link) "
                    "group_left (carrier, technology) govnet_link_info"
                ),
                f"max by (site, link) (govnet_link_agreed_availability_ratio{{{SITE}}})",
            ),
            (
                Column("link", "Đường truyền"),
                Column("carrier", "Nhà mạng"),
                Column("technology", "Công nghệ", mappings=TECHNOLOGIES),
                Column("Value #A", "Trạng thái", mappings=STATUS_CODES),
                Column("Value #B", "Cam kết", unit=RATIO),
            ),
            width=16,
            height=8,
        ),
        table(
            Words(
                "Thiết bị luôn bật",
                "Trạng thái của bộ định tuyến, bộ chuyển mạch và thiết bị khác của các điểm.",
                "Status of routers, switches and other devices.",
            ),
            (
                (
                    f"max by (site, device) (govnet_device_health_code{{{SITE}}}) "
                    "* on (site, device) group_left (kind) govnet_device_kind_info"
                ),
            ),
            (
                Column("device", "Thiết bị"),
                Column("kind", "Loại", mappings=DEVICE_KINDS),
                Column("Value", "Trạng thái", mappings=STATUS_CODES),
            ),
            width=12,
        ),
        table(
            Words(
                "Điểm cầu hội nghị",
                "Trạng thái của điểm cầu ở các điểm đã chọn.",
                "Status of the conference points.",
            ),
            (f"max by (site, point) (govnet_point_health_code{{{SITE}}})",),
            (
                Column("point", "Điểm cầu"),
                Column("Value", "Trạng thái", mappings=STATUS_CODES),
            ),
            width=12,
        ),
        graph(
            Words(
                "Độ trễ đến trung tâm",
                "Thời gian khứ hồi trung bình từ điểm đến trung tâm.",
                "Mean round-trip time from the site to the centre.",
            ),
            {
                "{{link}}": f'avg by (link) (govnet_link_rtt_seconds{{{SITE}, end="far"}})',
            },
            SECONDS,
        ),
        graph(
            Words(
                "Tỷ lệ mất gói đến trung tâm",
                "Trung bình 15 phút của mọi máy đo đường truyền đó.",
                "Mean of 15 minutes of all machines that measure the circuit.",
            ),
            {"{{link}}": f'link:govnet_link_loss_ratio:avg15m{{{SITE}, end="far"}}'},
            RATIO,
            most=1,
        ),
    )


def _history() -> tuple[Panel, ...]:
    return (
        timeline(
            Words(
                "Trạng thái các điểm, như đánh giá lúc đó",
                "Trạng thái từng điểm theo thời gian.",
                "Status of each site over time, as judged at the time.",
            ),
            statuses(troubled=False),
            "{{site_name}}",
            STATUS_CODES,
        ),
        timeline(
            Words(
                "Nguyên nhân mất kết nối, theo nhận định mới nhất",
                "Điều được sửa lại sau, khi báo cáo về muộn, hiện theo kết luận mới.",
                "What was corrected later shows as corrected.",
            ),
            believed("site", "site"),
            "{{site_name}}",
            CAUSE_CODES,
            height=7,
        ),
        table(
            Words(
                "Các sự cố",
                "Mọi sự cố của điểm, đường truyền, thiết bị, điểm cầu trong khoảng thời gian "
                "đang xem.",
                "All outages of the range, of sites and of what stands in them.",
            ),
            outage_queries(".+"),
            (*site_columns(unit=False), *OUTAGE_COLUMNS),
            sort=Sort("Bắt đầu"),
        ),
        graph(
            Words(
                "Tỷ lệ máy đang báo cáo",
                "Của từng điểm đã chọn. Ngoài giờ làm việc máy tính tắt là đúng.",
                "Share of machines that report, of each site.",
            ),
            {
                "{{site}}": f"govnet_site_machines_reporting{{{SITE}}} "
                f"/ (govnet_site_machines_declared{{{SITE}}} > 0)"
            },
            RATIO,
            width=24,
            thresholds=LOW_IS_BAD,
        ),
    )
