"""One message on its way: signed with the agent's key and posted to a collector."""

from agent.identity.keys import Identity
from agent.transport.channel import Channel, Reply
from govnet.report import (
    HEADER_AGENT,
    HEADER_CRC,
    HEADER_KEY,
    HEADER_SIGNATURE,
    PATH_KEYS,
    PATH_REPORTS,
    Purpose,
    crc,
    sign,
)


def post_batch(channel: Channel, identity: Identity, body: bytes) -> Reply:
    """Send the bytes of a batch and return what the collector said. Raises ChannelError."""
    headers = _signed(identity, Purpose.BATCH, body) | {"Content-Encoding": "gzip"}
    return _post(channel, PATH_REPORTS, headers, body)


def post_new_key(channel: Channel, identity: Identity, body: bytes) -> Reply:
    """Tell the collector of a further key, signed with one that it knows. Raises ChannelError."""
    return _post(channel, PATH_KEYS, _signed(identity, Purpose.NEW_KEY, body), body)


def post_unsigned(channel: Channel, path: str, body: bytes) -> Reply:
    """Send JSON that no key stands for yet. Raises ChannelError."""
    return _post(channel, path, {}, body)


def _signed(identity: Identity, purpose: Purpose, body: bytes) -> dict[str, str]:
    return {
        HEADER_AGENT: identity.agent,
        HEADER_KEY: identity.key_id,
        HEADER_SIGNATURE: sign(identity.key.reveal(), purpose, body),
    }


def _post(channel: Channel, path: str, headers: dict[str, str], body: bytes) -> Reply:
    usual = {"Content-Type": "application/json", HEADER_CRC: crc(body)}
    reply, _ = channel.request("POST", path, usual | headers, body)
    return reply
