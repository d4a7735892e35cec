"""What is measured of a path, and of what is always on."""

from govnet.catalogue.metric import measured

LINK = (
    measured(
        "link",
        "govnet_link_reachable",
        "site machine link end",
        "1 if that end of the path answered at least once.",
        "1 nếu đầu đó của đường truyền trả lời ít nhất một lần.",
    ),
    measured(
        "link",
        "govnet_link_rtt_seconds",
        "site machine link end",
        "Mean round-trip time of the probes that were answered.",
        "Thời gian khứ hồi trung bình.",
    ),
    measured(
        "link",
        "govnet_link_loss_ratio",
        "site machine link end",
        "Share of probes without an answer, 0-1.",
        "Tỷ lệ mất gói, 0-1.",
    ),
    measured(
        "link",
        "govnet_link_rtt_variation_mean_seconds",
        "site machine link end",
        "Mean of |RTT change| between consecutive answered probes.",
        "Trung bình độ thay đổi thời gian khứ hồi giữa hai gói liên tiếp.",
    ),
    measured(
        "link",
        "govnet_link_rtt_variation_p95_seconds",
        "site machine link end",
        "95th percentile of |RTT change| between consecutive answered probes.",
        "Phân vị 95 của độ thay đổi thời gian khứ hồi.",
    ),
)

TARGET = (
    measured(
        "always_on",
        "govnet_target_reachable",
        "site machine target",
        "1 if the always-on device or machine answered the centre at least once.",
        "1 nếu thiết bị hoặc máy luôn bật trả lời trung tâm ít nhất một lần.",
    ),
    measured(
        "always_on",
        "govnet_target_rtt_seconds",
        "site machine target",
        "Mean round-trip time from the centre to the always-on device or machine.",
        "Thời gian khứ hồi trung bình từ trung tâm đến thiết bị hoặc máy luôn bật.",
    ),
)
