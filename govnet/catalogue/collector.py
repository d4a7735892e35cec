"""What the collector measures of itself."""

from govnet.catalogue.metric import Kind, Metric, Source, derived

COLLECTOR = (
    *(
        derived(Source.COLLECTOR, *row)
        for row in (
            (
                "govnet_collector_info",
                "version",
                "The collector's version; always 1.",
                "Phiên bản trung tâm; luôn bằng 1.",
            ),
            (
                "govnet_collector_reports_total",
                "result",
                "Reports received: accepted, duplicate or rejected.",
                "Số báo cáo: được nhận, trùng, bị từ chối.",
            ),
            (
                "govnet_collector_rejected_reports_total",
                "reason",
                "Reports of accepted batches that were rejected, by reason.",
                "Số báo cáo bị từ chối trong các lô được nhận, theo lý do.",
            ),
            (
                "govnet_collector_enrolments_total",
                "result",
                "Enrolments by token: active, pending, reimaged, repeated or refused.",
                "Số lần ghi danh bằng mã: được nhận, chờ duyệt, cài lại máy, lặp lại, bị từ chối.",
            ),
            (
                "govnet_collector_rechecks_total",
                "outcome",
                "Requests to check a site again: asked, refused, answered by all heard, expired.",
                "Số lần yêu cầu kiểm tra lại điểm: đã nhận, bị từ chối, có kết quả, hết hạn.",
            ),
            (
                "govnet_collector_rejected_requests_total",
                "reason",
                "Requests refused, by reason.",
                "Số yêu cầu bị từ chối, theo lý do.",
            ),
            (
                "govnet_collector_logins_total",
                "result",
                "Attempts to sign in to the pages, by result: by password or link, or why not.",
                "Số lần đăng nhập theo kết quả: bằng mật khẩu, bằng liên kết, vì sao không được.",
            ),
            (
                "govnet_collector_rejected_samples_total",
                "reason",
                "Samples of accepted reports that were not published, by reason.",
                "Số mẫu không công bố được, theo lý do.",
            ),
            (
                "govnet_collector_received_bytes_total",
                "",
                "Bytes of report bodies received, as sent.",
                "Số byte báo cáo đã nhận.",
            ),
            (
                "govnet_collector_config_last_reload_successful",
                "",
                "1 if inventory and certificate were read without fault; 0 if an old one stays.",
                "1 nếu lần đọc danh mục và chứng thư gần nhất thành công; 0 nếu vẫn dùng bản cũ.",
            ),
            (
                "govnet_collector_config_last_reload_success_timestamp_seconds",
                "",
                "When an inventory was last taken over (Unix time).",
                "Lần cuối nhận danh mục mới.",
            ),
            (
                "govnet_collector_inbox_bytes",
                "",
                "Size of the inbox journal on disk.",
                "Dung lượng nhật ký nhận trên đĩa.",
            ),
            (
                "govnet_collector_disk_free_bytes",
                "",
                "Free space of the disk with the collector's data.",
                "Chỗ trống của đĩa có dữ liệu của trung tâm.",
            ),
            (
                "govnet_collector_disk_size_bytes",
                "",
                "Size of the disk with the collector's data.",
                "Dung lượng của đĩa có dữ liệu của trung tâm.",
            ),
            (
                "govnet_collector_clock_synchronised",
                "",
                "1 if the collector's clock is set by a time server, 0 if not.",
                "1 nếu đồng hồ trung tâm được máy chủ giờ đồng bộ, 0 nếu không.",
            ),
            (
                "govnet_collector_inbox_torn_bytes_total",
                "",
                "Bytes cut from the inbox journal's end after a crash; never acknowledged.",
                "Số byte bị cắt ở cuối nhật ký nhận sau sự cố; chưa từng được xác nhận.",
            ),
            (
                "govnet_collector_inbox_write_failures_total",
                "",
                "Batches refused because the inbox could not be written.",
                "Số lô bị từ chối vì không ghi được nhật ký nhận.",
            ),
            (
                "govnet_collector_batches_in_flight",
                "",
                "Batches whose head has arrived and that are not answered yet.",
                "Số lô đang được nhận hoặc xử lý, chưa trả lời.",
            ),
            (
                "govnet_collector_certificate_expiry_timestamp_seconds",
                "",
                "When the collector's own certificate expires (Unix time); absent without TLS.",
                "Ngày hết hạn chứng thư của trung tâm; không có khi không dùng TLS.",
            ),
            (
                "govnet_collector_history_samples_total",
                "receiver",
                "Samples that a receiver of history took.",
                "Số mẫu mà nơi nhận lịch sử đã nhận.",
            ),
            (
                "govnet_collector_history_dropped_samples_total",
                "receiver reason",
                "Samples that history lacks at a receiver, by reason.",
                "Số mẫu không vào được lịch sử ở nơi nhận, theo lý do.",
            ),
            (
                "govnet_collector_history_failures_total",
                "receiver",
                "Pushes to be tried again: no answer, 429, or an error of the receiver.",
                "Số lần gửi phải gửi lại: không trả lời, 429, hoặc lỗi của nơi nhận.",
            ),
            (
                "govnet_collector_history_gaps_total",
                "receiver",
                "Times that the inbox no longer had what was to be sent next.",
                "Số lần nhật ký nhận không còn dữ liệu phải gửi tiếp theo.",
            ),
            (
                "govnet_collector_history_lag_seconds",
                "receiver",
                "How long ago the oldest batch was received that is not sent; 0 if all is.",
                "Lô cũ nhất chưa gửi đã nhận cách đây bao lâu; 0 nếu đã gửi hết.",
            ),
            (
                "govnet_collector_history_up",
                "receiver",
                "1 if the receiver of history answered last; 0 if it is away.",
                "1 nếu nơi nhận lịch sử trả lời lần gần nhất; 0 nếu không liên lạc được.",
            ),
            (
                "govnet_collector_series",
                "",
                "Measurement series that are fresh.",
                "Số chuỗi đo còn mới.",
            ),
            (
                "govnet_collector_agents",
                "state",
                "Agents by state: enrolled, reporting, pending, quarantined (cloned lately).",
                "Số tác tử: đã ghi danh, đang báo cáo, chờ duyệt, bị cách ly (nghi nhân bản).",
            ),
            (
                "govnet_collector_verdict_timestamp_seconds",
                "",
                "When the verdicts were last judged (Unix time).",
                "Lần cuối đánh giá trạng thái.",
            ),
            (
                "govnet_collector_verdict_duration_seconds",
                "",
                "How long the last judgement took.",
                "Lần đánh giá trạng thái gần nhất mất bao lâu.",
            ),
            (
                "govnet_collector_verdict_waiting_sites",
                "",
                "Sites of which more is known than was judged; the next judgements take them up.",
                "Số điểm có thông tin mới mà chưa được đánh giá; các lần đánh giá sau sẽ xét.",
            ),
            (
                "govnet_collector_verdict_failing_sites",
                "",
                "Sites that cannot be judged for a mistake in the program; their verdicts stay.",
                "Số điểm không đánh giá được do lỗi chương trình; trạng thái của chúng giữ nguyên.",
            ),
            (
                "govnet_alerts_test",
                "id",
                "1 while `govnet alerts test` tries the way of an alert.",
                "1 khi «govnet alerts test» đang thử đường đi của cảnh báo.",
            ),
        )
    ),
    Metric(
        "govnet_collector_ingest_duration_seconds",
        Kind.HISTOGRAM,
        Source.COLLECTOR,
        (),
        "Time from a batch's last byte to its answer.",
        "Thời gian từ khi nhận đủ lô đến khi trả lời.",
    ),
)
