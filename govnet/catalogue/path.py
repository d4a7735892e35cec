"""What is measured of a path with a reflector at its far end (STAMP, RFC 8762)."""

from govnet.catalogue.metric import measured

PATH = tuple(
    measured("path", *row)
    for row in (
        (
            "govnet_path_reachable",
            "site machine link",
            "1 if the reflector answered at least once.",
            "1 nếu bộ phản xạ trả lời ít nhất một lần.",
        ),
        (
            "govnet_path_rtt_seconds",
            "site machine link",
            "Mean round-trip time without the time in the reflector (RFC 8762).",
            "Thời gian khứ hồi trung bình, trừ thời gian trong bộ phản xạ.",
        ),
        (
            "govnet_path_loss_ratio",
            "site machine link direction",
            "Share of packets lost, 0-1, by direction: forward, backward, both.",
            "Tỷ lệ mất gói theo chiều: đi, về, cả hai.",
        ),
        (
            "govnet_path_jitter_mean_seconds",
            "site machine link direction",
            "Mean of |delay change| between consecutive packets, by direction.",
            "Trung bình độ thay đổi độ trễ giữa hai gói liên tiếp, theo chiều.",
        ),
        (
            "govnet_path_jitter_p95_seconds",
            "site machine link direction",
            "95th percentile of |delay change| between consecutive packets, by direction.",
            "Phân vị 95 của độ thay đổi độ trễ, theo chiều.",
        ),
        (
            "govnet_path_duplicates",
            "site machine link",
            "Packets of the newest train that came twice.",
            "Số gói bị lặp trong lần đo mới nhất.",
        ),
        (
            "govnet_path_reordered",
            "site machine link",
            "Packets of the newest train that came out of order.",
            "Số gói đến sai thứ tự trong lần đo mới nhất.",
        ),
        (
            "govnet_path_mtu_bytes",
            "site machine link",
            "Largest IP packet up to 1500 bytes that passes both ways whole; Linux agents only.",
            "Gói IP lớn nhất (tới 1500 byte) qua được cả hai chiều không bị chia; chỉ ở Linux.",
        ),
        (
            "govnet_path_dscp_kept",
            "site machine link",
            "1 if packets arrive both ways with the DSCP they were sent with; absent if unknown.",
            "1 nếu gói cả hai chiều đến nơi giữ nguyên DSCP; không có nếu không biết được.",
        ),
        (
            "govnet_path_mos",
            "site machine link codec",
            "Conference grade 1-4.5 by the E-model (ITU-T G.107, simplified) for that codec.",
            "Điểm chất lượng thoại 1-4,5 theo mô hình E cho bộ mã đó.",
        ),
        (
            "govnet_path_grade_code",
            "site machine link",
            "Traffic light for a conference: 0 good, 1 fair, 2 poor.",
            "Đèn báo chất lượng họp: 0 tốt, 1 tạm được, 2 kém.",
        ),
        (
            "govnet_path_throughput_bytes_per_second",
            "site machine link direction",
            "Rate at which the newest test's burst arrived; absent unless tests are ordered.",
            "Tốc độ mà loạt gói của lần đo mới nhất đến nơi; không có nếu không đặt đo.",
        ),
        (
            "govnet_path_test_bytes_total",
            "site machine link",
            "Bytes that active tests have used since the agent started.",
            "Số byte các lần đo chủ động đã dùng từ khi tác tử chạy.",
        ),
    )
)


REFLECTOR = tuple(
    measured("reflector", *row)
    for row in (
        (
            "govnet_reflector_listening",
            "site machine",
            "1 if the reflector listens.",
            "1 nếu bộ phản xạ đang lắng nghe.",
        ),
        (
            "govnet_reflector_packets_total",
            "site machine",
            "Test packets answered.",
            "Số gói đo đã trả lời.",
        ),
        (
            "govnet_reflector_refused_total",
            "site machine reason",
            "Packets not answered, by reason: source (not listed), malformed, rate (too many).",
            "Số gói không trả lời, theo lý do: source (không được khai báo), malformed, rate.",
        ),
    )
)
