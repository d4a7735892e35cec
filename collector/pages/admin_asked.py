"""What the forms of administration ask for, done in the database under the name of who asks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from collector.accounts import saved
from collector.accounts.records import Rights, Role, checked_name, rights_problems
from collector.accounts.viewer import Viewer
from collector.pages.admin import Once
from collector.pages.forms import Form, first
from collector.places import public_url
from collector.siting import Siting
from collector.store import Store
from collector.store.changes import approve
from collector.store.registry import revoke
from collector.store.tokens import create, revoke_token
from collector.trusted import ca_fingerprint
from govnet.enrolment import EnrolmentToken
from govnet.errors import ConfigError
from inventory.model import Inventory

MOST_USES: Final = 100_000
MOST_DAYS: Final = 365
_DAY_SECONDS: Final = 86_400.0


class RefusedError(Exception):
    """What a form asks for cannot be; `lines` say why, in Vietnamese."""

    def __init__(self, *lines: str) -> None:
        super().__init__(*lines)
        self.lines = lines


@dataclass(frozen=True, slots=True)
class Office:
    """Where and by whom something is done; `now` is Unix seconds."""

    inventory: Inventory
    data: Path
    now: float
    viewer: Viewer


@dataclass(frozen=True, slots=True)
class Asked:
    """The fields of a form."""

    form: Form

    def text(self, name: str) -> str:
        """Return a field, empty if it was not filled in."""
        return first(self.form, name)

    def number(self, name: str, most: int, what: str) -> int:
        """Return a number from 1; raises RefusedError."""
        text = self.text(name)
        if text.isascii() and text.isdecimal() and len(text) <= len(str(most)):
            value = int(text)
            if 1 <= value <= most:
                return value
        raise RefusedError(f"{what}: hãy ghi một số từ 1 đến {most}.")


def approve_agent(store: Store, office: Office, asked: Asked) -> str:
    """Approve one that waits, or the new hardware of one."""
    typed, agent = asked.text("site"), asked.text("agent")
    site = Siting(office.inventory).by_code(typed) if typed else None
    if typed and site is None:
        raise RefusedError(f"không có điểm «{typed}» đang hoạt động.")
    try:
        approve(store, office.inventory, [agent], site, office.now, who=office.viewer.who)
    except ConfigError as exc:
        raise RefusedError(
            "chưa duyệt được: máy không còn chờ, hoặc chưa biết điểm (hãy ghi mã điểm)."
        ) from exc
    return "approved"


def revoke_agent(store: Store, office: Office, asked: Asked) -> str:
    """Revoke an agent, which was confirmed."""
    if not asked.text("confirm"):
        raise RefusedError("hãy đánh dấu ô xác nhận trước khi thu hồi.")
    try:
        revoke(store, asked.text("agent"), office.now, office.viewer.who)
    except ConfigError as exc:
        raise RefusedError("tác tử này không còn, hoặc đã bị thu hồi.") from exc
    return "revoked"


def create_token(store: Store, office: Office, asked: Asked) -> Once:
    """Make a token; its word is shown this once."""
    uses = asked.number("uses", MOST_USES, "số máy")
    days = asked.number("days", MOST_DAYS, "số ngày")
    typed = asked.text("site")
    site = Siting(office.inventory).by_code(typed) if typed else None
    if typed and site is None:
        raise RefusedError(f"không có điểm «{typed}» đang hoạt động.")
    urls = (public_url(office.data),)
    try:
        ca, _ = ca_fingerprint(office.data, None, urls)
    except ConfigError as exc:
        raise RefusedError(
            "chứng thư của trung tâm không do trung tâm tự cấp: hãy dùng lệnh"
            " govnet token create --ca-file trên máy chủ."
        ) from exc
    lifetime = days * _DAY_SECONDS
    token, secret = create(store, site, uses, office.now, lifetime, who=office.viewer.who)
    where = office.inventory.sites[site].name if site else "mọi điểm của tỉnh"
    return Once(
        f"Mã ghi danh {token}: {where}, {uses} máy, {days} ngày",
        EnrolmentToken(urls, ca, secret).text(),
        "Trên máy cần ghi danh: govnet-agent enrol MÃ. Mã chỉ hiện một lần này, hãy chép ngay.",
    )


def end_token(store: Store, office: Office, asked: Asked) -> str:
    """Let nobody enrol by a token any more."""
    try:
        revoke_token(store, asked.text("token"), office.now, office.viewer.who)
    except ConfigError as exc:
        raise RefusedError("không có mã này, hoặc mã đã bị thu hồi.") from exc
    return "token_revoked"


def add_user(store: Store, office: Office, asked: Asked) -> Once:
    """Make an account; the link by which its holder chooses a password is shown this once."""
    try:
        name = checked_name(asked.text("name"))
    except ConfigError as exc:
        raise RefusedError(
            "tên tài khoản: 2 đến 32 ký tự a-z, 0-9, chấm, gạch; bắt đầu bằng chữ cái,"
            " không trùng tên dành riêng."
        ) from exc
    rights = _rights(office, asked, name)
    try:
        token = saved.add(store, name, rights, office.now, office.viewer.who)
    except ConfigError as exc:
        raise RefusedError(f"đã có tài khoản {name}.") from exc
    return _link(office, name, token)


def change_role(store: Store, office: Office, asked: Asked) -> str:
    """Give an account other rights; nobody takes them from themselves."""
    name = _others(office, asked)
    rights = _rights(office, asked, name)
    try:
        saved.set_rights(store, name, rights, office.now, office.viewer.who)
    except ConfigError as exc:
        raise RefusedError(f"không có tài khoản {name}.") from exc
    return "role"


def disable(store: Store, office: Office, asked: Asked) -> str:
    """Let nobody sign in by an account."""
    name = _others(office, asked)
    try:
        saved.disable(store, name, office.now, office.viewer.who)
    except ConfigError as exc:
        raise RefusedError(f"không có tài khoản {name}, hoặc đã khoá rồi.") from exc
    return "disabled"


def enable(store: Store, office: Office, asked: Asked) -> str:
    """Let a disabled account sign in again."""
    name = asked.text("name")
    try:
        saved.enable(store, name, office.now, office.viewer.who)
    except ConfigError as exc:
        raise RefusedError(f"không có tài khoản {name}, hoặc không bị khoá.") from exc
    return "enabled"


def new_link(store: Store, office: Office, asked: Asked) -> Once:
    """Make another link by which somebody chooses a password."""
    name = asked.text("name")
    try:
        token = saved.make_password_link(store, name, office.now, office.viewer.who)
    except ConfigError as exc:
        raise RefusedError(f"không có tài khoản {name}, hoặc đang bị khoá.") from exc
    return _link(office, name, token)


def _link(office: Office, name: str, token: str) -> Once:
    return Once(
        f"Liên kết đặt mật khẩu của {name}",
        f"{public_url(office.data)}/password?once={token}",
        "Dùng một lần, hết hạn sau 24 giờ. Chỉ gửi cho đúng người đó; liên kết chỉ hiện lần này.",
    )


def _others(office: Office, asked: Asked) -> str:
    name = asked.text("name")
    if name == office.viewer.account:
        raise RefusedError("không tự khoá hay tự đổi vai trò của mình: nhờ một quản trị khác.")
    return name


def _rights(office: Office, asked: Asked, name: str) -> Rights:
    try:
        role = Role(asked.text("role"))
    except ValueError as exc:
        raise RefusedError("hãy chọn một vai trò.") from exc
    rights = Rights(asked.text("title") or name, role, asked.text("scope") or None)
    if rights_problems(office.inventory, rights):
        raise RefusedError(
            "tên gọi dài nhất 80 ký tự; phạm vi phải là một đơn vị trong danh mục;"
            " quản trị luôn xem cả tỉnh, không kèm phạm vi."
        )
    return rights


ACTIONS: Final[Mapping[str, Callable[[Store, Office, Asked], str | Once]]] = {
    "agent_approve": approve_agent,
    "agent_revoke": revoke_agent,
    "token_create": create_token,
    "token_revoke": end_token,
    "user_add": add_user,
    "user_role": change_role,
    "user_disable": disable,
    "user_enable": enable,
    "user_link": new_link,
}


def do(store: Store, office: Office, asked: Asked) -> str | Once:
    """Do what a form asks for; raises RefusedError, and then nothing was changed."""
    action = ACTIONS.get(asked.text("action"))
    if action is None:
        raise RefusedError("không rõ việc cần làm: hãy mở lại trang.")
    return action(store, office, asked)
