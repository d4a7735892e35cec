"""Every metric by name: the single source for checks, exposition, rules, dashboards and docs.

Names follow `govnet_<subject>_<quantity>_<unit>` with base units, ratios 0-1, `_total` for
counters and `_info` for text (https://prometheus.io/docs/practices/naming/). dBm is the one
documented exception. Renaming a metric is a breaking change.

Four sources fill them:

- MEASUREMENT: an agent's check; exposed with its report's own time and only while fresh
- VERDICT: the collector's judgement; exposed without a time
- COVERAGE: declared, enrolled, reporting; exposed without a time, also for what is gone
- COLLECTOR: the collector about itself; exposed without a time
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Prometheus metric types that we use (text format 0.0.4)."""

    GAUGE = "gauge"
    COUNTER = "counter"
    HISTOGRAM = "histogram"


class Source(StrEnum):
    """Who says it; decides whether it is exposed with a time."""

    MEASUREMENT = "measurement"
    VERDICT = "verdict"
    COVERAGE = "coverage"
    COLLECTOR = "collector"


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of the catalogue.

    `labels` is in exposition order. For a MEASUREMENT the leading identity labels (`site`,
    `machine`, `link`, `point`, `service`, `check`, `target`) are set by the collector from who
    reported about which target; the check gives only the others (`sample_labels`).
    """

    name: str
    kind: Kind
    source: Source
    labels: tuple[str, ...]
    help_en: str
    help_vi: str

    @property
    def sample_labels(self) -> tuple[str, ...]:
        """Labels that the check itself must give with each sample, in order."""
        return tuple(label for label in self.labels if label not in IDENTITY_LABELS)


IDENTITY_LABELS = ("site", "machine", "link", "device", "point", "service", "check", "target")
"""Labels that only the collector sets: an agent cannot speak for another."""

PATHS = ("tslcd", "internet")
"""Networks by which an agent reaches a collector: the dedicated one, or a relay on the Internet."""

HELD_BACK = ("backlog", "live")
"""What an agent holds back for its byte budget; the backlog first."""

LINK_ENDS = ("gateway", "next_hop", "far", "site")
"""Where a path measurement of a link ends.

gateway: the site's own router. next_hop: the first hop beyond it. far: the centre, seen from the
site. site: the site's always-on target, seen from the centre.
"""

STATUSES = (
    "up",
    "degraded",
    "down",
    "unreachable",
    "maintenance",
    "unknown",
    "never_seen",
    "exempt",
    "off_hours",
    "not_yet_on",
    "absent",
    "lost",
)
"""Statuses of an item; the index is the value of the coded gauges (`*_health_code`)."""

CAUSES = ("power", "link", "carrier", "lan", "equipment", "agent", "centre", "undetermined")
"""Causes of a site's outage."""

CONDITIONS = ("certificate_expiring", "disk_full", "clock_wrong", "spool_dropping")
"""What is wrong with an item that still works."""


def _measured(name: str, labels: str, help_en: str, help_vi: str) -> Metric:
    kind = Kind.COUNTER if name.endswith("_total") else Kind.GAUGE
    return Metric(name, kind, Source.MEASUREMENT, tuple(labels.split()), help_en, help_vi)


def _derived(source: Source, name: str, labels: str, help_en: str, help_vi: str) -> Metric:
    kind = Kind.COUNTER if name.endswith("_total") else Kind.GAUGE
    return Metric(name, kind, source, tuple(labels.split()), help_en, help_vi)


_CHECKS = (
    _measured(
        "govnet_check_success",
        "site machine check target",
        "1 if the check could measure; 0 if it could not. Says nothing about the target.",
        "1 nếu phép kiểm tra đo được; 0 nếu không đo được. Không nói gì về đích.",
    ),
    _measured(
        "govnet_check_duration_seconds",
        "site machine check target",
        "How long the newest run of the check took.",
        "Thời gian chạy lần kiểm tra mới nhất.",
    ),
    _measured(
        "govnet_check_age_seconds",
        "site machine check target",
        "Time from the newest run of the check to its report.",
        "Thời gian từ lần kiểm tra mới nhất đến khi lập báo cáo.",
    ),
)

