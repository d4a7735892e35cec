"""«Máy tính và máy chủ»: how many are heard, how busy and full they are, what protects them."""

from dashboards.source.asked import SITE, in_milliseconds, named, site_columns
from dashboards.source.grafana import Board, Panel, Section
from dashboards.source.panels import (
    ANY_IS_BAD,
    ANY_IS_ODD,
    BYTE_RATE,
    BYTES,
    COUNT,
    DURATION,
    HIGH_IS_BAD,
    MACHINES,
    RATIO,
    WHEN,
    Words,
    bars,
    graph,
    stat,
)
from dashboards.source.tables import Column, Sort, table
from dashboards.source.variables import chosen, places, shared_links
from dashboards.source.words import BY_CODE, ROLES, STATUS_CODES

MACHINE = 'site=~"$site", machine=~"$machine"'


def board() -> Board:
    """Return the dashboard."""
    return Board(
        uid="govnet-may-tinh",
        title="Máy tính và máy chủ",
        description="Máy nào đang báo cáo, bận và đầy đến đâu, có được bảo vệ không. Không dùng để "
        "chấm công. Which machines report, how busy and full they are, what protects them. Not for "
        "checking attendance.",
        sections=(
            Section("Toàn bộ máy của các điểm đã chọn", _all()),
            Section("Theo điểm", _sites()),
            Section("Máy đã chọn", _chosen()),
            Section("An toàn", _protection()),
        ),
        variables=(
            *places(),
            chosen(
                "machine",
                "Máy",
                "Máy được khai riêng ở điểm đã chọn. Machines that are declared by themselves.",
                'label_values(govnet_machine_role_info{site=~"$site"}, machine)',
            ),
        ),
        links=shared_links(),
        tags=("máy",),
    )


def _all() -> tuple[Panel, ...]:
    return (
        stat(
            Words(
                "Đang báo cáo",
                "Số máy có báo cáo trong ba chu kỳ gần nhất.",
                "Machines heard within three intervals.",
            ),
            f"sum(govnet_site_machines_reporting{{{SITE}}})",
            MACHINES,
        ),
        stat(
            Words(
                "Đã khai",
                "Số máy theo danh mục, không kể máy được miễn.",
                "Machines of the inventory, without the exempt.",
            ),
            f"sum(govnet_site_machines_declared{{{SITE}}})",
            MACHINES,
        ),
        stat(
            Words(
                "Được miễn",
                "Số máy được miễn giám sát, có lý do.",
                "Machines that are exempt, for a reason.",
            ),
            f"sum(govnet_site_machines_exempt{{{SITE}}})",
            MACHINES,
        ),
        stat(
            Words("Sắp đầy đĩa", "Số máy có ổ đĩa sắp đầy.", "Machines with a disk nearly full."),
            f'sum(govnet_item_condition{{{SITE}, condition="disk_full"}}) or vector(0)',
            MACHINES,
            thresholds=ANY_IS_ODD,
        ),
        stat(
            Words(
                "Đồng hồ sai", "Số máy có đồng hồ lệch hơn 5 phút.", "Machines whose clock is off."
            ),
            f'sum(govnet_item_condition{{{SITE}, condition="clock_wrong"}}) or vector(0)',
            MACHINES,
            thresholds=ANY_IS_ODD,
        ),
        stat(
            Words(
                "Chờ khởi động lại",
                "Số máy có bản cập nhật chờ khởi động lại.",
                "Machines with updates that wait for a restart.",
            ),
            f"sum(site:govnet_machine_reboot_pending:sum{{{SITE}}}) or vector(0)",
            MACHINES,
        ),
        bars(
            Words(
                "Máy theo trạng thái",
                "Số máy theo trạng thái. Không dùng để chấm công.",
                "Machines by status. Not for checking attendance.",
            ),
            f"sum by (code) (site:govnet_machine_health_code:count{{{SITE}}})",
            "{{code}}",
            MACHINES,
            names=BY_CODE,
        ),
        bars(
            Words(
                "Máy theo hệ điều hành",
                "Số máy đang báo cáo theo hệ điều hành.",
                "Machines that report, by operating system.",
            ),
            f"sum by (os) (site:govnet_machine_info:count{{{SITE}}})",
            "{{os}}",
            MACHINES,
        ),
        graph(
            Words(
                "Máy theo trạng thái theo thời gian",
                "Số máy theo trạng thái.",
                "Machines by status over time.",
            ),
            {"{{code}}": f"sum by (code) (site:govnet_machine_health_code:count{{{SITE}}})"},
            MACHINES,
            width=8,
            is_stacked=True,
            names=BY_CODE,
        ),
    )


