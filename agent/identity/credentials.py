"""What the agent shows to a collector and whom it believes, both renewed without a visit.

Authenticated settings ask for a new key (`renew_key`) or bring new CAs (`ca_pem`). All of it runs
in the sender's thread, between two batches; a failure costs a line in the log and is tried again
later, never a report.
"""

import logging
import ssl

from agent.identity.keyring import Keyring
from agent.identity.keys import Identity
from agent.identity.post import post_new_key
from agent.identity.trust import Trust, UntrustedError
from agent.log import Fault
from agent.transport.channel import Channel, ChannelError
from govnet.enrolment import NewKeyRequest, encode
from govnet.report import decode_refusal
from govnet.settings import Settings

_log = logging.getLogger(__name__)

RETRY_SECONDS = 300.0
"""A renewal that failed is not tried again before this time."""

_OTHER_KEY_MAY_BE_KNOWN = frozenset(("unknown_key", "revoked"))


class Credentials:
    """The key in use and the CAs that are trusted; follows what the newest settings say of them."""

    def __init__(self, keyring: Keyring, trust: Trust, settings: Settings | None = None) -> None:
        self._keyring = keyring
        self._trust = trust
        self._renew_key = ""
        self._ca_pem = ""
        self._not_before = 0.0
        self._keys = Fault(_log, "renewing the agent's key")
        self._cas = Fault(_log, "renewing the collector's CA")
        self._writing = Fault(_log, "keeping the agent's keys")
        if settings is not None:
            self.follow(settings)

    @property
    def identity(self) -> Identity:
        """Who this agent is, with the key in use."""
        return self._keyring.current

    @property
    def tls(self) -> ssl.SSLContext | None:
        """What new connections trust; another object once that has changed."""
        return self._trust.context

    def follow(self, settings: Settings) -> None:
        """Do from now on what these settings ask for."""
        self._renew_key, self._ca_pem = settings.renew_key, settings.ca_pem
        self._not_before = 0.0

    def refused(self, reason: str) -> bool:
        """Note that a batch was refused; True if it may be offered again with another key."""
        if reason not in _OTHER_KEY_MAY_BE_KNOWN or not self._keyring.refused():
            return False
        _log.warning("another key is tried", extra={"key": self._keyring.current.key_id})
        return True

    def accepted(self, channel: Channel, now: float) -> None:
        """Note that a collector took a batch, and do what is to be done; `now` is monotonic."""
        try:
            self._keyring.accepted()
            self._writing.over()
        except OSError as exc:
            self._writing.appeared(type(exc).__name__, exc, level=logging.ERROR)
        if now < self._not_before:
            return
        asked = bool(self._renew_key) and self._renew_key == self._keyring.current.key_id
        # A renewal that was begun is brought to its end: the collector may know the next key.
        done = not (asked or self._keyring.waits) or self._renew(channel)
        if not (self._follow_cas(channel) and done):
            self._not_before = now + RETRY_SECONDS

    def _renew(self, channel: Channel) -> bool:
        """Make the next key, tell the collector, use it; False if it is to be tried again."""
        try:
            following = self._keyring.prepare()
            body = encode(NewKeyRequest(key_id=following.key_id, key=following.key.reveal().hex()))
            reply = post_new_key(channel, self._keyring.current, body)
            if reply.status == 409:  # noqa: PLR2004 - key_conflict: the id is another key's
                self._keyring.prepare_another()
            if not 200 <= reply.status < 300:  # noqa: PLR2004 - the successes of RFC 9110 §15.3
                refused = decode_refusal(reply.status, reply.body)
                said = refused.reason if refused else "not in a collector's form"
                self._keys.appeared(f"status {reply.status}", said)
                return False
            self._keyring.adopt()
        except (ChannelError, OSError) as exc:
            self._keys.appeared(type(exc).__name__, exc)
            return False
        self._keys.over()
        _log.info("the agent's key was renewed", extra={"key": self._keyring.current.key_id})
        return True

    def _follow_cas(self, channel: Channel) -> bool:
        """Trust the CAs of the settings; False if that is to be tried again."""
        if not self._ca_pem:
            return True
        try:
            changed = self._trust.follow(self._ca_pem, channel.address)
        except (UntrustedError, OSError) as exc:
            self._cas.appeared(type(exc).__name__, exc, level=logging.ERROR)
            return False
        self._cas.over()
        self._ca_pem = ""  # Done, until settings bring others.
        if changed:
            _log.info("the collector's CA was renewed")
        return True