_AGENT = (
    _measured(
        "govnet_agent_info",
        "site machine version platform",
        "The agent's version and platform; always 1.",
        "Phiên bản và nền tảng của tác tử; luôn bằng 1.",
    ),
    _measured(
        "govnet_agent_spool_waiting_reports",
        "site machine",
        "Reports on the agent's disk that the collector has not accepted yet.",
        "Số báo cáo còn trên đĩa của tác tử, trung tâm chưa nhận.",
    ),
    _measured(
        "govnet_agent_spool_waiting_bytes",
        "site machine",
        "Size of the reports that wait on the agent's disk.",
        "Dung lượng báo cáo đang chờ trên đĩa của tác tử.",
    ),
    _measured(
        "govnet_agent_spool_dropped_reports_total",
        "site machine",
        "Reports the agent dropped because its spool was full or they were too old.",
        "Số báo cáo bị bỏ vì bộ đệm đầy hoặc quá cũ.",
    ),
    _measured(
        "govnet_agent_spool_quarantined_reports_total",
        "site machine",
        "Reports the collector rejected; the agent keeps the newest for inspection.",
        "Số báo cáo bị trung tâm từ chối; tác tử giữ lại để xem xét.",
    ),
    _measured(
        "govnet_agent_spool_torn_total",
        "site machine",
        "Torn ends and damaged places found in the agent's spool; each may have cost a report.",
        "Số chỗ bị đứt hoặc hỏng trong bộ đệm của tác tử; mỗi chỗ có thể mất một báo cáo.",
    ),
    _measured(
        "govnet_agent_send_failures_total",
        "site machine",
        "Attempts to send that failed.",
        "Số lần gửi thất bại.",
    ),
    _measured(
        "govnet_agent_sent_bytes_total",
        "site machine",
        "Bytes the agent has sent since its start, with an estimate of what is around them.",
        "Số byte tác tử đã gửi từ khi khởi động, kể cả ước lượng phần bao ngoài.",
    ),
    _measured(
        "govnet_agent_send_held_back_total",
        "site machine what",
        "Times that the backlog, or even the newest report, waited for the byte budget.",
        "Số lần báo cáo tồn đọng, hoặc cả báo cáo mới nhất, phải chờ vì hạn mức dung lượng.",
    ),
    _measured(
        "govnet_agent_path_in_use",
        "site machine path",
        "1 for the network by which the agent last reached a collector, 0 for the other.",
        "1 cho mạng mà tác tử dùng để tới trung tâm ở lần gần nhất, 0 cho mạng kia.",
    ),
    _measured(
        "govnet_agent_spool_write_failures_total",
        "site machine",
        "Reports that the agent's disk did not take, since the agent started.",
        "Số báo cáo không ghi được xuống đĩa từ khi tác tử khởi động.",
    ),
    _measured(
        "govnet_agent_resident_memory_bytes",
        "site machine",
        "Resident memory of the agent's process.",
        "Bộ nhớ thường trú của tiến trình tác tử.",
    ),
    _measured(
        "govnet_agent_cpu_seconds_total",
        "site machine",
        "CPU time the agent's process has used.",
        "Thời gian CPU tiến trình tác tử đã dùng.",
    ),
)