def _sites() -> tuple[Panel, ...]:
    return (
        table(
            Words(
                "Mức dùng theo điểm",
                "Trung bình bộ xử lý, bộ nhớ và ổ đĩa đầy nhất của các máy ở từng điểm.",
                "Mean of processors and memory, and the fullest disk, of each site's machines.",
            ),
            (
                named(f"max by (site) (site:govnet_machine_cpu_use:avg5m{{{SITE}}})", "unit_name"),
                f"max by (site) (site:govnet_machine_memory_use:avg{{{SITE}}})",
                f"max by (site) (site:govnet_machine_disk_use:max{{{SITE}}})",
                f"max by (site) (site:govnet_machine_network_receive_bytes:rate5m{{{SITE}}})",
            ),
            (
                *site_columns(),
                Column("Value #A", "Bộ xử lý", unit=RATIO, thresholds=HIGH_IS_BAD),
                Column("Value #B", "Bộ nhớ", unit=RATIO, thresholds=HIGH_IS_BAD),
                Column("Value #C", "Ổ đĩa đầy nhất", unit=RATIO, thresholds=HIGH_IS_BAD),
                Column("Value #D", "Lưu lượng thu", unit=BYTE_RATE),
            ),
            sort=Sort("Ổ đĩa đầy nhất"),
        ),
        graph(
            Words(
                "Lưu lượng thu của các điểm",
                "Tổng của mọi máy ở điểm; mười lăm điểm nhiều nhất.",
                "Sum of a site's machines; the fifteen busiest sites.",
            ),
            {
                "{{site}}": "topk(15, max by (site) "
                f"(site:govnet_machine_network_receive_bytes:rate5m{{{SITE}}}))"
            },
            BYTE_RATE,
        ),
        graph(
            Words(
                "Lưu lượng phát của các điểm",
                "Tổng của mọi máy ở điểm; mười lăm điểm nhiều nhất.",
                "Sum of a site's machines; the fifteen busiest sites.",
            ),
            {
                "{{site}}": "topk(15, max by (site) "
                f"(site:govnet_machine_network_transmit_bytes:rate5m{{{SITE}}}))"
            },
            BYTE_RATE,
        ),
    )


def _chosen() -> tuple[Panel, ...]:
    return (
        table(
            Words(
                "Các máy",
                "Trạng thái, hệ điều hành, thời gian chạy của máy được khai riêng.",
                "Status, operating system and uptime of machines that are declared by themselves.",
            ),
            (
                (
                    f"max by (site, machine) (govnet_machine_health_code{{{MACHINE}}}) "
                    "* on (site, machine) group_left (role) govnet_machine_role_info"
                ),
                f"max by (site, machine, os, os_build) (govnet_machine_info{{{MACHINE}}})",
                f"max by (site, machine) (govnet_machine_uptime_seconds{{{MACHINE}}})",
                in_milliseconds(
                    "max by (site, machine) "
                    f"(govnet_agent_last_received_timestamp_seconds{{{MACHINE}}})"
                ),
            ),
            (
                Column("machine", "Máy"),
                Column("role", "Vai trò", mappings=ROLES),
                Column("Value #A", "Trạng thái", mappings=STATUS_CODES),
                Column("os", "Hệ điều hành"),
                Column("os_build", "Bản dựng"),
                Column("Value #C", "Đã chạy", unit=DURATION),
                Column("Value #D", "Báo cáo gần nhất", unit=WHEN),
            ),
            sort=Sort("Trạng thái"),
        ),
        graph(
            Words(
                "Bộ xử lý",
                "Tỷ lệ thời gian bận; hai mươi máy bận nhất.",
                "Share of time busy; the twenty busiest.",
            ),
            {"{{machine}}": f"topk(20, machine:govnet_machine_cpu_use:ratio5m{{{MACHINE}}})"},
            RATIO,
            width=8,
            most=1,
            thresholds=HIGH_IS_BAD,
        ),
        graph(
            Words(
                "Bộ nhớ",
                "Tỷ lệ đã dùng; hai mươi máy cao nhất.",
                "Share used; the twenty highest.",
            ),
            {"{{machine}}": f"topk(20, machine:govnet_machine_memory_use:ratio{{{MACHINE}}})"},
            RATIO,
            width=8,
            most=1,
            thresholds=HIGH_IS_BAD,
        ),
        graph(
            Words(
                "Ổ đĩa đầy nhất",
                "Tỷ lệ đã dùng của ổ đầy nhất; hai mươi máy cao nhất.",
                "Share used of the fullest disk; the twenty highest.",
            ),
            {"{{machine}}": f"topk(20, machine:govnet_machine_disk_use:ratio{{{MACHINE}}})"},
            RATIO,
            width=8,
            most=1,
            thresholds=HIGH_IS_BAD,
        ),
        graph(
            Words(
                "Lưu lượng của máy",
                "Byte mỗi giây thu vào; hai mươi máy nhiều nhất.",
                "Bytes received per second; the twenty busiest.",
            ),
            {
                "{{machine}}": "topk(20, "
                f"machine:govnet_machine_network_receive_bytes:rate5m{{{MACHINE}}})"
            },
            BYTE_RATE,
        ),
        graph(
            Words(
                "Vùng tráo đổi đang dùng",
                "Bộ nhớ bị đẩy ra đĩa; hai mươi máy nhiều nhất.",
                "Memory that was swapped to disk; the twenty highest.",
            ),
            {
                "{{machine}}": "topk(20, max by (machine) "
                f"(govnet_machine_swap_used_bytes{{{MACHINE}}}))"
            },
            BYTES,
        ),
    )


