"""What is measured of the ports of devices (IF-MIB, RFC 2863) and the optics in them."""

from govnet.catalogue.metric import measured

PORT = tuple(
    measured("device", *row)
    for row in (
        (
            "govnet_port_up",
            "site device port",
            "1 if the port is up (ifOperStatus).",
            "1 nếu cổng đang hoạt động.",
        ),
        (
            "govnet_port_enabled",
            "site device port",
            "1 if the port is administratively enabled (ifAdminStatus).",
            "1 nếu cổng được bật.",
        ),
        (
            "govnet_port_oper_status_code",
            "site device port",
            "ifOperStatus (RFC 2863): 1 up, 2 down, 5 dormant, 6 not present, 7 lower layer down.",
            "ifOperStatus: 1 hoạt động, 2 mất, 5 chờ, 6 không có, 7 lớp dưới mất.",
        ),
        (
            "govnet_port_info",
            "site device port alias",
            "What the operator calls the port (ifAlias); always 1.",
            "Tên người quản trị đặt cho cổng; luôn bằng 1.",
        ),
        (
            "govnet_port_speed_bytes_per_second",
            "site device port",
            "Speed of the port.",
            "Tốc độ cổng.",
        ),
        (
            "govnet_port_state_age_seconds",
            "site device port",
            "Time since the port took its state (sysUpTime less ifLastChange).",
            "Thời gian từ khi cổng đổi trạng thái.",
        ),
        (
            "govnet_port_receive_bytes_total",
            "site device port",
            "Bytes received (ifHCInOctets).",
            "Số byte nhận.",
        ),
        (
            "govnet_port_transmit_bytes_total",
            "site device port",
            "Bytes sent (ifHCOutOctets).",
            "Số byte gửi.",
        ),
        (
            "govnet_port_receive_errors_total",
            "site device port",
            "Received packets with errors.",
            "Số gói nhận bị lỗi.",
        ),
        (
            "govnet_port_transmit_errors_total",
            "site device port",
            "Packets not sent for errors.",
            "Số gói gửi bị lỗi.",
        ),
        (
            "govnet_port_receive_discards_total",
            "site device port",
            "Received packets discarded without error.",
            "Số gói nhận bị bỏ.",
        ),
        (
            "govnet_port_transmit_discards_total",
            "site device port",
            "Packets to send discarded without error.",
            "Số gói gửi bị bỏ.",
        ),
        (
            "govnet_port_fcs_errors_total",
            "site device port",
            "Frames with a wrong check sequence (dot3StatsFCSErrors): a bad cable or optic.",
            "Số khung sai mã kiểm tra: cáp hoặc mô-đun quang kém.",
        ),
        (
            "govnet_port_discontinuity_seconds",
            "site device port",
            "Uptime of the device when its counters last broke; rates over a change mean nothing.",
            "Thời điểm (theo thời gian chạy của thiết bị) bộ đếm bị gián đoạn.",
        ),
        (
            "govnet_port_stations",
            "site device port",
            "MAC addresses learnt at the port.",
            "Số địa chỉ MAC học được ở cổng.",
        ),
    )
)


OPTICS = tuple(
    measured("device", *row)
    for row in (
        (
            "govnet_optics_receive_power_dbm",
            "site device port lane",
            "Received optical power in dBm; absent without light or module.",
            "Công suất quang thu (dBm); không có khi không có ánh sáng hoặc mô-đun.",
        ),
        (
            "govnet_optics_transmit_power_dbm",
            "site device port lane",
            "Sent optical power in dBm; absent without light or module.",
            "Công suất quang phát (dBm).",
        ),
        (
            "govnet_optics_receive_light",
            "site device port lane",
            "1 if the module sees light, 0 if it says that there is none.",
            "1 nếu mô-đun nhận ánh sáng, 0 nếu không có.",
        ),
        (
            "govnet_optics_bias_amperes",
            "site device port lane",
            "Bias current of the laser.",
            "Dòng phân cực laser.",
        ),
        (
            "govnet_optics_temperature_celsius",
            "site device port",
            "Temperature of the module.",
            "Nhiệt độ mô-đun quang.",
        ),
        (
            "govnet_optics_supply_volts",
            "site device port",
            "Supply voltage of the module.",
            "Điện áp nguồn mô-đun.",
        ),
        (
            "govnet_optics_receive_power_threshold_dbm",
            "site device port level",
            "Threshold of received power: low_alarm, low_warning, high_warning, high_alarm.",
            "Ngưỡng công suất thu.",
        ),
        (
            "govnet_optics_transmit_power_threshold_dbm",
            "site device port level",
            "Threshold of sent power: low_alarm, low_warning, high_warning, high_alarm.",
            "Ngưỡng công suất phát.",
        ),
        (
            "govnet_optics_info",
            "site device port vendor model serial",
            "The module in the port; always 1.",
            "Mô-đun quang ở cổng; luôn bằng 1.",
        ),
    )
)
