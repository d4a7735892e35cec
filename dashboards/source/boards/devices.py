"""Of «Mạng LAN và thiết bị»: ports, UPSes and printers."""

from dashboards.source.asked import SITE
from dashboards.source.grafana import Panel
from dashboards.source.panels import (
    ANY_IS_BAD,
    BYTE_RATE,
    COUNT,
    DURATION,
    RATIO,
    Words,
    bars,
    graph,
    stat,
    steps,
)
from dashboards.source.tables import Column, table
from dashboards.source.words import GREEN, RED, YELLOW, YES_NO, values

DEVICE = 'site=~"$site", device=~"$device"'
"""The chosen devices."""
PRINTER_STATES = values(
    {
        "1": ("Khác", "text"),
        "2": ("Không rõ", "text"),
        "3": ("Rỗi", GREEN),
        "4": ("Đang in", GREEN),
        "5": ("Khởi động", YELLOW),
    }
)
"""hrPrinterStatus (RFC 2790)."""


def ports() -> tuple[Panel, ...]:
    """Return what ports carry and what goes wrong at them."""
    return (
        graph(
            Words(
                "Lưu lượng thu",
                "Hai mươi cổng nhiều nhất.",
                "Received; the twenty busiest ports.",
            ),
            {
                "{{device}} {{port}}": "topk(20, max by (device, port) "
                f"(port:govnet_port_receive_bytes:rate5m{{{DEVICE}}}))"
            },
            BYTE_RATE,
        ),
        graph(
            Words(
                "Lưu lượng phát",
                "Hai mươi cổng nhiều nhất.",
                "Sent; the twenty busiest ports.",
            ),
            {
                "{{device}} {{port}}": "topk(20, max by (device, port) "
                f"(port:govnet_port_transmit_bytes:rate5m{{{DEVICE}}}))"
            },
            BYTE_RATE,
        ),
        graph(
            Words(
                "Gói nhận bị lỗi",
                "Số gói lỗi mỗi giây; hai mươi cổng xấu nhất.",
                "Received packets with errors per second; the twenty worst ports.",
            ),
            {
                "{{device}} {{port}}": "topk(20, max by (device, port) "
                f"(port:govnet_port_receive_errors:rate15m{{{DEVICE}}}))"
            },
            "pps",
        ),
        graph(
            Words(
                "Khung sai mã kiểm tra",
                "Cáp hoặc mô-đun quang kém; hai mươi cổng xấu nhất.",
                "A bad cable or optic; the twenty worst ports.",
            ),
            {
                "{{device}} {{port}}": "topk(20, max by (device, port) "
                f"(port:govnet_port_fcs_errors:rate15m{{{DEVICE}}}))"
            },
            "pps",
        ),
        table(
            Words(
                "Cổng bật mà không hoạt động",
                "Cổng được bật nhưng không có kết nối.",
                "Ports that are enabled and not up.",
            ),
            (
                (
                    f"max by (site, device, port) (govnet_port_up{{{DEVICE}}} == 0) "
                    f"and on (site, device, port) (govnet_port_enabled{{{DEVICE}}} == 1)"
                ),
            ),
            (
                Column("device", "Thiết bị"),
                Column("port", "Cổng"),
                Column("Value", "Hoạt động", mappings=YES_NO),
            ),
            width=12,
        ),
        bars(
            Words(
                "Cổng theo trạng thái",
                "Số cổng Ethernet theo trạng thái: up hoạt động, down mất, disabled bị tắt.",
                "Ethernet ports by state.",
            ),
            f"sum by (state) (govnet_device_ports{{{DEVICE}}})",
            "{{state}}",
            COUNT,
            width=12,
            height=9,
        ),
    )


def power() -> tuple[Panel, ...]:
    """Return how UPSes do."""
    return (
        stat(
            Words(
                "Đang chạy ắc quy",
                "Số bộ lưu điện báo mất điện lưới.",
                "UPSes that say that the mains failed.",
            ),
            f"sum(govnet_ups_on_mains{{{DEVICE}}} == bool 0)",
            COUNT,
            thresholds=ANY_IS_BAD,
        ),
        stat(
            Words(
                "Ắc quy yếu",
                "Số bộ lưu điện có ắc quy yếu hoặc đã cạn.",
                "UPSes whose battery is low or depleted.",
            ),
            f"sum(govnet_ups_battery_low{{{DEVICE}}})",
            COUNT,
            thresholds=ANY_IS_BAD,
        ),
        graph(
            Words("Mức sạc ắc quy", "Mức sạc của từng bộ lưu điện.", "Charge of each UPS."),
            {
                "{{device}}": f"bottomk(20, max by (device) "
                f"(govnet_ups_battery_charge_ratio{{{DEVICE}}}))"
            },
            RATIO,
            width=8,
            most=1,
        ),
        graph(
            Words(
                "Thời gian ắc quy còn lại",
                "Với tải hiện tại, theo chính bộ lưu điện.",
                "With the present load, by the word of the UPS.",
            ),
            {
                "{{device}}": f"bottomk(20, max by (device) "
                f"(govnet_ups_battery_runtime_seconds{{{DEVICE}}}))"
            },
            DURATION,
            width=8,
        ),
        graph(
            Words(
                "Tải bộ lưu điện",
                "Tỷ lệ trên công suất định mức.",
                "Share of the rated power.",
            ),
            {"{{device}}": f"topk(20, max by (device) (govnet_ups_load_ratio{{{DEVICE}}}))"},
            RATIO,
            most=1,
        ),
        graph(
            Words("Điện áp vào", "Điện áp của đường vào.", "Voltage of the input line."),
            {
                "{{device}} {{line}}": "bottomk(20, max by (device, line) "
                f"(govnet_ups_input_volts{{{DEVICE}}}))"
            },
            "volt",
        ),
    )


def printers() -> tuple[Panel, ...]:
    """Return how printers do."""
    return (
        bars(
            Words(
                "Mực, vật tư còn lại",
                "Mười lăm máy in còn ít nhất.",
                "The fifteen printers with least left.",
            ),
            f"bottomk(15, min by (device, supply) (govnet_printer_supply_ratio{{{SITE}}}))",
            "{{device}} {{supply}}",
            RATIO,
            width=12,
            most=1,
            thresholds=steps((0.1, YELLOW), (0.2, GREEN), base=RED),
        ),
        table(
            Words(
                "Máy in",
                "Trạng thái và số trang đã in của từng máy in.",
                "Status and pages printed of each printer.",
            ),
            (
                f"max by (site, device) (govnet_printer_status_code{{{SITE}}})",
                f"max by (site, device) (increase(govnet_printer_pages_total{{{SITE}}}[$__range]))",
            ),
            (
                Column("device", "Máy in"),
                Column("Value #A", "Trạng thái", mappings=PRINTER_STATES),
                Column("Value #B", "Trang in trong khoảng đang xem", unit=COUNT),
            ),
            width=12,
            height=8,
        ),
    )
