"""«Cảnh báo»: what Prometheus warns of now, and what fired when. Rules stay in Prometheus."""

from collector.verdict.wording import CONDITION_WORDS
from dashboards.source.asked import SITE, in_milliseconds
from dashboards.source.grafana import Board, Panel, Section
from dashboards.source.panels import (
    ANY_IS_BAD,
    ANY_IS_ODD,
    COUNT,
    WHEN,
    Words,
    bars,
    graph,
    stat,
    steps,
    timeline,
)
from dashboards.source.tables import Column, Sort, table
from dashboards.source.variables import places, shared_links
from dashboards.source.words import BY_CAUSE, GREEN, RED, TOLD, YELLOW, values

ALERTS = "suffix: cảnh báo"
# Alerts about the centre itself have no site: they show whatever sites are chosen. The two that are
# always on or only a test are no trouble.
REAL = f'alertname!~"GovnetWatchdog|GovnetAlertTest", {SITE[:-1]}|"'
SEVERITIES = values(
    {"critical": ("Khẩn", RED), "warning": ("Cần xem", YELLOW), "none": ("Không", "text")}
)
FIRING = values({"1": ("Đang báo", RED)})


def board() -> Board:
    """Return the dashboard."""
    return Board(
        uid="govnet-canh-bao",
        title="Cảnh báo",
        description="Cảnh báo đang bật và đã bật. Luật cảnh báo ở Prometheus, nơi nhận ở "
        "Alertmanager. "
        "Alerts that fire and that fired. Rules are Prometheus', receivers are Alertmanager's.",
        sections=(
            Section("Bây giờ", _now()),
            Section("Diễn biến", _history()),
        ),
        variables=places(),
        links=shared_links(),
        from_="now-24h",
        tags=("cảnh báo",),
    )


def _count(title: str, more: str, vi: str, en: str, thresholds: dict[str, object]) -> Panel:
    return stat(
        Words(title, vi, en),
        f"count(ALERTS{{{REAL}, {more}}}) or vector(0)",
        ALERTS,
        thresholds=thresholds,
    )


def _now() -> tuple[Panel, ...]:
    return (
        _count(
            "Khẩn, đang báo",
            'alertstate="firing", severity="critical"',
            "Số cảnh báo khẩn đang bật.",
            "Critical alerts that fire.",
            ANY_IS_BAD,
        ),
        _count(
            "Cần xem, đang báo",
            'alertstate="firing", severity="warning"',
            "Số cảnh báo cần xem trong giờ làm việc.",
            "Warnings that fire.",
            ANY_IS_ODD,
        ),
        _count(
            "Đang chờ",
            'alertstate="pending"',
            "Số cảnh báo đã thấy dấu hiệu, chưa đủ thời gian để báo.",
            "Alerts that were seen and wait for their time.",
            steps(base="text"),
        ),
        stat(
            Words(
                "Chuỗi cảnh báo",
                "1 khi cảnh báo luôn bật GovnetWatchdog đang bật; 0 là Prometheus không chạy luật.",
                "1 while the alert that never ends fires; 0: no rules are evaluated.",
            ),
            'count(ALERTS{alertname="GovnetWatchdog", alertstate="firing"}) or vector(0)',
            COUNT,
            thresholds=steps((1, GREEN), base=RED),
        ),
        stat(
            Words(
                "Sự cố chung",
                "Số sự cố đang làm nhiều điểm mất kết nối cùng lúc.",
                "Events that cut many sites off at once.",
            ),
            "count(max by (event) (govnet_event_sites)) or vector(0)",
            COUNT,
            thresholds=ANY_IS_BAD,
        ),
        stat(
            Words(
                "Sự cố đang mở",
                "Số sự cố chưa hết, mọi loại, toàn tỉnh.",
                "Outages that last, of all kinds, in the whole province.",
            ),
            "sum(govnet_outages_open)",
            COUNT,
        ),
        table(
            Words(
                "Cảnh báo đang bật",
                "Tên cảnh báo, mức độ, ai được báo, ở đâu, từ khi nào.",
                "Name, severity, who is told, where, since when.",
            ),
            (
                (
                    "max by (alertname, severity, role, site, site_name, unit_name, target) "
                    f'(ALERTS{{{REAL}, alertstate="firing"}})'
                ),
                in_milliseconds(
                    "max by (alertname, severity, role, site, site_name, unit_name, target) "
                    f"(ALERTS_FOR_STATE{{{REAL}}})"
                ),
            ),
            (
                Column("alertname", "Cảnh báo", width=240),
                Column("severity", "Mức", mappings=SEVERITIES, width=110),
                Column("role", "Báo cho", mappings=TOLD, width=100),
                Column("site_name", "Điểm"),
                Column("unit_name", "Đơn vị"),
                Column("target", "Đối tượng"),
                Column("Value #B", "Từ", unit=WHEN, width=150),
            ),
            width=16,
            height=10,
            sort=Sort("Từ"),
        ),
        bars(
            Words(
                "Sự cố đang mở theo nguyên nhân",
                "Sự cố chưa hết theo nguyên nhân, kể cả điều người trực đã xác nhận.",
                "Outages that last by cause; what an operator said counts.",
            ),
            "sum by (cause) (govnet_outages_open)",
            "{{cause}}",
            COUNT,
            height=10,
            thresholds=ANY_IS_BAD,
            names=BY_CAUSE,
        ),
    )


def _history() -> tuple[Panel, ...]:
    return (
        graph(
            Words(
                "Số cảnh báo đang bật",
                "Theo tên cảnh báo.",
                "Alerts that fired, by name.",
            ),
            {"{{alertname}}": f'count by (alertname) (ALERTS{{{REAL}, alertstate="firing"}})'},
            ALERTS,
            width=24,
            is_stacked=True,
        ),
        timeline(
            Words(
                "Cảnh báo theo thời gian",
                "Mỗi dòng là một cảnh báo ở một điểm.",
                "Each line is one alert at one site.",
            ),
            f'max by (alertname, site_name, target) (ALERTS{{{REAL}, alertstate="firing"}})',
            "{{alertname}} {{site_name}} {{target}}",
            FIRING,
        ),
        table(
            Words(
                "Điều cần xử lý ở máy, thiết bị còn chạy",
                "Chứng thư sắp hết hạn, đĩa đầy, đồng hồ sai, bỏ báo cáo, chạy ắc quy.",
                "Certificates about to end, full disks, wrong clocks, dropped reports, batteries.",
            ),
            (f'max by (site, target, condition) (govnet_item_condition{{{SITE[:-1]}|"}})',),
            (
                Column("condition", "Điều cần xử lý", mappings=_conditions()),
                Column("target", "Đối tượng"),
                Column("site", "Mã điểm"),
            ),
        ),
    )


def _conditions() -> list[dict[str, object]]:
    return values({name: (words["vi"], "text") for name, words in CONDITION_WORDS.items()})
