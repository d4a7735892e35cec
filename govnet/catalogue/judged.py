"""What the collector concludes: verdicts, causes, outages, coverage."""

from govnet.catalogue.metric import Source, derived

VERDICTS = tuple(
    derived(Source.VERDICT, *row)
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

COVERAGE = tuple(
    derived(Source.COVERAGE, *row)
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
            "govnet_link_info",
            "site link carrier technology backup",
            "Carrier and technology of an active circuit, backup 1 if it is one; always 1.",
            "Nhà mạng, công nghệ của đường truyền; backup 1 nếu là dự phòng; luôn bằng 1.",
        ),
        (
            "govnet_link_capacity_bytes_per_second",
            "site link",
            "Rate of the circuit by its contract.",
            "Băng thông của đường truyền theo hợp đồng.",
        ),
        (
            "govnet_link_agreed_availability_ratio",
            "site link",
            "Availability that the carrier agreed to, 0-1.",
            "Độ sẵn sàng nhà mạng cam kết, 0-1.",
        ),
        (
            "govnet_device_kind_info",
            "site device kind",
            "Kind of a declared active device; always 1.",
            "Loại của thiết bị đã khai đang dùng; luôn bằng 1.",
        ),
        (
            "govnet_site_kind_info",
            "site kind",
            "Kind of the site's building; always 1.",
            "Loại trụ sở của điểm; luôn bằng 1.",
        ),
        (
            "govnet_machine_role_info",
            "site machine role",
            "Role (pc, server) of an active machine that is declared by itself; always 1.",
            "Vai trò (pc, server) của máy đang dùng được khai riêng; luôn bằng 1.",
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
            "govnet_site_undeclared",
            "site kind",
            "Seen at the site and declared by nobody, by kind; site is empty where unknown.",
            "Số thứ thấy ở điểm mà danh mục không có, theo loại; site trống nếu chưa biết điểm.",
        ),
        (
            "govnet_site_declared_never_seen",
            "site kind",
            "Declared for the site and never seen, by kind; a site never heard at all is one.",
            "Số thứ đã khai mà chưa từng thấy, theo loại; điểm chưa từng có tín hiệu tính là một.",
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