_MACHINE = (
    _measured(
        "govnet_machine_info",
        "site machine os os_build",
        "Operating system and its build; always 1.",
        "Hệ điều hành và bản dựng; luôn bằng 1.",
    ),
    _measured(
        "govnet_machine_cpu_seconds_total",
        "site machine mode",
        "CPU time spent, summed over all processors, by mode.",
        "Thời gian CPU đã dùng, cộng mọi bộ xử lý, theo chế độ.",
    ),
    _measured(
        "govnet_machine_cpus",
        "site machine",
        "Number of logical processors.",
        "Số bộ xử lý logic.",
    ),
    _measured(
        "govnet_machine_memory_size_bytes",
        "site machine",
        "Physical memory installed.",
        "Bộ nhớ vật lý.",
    ),
    _measured(
        "govnet_machine_memory_available_bytes",
        "site machine",
        "Memory that programs can still get without swapping.",
        "Bộ nhớ còn dùng được mà không phải tráo đổi.",
    ),
    _measured(
        "govnet_machine_swap_size_bytes",
        "site machine",
        "Size of swap or page file.",
        "Dung lượng vùng tráo đổi.",
    ),
    _measured(
        "govnet_machine_swap_used_bytes",
        "site machine",
        "Swap or page file in use.",
        "Dung lượng tráo đổi đang dùng.",
    ),
    _measured(
        "govnet_machine_disk_size_bytes",
        "site machine disk",
        "Size of the file system.",
        "Dung lượng ổ đĩa.",
    ),
    _measured(
        "govnet_machine_disk_free_bytes",
        "site machine disk",
        "Space that ordinary programs can still use.",
        "Dung lượng trống trên ổ đĩa.",
    ),
    _measured(
        "govnet_machine_network_receive_bytes_total",
        "site machine interface",
        "Bytes received by the network interface.",
        "Số byte nhận qua cổng mạng.",
    ),
    _measured(
        "govnet_machine_network_transmit_bytes_total",
        "site machine interface",
        "Bytes sent by the network interface.",
        "Số byte gửi qua cổng mạng.",
    ),
    _measured(
        "govnet_machine_network_receive_packets_total",
        "site machine interface",
        "Packets received by the network interface.",
        "Số gói nhận qua cổng mạng.",
    ),
    _measured(
        "govnet_machine_network_transmit_packets_total",
        "site machine interface",
        "Packets sent by the network interface.",
        "Số gói gửi qua cổng mạng.",
    ),
    _measured(
        "govnet_machine_network_receive_errors_total",
        "site machine interface",
        "Frames received with errors.",
        "Số khung nhận bị lỗi.",
    ),
    _measured(
        "govnet_machine_network_transmit_errors_total",
        "site machine interface",
        "Frames that could not be sent.",
        "Số khung gửi bị lỗi.",
    ),
    _measured(
        "govnet_machine_uptime_seconds",
        "site machine",
        "Time since the machine started.",
        "Thời gian từ khi máy khởi động.",
    ),
    _measured(
        "govnet_machine_boot_timestamp_seconds",
        "site machine",
        "When the machine started, by its own clock (Unix time).",
        "Thời điểm máy khởi động, theo đồng hồ máy.",
    ),
    _measured(
        "govnet_machine_last_alive_timestamp_seconds",
        "site machine",
        "When the agent was last known alive before this start, by its own clock (Unix time).",
        "Lần cuối tác tử còn chạy trước lần khởi động này.",
    ),
    _measured(
        "govnet_machine_clean_stop",
        "site machine",
        "1 if the agent was stopped in order before this start; 0 if it was cut off.",
        "1 nếu lần trước tác tử dừng đúng cách; 0 nếu bị ngắt đột ngột.",
    ),
    _measured(
        "govnet_machine_on_mains",
        "site machine",
        "1 on mains power, 0 on battery; absent where the machine cannot tell.",
        "1 khi dùng điện lưới, 0 khi dùng pin; không có nếu máy không biết.",
    ),
    _measured(
        "govnet_machine_battery_charge_ratio",
        "site machine",
        "Charge of the battery, 0-1; absent where there is none.",
        "Mức pin, 0-1; không có nếu máy không có pin.",
    ),
    _measured(
        "govnet_machine_clock_offset_seconds",
        "site machine",
        "The machine's clock minus the collector's, as the agent last learnt it.",
        "Đồng hồ máy trừ đồng hồ trung tâm, theo lần biết gần nhất.",
    ),
    _measured(
        "govnet_machine_reboot_pending",
        "site machine",
        "1 if updates wait for a restart; absent where the platform does not tell.",
        "1 nếu bản cập nhật đang chờ khởi động lại.",
    ),
)

