"""The settings that the collector gives this agent: asked for, believed only if signed, kept.

The copy on disk lets a restarted agent measure while the line is down.
"""

import secrets
from dataclasses import dataclass
from pathlib import Path

from agent.identity.keys import NAME, Identity
from agent.transport.channel import Channel
from govnet.disk import replace_file
from govnet.errors import GovnetError, WireError
from govnet.report import (
    HEADER_AGENT,
    HEADER_KEY,
    HEADER_NONCE,
    HEADER_SIGNATURE,
    PATH_SETTINGS,
    Purpose,
    decode_refusal,
    sign,
    verify,
)
from govnet.settings import Settings, decode, digest

FILE_NAME = "settings.json"


class OrdersError(GovnetError):
    """No settings came back that can be believed; the present ones stay.

    `reason` is the collector's word for a refusal, empty for anything else.
    """

    def __init__(self, problem: str, reason: str = "") -> None:
        self.reason = reason
        super().__init__(problem)


@dataclass(frozen=True, slots=True)
class Orders:
    """Settings with the exact bytes they came in and the digest these are known by."""

    settings: Settings
    encoded: bytes
    digest: str


def read_orders(state_dir: Path, agent: str) -> Orders | None:
    """Return the settings kept on disk, or None if there are none for this agent."""
    try:
        return _orders((state_dir / FILE_NAME).read_bytes(), agent)
    except (OSError, OrdersError):
        return None


def ordered_agent(state_dir: Path) -> str | None:
    """Return the agent that the settings on disk are for, None if there are none."""
    try:
        found = decode((state_dir / FILE_NAME).read_bytes()).agent
    except (OSError, WireError):
        return None
    return found if NAME.fullmatch(found) else None


def keep_orders(state_dir: Path, orders: Orders) -> None:
    """Keep the settings for the next start. Raises OSError."""
    replace_file(state_dir / FILE_NAME, orders.encoded)


def fetch_orders(channel: Channel, identity: Identity) -> Orders:
    """Ask a collector for this agent's settings.

    Raises OrdersError if the answer is a refusal or cannot be believed, ChannelError if there was
    none.
    """
    key, nonce = identity.key.reveal(), secrets.token_hex(16)
    code = sign(key, Purpose.SETTINGS_REQUEST, identity.agent.encode(), nonce.encode())
    headers = {
        HEADER_AGENT: identity.agent,
        HEADER_KEY: identity.key_id,
        HEADER_NONCE: nonce,
        HEADER_SIGNATURE: code,
        "Accept-Encoding": "identity",
    }
    reply, answered = channel.request("GET", PATH_SETTINGS, headers)
    if reply.status != 200:  # noqa: PLR2004 - OK of RFC 9110
        refused = decode_refusal(reply.status, reply.body)
        reason = refused.reason if refused is not None else ""
        raise OrdersError(f"settings refused with status {reply.status}", reason)
    answered_code = answered.get(HEADER_SIGNATURE, "")
    if not verify(key, answered_code, Purpose.SETTINGS, nonce.encode(), reply.body):
        raise OrdersError("settings without the collector's valid signature")
    return _orders(reply.body, identity.agent)


def _orders(encoded: bytes, agent: str) -> Orders:
    try:
        settings = decode(encoded)
    except WireError as exc:
        raise OrdersError(f"settings that this version cannot use: {exc}") from exc
    if settings.agent != agent:
        raise OrdersError(f"settings of another agent: {settings.agent!r}")
    return Orders(settings, encoded, digest(encoded))
