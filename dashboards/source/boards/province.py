"""«Toàn tỉnh»: which sites are cut off now and why, and how many machines are heard."""

from dashboards.source.asked import (
    OUTAGE_COLUMNS,
    SITE,
    UNIT_LINKS,
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
    ANY_IS_ODD,
    COUNT,
    LOW_IS_BAD,
    MACHINES,
    PLAIN,
    RATIO,
    SECONDS,
    SITES,
    WHEN,
    Words,
    bars,
    graph,
    stat,
    steps,
    timeline,
)
from dashboards.source.tables import Column, Map, Sort, geomap, table
from dashboards.source.variables import places, shared_links
from dashboards.source.words import (
    BY_CAUSE,
    BY_STATUS,
    CAUSE_CODES,
    GREEN,
    RED,
    STATUS_CODES,
    YELLOW,
)

TROUBLED = "down|unreachable|degraded|unknown"
STATUS = f"site:govnet_site_status:code{{{SITE}}}"


def board() -> Board:
    """Return the dashboard."""
    return Board(
        uid="govnet-toan-tinh",
        title="Toàn tỉnh",
        description="Điểm nào đang mất kết nối, vì sao, và bao nhiêu máy đang báo cáo. "
        "Which sites are cut off now and why, and how many machines are heard.",
        sections=(
            Section("Bây giờ", _now()),
            Section("Bản đồ và nguyên nhân", _where()),
            Section("Diễn biến", _history()),
            Section("Độ phủ", _coverage()),
        ),
        variables=places(),
        links=shared_links(),
        from_="now-24h",
        tags=("tổng quan",),
    )


def _count(title: str, status: str, vi: str, en: str, thresholds: dict[str, object]) -> Panel:
    return stat(
        Words(title, vi, en),
        f'sum(govnet_site_status{{{SITE}, status=~"{status}"}})',
        SITES,
        thresholds=thresholds,
    )


def _now() -> tuple[Panel, ...]:
    return (
        _count(
            "Hoạt động",
            "up",
            "Số điểm đang hoạt động bình thường.",
            "Sites that work.",
            steps(base=GREEN),
        ),
        _count(
            "Mất kết nối",
            "down|unreachable",
            "Số điểm mất kết nối với trung tâm, kể cả điểm phụ thuộc nơi đang mất.",
            "Sites that are cut off, by themselves or with what they hang on.",
            ANY_IS_BAD,
        ),
        _count(
            "Suy giảm",
            "degraded",
            "Số điểm còn hoạt động nhưng một phần đang lỗi.",
            "Sites that work in part.",
            ANY_IS_ODD,
        ),
        _count(
            "Chưa rõ",
            "unknown|never_seen",
            "Số điểm chưa ai nhìn thấy được hoặc chưa từng báo cáo.",
            "Sites that nobody can see, or that never reported.",
            ANY_IS_ODD,
        ),
        stat(
            Words(
                "Máy đang báo cáo",
                "Tỷ lệ máy đang báo cáo trên số máy đã khai, không kể máy được miễn.",
                "Share of declared machines that report; the exempt are not counted.",
            ),
            f"sum(govnet_site_machines_reporting{{{SITE}}}) "
            f"/ (sum(govnet_site_machines_declared{{{SITE}}}) > 0)",
            RATIO,
            thresholds=steps((0.7, YELLOW), (0.9, GREEN), base=RED),
            decimals=1,
        ),
        stat(
            Words(
                "Số liệu tính đến cách đây",
                "Thời gian từ lần đánh giá trạng thái gần nhất. Quá 60 giây thì màn hình này đã "
                "cũ.",
                "Age of the newest judgement; beyond 60 s this screen is stale.",
            ),
            "time() - govnet_collector_verdict_timestamp_seconds",
            SECONDS,
            thresholds=steps((30, YELLOW), (60, RED)),
            decimals=0,
        ),
        table(
            Words(
                "Điểm đang lỗi",
                "Mỗi điểm đang lỗi: từ khi nào, vì sao, bằng chứng, việc cần làm, gọi ai.",
                "Every faulty site: since when, why, by which evidence, what to do, whom to call.",
            ),
            (
                named(
                    "max by (site, cause_text, evidence, advice, call) "
                    f"(govnet_site_explanation_info{{{SITE}}})",
                    "unit_name",
                ),
                in_milliseconds(
                    f"max by (site) (govnet_site_status_since_timestamp_seconds{{{SITE}}} "
                    f"and on (site) govnet_site_explanation_info)"
                ),
                f"{STATUS} and on (site) govnet_site_explanation_info",
            ),
            (
                *site_columns(),
                Column("Value #C", "Trạng thái", mappings=STATUS_CODES, width=130),
                Column("Value #B", "Từ", unit=WHEN, width=150),
                Column("cause_text", "Nguyên nhân", width=160),
                Column("evidence", "Bằng chứng"),
                Column("advice", "Việc cần làm"),
                Column("call", "Gọi"),
            ),
            sort=Sort("Từ", is_descending=False),
        ),
    )


