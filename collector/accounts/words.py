"""What people are told about signing in, in Vietnamese."""

import math
from typing import Final

from collector.accounts.door import Refused, Why

AGAIN_DIFFERS: Final = "Hai lần nhập mật khẩu mới không giống nhau."
WRONG_PRESENT: Final = "Mật khẩu hiện nay không đúng."
WRONG_CODE: Final = "Mã xác thực không đúng: hãy ghi mã đang hiện trên điện thoại."
ROLES: Final = {
    "viewer": "người xem",
    "operator": "người trực, vận hành",
    "admin": "quản trị",
}
_WRONG: Final = "Tên, mật khẩu hoặc mã xác thực không đúng."
_BUSY: Final = "Đang có quá nhiều người đăng nhập, hãy thử lại sau vài giây."
_MINUTE: Final = 60.0


def refusal(refused: Refused) -> str:
    """Return why somebody is not let in; never which of name, password, code was wrong."""
    if refused.why is Why.BUSY:
        return _BUSY
    if refused.why is Why.ADDRESS_LOCKED:
        return (
            "Từ địa chỉ này đã có quá nhiều lần đăng nhập sai:"
            f" hãy đợi {duration(refused.wait_seconds)} rồi thử lại."
        )
    if refused.wait_seconds:
        return f"Đã sai nhiều lần: hãy đợi {duration(refused.wait_seconds)} rồi thử lại."
    return _WRONG


def duration(seconds: float) -> str:
    """Return a wait in whole seconds or minutes, never shorter than it is."""
    if seconds <= _MINUTE:
        return f"{max(1, math.ceil(seconds))} giây"
    return f"{math.ceil(seconds / _MINUTE)} phút"