_LAN = (
    _measured(
        "govnet_lan_interface_up",
        "site machine interface",
        "1 if the network interface has carrier.",
        "1 nếu cổng mạng có tín hiệu.",
    ),
    _measured(
        "govnet_lan_interface_speed_bytes_per_second",
        "site machine interface",
        "Negotiated speed of the interface; absent where unknown.",
        "Tốc độ thoả thuận của cổng mạng.",
    ),
    _measured(
        "govnet_lan_interface_carrier_changes_total",
        "site machine interface",
        "How often the interface gained or lost carrier since it appeared.",
        "Số lần cổng mạng mất hoặc có tín hiệu.",
    ),
    _measured(
        "govnet_lan_gateway_reachable",
        "site machine",
        "1 if the default gateway answered.",
        "1 nếu cổng ra mặc định trả lời.",
    ),
    _measured(
        "govnet_lan_peers_assigned",
        "site machine",
        "Machines or devices in the same office that this agent was told to look for.",
        "Số máy hoặc thiết bị cùng cơ quan mà tác tử được giao tìm.",
    ),
    _measured(
        "govnet_lan_peers_seen",
        "site machine",
        "Assigned machines or devices that answered.",
        "Số máy hoặc thiết bị được giao đã trả lời.",
    ),
    _measured(
        "govnet_lan_neighbours_seen",
        "site machine",
        "Other machines in the ARP and neighbour tables.",
        "Số máy khác trong bảng ARP và láng giềng.",
    ),
    _measured(
        "govnet_lan_dhcp_lease_remaining_seconds",
        "site machine",
        "Time left of the DHCP lease; absent with a fixed address.",
        "Thời gian còn lại của địa chỉ DHCP.",
    ),
    _measured(
        "govnet_lan_resolvers",
        "site machine",
        "Name servers the machine was given.",
        "Số máy chủ tên miền được cấp.",
    ),
    _measured(
        "govnet_lan_resolvers_answering",
        "site machine",
        "Name servers that answered a query.",
        "Số máy chủ tên miền đã trả lời.",
    ),
)

_LINK = (
    _measured(
        "govnet_link_reachable",
        "site machine link end",
        "1 if that end of the path answered at least once.",
        "1 nếu đầu đó của đường truyền trả lời ít nhất một lần.",
    ),
    _measured(
        "govnet_link_rtt_seconds",
        "site machine link end",
        "Mean round-trip time of the probes that were answered.",
        "Thời gian khứ hồi trung bình.",
    ),
    _measured(
        "govnet_link_loss_ratio",
        "site machine link end",
        "Share of probes without an answer, 0-1.",
        "Tỷ lệ mất gói, 0-1.",
    ),
    _measured(
        "govnet_link_rtt_variation_mean_seconds",
        "site machine link end",
        "Mean of |RTT change| between consecutive answered probes.",
        "Trung bình độ thay đổi thời gian khứ hồi giữa hai gói liên tiếp.",
    ),
    _measured(
        "govnet_link_rtt_variation_p95_seconds",
        "site machine link end",
        "95th percentile of |RTT change| between consecutive answered probes.",
        "Phân vị 95 của độ thay đổi thời gian khứ hồi.",
    ),
)

_TARGET = (
    _measured(
        "govnet_target_reachable",
        "site machine target",
        "1 if the always-on device or machine answered the centre at least once.",
        "1 nếu thiết bị hoặc máy luôn bật trả lời trung tâm ít nhất một lần.",
    ),
    _measured(
        "govnet_target_rtt_seconds",
        "site machine target",
        "Mean round-trip time from the centre to the always-on device or machine.",
        "Thời gian khứ hồi trung bình từ trung tâm đến thiết bị hoặc máy luôn bật.",
    ),
)