def _where() -> tuple[Panel, ...]:
    degrees = f"max by (site) (govnet_site_location_degrees{{{SITE}, axis="
    return (
        geomap(
            Words(
                "Bản đồ các điểm",
                "Vị trí các điểm theo toạ độ trong danh mục, màu theo trạng thái. Nền trống, không "
                "tải bản đồ từ nơi khác.",
                "Sites by the inventory's coordinates, coloured by status. The base is empty: "
                "nothing is fetched from elsewhere.",
            ),
            Map(
                latitude=f'{degrees}"latitude"}})',
                longitude=f'{degrees}"longitude"}})',
                value=named(f"max by (site) ({STATUS})", "unit_name"),
                columns=(
                    *site_columns(),
                    Column("Value #C", "Trạng thái", mappings=STATUS_CODES),
                    Column("Value #A", "Vĩ độ", unit="degree"),
                    Column("Value #B", "Kinh độ", unit="degree"),
                ),
                latitude_title="Vĩ độ",
                longitude_title="Kinh độ",
                value_title="Trạng thái",
                mappings=STATUS_CODES,
            ),
        ),
        bars(
            Words(
                "Điểm lỗi theo nguyên nhân",
                "Số điểm đang lỗi của toàn tỉnh theo nguyên nhân được cho là đúng lúc này.",
                "Faulty sites of the whole province by the cause that is believed now.",
            ),
            "sum by (cause) (govnet_cause_sites)",
            "{{cause}}",
            SITES,
            width=6,
            height=7,
            thresholds=ANY_IS_BAD,
            names=BY_CAUSE,
        ),
        bars(
            Words(
                "Mất kết nối theo nhà mạng",
                "Số điểm mất kết nối theo nhà mạng của đường truyền chính.",
                "Sites cut off, by the carrier of their main circuit.",
            ),
            'sum by (carrier) (govnet_site_status{status=~"down|unreachable"} '
            f"* on (site) group_left (carrier) govnet_site_info{{{SITE}}})",
            "{{carrier}}",
            SITES,
            width=6,
            height=7,
            thresholds=ANY_IS_BAD,
        ),
        table(
            Words(
                "Sự cố chung đang xảy ra",
                "Sự cố làm nhiều điểm mất kết nối cùng lúc, kể cả điểm đã trở lại.",
                "What befell many sites at once, those that are back included.",
            ),
            (
                "max by (event, where, since, cause_text, call) (govnet_event_explanation_info)",
                "max by (event) (govnet_event_sites)",
            ),
            (
                Column("where", "Ở đâu"),
                Column("Value #B", "Số điểm", unit=COUNT, width=90),
                Column("cause_text", "Nguyên nhân", width=150),
                Column("since", "Từ", width=150),
                Column("call", "Gọi"),
            ),
            width=12,
            height=7,
        ),
    )


