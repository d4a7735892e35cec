"""What is measured of devices: themselves, power supplies, printers, PoE, notifications."""

from govnet.catalogue.metric import measured

DEVICE = tuple(
    measured("device", *row)
    for row in (
        (
            "govnet_device_reachable",
            "site device protocol",
            "1 if the device answered by that protocol.",
            "1 nếu thiết bị trả lời bằng giao thức đó.",
        ),
        (
            "govnet_device_rtt_seconds",
            "site device protocol",
            "Time to the first answer of the device.",
            "Thời gian đến khi thiết bị trả lời lần đầu.",
        ),
        (
            "govnet_device_info",
            "site device profile model firmware serial",
            'What the device says it is; always 1. The profile is "none" for an unknown family.',
            'Thiết bị tự khai là gì; luôn bằng 1. Hồ sơ "none" là chưa có hồ sơ cho họ này.',
        ),
        (
            "govnet_device_profile_known",
            "site device",
            "1 if a profile of its family fits the device, 0 if only the generic one.",
            "1 nếu có hồ sơ riêng cho họ thiết bị, 0 nếu chỉ có hồ sơ chung.",
        ),
        (
            "govnet_device_uptime_seconds",
            "site device",
            "Time since the device started (sysUpTime, wraps after 497 days).",
            "Thời gian từ khi thiết bị khởi động.",
        ),
        (
            "govnet_device_cpu_ratio",
            "site device processor",
            "Load of a processor of the device, 0-1.",
            "Mức sử dụng bộ xử lý của thiết bị, 0-1.",
        ),
        (
            "govnet_device_memory_used_ratio",
            "site device memory",
            "Used share of a memory of the device, 0-1.",
            "Tỷ lệ bộ nhớ đã dùng của thiết bị, 0-1.",
        ),
        (
            "govnet_device_temperature_celsius",
            "site device sensor",
            "Temperature at a sensor of the device.",
            "Nhiệt độ tại cảm biến của thiết bị.",
        ),
        (
            "govnet_device_component_ok",
            "site device component",
            "1 if a part of the device (fan, power supply) works, by its own word.",
            "1 nếu bộ phận của thiết bị (quạt, nguồn) hoạt động, theo chính thiết bị.",
        ),
        (
            "govnet_device_ports",
            "site device state",
            "Ethernet ports by state: up, down, disabled.",
            "Số cổng Ethernet theo trạng thái: up, down, disabled.",
        ),
        (
            "govnet_device_stations",
            "site device",
            "MAC addresses in the forwarding table.",
            "Số địa chỉ MAC trong bảng chuyển mạch.",
        ),
        (
            "govnet_device_stations_undeclared",
            "site device",
            "MAC addresses in the forwarding table that no declared item has.",
            "Số địa chỉ MAC không thuộc thiết bị, máy nào đã khai.",
        ),
        (
            "govnet_device_declared_seen",
            "site device item port",
            "1 if a declared item is seen behind that port, by its MAC address.",
            "1 nếu thấy thiết bị hoặc máy đã khai ở sau cổng đó, theo địa chỉ MAC.",
        ),
        (
            "govnet_device_arp_entries",
            "site device",
            "Entries of the ARP table.",
            "Số mục trong bảng ARP.",
        ),
        (
            "govnet_device_duplicate_addresses",
            "site device",
            "IPv4 addresses that two MAC addresses claim within one ageing time.",
            "Số địa chỉ IPv4 bị hai địa chỉ MAC cùng nhận.",
        ),
        (
            "govnet_device_neighbour_info",
            "site device port neighbour neighbour_port",
            "A neighbour by LLDP, as it calls itself; always 1.",
            "Thiết bị kế bên theo LLDP; luôn bằng 1.",
        ),
        (
            "govnet_device_clients",
            "site device radio",
            "Stations connected to an access point.",
            "Số máy đang kết nối điểm truy cập Wi-Fi.",
        ),
        (
            "govnet_device_answer_status_code",
            "site device",
            "Status code of the answer to a question other than SNMP (HTTP, RTSP).",
            "Mã trả lời của câu hỏi không phải SNMP (HTTP, RTSP).",
        ),
        (
            "govnet_device_data_age_seconds",
            "site device",
            "Age of the newest data of a station, by its file or page.",
            "Tuổi của số liệu mới nhất của trạm.",
        ),
        (
            "govnet_device_data_fresh",
            "site device",
            "1 if the newest data is no older than allowed.",
            "1 nếu số liệu mới nhất chưa quá hạn.",
        ),
        (
            "govnet_device_captive_portal",
            "site device",
            "1 if a login page came instead of the expected text: a captive portal.",
            "1 nếu nhận trang đăng nhập thay vì nội dung mong đợi.",
        ),
        (
            "govnet_device_measured_value",
            "site device sensor unit",
            "A value of an environmental gateway, in the unit it names.",
            "Giá trị đo của trạm môi trường, theo đơn vị kèm theo.",
        ),
    )
)