_CONFERENCE = (
    _measured(
        "govnet_point_reachable",
        "site machine point protocol",
        "1 if the conference endpoint answered by that protocol.",
        "1 nếu thiết bị điểm cầu trả lời bằng giao thức đó.",
    ),
    _measured(
        "govnet_point_rtt_seconds",
        "site machine point protocol",
        "Time to the endpoint's answer.",
        "Thời gian đến khi thiết bị trả lời.",
    ),
    _measured(
        "govnet_point_sip_status_code",
        "site machine point protocol",
        "Status code of the final reply to SIP OPTIONS (RFC 3261); any code means alive.",
        "Mã trả lời SIP OPTIONS; mã nào cũng nghĩa là thiết bị còn sống.",
    ),
    _measured(
        "govnet_point_certificate_expiry_timestamp_seconds",
        "site machine point protocol",
        "When the endpoint's certificate expires (Unix time).",
        "Thời điểm chứng thư của thiết bị hết hạn.",
    ),
)

_SERVICE = (
    _measured(
        "govnet_service_up",
        "site machine service",
        "1 if the service answered as expected.",
        "1 nếu dịch vụ trả lời đúng như mong đợi.",
    ),
    _measured(
        "govnet_service_duration_seconds",
        "site machine service phase",
        "Time spent by phase: dns, connect, tls, first_byte, transfer.",
        "Thời gian từng pha: dns, kết nối, tls, byte đầu, truyền.",
    ),
    _measured(
        "govnet_service_status_code",
        "site machine service",
        "Status code of the answer (HTTP, SMTP).",
        "Mã trạng thái của trả lời (HTTP, SMTP).",
    ),
    _measured(
        "govnet_service_content_matched",
        "site machine service",
        "1 if the expected content was found; absent where none is expected.",
        "1 nếu thấy nội dung mong đợi.",
    ),
    _measured(
        "govnet_service_certificate_verified",
        "site machine service",
        "1 if the certificate chain and name are valid; absent without TLS.",
        "1 nếu chứng thư hợp lệ.",
    ),
    _measured(
        "govnet_service_certificate_expiry_timestamp_seconds",
        "site machine service",
        "When the certificate expires (Unix time).",
        "Thời điểm chứng thư hết hạn.",
    ),
)

