"""What the page of one's own account shows. Pure; the template prints it."""

from dataclasses import dataclass
from typing import Final

from collector.accounts.codes import uri
from collector.accounts.passwords import MIN_LENGTH
from collector.accounts.records import Account
from collector.accounts.viewer import Viewer
from collector.accounts.words import ROLES
from inventory.model import Inventory

DONE_WORDS: Final = {
    "password": "Đã đổi mật khẩu.",
    "codes_on": "Đã bật mã xác thực: từ lần đăng nhập sau cần thêm mã trên điện thoại.",
    "codes_off": "Đã tắt mã xác thực.",
}
"""What was done -> what the page says about it."""
_GROUP: Final = 4


@dataclass(frozen=True, slots=True)
class AccountPage:
    """All that the template prints; `secret` is a new one to take over, empty while codes are on.

    `secret_shown` has spaces, for typing; `uri` is the address by which apps take it over.
    """

    name: str
    title: str
    role: str
    scope: str
    must_change: bool
    has_codes: bool
    secret: str
    secret_shown: str
    uri: str
    least: int = MIN_LENGTH
    done: str = ""
    mistakes: tuple[str, ...] = ()


def build(
    account: Account,
    viewer: Viewer,
    inventory: Inventory,
    secret: str,
    *,
    done: str = "",
    mistakes: tuple[str, ...] = (),
) -> AccountPage:
    """Return the page; `done` is a key of DONE_WORDS or anything else."""
    has_codes = account.totp is not None
    secret = "" if has_codes else secret
    province = inventory.province.name
    return AccountPage(
        name=account.name,
        title=account.title,
        role=ROLES[account.role],
        scope=viewer.scope_name or f"toàn {province[:1].lower()}{province[1:]}",
        must_change=account.must_change,
        has_codes=has_codes,
        secret=secret,
        secret_shown=" ".join(secret[at : at + _GROUP] for at in range(0, len(secret), _GROUP)),
        uri=uri(secret, account.name, province) if secret else "",
        done=DONE_WORDS.get(done, ""),
        mistakes=mistakes,
    )
