"""What is measured of a conference point."""

from govnet.catalogue.metric import Source, derived, measured

CONFERENCE = (
    measured(
        "conference",
        "govnet_point_reachable",
        "site machine point protocol",
        "1 if the conference endpoint answered by that protocol.",
        "1 nếu thiết bị điểm cầu trả lời bằng giao thức đó.",
    ),
    measured(
        "conference",
        "govnet_point_rtt_seconds",
        "site machine point protocol",
        "Time to the endpoint's answer.",
        "Thời gian đến khi thiết bị trả lời.",
    ),
    measured(
        "conference",
        "govnet_point_sip_status_code",
        "site machine point protocol",
        "Status code of the final reply to SIP OPTIONS (RFC 3261); any code means alive.",
        "Mã trả lời SIP OPTIONS; mã nào cũng nghĩa là thiết bị còn sống.",
    ),
    measured(
        "conference",
        "govnet_point_certificate_expiry_timestamp_seconds",
        "site machine point protocol",
        "When the endpoint's certificate expires (Unix time).",
        "Thời điểm chứng thư của thiết bị hết hạn.",
    ),
)

ENDPOINT = tuple(
    measured("conference", *row)
    for row in (
        (
            "govnet_point_info",
            "site machine point model firmware",
            "What the endpoint says it is; always 1.",
            "Thiết bị điểm cầu tự khai là gì; luôn bằng 1.",
        ),
        (
            "govnet_point_registered",
            "site machine point protocol",
            "1 if the endpoint says that it is registered by that protocol (sip, h323).",
            "1 nếu thiết bị báo đã đăng ký bằng giao thức đó (sip, h323).",
        ),
        (
            "govnet_point_in_call",
            "site machine point",
            "1 if the endpoint says that it is in a call; absent where it does not say.",
            "1 nếu thiết bị báo đang trong cuộc họp; không có khi thiết bị không nói.",
        ),
        (
            "govnet_point_call_loss_ratio",
            "site machine point direction",
            "Packet loss of the running call, 0-1, its worst stream: receive, transmit, or both.",
            "Tỷ lệ mất gói trong cuộc họp, 0-1, theo luồng xấu nhất.",
        ),
        (
            "govnet_point_call_jitter_seconds",
            "site machine point direction",
            "Jitter of the running call, its worst stream: receive, transmit, both.",
            "Độ biến thiên trễ trong cuộc họp, theo luồng xấu nhất.",
        ),
        (
            "govnet_point_call_delay_seconds",
            "site machine point",
            "Delay of the running call, its worst stream.",
            "Độ trễ trong cuộc họp, theo luồng xấu nhất.",
        ),
        (
            "govnet_point_component_ok",
            "site machine point component",
            "1 if a part of the room (microphone, camera) works, by the word of the endpoint.",
            "1 nếu bộ phận của phòng họp (micro, camera) hoạt động, theo chính thiết bị.",
        ),
    )
)

REGISTRAR = tuple(
    measured("registrar", *row)
    for row in (
        (
            "govnet_registrar_reachable",
            "site machine service",
            "1 if the registrar answered with its list of registrations.",
            "1 nếu máy chủ đăng ký trả về danh sách đăng ký.",
        ),
        (
            "govnet_registrar_endpoint_registered",
            "site machine service endpoint",
            "1 if the conference point of that id is registered at the registrar, else 0.",
            "1 nếu điểm cầu đó đã đăng ký tại máy chủ đăng ký, nếu không là 0.",
        ),
        (
            "govnet_registrar_registrations",
            "site machine service",
            "Registrations that the registrar lists.",
            "Số đăng ký tại máy chủ đăng ký.",
        ),
    )
)

READINESS = tuple(
    derived(Source.VERDICT, *row)
    for row in (
        (
            "govnet_conference_points",
            "conference state",
            "Invited points: ready, at_risk, not_ready, not_checked; within a day of a conference.",
            "Số điểm cầu được mời theo mức sẵn sàng; chỉ trong vòng một ngày quanh giờ họp.",
        ),
        (
            "govnet_conference_starts_timestamp_seconds",
            "conference",
            "When a conference begins (Unix time); only within a day of it.",
            "Thời điểm bắt đầu cuộc họp; chỉ trong vòng một ngày quanh giờ họp.",
        ),
        (
            "govnet_point_ready_code",
            "site point",
            "A point before its next conference: 0 ready, 1 at risk, 2 not ready, 3 not checked.",
            "Điểm cầu trước cuộc họp tới: 0 sẵn sàng, 1 rủi ro, 2 chưa sẵn sàng, 3 chưa kiểm tra.",
        ),
        (
            "govnet_conference_point_to_mend",
            "conference site point",
            "1 for a point that is not ready 60 to 10 minutes before: there is time to mend it.",
            "1 cho điểm cầu chưa sẵn sàng khi còn 60 đến 10 phút: còn kịp khắc phục.",
        ),
    )
)
"""What is concluded of conferences that are near."""
