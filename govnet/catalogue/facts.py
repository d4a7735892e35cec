"""What is watched of what a machine is; the rest of its facts is text (`govnet facts`)."""

from govnet.catalogue.metric import measured

FACTS = tuple(
    measured("facts", *row)
    for row in (
        (
            "govnet_facts_os_support_end_timestamp_seconds",
            "site machine",
            "When the maker ends support of this version of the system (Unix time).",
            "Thời điểm hãng ngừng hỗ trợ phiên bản hệ điều hành.",
        ),
        (
            "govnet_facts_last_update_timestamp_seconds",
            "site machine",
            "When the newest update of the operating system was installed (Unix time).",
            "Thời điểm cài bản cập nhật hệ điều hành mới nhất.",
        ),
        (
            "govnet_facts_antivirus_on",
            "site machine",
            "1 if an antivirus runs and is up to date by the system’s own word.",
            "1 nếu phần mềm diệt vi-rút đang chạy và được cập nhật, theo hệ thống.",
        ),
        (
            "govnet_facts_firewall_on",
            "site machine",
            "1 if the firewall of the system is on for every profile.",
            "1 nếu tường lửa của hệ thống bật ở mọi hồ sơ.",
        ),
        (
            "govnet_facts_domain_joined",
            "site machine",
            "1 if the machine is joined to a domain.",
            "1 nếu máy đã vào miền.",
        ),
        (
            "govnet_facts_disk_health_ok",
            "site machine disk",
            "1 if the disk says by SMART that it is healthy.",
            "1 nếu ổ đĩa báo tốt theo SMART.",
        ),
        (
            "govnet_facts_items",
            "site machine",
            "Facts of the machine that were read.",
            "Số thông tin đã đọc của máy.",
        ),
    )
)
