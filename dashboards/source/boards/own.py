"""«Sức khoẻ của chính govnet»: the collector, the agents, their spools and versions."""

from dashboards.source.asked import SITE, in_milliseconds, named, site_columns
from dashboards.source.grafana import Board, Panel, Section
from dashboards.source.panels import (
    ANY_IS_BAD,
    ANY_IS_ODD,
    BYTE_RATE,
    BYTES,
    COUNT,
    DURATION,
    MACHINES,
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
from dashboards.source.variables import places, shared_links
from dashboards.source.words import GREEN, RED, YELLOW, YES_NO

RATE = "$__rate_interval"


def board() -> Board:
    """Return the dashboard."""
    return Board(
        uid="govnet-suc-khoe",
        title="Sức khoẻ của chính govnet",
        description="Trung tâm, tác tử, báo cáo chờ gửi, phiên bản. "
        "The collector, the agents, reports that wait, versions.",
        sections=(
            Section("Trung tâm", _collector()),
            Section("Nhận báo cáo", _intake()),
            Section("Lịch sử gửi đi", _sent()),
            Section("Tác tử", _agents()),
        ),
        variables=places(),
        links=shared_links(),
        tags=("govnet",),
    )


def _collector() -> tuple[Panel, ...]:
    return (
        stat(
            Words(
                "Trung tâm trả lời",
                "1 khi Prometheus đọc được mọi đích của trung tâm.",
                "1 while Prometheus reads all targets of the collector.",
            ),
            'min(up{job="govnet"})',
            COUNT,
            thresholds=steps((1, GREEN), base=RED),
            mappings=YES_NO,
        ),
        stat(
            Words(
                "Đánh giá cách đây",
                "Thời gian từ lần đánh giá gần nhất; quá 60 giây là đã ngừng.",
                "Age of the newest judgement; beyond 60 s it has stopped.",
            ),
            "time() - govnet_collector_verdict_timestamp_seconds",
            SECONDS,
            thresholds=steps((30, YELLOW), (60, RED)),
            decimals=0,
        ),
        stat(
            Words(
                "Điểm không đánh giá được",
                "Số điểm đứng yên vì lỗi chương trình.",
                "Sites whose verdict stands still for a mistake in the program.",
            ),
            "max(govnet_collector_verdict_failing_sites)",
            COUNT,
            thresholds=ANY_IS_BAD,
        ),
        stat(
            Words(
                "Danh mục được nhận",
                "Lần đọc danh mục và chứng thư gần nhất có thành công không.",
                "Whether inventory and certificate were last read without fault.",
            ),
            "min(govnet_collector_config_last_reload_successful)",
            COUNT,
            thresholds=steps((1, GREEN), base=RED),
            mappings=YES_NO,
        ),
        stat(
            Words(
                "Phiên bản trung tâm",
                "Phiên bản đang chạy của trung tâm.",
                "Version of the collector.",
            ),
            "max by (version) (govnet_collector_info)",
            COUNT,
            legend="{{version}}",
            shows="name",
        ),
        stat(
            Words(
                "Chứng thư trung tâm hết hạn",
                "Ngày hết hạn chứng thư của trung tâm; không có khi không dùng TLS.",
                "When the collector's certificate ends; absent without TLS.",
            ),
            in_milliseconds("min(govnet_collector_certificate_expiry_timestamp_seconds)"),
            WHEN,
        ),
        graph(
            Words(
                "Thời gian đánh giá",
                "Lần đánh giá trạng thái gần nhất mất bao lâu.",
                "How long the last judgement took.",
            ),
            {"Đánh giá": "max(govnet_collector_verdict_duration_seconds)"},
            SECONDS,
            width=8,
        ),
        graph(
            Words(
                "Thời gian nhận một lô",
                "Từ byte cuối của lô đến khi trả lời: trung vị và phân vị 99.",
                "From a batch's last byte to its answer: median and 99th percentile.",
            ),
            {
                name: f"histogram_quantile({share}, sum by (le) "
                f"(rate(govnet_collector_ingest_duration_seconds_bucket[{RATE}])))"
                for name, share in (("Trung vị", 0.5), ("Phân vị 99", 0.99))
            },
            SECONDS,
            width=8,
        ),
        graph(
            Words(
                "Chuỗi số đo còn mới",
                "Số chuỗi đo mà trung tâm đang đưa ra cho Prometheus.",
                "Measurement series that the collector exposes.",
            ),
            {"Chuỗi": "max(govnet_collector_series)"},
            COUNT,
            width=8,
        ),
        graph(
            Words(
                "Thời gian Prometheus đọc",
                "Thời gian mỗi lần đọc một đích của trung tâm.",
                "How long each scrape of a target takes.",
            ),
            {"{{instance}}": 'max by (instance) (scrape_duration_seconds{job="govnet"})'},
            SECONDS,
        ),
        graph(
            Words(
                "Nhật ký nhận trên đĩa",
                "Dung lượng nhật ký nhận của trung tâm.",
                "Size of the inbox journal on disk.",
            ),
            {"Nhật ký nhận": "max(govnet_collector_inbox_bytes)"},
            BYTES,
        ),
    )


def _intake() -> tuple[Panel, ...]:
    return (
        graph(
            Words(
                "Báo cáo mỗi giây",
                "Được nhận, trùng, bị từ chối.",
                "Accepted, duplicate, rejected.",
            ),
            {"{{result}}": f"sum by (result) (rate(govnet_collector_reports_total[{RATE}]))"},
            "suffix: báo cáo/giây",
            is_stacked=True,
        ),
        graph(
            Words(
                "Byte nhận mỗi giây",
                "Dung lượng báo cáo đã nén như được gửi.",
                "Bytes of report bodies as sent.",
            ),
            {"Nhận": f"sum(rate(govnet_collector_received_bytes_total[{RATE}]))"},
            BYTE_RATE,
        ),
        graph(
            Words(
                "Yêu cầu bị từ chối",
                "Theo lý do.",
                "Requests refused, by reason.",
            ),
            {
                "{{reason}}": "sum by (reason) "
                f"(rate(govnet_collector_rejected_requests_total[{RATE}]))"
            },
            "reqps",
            width=8,
        ),
        graph(
            Words(
                "Báo cáo bị từ chối",
                "Trong các lô được nhận, theo lý do.",
                "Reports rejected in accepted batches, by reason.",
            ),
            {
                "{{reason}}": "sum by (reason) "
                f"(rate(govnet_collector_rejected_reports_total[{RATE}]))"
            },
            "suffix: báo cáo/giây",
            width=8,
        ),
        graph(
            Words(
                "Mẫu không công bố được",
                "Mẫu trong báo cáo được nhận nhưng không dùng được, theo lý do.",
                "Samples of accepted reports that were not published, by reason.",
            ),
            {
                "{{reason}}": "sum by (reason) "
                f"(rate(govnet_collector_rejected_samples_total[{RATE}]))"
            },
            "suffix: mẫu/giây",
            width=8,
        ),
    )


def _sent() -> tuple[Panel, ...]:
    return (
        timeline(
            Words(
                "Nơi nhận lịch sử",
                "Nơi nhận có trả lời lần gần nhất không.",
                "Whether the receiver of history answered last.",
            ),
            "max by (receiver) (govnet_collector_history_up)",
            "{{receiver}}",
            YES_NO,
            width=8,
            height=7,
        ),
        graph(
            Words(
                "Lịch sử gửi chậm",
                "Lô cũ nhất chưa gửi đã nhận cách đây bao lâu.",
                "How long ago the oldest unsent batch was received.",
            ),
            {"{{receiver}}": "max by (receiver) (govnet_collector_history_lag_seconds)"},
            DURATION,
            width=8,
            height=7,
        ),
        graph(
            Words(
                "Mẫu đã gửi, đã bỏ",
                "Số mẫu nơi nhận đã lấy, và số mẫu không vào được lịch sử.",
                "Samples that a receiver took, and samples that history lacks.",
            ),
            {
                "{{receiver}} đã gửi": "sum by (receiver) "
                f"(rate(govnet_collector_history_samples_total[{RATE}]))",
                "{{receiver}} đã bỏ": "sum by (receiver) "
                f"(rate(govnet_collector_history_dropped_samples_total[{RATE}]))",
            },
            "suffix: mẫu/giây",
            width=8,
            height=7,
        ),
    )


def _agents() -> tuple[Panel, ...]:
    return (
        stat(
            Words(
                "Đang báo cáo",
                "Số tác tử đang báo cáo.",
                "Agents that report.",
            ),
            'max(govnet_collector_agents{state="reporting"})',
            MACHINES,
            thresholds=steps(base=GREEN),
        ),
        stat(
            Words("Đã ghi danh", "Số tác tử có khoá.", "Agents that hold a key."),
            'max(govnet_collector_agents{state="enrolled"})',
            MACHINES,
        ),
        stat(
            Words("Chờ duyệt", "Số máy chờ được duyệt.", "Machines that wait for approval."),
            'max(govnet_collector_agents{state="pending"})',
            MACHINES,
            thresholds=ANY_IS_ODD,
        ),
        stat(
            Words(
                "Nghi nhân bản",
                "Số máy dùng khoá của máy khác.",
                "Machines that use another one's key.",
            ),
            'max(govnet_collector_agents{state="quarantined"})',
            MACHINES,
            thresholds=ANY_IS_BAD,
        ),
        stat(
            Words(
                "Báo cáo chờ gửi",
                "Tổng số báo cáo còn trên đĩa các tác tử của điểm đã chọn.",
                "Reports that wait on agents' disks.",
            ),
            f"sum(site:govnet_agent_spool_waiting_reports:sum{{{SITE}}})",
            COUNT,
        ),
        stat(
            Words(
                "Báo cáo bị bỏ trong 1 giờ",
                "Báo cáo tác tử phải bỏ vì hết chỗ hoặc quá cũ.",
                "Reports that agents dropped within an hour.",
            ),
            f"sum(site:govnet_agent_spool_dropped_reports:increase1h{{{SITE}}})",
            COUNT,
            thresholds=ANY_IS_BAD,
            decimals=0,
        ),
        bars(
            Words(
                "Phiên bản tác tử",
                "Số máy theo phiên bản và nền tảng.",
                "Machines by version and platform.",
            ),
            f"sum by (version, platform) (site:govnet_agent_info:count{{{SITE}}})",
            "{{version}} {{platform}}",
            MACHINES,
        ),
        graph(
            Words(
                "Báo cáo chờ gửi theo điểm",
                "Mười lăm điểm còn nhiều nhất.",
                "The fifteen sites with most.",
            ),
            {
                "{{site}}": "topk(15, max by (site) "
                f"(site:govnet_agent_spool_waiting_reports:sum{{{SITE}}}))"
            },
            COUNT,
            width=8,
        ),
        graph(
            Words(
                "Đường đang dùng tới trung tâm",
                "Số tác tử đi qua TSLCD và qua Internet.",
                "Agents by the network that they use.",
            ),
            {"{{path}}": f"sum by (path) (site:govnet_agent_path_in_use:sum{{{SITE}}})"},
            MACHINES,
            width=8,
        ),
        table(
            Words(
                "Tác tử theo điểm",
                "Báo cáo chờ, lần gửi hỏng trong 1 giờ, đồng hồ lệch nhất, bộ nhớ lớn nhất.",
                "Waiting reports, failed attempts within an hour, worst clock, largest memory.",
            ),
            (
                named(
                    f"max by (site) (site:govnet_agent_spool_waiting_reports:sum{{{SITE}}})",
                    "unit_name",
                ),
                f"max by (site) (site:govnet_agent_send_failures:increase1h{{{SITE}}})",
                f"max by (site) (site:govnet_agent_clock_skew_seconds:max{{{SITE}}})",
                f"max by (site) (site:govnet_agent_resident_memory_bytes:max{{{SITE}}})",
            ),
            (
                *site_columns(),
                Column("Value #A", "Báo cáo chờ", unit=COUNT),
                Column("Value #B", "Lần gửi hỏng", unit=COUNT),
                Column("Value #C", "Đồng hồ lệch nhất", unit=SECONDS),
                Column("Value #D", "Bộ nhớ lớn nhất", unit=BYTES),
            ),
            width=16,
            sort=Sort("Báo cáo chờ"),
        ),
        bars(
            Words(
                "Phép kiểm tra không đo được",
                "Số phép kiểm tra không đo được theo loại; không nói gì về đích.",
                "Checks that could not measure, by kind; says nothing about the targets.",
            ),
            f"sum by (check) (site:govnet_check_success:failing{{{SITE}}})",
            "{{check}}",
            COUNT,
            height=9,
            thresholds=ANY_IS_ODD,
        ),
    )