UPS = tuple(
    measured("device", *row)
    for row in (
        (
            "govnet_ups_on_mains",
            "site device",
            "1 on mains, 0 on battery; absent where the UPS does not say.",
            "1 nếu dùng điện lưới, 0 nếu dùng ắc quy; không có khi UPS không nói.",
        ),
        (
            "govnet_ups_battery_charge_ratio",
            "site device",
            "Charge of the battery, 0-1.",
            "Mức sạc ắc quy, 0-1.",
        ),
        (
            "govnet_ups_battery_runtime_seconds",
            "site device",
            "Time that the battery will last at the present load, by the word of the UPS.",
            "Thời gian ắc quy còn dùng được với tải hiện tại, theo UPS.",
        ),
        (
            "govnet_ups_on_battery_seconds",
            "site device",
            "Time on battery so far; 0 on mains.",
            "Thời gian đã dùng ắc quy; 0 khi có điện lưới.",
        ),
        (
            "govnet_ups_battery_low",
            "site device",
            "1 if the battery is low or depleted.",
            "1 nếu ắc quy yếu hoặc đã cạn.",
        ),
        (
            "govnet_ups_battery_replace",
            "site device",
            "1 if the battery needs replacing.",
            "1 nếu cần thay ắc quy.",
        ),
        (
            "govnet_ups_battery_volts",
            "site device",
            "Voltage of the battery.",
            "Điện áp ắc quy.",
        ),
        (
            "govnet_ups_input_volts",
            "site device line",
            "Voltage of an input line.",
            "Điện áp vào.",
        ),
        (
            "govnet_ups_input_hertz",
            "site device line",
            "Frequency of an input line.",
            "Tần số điện vào.",
        ),
        (
            "govnet_ups_output_volts",
            "site device line",
            "Voltage of an output line.",
            "Điện áp ra.",
        ),
        (
            "govnet_ups_load_ratio",
            "site device line",
            "Load of an output line, 0-1 of the rated power.",
            "Tải đầu ra, 0-1 của công suất định mức.",
        ),
    )
)


PRINTER = tuple(
    measured("device", *row)
    for row in (
        (
            "govnet_printer_status_code",
            "site device",
            "hrPrinterStatus (RFC 2790): 1 other, 2 unknown, 3 idle, 4 printing, 5 warming up.",
            "Trạng thái máy in: 3 rỗi, 4 đang in, 5 khởi động.",
        ),
        (
            "govnet_printer_error",
            "site device error",
            "1 while the printer reports that error (RFC 2790 names).",
            "1 khi máy in báo lỗi đó.",
        ),
        (
            "govnet_printer_supply_ratio",
            "site device supply",
            "Rest of a supply, 0-1; absent where the printer does not know.",
            "Phần vật tư còn lại, 0-1; không có khi máy in không biết.",
        ),
        (
            "govnet_printer_supply_left",
            "site device supply",
            "1 if some of a supply is left, 0 if none; absent where the printer does not know.",
            "1 nếu vật tư còn, 0 nếu hết; không có khi máy in không biết.",
        ),
        (
            "govnet_printer_pages_total",
            "site device",
            "Pages printed since the printer was made.",
            "Số trang đã in từ khi xuất xưởng.",
        ),
    )
)


POE = tuple(
    measured("device", *row)
    for row in (
        (
            "govnet_poe_power_watts",
            "site device group",
            "Power that a PoE group can give.",
            "Công suất PoE của nhóm.",
        ),
        (
            "govnet_poe_consumption_watts",
            "site device group",
            "Power that a PoE group gives now.",
            "Công suất PoE đang cấp.",
        ),
        (
            "govnet_poe_on",
            "site device group",
            "1 if the PoE group is on, 0 if off or faulty.",
            "1 nếu nhóm PoE đang cấp nguồn, 0 nếu tắt hoặc lỗi.",
        ),
    )
)


TRAP = tuple(
    measured("trap", *row)
    for row in (
        (
            "govnet_trap_received_total",
            "site device trap",
            "SNMP notifications received from the device since the agent started, by kind.",
            "Số thông báo SNMP nhận từ thiết bị từ khi tác tử chạy, theo loại.",
        ),
        (
            "govnet_trap_newest_timestamp_seconds",
            "site device trap",
            "When the newest SNMP notification of that kind came (Unix time, agent’s clock).",
            "Lần cuối nhận thông báo SNMP loại đó.",
        ),
    )
)