_VERDICTS = tuple(
    _derived(Source.VERDICT, *row)
    for row in (
        (
            "govnet_site_status",
            "site status",
            "1 for the site's present status, 0 for the others.",
            "1 cho trạng thái hiện tại của điểm, 0 cho các trạng thái khác.",
        ),
        (
            "govnet_site_cause",
            "site cause",
            "1 for the believed cause of the site's fault; absent while it has none.",
            "1 cho nguyên nhân được cho là gây gián đoạn của điểm.",
        ),
        (
            "govnet_cause_sites",
            "cause",
            "Sites whose fault is believed to have this cause; 0 where none has.",
            "Số điểm đang lỗi được cho là do nguyên nhân này; 0 nếu không có.",
        ),
        (
            "govnet_site_status_since_timestamp_seconds",
            "site",
            "When the site took its present status (Unix time, collector's clock).",
            "Thời điểm điểm chuyển sang trạng thái hiện tại.",
        ),
        (
            "govnet_link_health_code",
            "site link",
            "The link's status as the index in the list of statuses (0 up, 2 down).",
            "Mã trạng thái của đường truyền (0 tốt, 2 mất).",
        ),
        (
            "govnet_device_health_code",
            "site device",
            "Status code of a router, switch or other device that is always on (0 up, 2 down).",
            "Mã trạng thái của thiết bị luôn bật như bộ định tuyến, bộ chuyển mạch (0 tốt, 2 mất).",
        ),
        (
            "govnet_point_health_code",
            "site point",
            "The conference point's status code (0 up, 2 down, 3 unreachable).",
            "Mã trạng thái của điểm cầu (0 tốt, 2 mất, 3 không tới được).",
        ),
        (
            "govnet_service_health_code",
            "service",
            "The service's status code as judged from all vantages (0 up, 2 down).",
            "Mã trạng thái của dịch vụ theo mọi nơi đo (0 tốt, 2 mất).",
        ),
        (
            "govnet_machine_health_code",
            "site machine",
            "The machine's status code (0 up, 2 down, 8 off hours, 9 not on, 10 absent, 11 lost).",
            "Mã trạng thái của máy (0 tốt, 2 mất, 8 ngoài giờ, 9 chưa bật, 10 vắng, 11 mất dấu).",
        ),
        (
            "govnet_item_condition",
            "site target condition",
            "1 while something is wrong with an item that still works.",
            "1 khi một thiết bị còn chạy nhưng có điều cần xử lý.",
        ),
        (
            "govnet_event_sites",
            "event cause carrier power_area",
            "Sites that an event has befallen, those that are back included, while it lasts.",
            "Số điểm bị ảnh hưởng của một sự cố chung chưa hết, kể cả điểm đã trở lại.",
        ),
        (
            "govnet_site_event",
            "site event",
            "1 for the event by which the site is cut off; absent without one.",
            "1 cho sự cố chung làm điểm mất kết nối; không có nếu không thuộc sự cố nào.",
        ),
        (
            "govnet_event_start_timestamp_seconds",
            "event",
            "When the first site of an event that lasts was cut off (Unix time).",
            "Thời điểm điểm đầu tiên của sự cố chung mất kết nối.",
        ),
        (
            "govnet_site_explanation_info",
            "site since cause_text evidence advice call",
            "A faulty site in sentences, for alerts: what to do and whom to call; always 1.",
            "Điểm đang lỗi nói thành câu, dùng cho cảnh báo: làm gì, gọi ai; luôn bằng 1.",
        ),
        (
            "govnet_event_explanation_info",
            "event where since cause_text evidence advice call",
            "An event in sentences, for alerts: what to do and whom to call; always 1.",
            "Sự cố chung nói thành câu, dùng cho cảnh báo: làm gì, gọi ai; luôn bằng 1.",
        ),
        (
            "govnet_outage_info",
            "outage site item kind cause confirmed_cause corrected",
            "An outage of the last 35 days as believed now, with guessed and confirmed cause.",
            "Sự cố trong 35 ngày qua theo nhận định hiện nay; luôn bằng 1.",
        ),
        (
            "govnet_outage_start_timestamp_seconds",
            "outage site item",
            "When the outage began, as it is believed now (Unix time).",
            "Thời điểm sự cố bắt đầu theo nhận định hiện nay.",
        ),
        (
            "govnet_outage_end_timestamp_seconds",
            "outage site item",
            "When the outage ended, as it is believed now (Unix time); absent while it lasts.",
            "Thời điểm sự cố kết thúc theo nhận định hiện nay; không có khi còn tiếp diễn.",
        ),
        (
            "govnet_outages_open",
            "kind cause",
            "Outages that last, by kind of item and by cause (what an operator said counts).",
            "Số sự cố đang tiếp diễn theo loại và nguyên nhân.",
        ),
    )
)

_COVERAGE = tuple(
    _derived(Source.COVERAGE, *row)
    for row in (
        (
            "govnet_site_info",
            "site site_name unit unit_name unit_kind carrier cluster power_area",
            "Names and groups of the site, to be joined; always 1.",
            "Tên và nhóm của điểm, dùng để ghép; luôn bằng 1.",
        ),
        (
            "govnet_site_location_degrees",
            "site axis",
            "WGS 84 latitude and longitude of the site.",
            "Vĩ độ và kinh độ của điểm.",
        ),
        (
            "govnet_site_blind",
            "site",
            "1 if the centre can see nothing at the site that is always on, as at 07:15; else 0.",
            "1 nếu ở điểm không có gì luôn bật để trung tâm thấy, như lúc 07:15; ngược lại là 0.",
        ),
        (
            "govnet_site_cause_separable",
            "site cause hours",
            "Whether this cause can be told from others: 1 at once, 0.5 from the backlog, 0 never.",
            "Có phân biệt được nguyên nhân này không: 1 ngay, 0.5 khi có số liệu bù, 0 không.",
        ),
        (
            "govnet_site_machines_declared",
            "site",
            "Machines that the inventory declares for the site, without the exempt.",
            "Số máy khai báo của điểm, không kể máy được miễn.",
        ),
        (
            "govnet_site_machines_exempt",
            "site",
            "Machines exempt from monitoring, for a stated reason.",
            "Số máy được miễn giám sát, có nêu lý do.",
        ),
        (
            "govnet_site_machines_enrolled",
            "site",
            "Machines of the site that hold an agent's key.",
            "Số máy đã có khoá tác tử.",
        ),
        (
            "govnet_site_machines_reporting",
            "site",
            "Machines of the site heard from within three report intervals.",
            "Số máy có báo cáo trong ba chu kỳ gần nhất.",
        ),
        (
            "govnet_unit_machines",
            "unit state",
            "Machines of the unit's sites by state: declared, exempt, enrolled, reporting.",
            "Số máy ở các điểm của đơn vị: khai báo, được miễn, đã có khoá, đang báo cáo.",
        ),
        (
            "govnet_agent_up",
            "site machine",
            "1 if the agent was heard from within three report intervals.",
            "1 nếu tác tử có báo cáo trong ba chu kỳ gần nhất.",
        ),
        (
            "govnet_agent_last_received_timestamp_seconds",
            "site machine",
            "When the collector last received a report of the agent (Unix time).",
            "Lần cuối trung tâm nhận báo cáo của tác tử.",
        ),
        (
            "govnet_agent_clock_skew_seconds",
            "site machine",
            "The agent's clock minus the collector's at its newest batch.",
            "Đồng hồ tác tử trừ đồng hồ trung tâm ở lô mới nhất.",
        ),
    )
)

