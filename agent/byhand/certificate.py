"""A certificate as a technician reads it over the telephone."""

import time

from agent.probe.tls import Handshake

FAULTS: dict[str, str] = {
    "expired": "đã hết hạn",
    "not_yet_valid": "chưa đến ngày có hiệu lực",
    "self_signed": "tự ký",
    "unknown_issuer": "do nơi máy này không tin cấp",
    "wrong_name": "cấp cho tên khác",
    "revoked": "đã bị thu hồi",
}
"""What is wrong with it, by the words of `govnet.catalogue.CERTIFICATE_FAULTS`."""


def sentence(handshake: Handshake) -> str:
    """Return when a certificate expires and whether it is trusted, as one sentence."""
    try:
        moment = time.gmtime(handshake.certificate_expires_at)
        day = time.strftime("%d/%m/%Y", moment)
    except (OSError, OverflowError, ValueError):
        day = "không đọc được"
    if handshake.verified:
        return f"Chứng thư được tin cậy, hết hạn ngày {day}."
    fault = FAULTS.get(handshake.fault, handshake.verify_error or "không rõ vì sao")
    return f"Chứng thư không được tin cậy ({fault}), hết hạn ngày {day}."
