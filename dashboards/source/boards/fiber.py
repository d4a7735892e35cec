"""«Đường truyền cáp quang»: delay, loss, jitter, light, use, and what the carrier agreed to."""

from dashboards.source.asked import OUTAGE_COLUMNS, outage_queries, site_columns
from dashboards.source.boards import light
from dashboards.source.boards.light import LINK, PORTS
from dashboards.source.grafana import Board, Panel, Section
from dashboards.source.panels import (
    ANY_IS_BAD,
    BYTE_RATE,
    COUNT,
    LOW_IS_BAD,
    RATIO,
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
from dashboards.source.words import GRADES, RED, STATUS_CODES, TECHNOLOGIES, YELLOW

AVAILABLE = f"avg_over_time(link:govnet_link_health_code:available{{{LINK}}}[$__range])"


def board() -> Board:
    """Return the dashboard."""
    return Board(
        uid="govnet-duong-truyen",
        title="Đường truyền cáp quang",
        description="Độ trễ, mất gói, biến thiên trễ, công suất quang, mức sử dụng và cam kết "
        "của nhà "
        "mạng. Delay, loss, jitter, optical power, use, and what the carrier agreed to.",
        sections=(
            Section("Bây giờ", _now()),
            Section("Chất lượng", _quality()),
            Section("Công suất quang", light.optics()),
            Section("Mức sử dụng", light.use()),
            Section("Cam kết của nhà mạng", _agreed()),
        ),
        variables=(
            *places(),
            chosen(
                "carrier",
                "Nhà mạng",
                "Nhà mạng của đường truyền. Carrier of the circuit.",
                'label_values(govnet_link_info{site=~"$site"}, carrier)',
            ),
            chosen(
                "link",
                "Đường truyền",
                "Đường truyền của điểm và nhà mạng đã chọn. Circuits of sites and carriers.",
                'label_values(govnet_link_info{site=~"$site", carrier=~"$carrier"}, link)',
            ),
        ),
        links=shared_links(),
        from_="now-24h",
        tags=("mạng",),
    )


def _now() -> tuple[Panel, ...]:
    return (
        stat(
            Words("Đường truyền mất", "Số đường truyền đang mất.", "Circuits that are down."),
            f"sum(govnet_link_health_code{{{LINK}}} == bool 2)",
            COUNT,
            thresholds=ANY_IS_BAD,
        ),
        stat(
            Words(
                "Độ trễ trung vị",
                "Trung vị thời gian khứ hồi đến trung tâm của các đường truyền đã chọn.",
                "Median round-trip time to the centre.",
            ),
            f'quantile(0.5, link:govnet_link_rtt_seconds:avg15m{{{LINK}, end="far"}})',
            SECONDS,
            decimals=1,
        ),
        stat(
            Words(
                "Mất gói trên 1 %",
                "Số đường truyền mất hơn 1 % gói trong 15 phút qua.",
                "Circuits that lost more than 1 % in 15 minutes.",
            ),
            f'sum(link:govnet_link_loss_ratio:avg15m{{{LINK}, end="far"}} > bool 0.01)',
            COUNT,
            thresholds=ANY_IS_BAD,
        ),
        stat(
            Words(
                "Chất lượng họp kém",
                "Số đường truyền có đèn báo chất lượng họp kém.",
                "Circuits whose grade for a conference is poor.",
            ),
            f"sum(max by (link) (govnet_path_grade_code{{{LINK}}}) == bool 2)",
            COUNT,
            thresholds=ANY_IS_BAD,
        ),
        stat(
            Words(
                "Cổng quang ra ngoài ngưỡng",
                "Số cổng có công suất quang ngoài ngưỡng báo động của chính mô-đun.",
                "Ports whose optical power is outside the module's own alarm limits.",
            ),
            f"sum(port:govnet_optics_receive_power_dbm:low_margin{{{PORTS}}} < bool 0) "
            f"+ sum(port:govnet_optics_receive_power_dbm:high_margin{{{PORTS}}} < bool 0)",
            COUNT,
            thresholds=ANY_IS_BAD,
        ),
        stat(
            Words(
                "Cổng thu yếu dần",
                "Số cổng thu yếu hơn trung vị 7 ngày của chính nó từ 3 dB trở lên.",
                "Ports that receive at least 3 dB less than their own median of 7 days.",
            ),
            f"sum(port:govnet_optics_receive_power_dbm:drop7d{{{PORTS}}} >= bool 3)",
            COUNT,
            thresholds=ANY_IS_BAD,
        ),
        table(
            Words(
                "Các đường truyền",
                "Trạng thái, độ trễ, mất gói và đèn báo chất lượng họp, xấu nhất ở trên.",
                "Status, delay, loss and conference grade; the worst first.",
            ),
            (
                (
                    f"max by (site, link) (govnet_link_health_code{{{LINK}}}) * on (site, link) "
                    "group_left (carrier, technology, backup) govnet_link_info"
                ),
                f'max by (site, link) (link:govnet_link_rtt_seconds:avg15m{{{LINK}, end="far"}})',
                f'max by (site, link) (link:govnet_link_loss_ratio:avg15m{{{LINK}, end="far"}})',
                f"max by (site, link) (govnet_path_grade_code{{{LINK}}})",
                f"max by (site, link) (govnet_link_capacity_bytes_per_second{{{LINK}}})",
            ),
            (
                Column("link", "Đường truyền", width=220),
                Column("site", "Mã điểm", width=160),
                Column("carrier", "Nhà mạng"),
                Column("technology", "Công nghệ", mappings=TECHNOLOGIES),
                Column("Value #A", "Trạng thái", mappings=STATUS_CODES),
                Column("Value #B", "Độ trễ", unit=SECONDS),
                Column(
                    "Value #C", "Mất gói", unit=RATIO, thresholds=steps((0.01, YELLOW), (0.05, RED))
                ),
                Column("Value #D", "Chất lượng họp", mappings=GRADES),
                Column("Value #E", "Băng thông hợp đồng", unit=BYTE_RATE),
            ),
            sort=Sort("Mất gói"),
        ),
        timeline(
            Words(
                "Trạng thái đường truyền, như đánh giá lúc đó",
                "Chỉ các đường truyền có lúc không bình thường trong khoảng thời gian đang xem.",
                "Only circuits that were not well at some time of the range.",
            ),
            f"govnet_link_health_code{{{LINK}}} and on (site, link) "
            f"(max_over_time(govnet_link_health_code{{{LINK}}}[$__range:$__interval] @ end()) > 0)",
            "{{link}}",
            STATUS_CODES,
            height=8,
        ),
    )


def _quality() -> tuple[Panel, ...]:
    return (
        graph(
            Words(
                "Độ trễ đến trung tâm",
                "Thời gian khứ hồi trung bình 15 phút; hai mươi đường truyền chậm nhất.",
                "Mean round-trip time of 15 minutes; the twenty slowest.",
            ),
            {
                "{{link}}": "topk(20, max by (link) "
                f'(link:govnet_link_rtt_seconds:avg15m{{{LINK}, end="far"}}))'
            },
            SECONDS,
        ),
        graph(
            Words(
                "Mất gói đến trung tâm",
                "Tỷ lệ mất gói trung bình 15 phút; hai mươi đường truyền xấu nhất.",
                "Mean loss of 15 minutes; the twenty worst.",
            ),
            {
                "{{link}}": "topk(20, max by (link) "
                f'(link:govnet_link_loss_ratio:avg15m{{{LINK}, end="far"}}))'
            },
            RATIO,
            most=1,
        ),
        graph(
            Words(
                "Biến thiên độ trễ theo chiều",
                "Trung bình 15 phút đo với bộ phản xạ ở trung tâm; hai mươi đường xấu nhất.",
                "Mean jitter of 15 minutes against the reflector, by direction; the twenty worst.",
            ),
            {
                "{{link}} {{direction}}": "topk(20, "
                f"link:govnet_path_jitter_mean_seconds:avg15m{{{LINK}}})"
            },
            SECONDS,
        ),
        graph(
            Words(
                "Mất gói theo chiều",
                "Đo với bộ phản xạ: chiều đi và chiều về; hai mươi đường xấu nhất.",
                "Loss against the reflector, there and back; the twenty worst.",
            ),
            {
                "{{link}} {{direction}}": f"topk(20, link:govnet_path_loss_ratio:avg15m{{{LINK}}})",
            },
            RATIO,
            most=1,
        ),
        graph(
            Words(
                "Điểm chất lượng thoại (MOS)",
                "Từ 1 đến 4,5 theo mô hình E; hai mươi đường thấp nhất.",
                "1 to 4.5 by the E-model (ITU-T G.107); the twenty lowest.",
            ),
            {"{{link}} {{codec}}": f"bottomk(20, link:govnet_path_mos:avg15m{{{LINK}}})"},
            COUNT,
            least=1,
            most=5,
        ),
        graph(
            Words(
                "Biến thiên độ trễ từng máy đo",
                "Phân vị 95 của độ thay đổi thời gian khứ hồi; hai mươi máy đo xấu nhất.",
                "95th percentile of the change of the round-trip time; the twenty worst.",
            ),
            {
                "{{link}} {{machine}}": "topk(20, "
                f'govnet_link_rtt_variation_p95_seconds{{{LINK}, end="far"}})'
            },
            SECONDS,
        ),
        bars(
            Words(
                "MTU của đường truyền",
                "Gói lớn nhất qua được hai chiều; dưới 1500 là có đoạn bị giới hạn.",
                "Largest packet that passes both ways; below 1500 something limits it.",
            ),
            f"bottomk(10, min by (link) (govnet_path_mtu_bytes{{{LINK}}}))",
            "{{link}}",
            "suffix: byte",
            width=12,
        ),
        bars(
            Words(
                "Đánh dấu ưu tiên bị mất (DSCP)",
                "Số đường truyền không giữ dấu ưu tiên của gói họp.",
                "Circuits that do not keep the mark of conference packets.",
            ),
            "sum by (carrier) ((1 - min by (site, link) "
            f"(govnet_path_dscp_kept{{{LINK}}})) * on (site, link) "
            "group_left (carrier) govnet_link_info)",
            "{{carrier}}",
            COUNT,
            width=12,
            thresholds=ANY_IS_BAD,
        ),
    )


def _agreed() -> tuple[Panel, ...]:
    return (
        stat(
            Words(
                "Dưới cam kết",
                "Số đường truyền có độ sẵn sàng trong khoảng thời gian đang xem thấp hơn cam kết.",
                "Circuits whose availability over the range is below what was agreed.",
            ),
            f"sum({AVAILABLE} < bool on (site, link) "
            f"govnet_link_agreed_availability_ratio{{{LINK}}})",
            COUNT,
            thresholds=ANY_IS_BAD,
        ),
        bars(
            Words(
                "Độ sẵn sàng theo nhà mạng",
                "Trung bình các đường truyền: thời gian hoạt động / (hoạt động + mất), không kể "
                "bảo trì "
                "và lúc không ai đo được. Số của tháng đã chốt: govnet availability.",
                "Mean of circuits, up / (up + down), announced work and what nobody could measure "
                "left out. A closed month is told by govnet availability.",
            ),
            f"avg by (carrier) ({AVAILABLE} * on (site, link) group_left (carrier) "
            f"govnet_link_info)",
            "{{carrier}}",
            RATIO,
            width=20,
            height=4,
            thresholds=LOW_IS_BAD,
            most=1,
        ),
        table(
            Words(
                "Độ sẵn sàng so với cam kết",
                "Trong khoảng thời gian đang xem, thấp nhất ở trên. Đo được: phần thời gian có "
                "số liệu.",
                "Over the range, the lowest first. Measured: share of the time that has data.",
            ),
            (
                f"{AVAILABLE} * on (site, link) group_left (carrier) govnet_link_info",
                f"max by (site, link) (govnet_link_agreed_availability_ratio{{{LINK}}})",
                (
                    f"max by (site, link) (count_over_time("
                    f"link:govnet_link_health_code:available{{{LINK}}}[$__range]) * 60 / "
                    f"$__range_s)"
                ),
            ),
            (
                Column("link", "Đường truyền"),
                Column("carrier", "Nhà mạng"),
                Column("Value #A", "Sẵn sàng", unit=RATIO, thresholds=LOW_IS_BAD),
                Column("Value #B", "Cam kết", unit=RATIO),
                Column("Value #C", "Đo được", unit=RATIO),
            ),
            width=12,
            sort=Sort("Sẵn sàng", is_descending=False),
        ),
        table(
            Words(
                "Các lần mất đường truyền",
                "Theo nhận định hiện nay, trong khoảng thời gian đang xem.",
                "Outages of circuits in the range, as believed now.",
            ),
            outage_queries("link"),
            (*site_columns(unit=False)[:1], *OUTAGE_COLUMNS),
            width=12,
            sort=Sort("Bắt đầu"),
        ),
    )