def _history() -> tuple[Panel, ...]:
    return (
        graph(
            Words(
                "Số điểm theo trạng thái",
                "Số điểm của toàn tỉnh theo trạng thái, như đã đánh giá vào lúc đó.",
                "Sites of the whole province by status, as judged at the time.",
            ),
            {"{{status}}": 'province:govnet_site_status:count{status!~"up|exempt"}'},
            SITES,
            width=24,
            height=7,
            is_stacked=True,
            names=BY_STATUS,
        ),
        timeline(
            Words(
                "Trạng thái các điểm có sự cố, như đánh giá lúc đó",
                "Chỉ các điểm có lúc không bình thường trong khoảng thời gian đang xem.",
                "Only sites that were not well at some time of the range, as judged at the time.",
            ),
            statuses(troubled=True),
            "{{site_name}}",
            STATUS_CODES,
        ),
        timeline(
            Words(
                "Nguyên nhân mất kết nối, theo nhận định mới nhất",
                "Thời gian và nguyên nhân của mỗi lần mất kết nối như biết được đến cuối khoảng "
                "thời gian: điều được sửa lại sau, khi báo cáo về muộn, hiện theo kết luận mới.",
                "Times and causes of outages as known at the end of the range: what was corrected "
                "later, when reports arrived late, shows as corrected.",
            ),
            believed("site", "site"),
            "{{site_name}}",
            CAUSE_CODES,
        ),
        table(
            Words(
                "Mười lần mất kết nối lâu nhất",
                "Trong khoảng thời gian đang xem, theo nhận định hiện nay; lần chưa hết tính đến "
                "nay.",
                "Longest outages of the range as believed now; one that lasts counts until now.",
            ),
            outage_queries("site", 10),
            (*site_columns(), *OUTAGE_COLUMNS),
            sort=Sort("Kéo dài"),
        ),
    )


def _coverage() -> tuple[Panel, ...]:
    by_unit = (
        "sum by (unit, unit_name, unit_kind) (govnet_site_machines_{state}{{{site}}} "
        "* on (site) group_left (unit, unit_name, unit_kind) govnet_site_info)"
    )
    queries = tuple(
        by_unit.format(state=state, site=SITE)
        for state in ("declared", "exempt", "enrolled", "reporting")
    )
    return (
        graph(
            Words(
                "Độ phủ của toàn tỉnh",
                "Tỷ lệ máy đang báo cáo trên số máy đã khai. Ngoài giờ làm việc máy tính tắt là "
                "đúng.",
                "Share of declared machines that report. Outside working hours PCs are rightly "
                "off.",
            ),
            {"Toàn tỉnh": "province:govnet_site_machines_reporting:ratio"},
            RATIO,
            most=1,
        ),
        graph(
            Words(
                "Máy của toàn tỉnh",
                "Số máy đã khai, đã ghi danh, đang báo cáo.",
                "Machines declared, enrolled, reporting.",
            ),
            {
                "Đã khai": "province:govnet_site_machines_declared:sum",
                "Đã ghi danh": "province:govnet_site_machines_enrolled:sum",
                "Đang báo cáo": "province:govnet_site_machines_reporting:sum",
            },
            MACHINES,
        ),
        table(
            Words(
                "Độ phủ từng đơn vị",
                "Số máy đã khai, được miễn, đã ghi danh, đang báo cáo. Không dùng để chấm công.",
                "Machines declared, exempt, enrolled, reporting. Not for checking attendance.",
            ),
            (*queries, f"({queries[3]}) / ({queries[0]} > 0)"),
            (
                Column("unit_name", "Đơn vị", links=UNIT_LINKS, width=280),
                Column("unit", "Mã đơn vị", width=140),
                Column("Value #A", "Đã khai", unit=COUNT),
                Column("Value #B", "Được miễn", unit=COUNT),
                Column("Value #C", "Đã ghi danh", unit=COUNT),
                Column("Value #D", "Đang báo cáo", unit=COUNT),
                Column("Value #E", "Tỷ lệ", unit=RATIO, thresholds=LOW_IS_BAD),
            ),
            width=16,
            sort=Sort("Tỷ lệ", is_descending=False),
        ),
        stat(
            Words(
                "Điểm mù lúc 07:15",
                "Số điểm không có thiết bị luôn bật mà trung tâm hỏi được: khi máy tính tắt thì "
                "không biết điểm còn hay mất.",
                "Sites without anything always on that the centre can ask.",
            ),
            f"sum(govnet_site_blind{{{SITE}}})",
            SITES,
            thresholds=ANY_IS_ODD,
            width=8,
        ),
        stat(
            Words(
                "Điểm được miễn",
                "Số điểm không giám sát, có nêu lý do trong danh mục.",
                "Sites that are exempt, for a reason in the inventory.",
            ),
            f'sum(govnet_site_status{{{SITE}, status="exempt"}})',
            SITES,
            thresholds=PLAIN,
            width=8,
        ),
    )
