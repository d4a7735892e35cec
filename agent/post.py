"""One batch on its way: signed with the agent's key and posted to a collector."""

from agent.channel import Channel
from agent.config import Identity
from agent.delivery import Reply
from govnet.report import (
    HEADER_AGENT,
    HEADER_KEY,
    HEADER_SIGNATURE,
    PATH_REPORTS,
    Purpose,
    sign,
)


def post_batch(channel: Channel, identity: Identity, body: bytes) -> Reply:
    """Send the bytes of a batch and return what the collector said. Raises ChannelError."""
    headers = {
        "Content-Type": "application/json",
        "Content-Encoding": "gzip",
        HEADER_AGENT: identity.agent,
        HEADER_KEY: identity.key_id,
        HEADER_SIGNATURE: sign(identity.key.reveal(), Purpose.BATCH, body),
    }
    reply, _ = channel.request("POST", PATH_REPORTS, headers, body)
    return reply
