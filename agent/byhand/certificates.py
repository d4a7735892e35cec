"""What a certificate, or word of one, showed, as a technician reads it."""

import time

from agent.probe.signature_problem import Problem
from agent.probe.tls import Handshake

_FAULTS = {
    "expired": "đã hết hạn",
    "not_yet_valid": "chưa đến ngày có hiệu lực (xem đồng hồ của máy này)",
    "self_signed": "do chính máy chủ tự ký, không ai chứng nhận",
    "unknown_issuer": "do nơi mà máy này không tin cấp, hoặc máy chủ gửi thiếu chứng thư ở giữa",
    "wrong_name": "cấp cho tên khác",
    "revoked": "đã bị thu hồi",
    "other": "không dùng được theo yêu cầu hiện nay",
}
"""By the words of `govnet.catalogue.CERTIFICATE_FAULTS`."""

_PROBLEMS: dict[str, str] = {
    Problem.NOT_SIGNED: "không phải đơn vị phát hành ký",
    Problem.RESPONDER_NOT_NAMED: "người ký không được đơn vị phát hành giao trả lời OCSP",
    Problem.RESPONDER_EXPIRED: "chứng thư của người ký đã hết hạn",
    Problem.OTHER_CERTIFICATE: "nói về chứng thư khác",
    Problem.OTHER_NONCE: "trả lời cho câu hỏi khác",
    Problem.FROM_FUTURE: "ghi thời điểm ở tương lai (xem đồng hồ của máy này)",
    Problem.OUT_OF_DATE: "đã quá hạn",
}

_HTTP_STATUS = "HTTP status "


def why(problem: str) -> str:
    """Return in Vietnamese why an answer or list does not count."""
    if problem.startswith(_HTTP_STATUS):
        return f"mã HTTP {problem.removeprefix(_HTTP_STATUS)}"
    return _PROBLEMS.get(problem, problem)


def date(moment_at: float) -> str:
    """Return a day and its time in this machine's zone: `19/09/2026 08:04`."""
    try:
        return time.strftime("%d/%m/%Y %H:%M", time.localtime(moment_at))
    except (OSError, OverflowError, ValueError):
        return "một ngày không đọc được"


def sentence(handshake: Handshake) -> str:
    """Return one sentence about a certificate."""
    ends = date(handshake.certificate_expires_at)
    if handshake.verified:
        return f"Chứng thư hợp lệ, hết hạn {ends}."
    fault = _FAULTS.get(handshake.fault, _FAULTS["other"])
    return f"Chứng thư {fault}; ngày hết hạn ghi trên đó là {ends}. ({handshake.verify_error})"
