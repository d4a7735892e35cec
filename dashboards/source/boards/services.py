"""«Hệ thống dùng chung»: what offices use, how fast it answers, and when certificates end."""

from dashboards.source.grafana import Board, Panel, Section
from dashboards.source.panels import (
    ANY_IS_BAD,
    ANY_IS_ODD,
    COUNT,
    DURATION,
    RATIO,
    SECONDS,
    WHEN,
    Words,
    bars,
    graph,
    stat,
    steps,
    timeline,
)
from dashboards.source.tables import Column, Sort, table
from dashboards.source.variables import chosen, places, shared_links
from dashboards.source.words import GREEN, RED, STATUS_CODES, YELLOW, YES_NO

SERVICE = 'service=~"$service"'
SEEN = f'{SERVICE}, site=~"$site"'
SERVICES = "suffix: hệ thống"
ENDS = "govnet_service_certificate_expiry_timestamp_seconds"
TWO_WEEKS = 14 * 86_400


def board() -> Board:
    """Return the dashboard."""
    return Board(
        uid="govnet-he-thong",
        title="Hệ thống dùng chung",
        description="Hệ thống các cơ quan dùng: còn chạy không, nhanh chậm, chứng thư còn hạn đến "
        "bao giờ. What offices use: whether it works, how fast, and when certificates end.",
        sections=(
            Section("Bây giờ", _now()),
            Section("Nhanh chậm", _speed()),
            Section("Chứng thư và chữ ký số", _certificates()),
            Section("Tên miền và đường đi", _names()),
        ),
        variables=(
            *places(),
            chosen(
                "service",
                "Hệ thống",
                "Hệ thống dùng chung. Shared services.",
                "label_values(govnet_service_health_code, service)",
            ),
        ),
        links=shared_links(),
        tags=("hệ thống",),
    )


def _now() -> tuple[Panel, ...]:
    return (
        stat(
            Words("Hoạt động", "Số hệ thống đang hoạt động.", "Services that work."),
            f"sum(govnet_service_health_code{{{SERVICE}}} == bool 0)",
            SERVICES,
            thresholds=steps(base=GREEN),
        ),
        stat(
            Words(
                "Mất", "Số hệ thống đang mất, theo mọi nơi đo.", "Services down, by all vantages."
            ),
            f"sum(govnet_service_health_code{{{SERVICE}}} == bool 2)",
            SERVICES,
            thresholds=ANY_IS_BAD,
        ),
        stat(
            Words(
                "Chứng thư còn dưới 14 ngày",
                "Số hệ thống có chứng thư đã hoặc sắp hết hạn.",
                "Services whose certificate ends within 14 days.",
            ),
            f"sum(min by (service) ({ENDS}{{{SERVICE}}}) < bool (time() + {TWO_WEEKS}))",
            SERVICES,
            thresholds=ANY_IS_BAD,
        ),
        stat(
            Words(
                "Chứng thư không hợp lệ",
                "Số hệ thống có chứng thư không được tin hoặc sai tên.",
                "Services whose certificate is not trusted or has a wrong name.",
            ),
            f"sum(min by (service) (govnet_service_certificate_verified{{{SERVICE}}}) == bool 0)",
            SERVICES,
            thresholds=ANY_IS_BAD,
        ),
        stat(
            Words(
                "Chỉ chạy một họ địa chỉ",
                "Số hệ thống có cả IPv4 và IPv6 nhưng một bên không dùng được.",
                "Services with both IPv4 and IPv6 of which one does not work.",
            ),
            f"sum(min by (service) (govnet_service_family_up{{{SERVICE}}}) == bool 0) or vector(0)",
            SERVICES,
            thresholds=ANY_IS_ODD,
        ),
        stat(
            Words(
                "Thời gian trả lời trung vị",
                "Trung vị tổng các pha, mọi hệ thống và nơi đo đã chọn.",
                "Median of all phases together.",
            ),
            f"quantile(0.5, sum by (service, machine) (govnet_service_duration_seconds{{{SEEN}}}))",
            SECONDS,
            decimals=2,
        ),
        table(
            Words(
                "Các hệ thống",
                "Trạng thái, tỷ lệ nơi đo dùng được, thời gian trả lời, hạn chứng thư.",
                "Status, share of vantages by which it works, time to answer, end of the "
                "certificate.",
            ),
            (
                f"max by (service) (govnet_service_health_code{{{SERVICE}}})",
                f"avg by (service) (govnet_service_up{{{SEEN}}})",
                (
                    "avg by (service) (sum by (service, machine) "
                    f"(govnet_service_duration_seconds{{{SEEN}}}))"
                ),
                f"min by (service) ({ENDS}{{{SERVICE}}}) * 1000",
                f"max by (service) (govnet_service_status_code{{{SEEN}}})",
            ),
            (
                Column("service", "Hệ thống"),
                Column("Value #A", "Trạng thái", mappings=STATUS_CODES),
                Column("Value #B", "Nơi đo dùng được", unit=RATIO),
                Column("Value #C", "Thời gian trả lời", unit=SECONDS),
                Column("Value #E", "Mã trả lời", unit=COUNT),
                Column("Value #D", "Chứng thư hết hạn", unit=WHEN),
            ),
            sort=Sort("Trạng thái"),
        ),
        timeline(
            Words(
                "Trạng thái hệ thống, như đánh giá lúc đó",
                "Theo mọi nơi đo.",
                "As judged from all vantages at the time.",
            ),
            f"govnet_service_health_code{{{SERVICE}}}",
            "{{service}}",
            STATUS_CODES,
        ),
    )


