"""What is measured of a service."""

from govnet.catalogue.metric import measured

SERVICE = (
    measured(
        "service",
        "govnet_service_up",
        "site machine service",
        "1 if the service answered as expected.",
        "1 nếu dịch vụ trả lời đúng như mong đợi.",
    ),
    measured(
        "service",
        "govnet_service_duration_seconds",
        "site machine service phase",
        "Time spent by phase: dns, connect, tls, first_byte, transfer.",
        "Thời gian từng pha: dns, kết nối, tls, byte đầu, truyền.",
    ),
    measured(
        "service",
        "govnet_service_status_code",
        "site machine service",
        "Status code of the answer (HTTP, SMTP, RTSP).",
        "Mã trạng thái của trả lời (HTTP, SMTP, RTSP).",
    ),
    measured(
        "service",
        "govnet_service_content_matched",
        "site machine service",
        "1 if the expected content was found; absent where none is expected.",
        "1 nếu thấy nội dung mong đợi.",
    ),
    measured(
        "service",
        "govnet_service_certificate_verified",
        "site machine service",
        "1 if the certificate chain and name are valid; absent without TLS.",
        "1 nếu chứng thư hợp lệ.",
    ),
    measured(
        "service",
        "govnet_service_certificate_expiry_timestamp_seconds",
        "site machine service",
        "When the certificate expires (Unix time).",
        "Thời điểm chứng thư hết hạn.",
    ),
)

DETAILS = tuple(
    measured("service", *row)
    for row in (
        (
            "govnet_service_family_up",
            "site machine service family",
            "1 if the page works by ipv4 or ipv6 alone; absent unless the name has both.",
            "1 nếu trang dùng được chỉ qua ipv4 hoặc ipv6; không có khi tên chỉ có một loại.",
        ),
        (
            "govnet_service_redirects",
            "site machine service",
            "Redirects followed until the answer; absent without any.",
            "Số lần chuyển hướng đến khi có trả lời; không có khi không chuyển hướng.",
        ),
        (
            "govnet_service_certificate_fault",
            "site machine service fault",
            "1 for what is wrong with the certificate; absent while nothing is.",
            "1 cho lỗi của chứng thư; không có khi chứng thư tốt.",
        ),
        (
            "govnet_service_tcp_rtt_seconds",
            "site machine service",
            "Smoothed round-trip time of the TCP connection (TCP_INFO; Linux only).",
            "Thời gian khứ hồi của kết nối TCP.",
        ),
        (
            "govnet_service_tcp_retransmits",
            "site machine service",
            "Segments retransmitted in the TCP connection (TCP_INFO; Linux only).",
            "Số đoạn TCP phải gửi lại.",
        ),
        (
            "govnet_service_path_mtu_bytes",
            "site machine service",
            "Path MTU of the TCP connection (TCP_INFO; Linux only).",
            "MTU của đường đi theo kết nối TCP.",
        ),
        (
            "govnet_service_dns_rcode",
            "site machine service",
            "Response code of the name server (RFC 1035): 0 no error, 2 failure, 3 no such name.",
            "Mã trả lời của máy chủ tên miền: 0 tốt, 2 lỗi, 3 không có tên.",
        ),
        (
            "govnet_service_dns_answers_expected",
            "site machine service",
            "1 if the set of answers is the expected one; absent where none is expected.",
            "1 nếu tập trả lời đúng như mong đợi.",
        ),
        (
            "govnet_service_signature_verified",
            "site machine service",
            "1 if the OCSP answer or CRL is signed by the issuer and in time.",
            "1 nếu trả lời OCSP hoặc danh sách CRL do đơn vị phát hành ký và còn hạn.",
        ),
        (
            "govnet_service_ocsp_status_code",
            "site machine service",
            "OCSP certificate status (RFC 6960): 0 good, 1 revoked, 2 unknown.",
            "Trạng thái chứng thư theo OCSP: 0 tốt, 1 thu hồi, 2 không biết.",
        ),
        (
            "govnet_service_next_update_timestamp_seconds",
            "site machine service",
            "When the CRL or OCSP answer expires (nextUpdate, Unix time).",
            "Thời điểm CRL hoặc trả lời OCSP hết hiệu lực.",
        ),
    )
)
