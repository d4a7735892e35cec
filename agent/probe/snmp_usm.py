"""Asking in version 3: one user at one device, by the user-based security model (RFC 3414).

The device's engine id, boots and time are learnt from the device itself, kept, and learnt anew when
it says that they are wrong.
"""

import secrets
import time
from collections.abc import Callable

from agent.probe.outcome import Outcome, PeerError
from agent.probe.snmp_keys import PRIVACY, UserKeys, keys_for
from agent.probe.snmp_message import pdu_of
from agent.probe.snmp_pdu import NotForUsError, Oid, Pdu, Question
from agent.probe.snmp_v3 import (
    AUTHENTICATED,
    ENCRYPTED,
    Engine,
    Envelope,
    content,
    is_signed,
    pack,
    unpack,
)
from govnet.settings import SnmpAccess

_TIME_WINDOW_SECONDS = 150  # RFC 3414 §2.2.3.
_SENDINGS_KEPT = 16  # One question is sent far fewer times.

_USM_STATS: Oid = (1, 3, 6, 1, 6, 3, 15, 1, 1)
_UNKNOWN_CONTEXTS: Oid = (1, 3, 6, 1, 6, 3, 12, 1)
_NOT_IN_TIME, _UNKNOWN_ENGINE, _NOT_DECRYPTED = 2, 4, 6
_DENIALS = {
    1: "the device does not offer this security level (authentication, encryption) to this user",
    3: "the device does not know this user",
    5: "the device refuses the authentication key or its algorithm",
    _NOT_DECRYPTED: "the device refuses the privacy key or its algorithm",
}
"""What the counters of usmStats (RFC 3414 §5) say about who asked."""

_NOBODY = UserKeys("", b"", b"")


class AskAgain(Exception):  # noqa: N818 - not an error: the device told what was missing
    """The device told its engine id or time: the same question has a chance now."""


class UsmSecurity:
    """Wraps questions of version 3 and unwraps the answers; used by one thread at a time."""

    def __init__(self, access: SnmpAccess, *, now: Callable[[], float] = time.monotonic) -> None:
        self._access = access
        self._now = now
        self._engine = Engine(b"", 0, 0)
        self._learnt_at = 0.0
        self._keys: UserKeys | None = None
        self._message_ids: list[int] = []
        self._unheard: Question | None = None
        # Two ways of stretching long keys are in use; which one shows when a device answers.
        self._alternative = False
        self._proven = PRIVACY.get(access.privacy, 0) <= PRIVACY["aes128"]

    def give_up(self) -> None:
        """Forget who the device is: what never answers may have been replaced."""
        self._engine = Engine(b"", 0, 0)
        self._keys = None

    def seal(self, question: Question) -> bytes:
        """Return the message that asks it; while the device is unknown, one that asks who it is."""
        message_id = secrets.randbelow(1 << 31)
        self._message_ids = [*self._message_ids[1 - _SENDINGS_KEPT :], message_id]
        if not self._engine.engine_id:
            return pack(
                pdu_of(Question("get", question.request_id, ())),
                message_id=message_id,
                reportable=True,
                engine=self._engine,
                context_engine_id=b"",
                context="",
                user="",
                keys=_NOBODY,
            )
        if question is self._unheard and not self._proven:
            self._alternative = not self._alternative
            self._keys = None
        self._unheard = question
        if self._keys is None:
            self._keys = keys_for(
                self._access, self._engine.engine_id, alternative=self._alternative
            )
        passed_seconds = int(self._now() - self._learnt_at)
        return pack(
            pdu_of(question),
            message_id=message_id,
            reportable=True,
            engine=Engine(
                self._engine.engine_id, self._engine.boots, self._engine.time + passed_seconds
            ),
            context_engine_id=self._engine.engine_id,
            context=self._access.context,
            user=self._access.user,
            keys=self._keys,
        )

    def open(self, datagram: bytes) -> Pdu:
        """Return what a datagram says.

        Raises NotSnmpError for what is no answer to us, AskAgain when the question must be sealed
        anew, PeerError(DENIED) when the device does not accept user or keys.
        """
        envelope = unpack(datagram)
        if envelope.message_id not in self._message_ids:
            raise NotForUsError("an answer to another question")
        keys = self._keys or _NOBODY
        signed = False
        if envelope.flags & AUTHENTICATED:
            signed = is_signed(datagram, envelope, keys)
            if not signed or envelope.engine.engine_id != self._engine.engine_id:
                raise NotForUsError("an answer that is not signed with our key")
        pdu = content(envelope, keys)
        if pdu.kind == "report":
            self._heed(pdu, envelope, signed=signed)
        enough = (signed or not self._access.authentication) and (
            envelope.flags & ENCRYPTED or not self._access.privacy
        )
        if not enough or self._keys is None:
            raise NotForUsError("an answer with less security than the question")
        if signed:
            self._keep_time(envelope.engine)
        self._proven = True
        return pdu

    def _heed(self, report: Pdu, envelope: Envelope, *, signed: bool) -> None:
        """Take from a report what it tells, or raise what it means."""
        oid: Oid = report.values[0][0] if report.values else ()
        if oid[: len(_UNKNOWN_CONTEXTS)] == _UNKNOWN_CONTEXTS:
            raise PeerError(Outcome.DENIED, "the device does not know this context")
        reason = oid[len(_USM_STATS)] if oid[:-2] == _USM_STATS else None
        if reason == _UNKNOWN_ENGINE and envelope.engine.engine_id != self._engine.engine_id:
            self._learn(envelope.engine)
            self._keys = self._unheard = None
            raise AskAgain("the device told its engine id")
        if reason == _NOT_IN_TIME and (signed or not self._access.authentication):
            self._learn(envelope.engine)
            self._unheard = None
            raise AskAgain("the device told its time")
        if reason == _NOT_DECRYPTED and not self._proven and not self._alternative:
            raise AskAgain("the device cannot decrypt; stretching the key the other way")
        if reason in _DENIALS:
            raise PeerError(Outcome.DENIED, _DENIALS[reason])
        raise NotForUsError("a report that says nothing to us")

    def _keep_time(self, engine: Engine) -> None:
        """Check a signed answer's time and follow it (RFC 3414 §3.2, 7b)."""
        expected = self._engine.time + int(self._now() - self._learnt_at)
        older = engine.boots < self._engine.boots or (
            engine.boots == self._engine.boots and engine.time < expected - _TIME_WINDOW_SECONDS
        )
        if older:
            raise NotForUsError("an answer from the past")
        if (engine.boots, engine.time) > (self._engine.boots, expected):
            self._learn(engine)

    def _learn(self, engine: Engine) -> None:
        self._engine = engine
        self._learnt_at = self._now()
