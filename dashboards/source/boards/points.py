"""«Điểm cầu hội nghị»: which conference rooms answer, are registered, and how their calls are."""

from dashboards.source.asked import OUTAGE_COLUMNS, SITE, named, outage_queries, site_columns
from dashboards.source.grafana import Board, Panel, Section
from dashboards.source.panels import (
    ANY_IS_BAD,
    ANY_IS_ODD,
    COUNT,
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
from dashboards.source.words import GRADES, GREEN, RED, STATUS_CODES, YELLOW, YES_NO

POINT = 'site=~"$site", point=~"$point"'
POINTS = "suffix: điểm cầu"


def board() -> Board:
    """Return the dashboard."""
    return Board(
        uid="govnet-diem-cau",
        title="Điểm cầu hội nghị",
        description="Phòng họp nào trả lời, đã đăng ký, và cuộc họp đang chạy tốt không. "
        "Which rooms answer, are registered, and how their calls are.",
        sections=(
            Section("Bây giờ", _now()),
            Section("Cuộc họp đang chạy và đường truyền", _calls()),
            Section("Diễn biến", _history()),
        ),
        variables=(
            *places(),
            chosen(
                "point",
                "Điểm cầu",
                "Điểm cầu của điểm đã chọn. Conference points of the chosen sites.",
                'label_values(govnet_point_health_code{site=~"$site"}, point)',
            ),
        ),
        links=shared_links(),
        tags=("họp",),
    )


def _now() -> tuple[Panel, ...]:
    return (
        stat(
            Words("Hoạt động", "Số điểm cầu đang trả lời.", "Points that answer."),
            f"sum(govnet_point_health_code{{{POINT}}} == bool 0)",
            POINTS,
            thresholds=steps(base=GREEN),
        ),
        stat(
            Words("Mất", "Số điểm cầu đang mất.", "Points that are down."),
            f"sum(govnet_point_health_code{{{POINT}}} == bool 2)",
            POINTS,
            thresholds=ANY_IS_BAD,
        ),
        stat(
            Words(
                "Không tới được",
                "Số điểm cầu không tới được vì điểm hoặc đường truyền mất.",
                "Points behind something that is down.",
            ),
            f"sum(govnet_point_health_code{{{POINT}}} == bool 3)",
            POINTS,
            thresholds=ANY_IS_BAD,
        ),
        stat(
            Words(
                "Chưa đăng ký",
                "Số điểm cầu có trong danh sách mà máy chủ đăng ký không thấy.",
                "Points that the registrar does not list.",
            ),
            'count(max by (endpoint) (govnet_registrar_endpoint_registered{endpoint=~"$point"}) '
            "== 0)"
            " or vector(0)",
            POINTS,
            thresholds=ANY_IS_BAD,
        ),
        stat(
            Words(
                "Đang họp",
                "Số điểm cầu tự báo đang trong cuộc họp.",
                "Points that say that they are in a call.",
            ),
            f"sum(max by (point) (govnet_point_in_call{{{POINT}}}))",
            POINTS,
        ),
        stat(
            Words(
                "Đường họp kém",
                "Số đường truyền có đèn báo chất lượng họp kém.",
                "Circuits whose grade for a conference is poor.",
            ),
            f"sum(max by (link) (govnet_path_grade_code{{{SITE}}}) == bool 2)",
            COUNT,
            thresholds=ANY_IS_ODD,
        ),
        table(
            Words(
                "Các điểm cầu",
                "Trạng thái, đã đăng ký chưa, đang họp không, chất lượng đường truyền của điểm.",
                "Status, registered, in a call, and the grade of the site's circuit.",
            ),
            (
                named(f"max by (site, point) (govnet_point_health_code{{{POINT}}})", "unit_name"),
                f"max by (site, point) (govnet_point_registered{{{POINT}}})",
                f"max by (site, point) (govnet_point_in_call{{{POINT}}})",
                (
                    "max by (point) (label_replace("
                    'govnet_registrar_endpoint_registered{endpoint=~"$point"}, '
                    '"point", "$1", "endpoint", "(.+)"))'
                ),
            ),
            (
                Column("point", "Điểm cầu", width=220),
                *site_columns(),
                Column("Value #A", "Trạng thái", mappings=STATUS_CODES),
                Column("Value #B", "Tự báo đã đăng ký", mappings=YES_NO),
                Column("Value #D", "Máy chủ thấy đăng ký", mappings=YES_NO),
                Column("Value #C", "Đang họp", mappings=YES_NO),
            ),
            sort=Sort("Trạng thái"),
        ),
    )


def _calls() -> tuple[Panel, ...]:
    return (
        graph(
            Words(
                "Mất gói trong cuộc họp",
                "Luồng xấu nhất của cuộc họp đang chạy; hai mươi điểm cầu xấu nhất.",
                "The worst stream of the running call; the twenty worst points.",
            ),
            {
                "{{point}} {{direction}}": "topk(20, max by (point, direction) "
                f"(govnet_point_call_loss_ratio{{{POINT}}}))"
            },
            RATIO,
            thresholds=steps((0.01, YELLOW), (0.05, RED)),
        ),
        graph(
            Words(
                "Biến thiên trễ trong cuộc họp",
                "Luồng xấu nhất của cuộc họp đang chạy; hai mươi điểm cầu xấu nhất.",
                "Jitter of the worst stream; the twenty worst points.",
            ),
            {
                "{{point}} {{direction}}": "topk(20, max by (point, direction) "
                f"(govnet_point_call_jitter_seconds{{{POINT}}}))"
            },
            SECONDS,
        ),
        graph(
            Words(
                "Thời gian trả lời của điểm cầu",
                "Thời gian đến khi thiết bị trả lời; hai mươi điểm cầu chậm nhất.",
                "Time to the endpoint's answer; the twenty slowest.",
            ),
            {"{{point}}": f"topk(20, max by (point) (govnet_point_rtt_seconds{{{POINT}}}))"},
            SECONDS,
        ),
        table(
            Words(
                "Chất lượng đường truyền cho cuộc họp",
                "Đèn báo, điểm MOS thấp nhất, mất gói và biến thiên trễ của từng đường truyền.",
                "Grade, lowest MOS, loss and jitter of each circuit.",
            ),
            (
                f"max by (site, link) (govnet_path_grade_code{{{SITE}}})",
                f"min by (site, link) (link:govnet_path_mos:avg15m{{{SITE}}})",
                f"max by (site, link) (link:govnet_path_loss_ratio:avg15m{{{SITE}}})",
                f"max by (site, link) (link:govnet_path_jitter_mean_seconds:avg15m{{{SITE}}})",
            ),
            (
                Column("link", "Đường truyền"),
                Column("Value #A", "Đèn báo", mappings=GRADES),
                Column("Value #B", "MOS", unit=COUNT),
                Column("Value #C", "Mất gói", unit=RATIO),
                Column("Value #D", "Biến thiên trễ", unit=SECONDS),
            ),
            width=12,
            height=8,
            sort=Sort("Đèn báo"),
        ),
        bars(
            Words(
                "Điểm cầu trả lời theo giao thức",
                "Tỷ lệ điểm cầu trả lời bằng từng giao thức.",
                "Share of points that answer, by protocol.",
            ),
            f"avg by (protocol) (max by (point, protocol) (govnet_point_reachable{{{POINT}}}))",
            "{{protocol}}",
            RATIO,
            width=12,
            most=1,
        ),
        table(
            Words(
                "Thiết bị điểm cầu",
                "Kiểu máy và phần mềm, theo chính thiết bị.",
                "Model and firmware, by the endpoint's own word.",
            ),
            (f"max by (site, point, model, firmware) (govnet_point_info{{{POINT}}})",),
            (
                Column("point", "Điểm cầu"),
                Column("model", "Kiểu máy"),
                Column("firmware", "Phần mềm"),
            ),
            width=12,
            height=8,
        ),
        table(
            Words(
                "Bộ phận phòng họp",
                "Micro, camera, theo chính thiết bị; hỏng ở trên.",
                "Microphones and cameras, by the endpoint's own word; broken ones first.",
            ),
            (f"max by (site, point, component) (govnet_point_component_ok{{{POINT}}})",),
            (
                Column("point", "Điểm cầu"),
                Column("component", "Bộ phận"),
                Column("Value", "Tốt", mappings=YES_NO),
            ),
            width=12,
            height=8,
            sort=Sort("Tốt", is_descending=False),
        ),
        graph(
            Words(
                "Số điểm cầu máy chủ thấy đăng ký",
                "Số đăng ký mà máy chủ đăng ký liệt kê.",
                "Registrations that the registrar lists.",
            ),
            {"{{service}}": "max by (service) (govnet_registrar_registrations)"},
            POINTS,
        ),
    )


def _history() -> tuple[Panel, ...]:
    return (
        timeline(
            Words(
                "Trạng thái các điểm cầu có sự cố, như đánh giá lúc đó",
                "Chỉ các điểm cầu có lúc không bình thường trong khoảng thời gian đang xem.",
                "Only points that were not well at some time of the range.",
            ),
            f"govnet_point_health_code{{{POINT}}} and on (site, point) "
            f"(max_over_time(govnet_point_health_code{{{POINT}}}[$__range:$__interval] @ end()) "
            f"> 0)",
            "{{point}}",
            STATUS_CODES,
        ),
        table(
            Words(
                "Các lần điểm cầu mất",
                "Theo nhận định hiện nay, trong khoảng thời gian đang xem.",
                "Outages of points in the range, as believed now.",
            ),
            outage_queries("point"),
            (*site_columns(), *OUTAGE_COLUMNS),
            sort=Sort("Bắt đầu"),
        ),
    )