_COLLECTOR = (
    *(
        _derived(Source.COLLECTOR, *row)
        for row in (
            (
                "govnet_collector_info",
                "version",
                "The collector's version; always 1.",
                "Phiên bản trung tâm; luôn bằng 1.",
            ),
            (
                "govnet_collector_reports_total",
                "result",
                "Reports received: accepted, duplicate or rejected.",
                "Số báo cáo: được nhận, trùng, bị từ chối.",
            ),
            (
                "govnet_collector_rejected_reports_total",
                "reason",
                "Reports of accepted batches that were rejected, by reason.",
                "Số báo cáo bị từ chối trong các lô được nhận, theo lý do.",
            ),
            (
                "govnet_collector_enrolments_total",
                "result",
                "Enrolments by token: active, pending, reimaged, repeated or refused.",
                "Số lần ghi danh bằng mã: được nhận, chờ duyệt, cài lại máy, lặp lại, bị từ chối.",
            ),
            (
                "govnet_collector_rejected_requests_total",
                "reason",
                "Requests refused, by reason.",
                "Số yêu cầu bị từ chối, theo lý do.",
            ),
            (
                "govnet_collector_rejected_samples_total",
                "reason",
                "Samples of accepted reports that were not published, by reason.",
                "Số mẫu không công bố được, theo lý do.",
            ),
            (
                "govnet_collector_received_bytes_total",
                "",
                "Bytes of report bodies received, as sent.",
                "Số byte báo cáo đã nhận.",
            ),
            (
                "govnet_collector_config_last_reload_successful",
                "",
                "1 if inventory and certificate were read without fault; 0 if an old one stays.",
                "1 nếu lần đọc danh mục và chứng thư gần nhất thành công; 0 nếu vẫn dùng bản cũ.",
            ),
            (
                "govnet_collector_config_last_reload_success_timestamp_seconds",
                "",
                "When an inventory was last taken over (Unix time).",
                "Lần cuối nhận danh mục mới.",
            ),
            (
                "govnet_collector_inbox_bytes",
                "",
                "Size of the inbox journal on disk.",
                "Dung lượng nhật ký nhận trên đĩa.",
            ),
            (
                "govnet_collector_inbox_torn_bytes_total",
                "",
                "Bytes cut from the inbox journal's end after a crash; never acknowledged.",
                "Số byte bị cắt ở cuối nhật ký nhận sau sự cố; chưa từng được xác nhận.",
            ),
            (
                "govnet_collector_inbox_write_failures_total",
                "",
                "Batches refused because the inbox could not be written.",
                "Số lô bị từ chối vì không ghi được nhật ký nhận.",
            ),
            (
                "govnet_collector_batches_in_flight",
                "",
                "Batches whose head has arrived and that are not answered yet.",
                "Số lô đang được nhận hoặc xử lý, chưa trả lời.",
            ),
            (
                "govnet_collector_certificate_expiry_timestamp_seconds",
                "",
                "When the collector's own certificate expires (Unix time); absent without TLS.",
                "Ngày hết hạn chứng thư của trung tâm; không có khi không dùng TLS.",
            ),
            (
                "govnet_collector_history_samples_total",
                "receiver",
                "Samples that a receiver of history took.",
                "Số mẫu mà nơi nhận lịch sử đã nhận.",
            ),
            (
                "govnet_collector_history_dropped_samples_total",
                "receiver reason",
                "Samples that history lacks at a receiver, by reason.",
                "Số mẫu không vào được lịch sử ở nơi nhận, theo lý do.",
            ),
            (
                "govnet_collector_history_failures_total",
                "receiver",
                "Pushes to be tried again: no answer, 429, or an error of the receiver.",
                "Số lần gửi phải gửi lại: không trả lời, 429, hoặc lỗi của nơi nhận.",
            ),
            (
                "govnet_collector_history_gaps_total",
                "receiver",
                "Times that the inbox no longer had what was to be sent next.",
                "Số lần nhật ký nhận không còn dữ liệu phải gửi tiếp theo.",
            ),
            (
                "govnet_collector_history_lag_seconds",
                "receiver",
                "How long ago the oldest batch was received that is not sent; 0 if all is.",
                "Lô cũ nhất chưa gửi đã nhận cách đây bao lâu; 0 nếu đã gửi hết.",
            ),
            (
                "govnet_collector_history_up",
                "receiver",
                "1 if the receiver of history answered last; 0 if it is away.",
                "1 nếu nơi nhận lịch sử trả lời lần gần nhất; 0 nếu không liên lạc được.",
            ),
            (
                "govnet_collector_series",
                "",
                "Measurement series that are fresh.",
                "Số chuỗi đo còn mới.",
            ),
            (
                "govnet_collector_agents",
                "state",
                "Agents by state: enrolled, reporting, pending, quarantined (cloned lately).",
                "Số tác tử: đã ghi danh, đang báo cáo, chờ duyệt, bị cách ly (nghi nhân bản).",
            ),
            (
                "govnet_collector_verdict_timestamp_seconds",
                "",
                "When the verdicts were last judged (Unix time).",
                "Lần cuối đánh giá trạng thái.",
            ),
            (
                "govnet_collector_verdict_duration_seconds",
                "",
                "How long the last judgement took.",
                "Lần đánh giá trạng thái gần nhất mất bao lâu.",
            ),
            (
                "govnet_collector_verdict_waiting_sites",
                "",
                "Sites of which more is known than was judged; the next judgements take them up.",
                "Số điểm có thông tin mới mà chưa được đánh giá; các lần đánh giá sau sẽ xét.",
            ),
            (
                "govnet_collector_verdict_failing_sites",
                "",
                "Sites that cannot be judged for a mistake in the program; their verdicts stay.",
                "Số điểm không đánh giá được do lỗi chương trình; trạng thái của chúng giữ nguyên.",
            ),
            (
                "govnet_alerts_test",
                "id",
                "1 while `govnet alerts test` tries the way of an alert.",
                "1 khi «govnet alerts test» đang thử đường đi của cảnh báo.",
            ),
        )
    ),
    Metric(
        "govnet_collector_ingest_duration_seconds",
        Kind.HISTOGRAM,
        Source.COLLECTOR,
        (),
        "Time from a batch's last byte to its answer.",
        "Thời gian từ khi nhận đủ lô đến khi trả lời.",
    ),
)

METRICS: tuple[Metric, ...] = (
    _CHECKS
    + _AGENT
    + _MACHINE
    + _LAN
    + _LINK
    + _TARGET
    + _CONFERENCE
    + _SERVICE
    + _VERDICTS
    + _COVERAGE
    + _COLLECTOR
)

CATALOGUE: dict[str, Metric] = {metric.name: metric for metric in METRICS}
"""Every metric by name."""
