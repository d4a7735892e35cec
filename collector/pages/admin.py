"""What the page of administration shows: agents, tokens, accounts. Pure; the template prints it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from collector.accounts.records import Account, Role
from collector.pages.admin_agents import AgentsPart
from collector.pages.shown import AsOf
from collector.store.tokens import TokenRow
from inventory.model import Inventory, Lifecycle
from inventory.names import sort_key

PATH: Final = "/admin"
AGENTS, TOKENS, USERS = "", "tokens", "users"
TABS: Final = ((AGENTS, "Tác tử"), (TOKENS, "Mã ghi danh"), (USERS, "Tài khoản"))
ROLE_WORDS: Final[Mapping[Role, str]] = {
    Role.VIEWER: "Người xem",
    Role.OPERATOR: "Người trực, vận hành",
    Role.ADMIN: "Quản trị",
}
DONE: Final[Mapping[str, str]] = {
    "approved": "Đã duyệt.",
    "revoked": "Đã thu hồi khoá: mọi thứ tác tử đó gửi từ nay bị từ chối.",
    "token_revoked": "Đã thu hồi mã: không ai ghi danh bằng mã đó được nữa; máy đã có vẫn ở lại.",
    "role": "Đã đổi vai trò; có hiệu lực từ yêu cầu kế tiếp.",
    "disabled": "Đã khoá tài khoản; các phiên đang mở đã kết thúc.",
    "enabled": "Đã mở lại tài khoản, mật khẩu như cũ.",
}


@dataclass(frozen=True, slots=True)
class Once:
    """A secret that is shown this once: what it is, the secret, what to do with it."""

    title: str
    secret: str
    how: str


@dataclass(frozen=True, slots=True)
class TokenLine:
    """One token; `is_live` while somebody may enrol by it."""

    id: str
    where: str
    uses: str
    created: str
    expires: str
    state: str
    is_live: bool


@dataclass(frozen=True, slots=True)
class UserLine:
    """One account; `is_own`: it is that of who looks."""

    name: str
    title: str
    role: str
    role_word: str
    scope: str
    scope_name: str
    codes: str
    state: str
    is_disabled: bool
    is_own: bool


@dataclass(frozen=True, slots=True)
class AdminPage:
    """All that the template prints; of `agents`, `tokens` and `users` only the open tab's."""

    as_of: AsOf
    tab: str
    tabs: tuple[tuple[str, str], ...]
    agents: AgentsPart | None
    tokens: tuple[TokenLine, ...]
    users: tuple[UserLine, ...]
    sites: tuple[tuple[str, str], ...]
    units: tuple[tuple[str, str], ...]
    roles: tuple[tuple[str, str], ...]
    done: str
    mistakes: tuple[str, ...]
    once: Once | None


def sites_of(inventory: Inventory) -> tuple[tuple[str, str], ...]:
    """Return the sites at which machines may enrol, by the alphabet."""
    closed = {Lifecycle.EXEMPT, Lifecycle.RETIRED}
    sites = [one for one in inventory.sites.values() if one.lifecycle not in closed]
    return tuple((one.id, one.name) for one in sorted(sites, key=lambda one: sort_key(one.name)))


def units_of(inventory: Inventory) -> tuple[tuple[str, str], ...]:
    """Return all units, by the alphabet."""
    units = sorted(inventory.units.values(), key=lambda one: sort_key(one.name))
    return tuple((one.id, one.name) for one in units)


def moment(at: float, inventory: Inventory) -> str:
    """Return a time (Unix seconds) as people read it: 29/11/2026 07:15."""
    zone = ZoneInfo(inventory.province.timezone)
    return datetime.fromtimestamp(at, zone).strftime("%d/%m/%Y %H:%M")


def token_lines(
    inventory: Inventory, rows: Sequence[TokenRow], now: float
) -> tuple[TokenLine, ...]:
    """Return the tokens, the newest first."""

    def line(row: TokenRow) -> TokenLine:
        site = inventory.sites.get(row.site or "")
        state = "còn dùng được"
        if row.revoked_at is not None:
            state = f"đã thu hồi {moment(row.revoked_at, inventory)}"
        elif row.expires_at <= now:
            state = "đã hết hạn"
        elif not row.uses_left:
            state = "đã dùng hết"
        return TokenLine(
            row.id,
            "cả tỉnh" if row.site is None else site.name if site else row.site,
            f"{row.uses_left}/{row.uses}",
            moment(row.created_at, inventory),
            moment(row.expires_at, inventory),
            state,
            state == "còn dùng được",
        )

    return tuple(line(row) for row in reversed(rows))


def user_lines(inventory: Inventory, accounts: Sequence[Account], own: str) -> tuple[UserLine, ...]:
    """Return the accounts by name; `own` is the name of who looks."""

    def line(one: Account) -> UserLine:
        unit = inventory.units.get(one.scope or "")
        missing = f"{one.scope} (không còn trong danh mục)"
        return UserLine(
            one.name,
            one.title,
            one.role.value,
            ROLE_WORDS[one.role],
            one.scope or "",
            "cả tỉnh" if one.scope is None else unit.name if unit else missing,
            "bật" if one.totp else "chưa bật",
            _state(one, inventory),
            one.disabled_at is not None,
            one.name == own,
        )

    return tuple(map(line, accounts))


def _state(one: Account, inventory: Inventory) -> str:
    if one.disabled_at is not None:
        return f"đã khoá {moment(one.disabled_at, inventory)}"
    if one.password is None:
        return "chưa chọn mật khẩu"
    return "phải đổi mật khẩu" if one.must_change else "đang dùng"
