"""Who this agent is: its id and its keys, and the file of the state folder that holds them.

`state_dir/identity.json` is written when the machine enrols and whenever a key is renewed. It is
replaced whole and durably, readable by the service account only. Which of its keys is used when is
decided in `agent.identity.keyring`.
"""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from govnet.disk import Owner, replace_file
from govnet.enrolment import KEY_HEX
from govnet.errors import ConfigError

FILE_NAME = "identity.json"
KEY_BYTES = 32
VERSION = 1

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""The form of agent ids and key ids."""


_NOT_ALLOWED = (
    "cannot be read by this user: run it as administrator or as the agent's account (chạy bằng"
    " quyền quản trị, hoặc bằng tài khoản của tác tử)"
)


class Secret:
    """Bytes that never show in a text, a log or a traceback."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = value

    def reveal(self) -> bytes:
        """Return the bytes, for signing only."""
        return self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "Secret(***)"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who this agent is to the collector; `key` signs every batch."""

    agent: str
    key_id: str
    key: Secret


@dataclass(frozen=True, slots=True)
class Keys:
    """What the file says. All keys are of the same agent.

    `next` was made here and may be known to the collector already; `former` is kept until the
    next renewal, for a collector that was restored from a backup of before this one. `enrolment`
    tells which token and machine the present key was made for, "" once it has been renewed.
    """

    current: Identity
    next: Identity | None = None
    former: Identity | None = None
    enrolment: str = field(default="", repr=False)


def read_keys(state_dir: Path) -> Keys | None:
    """Return the keys on disk, None if this machine has not enrolled.

    Raises ConfigError if the file cannot be read; nothing of it is repeated.
    """
    path = state_dir / FILE_NAME
    try:
        plain = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError as exc:
        raise ConfigError([f"{path}: {_NOT_ALLOWED}"]) from exc
    except OSError as exc:
        raise ConfigError([f"{path}: cannot be read: {exc.strerror or exc}"]) from exc
    except (ValueError, RecursionError):
        raise ConfigError([f"{path}: {_AGAIN}"]) from None
    try:
        return _keys(plain)
    except (ValueError, KeyError, TypeError, AttributeError):
        # `from None`: the cause would repeat what stands in the file.
        raise ConfigError([f"{path}: {_AGAIN}"]) from None


_AGAIN = "not as `govnet-agent enrol` writes it: run `govnet-agent enrol TOKEN` again"


def write_keys(state_dir: Path, keys: Keys, owner: Owner | None = None) -> None:
    """Put the keys on disk durably. Raises OSError; the old file is then intact."""
    plain: dict[str, Any] = {"v": VERSION, "agent": keys.current.agent}
    plain |= _plain(keys.current)
    for name, key in (("next", keys.next), ("former", keys.former)):
        if key is not None:
            plain[name] = _plain(key)
    if keys.enrolment:
        plain["enrolment"] = keys.enrolment
    replace_file(state_dir / FILE_NAME, json.dumps(plain, indent=1).encode() + b"\n", owner=owner)


def _plain(key: Identity) -> dict[str, str]:
    return {"key_id": key.key_id, "key": key.key.reveal().hex()}


def _keys(plain: Any) -> Keys:
    if plain["v"] != VERSION:
        raise ValueError
    agent, enrolment = _name(plain["agent"]), plain.get("enrolment", "")
    following, former = (
        _key(agent, plain[name]) if plain.get(name) else None for name in ("next", "former")
    )
    if not isinstance(enrolment, str):
        raise TypeError
    return Keys(_key(agent, plain), following, former, enrolment)


def _name(found: Any) -> str:
    if not isinstance(found, str) or not NAME.fullmatch(found):
        raise ValueError
    return found


def _key(agent: str, plain: Any) -> Identity:
    if not KEY_HEX.fullmatch(plain["key"]):
        raise ValueError
    return Identity(agent, _name(plain["key_id"]), Secret(bytes.fromhex(plain["key"])))
