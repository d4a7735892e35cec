"""Figures and outcomes as a technician reads them over the telephone."""

from agent.probe.outcome import Outcome
from agent.probe.snmp.refusal import Refusal

WHY: dict[Outcome, str] = {
    Outcome.REFUSED: "Máy có đó nhưng không có dịch vụ nào nghe ở cổng này",
    Outcome.TIMEOUT: "Không có trả lời nào về kịp",
    Outcome.UNREACHABLE: "Không có đường mạng tới đó",
    Outcome.UNRESOLVED: "Không phân giải được tên này ra địa chỉ",
    Outcome.CLOSED: "Đầu kia ngắt kết nối trước khi trả lời",
    Outcome.TLS_FAILED: "Không bắt tay TLS được",
    Outcome.DENIED: "Đầu kia không nhận tên, mật khẩu hoặc khoá đã đưa",
    Outcome.MALFORMED: "Có thứ khác trả lời, không phải giao thức này",
}
"""Why there was no answer; without the full stop."""

REFUSALS: dict[str, str] = {
    Refusal.LEVEL: "thiết bị không cho người dùng này dùng mức bảo mật đã chọn (xác thực, mã hoá)",
    Refusal.USER: "thiết bị không có người dùng này",
    Refusal.AUTHENTICATION_KEY: "sai khoá xác thực hoặc thuật toán xác thực",
    Refusal.PRIVACY_KEY: "sai khoá mã hoá hoặc thuật toán mã hoá",
    Refusal.INTRODUCED: (
        "thiết bị đã xưng tên rồi im: thường là sai khoá mã hoá, thuật toán mã hoá hoặc context"
    ),
    Refusal.AWAY: "",
}
"""Why a device tells nothing by SNMP; nothing where the advice says it all."""

NOTHING_READABLE = (
    "Nhưng thiết bị không cho đọc gì: xem quyền đọc (view) của community hoặc người dùng này; với"
    " v3, xem thiết bị có đòi cả khoá xác thực và khoá mã hoá không."
)
"""Of a device that answers SNMP without a single value."""


def milliseconds(seconds: float) -> str:
    """Return a time as `12,3 ms`."""
    return f"{number(seconds * 1000)} ms"


def percent(ratio: float) -> str:
    """Return a share as `2,5 %`; what is above 0 never reads as 0, nor what is below 1 as 100."""
    if 0 < ratio < 0.0005:  # noqa: PLR2004 - what one decimal can say
        return "dưới 0,1 %"
    if 0.9995 < ratio < 1:  # noqa: PLR2004 - as above
        return "trên 99,9 %"
    return f"{number(ratio * 100)} %"


def number(value: float) -> str:
    """Return a figure with one decimal at most, after a comma."""
    return f"{value:.1f}".removesuffix(".0").replace(".", ",")