def _protection() -> tuple[Panel, ...]:
    counted = (
        (
            "Không có diệt vi-rút",
            "site:govnet_facts_antivirus_on:off",
            "Số máy có phần mềm diệt vi-rút tắt hoặc cũ, theo chính hệ thống.",
            "Machines whose antivirus is off or old, by the system's own word.",
        ),
        (
            "Tường lửa tắt",
            "site:govnet_facts_firewall_on:off",
            "Số máy có tường lửa của hệ thống tắt.",
            "Machines whose firewall is off.",
        ),
        (
            "Hệ điều hành hết hỗ trợ",
            "site:govnet_facts_os_support_end_timestamp_seconds:ended",
            "Số máy dùng hệ điều hành mà hãng đã ngừng hỗ trợ.",
            "Machines whose system's support has ended.",
        ),
    )
    return (
        *(
            stat(
                Words(
                    title,
                    vi,
                    en,
                ),
                f"sum({name}{{{SITE}}})",
                MACHINES,
                thresholds=ANY_IS_BAD,
                width=8,
            )
            for title, name, vi, en in counted
        ),
        table(
            Words(
                "An toàn theo điểm",
                "Số máy thiếu bảo vệ ở từng điểm, theo chính hệ thống của máy.",
                "Machines that lack protection, by site.",
            ),
            (
                named(f"max by (site) (site:govnet_facts_antivirus_on:off{{{SITE}}})", "unit_name"),
                f"max by (site) (site:govnet_facts_firewall_on:off{{{SITE}}})",
                (
                    "max by (site) "
                    f"(site:govnet_facts_os_support_end_timestamp_seconds:ended{{{SITE}}})"
                ),
            ),
            (
                *site_columns(),
                Column("Value #A", "Không diệt vi-rút", unit=COUNT, thresholds=ANY_IS_BAD),
                Column("Value #B", "Tường lửa tắt", unit=COUNT, thresholds=ANY_IS_BAD),
                Column("Value #C", "Hết hỗ trợ", unit=COUNT, thresholds=ANY_IS_BAD),
            ),
            width=16,
            sort=Sort("Hết hỗ trợ"),
        ),
        bars(
            Words(
                "Lâu chưa cập nhật",
                "Mười lăm máy được khai riêng lâu chưa cài bản cập nhật nhất.",
                "The fifteen declared machines without an update for longest.",
            ),
            "topk(15, time() - max by (machine) "
            f"(govnet_facts_last_update_timestamp_seconds{{{MACHINE}}}))",
            "{{machine}}",
            DURATION,
            height=9,
        ),
    )
