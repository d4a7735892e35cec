"""What an account is. Pure."""

import re
from enum import StrEnum
from typing import Final

import msgspec

from govnet.errors import ConfigError
from inventory.model import Inventory

LINK_NAME: Final = "login-link"
"""Stands in the account of changes for who signed in by a one-time link."""
TAKEN_NAMES: Final = frozenset({LINK_NAME, "page", "api", "login", "operator"})
"""Names that mean something else in the account of changes."""
MAX_TITLE: Final = 80
_NAME: Final = re.compile(r"[a-z][a-z0-9._-]{1,31}")


class Role(StrEnum):
    """What an account may do; each may do what those before it may."""

    VIEWER = "viewer"
    """Sees."""
    OPERATOR = "operator"
    """Acknowledges, plans maintenance, confirms power cuts, approves agents."""
    ADMIN = "admin"
    """Accounts and tokens."""

    def includes(self, other: "Role") -> bool:
        """Whether it may do all that the other may."""
        order = tuple(Role)
        return order.index(self) >= order.index(other)


class Rights(msgspec.Struct, frozen=True):
    """How an account's holder is called, what it may do, and the unit whose sites it sees.

    `scope` None: the whole province.
    """

    title: str
    role: Role
    scope: str | None = None

    def __str__(self) -> str:
        return f"{self.role}, {self.scope or 'the whole province'}"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """One account. Times are Unix seconds.

    `title` is how people call its holder ("Trực ca"). `scope` is the unit whose sites it sees,
    None: the whole province. `password` is an argon2id hash, None: none was chosen yet. `totp` is
    the sealed secret of its codes, None: it needs none; of `totp_step` and before no code is taken.
    """

    name: str
    title: str
    role: Role
    scope: str | None
    password: str | None
    must_change: bool
    totp: bytes | None
    totp_step: int
    created_at: float
    disabled_at: float | None


def name_of(text: str) -> str:
    """Return an account's name as it is kept: case and spaces around it do not matter."""
    return text.strip().lower()


def checked_name(text: str) -> str:
    """Return the name of a new account; raises ConfigError."""
    name = name_of(text)
    if not _NAME.fullmatch(name):
        rule = "2 to 32 of a-z, 0-9, dot, dash, underscore, a letter first"
        raise ConfigError([f"NAME: expected {rule}, got {text!r}"])
    if name in TAKEN_NAMES:
        raise ConfigError([f"NAME: {name} means something else in the account of changes"])
    return name


def rights_problems(inventory: Inventory, rights: Rights) -> list[str]:
    """Return what is wrong with an account's rights, one line each."""
    found, title, scope = [], rights.title, rights.scope
    if len(title) > MAX_TITLE or not title.isprintable():
        found.append(f"--title: expected one line of {MAX_TITLE} characters at most")
    if scope is not None and scope not in inventory.units:
        found.append(f"--scope: expected the id of a unit of the inventory, got {scope!r}")
    if scope is not None and rights.role is Role.ADMIN:
        found.append("--scope: an admin sees the whole province; take viewer or operator")
    return found