def _speed() -> tuple[Panel, ...]:
    return (
        graph(
            Words(
                "Thời gian trả lời",
                "Tổng các pha, trung bình các nơi đo đã chọn.",
                "All phases together, mean of the chosen vantages.",
            ),
            {
                "{{service}}": "avg by (service) (sum by (service, machine) "
                f"(govnet_service_duration_seconds{{{SEEN}}}))"
            },
            SECONDS,
        ),
        graph(
            Words(
                "Thời gian từng pha",
                "Tên miền, kết nối, TLS, byte đầu, truyền: trung bình các hệ thống đã chọn.",
                "DNS, connect, TLS, first byte, transfer: mean of the chosen services.",
            ),
            {"{{phase}}": f"avg by (phase) (govnet_service_duration_seconds{{{SEEN}}})"},
            SECONDS,
            is_stacked=True,
        ),
        graph(
            Words(
                "Tỷ lệ nơi đo dùng được",
                "Một hệ thống có thể chạy ở trung tâm mà không tới được từ xã.",
                "A service may work in the centre and not be reached from a commune.",
            ),
            {"{{service}}": f"avg by (service) (govnet_service_up{{{SEEN}}})"},
            RATIO,
            most=1,
        ),
        bars(
            Words(
                "Điểm không dùng được hệ thống",
                "Số hệ thống không dùng được từ từng điểm.",
                "Services that do not work from each site.",
            ),
            f"topk(15, sum by (site) (govnet_service_up{{{SEEN}}} == bool 0) > 0)",
            "{{site}}",
            SERVICES,
            width=12,
            thresholds=ANY_IS_BAD,
        ),
    )


def _certificates() -> tuple[Panel, ...]:
    return (
        bars(
            Words(
                "Chứng thư còn hạn",
                "Thời gian còn lại, hai mươi hệ thống sớm nhất. Đỏ: dưới 14 ngày.",
                "Time left, the twenty that end first. Red: less than 14 days.",
            ),
            f"bottomk(20, min by (service) ({ENDS}{{{SERVICE}}}) - time())",
            "{{service}}",
            DURATION,
            width=12,
            height=10,
            thresholds=steps((TWO_WEEKS, YELLOW), (45 * 86_400, GREEN), base=RED),
        ),
        table(
            Words(
                "Lỗi chứng thư",
                "Chứng thư sai ở đâu, theo từng hệ thống.",
                "What is wrong with certificates.",
            ),
            (f"max by (service, fault) (govnet_service_certificate_fault{{{SERVICE}}})",),
            (Column("service", "Hệ thống"), Column("fault", "Lỗi")),
            width=12,
            height=5,
        ),
        table(
            Words(
                "OCSP và CRL",
                "Chữ ký của danh sách thu hồi và trả lời OCSP, hiệu lực đến bao giờ.",
                "Signatures of revocation lists and OCSP answers, and until when they hold.",
            ),
            (
                f"max by (service) (govnet_service_signature_verified{{{SERVICE}}})",
                (
                    f"max by (service) "
                    f"(govnet_service_next_update_timestamp_seconds{{{SERVICE}}}) * "
                    f"1000"
                ),
            ),
            (
                Column("service", "Hệ thống"),
                Column("Value #A", "Chữ ký đúng", mappings=YES_NO),
                Column("Value #B", "Hiệu lực đến", unit=WHEN),
            ),
            width=12,
            height=5,
        ),
    )


def _names() -> tuple[Panel, ...]:
    return (
        bars(
            Words(
                "Trả lời của máy chủ tên miền",
                "Mã trả lời: 0 tốt, 2 lỗi, 3 không có tên.",
                "Response code of name servers: 0 good, 2 failure, 3 no such name.",
            ),
            f"max by (service) (govnet_service_dns_rcode{{{SERVICE}}})",
            "{{service}}",
            COUNT,
            thresholds=ANY_IS_BAD,
        ),
        graph(
            Words(
                "Độ trễ TCP đến hệ thống",
                "Thời gian khứ hồi của kết nối; hai mươi chậm nhất. Chỉ nơi đo chạy Linux.",
                "Round-trip time of the connection; the twenty slowest. Linux vantages only.",
            ),
            {
                "{{service}} {{machine}}": "topk(20, max by (service, machine) "
                f"(govnet_service_tcp_rtt_seconds{{{SEEN}}}))"
            },
            SECONDS,
            width=8,
        ),
        bars(
            Words(
                "Nội dung mong đợi",
                "Tỷ lệ nơi đo thấy đúng nội dung mong đợi.",
                "Share of vantages that found the expected content.",
            ),
            f"avg by (service) (govnet_service_content_matched{{{SEEN}}})",
            "{{service}}",
            RATIO,
            most=1,
            thresholds=steps((1, GREEN), base=RED),
        ),
    )
