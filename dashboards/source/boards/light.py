"""Of «Đường truyền cáp quang»: what ports receive and send, as light and as bytes."""

from dashboards.source.grafana import Panel
from dashboards.source.panels import (
    ANY_IS_BAD,
    BYTE_RATE,
    COUNT,
    DBM,
    HIGH_IS_BAD,
    RATIO,
    Words,
    bars,
    graph,
    steps,
)
from dashboards.source.words import RED, YELLOW

LINK = 'site=~"$site", link=~"$link"'
"""The chosen circuits."""
PORTS = 'site=~"$site"'
"""Ports of the chosen sites."""


def optics() -> tuple[Panel, ...]:
    """Return what ports receive and send as light."""
    return (
        graph(
            Words(
                "Công suất quang thu",
                "Hai mươi cổng thu yếu nhất. dBm: càng âm càng yếu.",
                "The twenty ports that receive least.",
            ),
            {
                "{{device}} {{port}}": "bottomk(20, min by (device, port) "
                f"(govnet_optics_receive_power_dbm{{{PORTS}}}))"
            },
            DBM,
            least=None,
        ),
        graph(
            Words(
                "Công suất quang phát",
                "Hai mươi cổng phát yếu nhất: laser của mô-đun già đi.",
                "The twenty ports that send least: the laser ages.",
            ),
            {
                "{{device}} {{port}}": "bottomk(20, min by (device, port) "
                f"(govnet_optics_transmit_power_dbm{{{PORTS}}}))"
            },
            DBM,
            least=None,
        ),
        graph(
            Words(
                "Thu yếu hơn bình thường (trôi)",
                "Số dB thu kém trung vị 7 ngày của chính cổng đó; từ 3 dB là phải xem.",
                "dB less than the port's own median of 7 days; from 3 dB on it must be looked at.",
            ),
            {
                "{{device}} {{port}}": "topk(20, max by (device, port) "
                f"(port:govnet_optics_receive_power_dbm:drop7d{{{PORTS}}}))"
            },
            "dB",
            least=None,
            thresholds=steps((3, RED)),
        ),
        graph(
            Words(
                "Còn cách ngưỡng báo động",
                "Số dB công suất thu còn trên ngưỡng thấp của mô-đun; dưới 0 là đã vượt.",
                "dB that received power is above the module's low limit; below 0 it is past it.",
            ),
            {
                "{{device}} {{port}}": "bottomk(20, min by (device, port) "
                f"(port:govnet_optics_receive_power_dbm:low_margin{{{PORTS}}}))"
            },
            "dB",
            least=None,
            thresholds=steps((0, YELLOW), (3, "green"), base=RED),
        ),
        graph(
            Words(
                "Nhiệt độ mô-đun quang",
                "Hai mươi mô-đun nóng nhất.",
                "The twenty warmest modules.",
            ),
            {
                "{{device}} {{port}}": "topk(20, max by (device, port) "
                f"(govnet_optics_temperature_celsius{{{PORTS}}}))"
            },
            "celsius",
        ),
        bars(
            Words(
                "Cổng không có ánh sáng",
                "Số cổng quang báo không nhận được ánh sáng, theo điểm.",
                "Ports that say that there is no light, by site.",
            ),
            f"topk(15, sum by (site) (govnet_optics_receive_light{{{PORTS}}} == bool 0))",
            "{{site}}",
            COUNT,
            width=12,
            thresholds=ANY_IS_BAD,
        ),
    )


def use() -> tuple[Panel, ...]:
    """Return how much of their speed ports carry."""
    return (
        graph(
            Words(
                "Mức dùng cổng, chiều thu",
                "Tỷ lệ trên tốc độ của chính cổng; hai mươi cổng cao nhất.",
                "Share of the port's own speed, received; the twenty highest.",
            ),
            {
                "{{device}} {{port}}": "topk(20, max by (device, port) "
                f"(port:govnet_port_receive_use:ratio5m{{{PORTS}}}))"
            },
            RATIO,
            most=1,
            thresholds=HIGH_IS_BAD,
        ),
        graph(
            Words(
                "Mức dùng cổng, chiều phát",
                "Tỷ lệ trên tốc độ của chính cổng; hai mươi cổng cao nhất.",
                "Share of the port's own speed, sent; the twenty highest.",
            ),
            {
                "{{device}} {{port}}": "topk(20, max by (device, port) "
                f"(port:govnet_port_transmit_use:ratio5m{{{PORTS}}}))"
            },
            RATIO,
            most=1,
            thresholds=HIGH_IS_BAD,
        ),
        graph(
            Words(
                "Lưu lượng qua cổng của bộ định tuyến",
                "Byte mỗi giây thu vào; hai mươi cổng cao nhất.",
                "Bytes per second received at routers; the twenty highest.",
            ),
            {
                "{{device}} {{port}}": "topk(20, sum by (device, port) "
                f"(port:govnet_port_receive_bytes:rate5m{{{PORTS}}} * on (site, device) "
                'group_left () govnet_device_kind_info{kind="cpe"}))'
            },
            BYTE_RATE,
        ),
        graph(
            Words(
                "Tốc độ đo chủ động",
                "Chỉ có ở đường truyền được đặt đo băng thông (test_bytes_per_day).",
                "Only of circuits for which throughput tests are ordered (test_bytes_per_day).",
            ),
            {
                "{{link}} {{direction}}": "avg by (link, direction) "
                f"(govnet_path_throughput_bytes_per_second{{{LINK}}})"
            },
            BYTE_RATE,
        ),
    )
