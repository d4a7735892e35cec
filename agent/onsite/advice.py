"""What a technician does about an error: one Vietnamese sentence for every kind. No I/O."""

from collections.abc import Mapping

ADVICE: Mapping[str, str] = {
    # No answer came back (`agent.transport.channel`).
    "certificate": (
        "Chứng thư của trung tâm không khớp file CA trên máy này, hoặc không mang địa chỉ này. Nếu"
        " Wi-Fi đòi đăng nhập thì đăng nhập; nếu không thì báo trung tâm, không thay file CA tuỳ"
        " tiện."
    ),
    "timeout": (
        "Trung tâm không trả lời kịp. Xem đường truyền có nghẽn không; báo cáo vẫn được giữ và"
        " tác tử tự gửi lại."
    ),
    "refused": (
        "Máy ở địa chỉ này từ chối kết nối: trung tâm chưa chạy, sai cổng, hoặc tường lửa chặn."
    ),
    "no_route": (
        "Không có đường mạng tới trung tâm. Xem dây mạng, Wi-Fi, gateway và đường TSLCD của điểm."
    ),
    "name": (
        "Không phân giải được tên của trung tâm. Xem máy chủ DNS của máy này, hoặc dùng địa chỉ"
        " IP của trung tâm thay cho tên."
    ),
    "network": "Kết nối bị ngắt giữa chừng. Nếu kéo dài, xem thiết bị mạng giữa máy này và tỉnh.",
    "foreign_answer": (
        "Có thứ khác trả lời thay trung tâm: trang đăng nhập Wi-Fi, proxy, hoặc sai cổng. Đăng nhập"
        " mạng hoặc sửa địa chỉ trong agent.toml."
    ),
    # The collector refused (`govnet.report.REFUSALS`).
    "unauthenticated": "Gói tin mất phần xác thực trên đường đi: xem proxy giữa máy này và tỉnh.",
    "unknown_agent": (
        "Trung tâm không biết tác tử này. Xem địa chỉ trong agent.toml có đúng tỉnh không; nếu đúng"
        " thì ghi danh lại."
    ),
    "unknown_key": "Khoá của máy này không còn dùng được: ghi danh lại với một mã mới.",
    "bad_signature": (
        "Khoá trên máy này không khớp khoá ở trung tâm: ghi danh lại với một mã mới."
    ),
    "body_altered": (
        "Dữ liệu bị đổi trên đường đi: xem proxy, tường lửa kiểm tra nội dung, hoặc dây mạng lỗi."
    ),
    "revoked": "Trung tâm đã thu hồi tác tử này. Hỏi người quản trị trước khi ghi danh lại.",
    "agent_mismatch": "Cấu hình lẫn của hai máy: ghi danh lại máy này.",
    "clone_suspected": (
        "Hai máy dùng chung một khoá, có lẽ do sao chép ổ đĩa. Trên máy được sao chép, ghi danh"
        " lại với một mã mới."
    ),
    "pending": (
        "Máy đang chờ trung tâm duyệt. Báo người quản trị mã tác tử ở trên; được duyệt thì máy tự"
        " bắt đầu đo."
    ),
    "wrong_version": "Tác tử và trung tâm khác phiên bản: cập nhật bên cũ hơn.",
    "wrong_collector": "Các trung tâm chuyển tác tử này lòng vòng: báo người quản trị.",
    "key_conflict": "Khoá mới trùng mã với khoá khác: ghi danh lại.",
    "not_found": "Địa chỉ trong agent.toml không phải của trung tâm govnet: sửa lại.",
    "method_not_allowed": "Địa chỉ trong agent.toml không phải của trung tâm govnet: sửa lại.",
    "unsupported_media_type": "Proxy trên đường đi đã đổi gói tin: bỏ qua proxy đó.",
    "body_truncated": "Gói tin bị cắt trên đường đi; tác tử tự gửi lại.",
    "request_timeout": "Đường truyền quá chậm; tác tử tự gửi gói nhỏ hơn.",
    "rate_limited": "Trung tâm đang bận; tác tử tự chờ rồi gửi lại, không cần làm gì.",
    "storage_full": "Ổ đĩa của trung tâm đầy: báo người quản trị. Báo cáo vẫn được giữ ở đây.",
    "database_busy": "Trung tâm đang bận; tác tử tự gửi lại, không cần làm gì.",
    "shutting_down": "Trung tâm đang khởi động lại; tác tử tự gửi lại, không cần làm gì.",
    # A machine that is to enrol itself (`agent.enrolment.unattended`).
    "no_token": (
        "Xin trung tâm một mã ghi danh, rồi chạy bằng quyền quản trị: govnet-agent enrol MÃ. Cài"
        " bằng MSI có sẵn mã hoặc govnet-setup.exe thì không cần bước này."
    ),
    "not_reached": (
        "Máy tự thử lại, không phải làm gì thêm khi đường truyền có lại. Nếu kéo dài, xem mạng và"
        " báo trung tâm dòng lỗi trên."
    ),
    "enrolment_refused": (
        "Trung tâm không nhận mã trên máy này. Xin mã mới rồi chạy bằng quyền quản trị:"
        " govnet-agent enrol MÃ; hoặc cài lại bằng MSI mới của tỉnh."
    ),
    "enrolment_unusable": (
        "Sửa chỗ ghi ở dòng lỗi trên (mã chép thiếu, agent.toml sửa tay, quyền ghi thư mục), rồi"
        " khởi động lại dịch vụ govnet-agent."
    ),
    # This machine (`agent.onsite.status`).
    "not_running": (
        "Khởi động dịch vụ: systemctl start govnet-agent (Windows: services.msc, «govnet-agent»),"
        " hoặc chạy tay: govnet-agent run. Nếu dừng ngay, xem lỗi mà nó in ra."
    ),
    "disk": (
        "Máy này không ghi được báo cáo: dọn ổ đĩa, hoặc xem quyền ghi của thư mục state_dir. Tác"
        " tử vẫn đo và tự ghi lại khi có chỗ."
    ),
    "clock": "Chỉnh giờ máy; nếu sau mỗi lần tắt lại sai, thay pin CMOS. Báo cáo vẫn được sửa giờ.",
}

_OTHERWISE = "Báo người quản trị ở trung tâm dòng lỗi trên. Báo cáo vẫn được giữ trên máy này."


def advice(kind: str) -> str:
    """Return what to do about an error of this kind."""
    return ADVICE.get(kind, _OTHERWISE)
