"""One way of asking one device: what pysnmp's engine must know for it, and what reports mean.

In version 3 the device tells its engine id and its time (RFC 3414 §4); the engine keeps both for
some minutes, and they are asked for anew when the device says that they are wrong, or is silent.
"""

from collections.abc import Mapping
from itertools import count
from typing import Any

from pyasn1.error import PyAsn1Error
from pysnmp.error import PySnmpError

from agent.probe.outcome import Outcome, PeerError
from agent.probe.snmp.engine import Engine, PeerAddress, current_engine, peer_address
from agent.probe.snmp.pdu import NotForUsError, Oid, Pdu, Question
from agent.probe.snmp.refusal import Refusal
from agent.probe.snmp.values import oid_from, pdu_from, readable
from govnet.errors import CheckError
from govnet.settings import SnmpAccess

_ENGINE_ID_BYTES = range(5, 33)  # RFC 3411 §5.

_USM_STATS: Oid = (1, 3, 6, 1, 6, 3, 15, 1, 1)
_UNKNOWN_CONTEXTS: Oid = (1, 3, 6, 1, 6, 3, 12, 1)
_NOT_IN_TIME, _UNKNOWN_ENGINE, _NOT_DECRYPTED = 2, 4, 6
_DENIALS: Mapping[int, Refusal] = {
    1: Refusal.LEVEL,
    3: Refusal.USER,
    5: Refusal.AUTHENTICATION_KEY,
    _NOT_DECRYPTED: Refusal.PRIVACY_KEY,
}
"""What the counters of usmStats (RFC 3414 §5) say about who asked."""

_meetings = count()


class AskAgain(Exception):  # noqa: N818 - not an error: the device told what was missing
    """The device told its engine id or time: the same question has a chance now."""


class Peer:
    """A device and how it is asked; used by one thread at a time."""

    def __init__(self, access: SnmpAccess, address: str) -> None:
        self._access = access
        self._address = address
        self._meeting = next(_meetings)
        self._engine: Engine | None = None
        self._question: Question | None = None
        self._unheard: Question | None = None
        self._handles: list[int] = []
        self._heard: list[tuple[Any, Any]] = []
        self._asked_by_id = b""
        # Two ways of stretching long keys are in use; which one shows when a device answers.
        self._of_others = False
        self._proven = access.privacy not in ("aes192", "aes256")

    def seal(self, question: Question) -> bytes:
        """Return the message that asks it; while the device is unknown, one that asks who it is.

        Raises CheckError where pysnmp cannot make one.
        """
        if question is not self._question:
            self.forget()
            self._question = question
        if self._engine is None:
            self._engine = current_engine()
        engine = self._engine
        with engine.lock:
            self._asked_by_id = b""
            if self._access.version == "3":
                self._asked_by_id = engine.engine_id(self._key)
            if self._asked_by_id:
                if question is self._unheard and not self._proven:
                    self._of_others = not self._of_others
                self._unheard = question
            try:
                self._know_user(engine)
                handle, message = engine.ask(
                    self._key, self._access, question, lambda *said: self._heard.append(said)
                )
            except (PySnmpError, PyAsn1Error) as exc:
                # Its own words may hold the values that it was given.
                raise CheckError(f"pysnmp cannot ask so: {type(exc).__name__}") from None
        self._handles.append(handle)
        return message

    def open(self, datagram: bytes) -> Pdu:
        """Return what a datagram from the device says.

        Raises NotSnmpError for what is no answer to us, AskAgain when the question must be sealed
        anew, PeerError(DENIED) when the device does not accept user or keys.
        """
        engine = self._engine
        if engine is None:
            raise NotForUsError("an answer, and nothing was asked")
        self._heard.clear()
        with engine.lock:
            self._know_user(engine)
            engine.take(self._key, datagram)
            if not self._heard:
                engine.tire()
                self._look_who_speaks(engine, datagram)
                raise NotForUsError("an answer to another question, or not with our key")
            pdu, report = self._heard[0]
            if pdu is None:
                self._heed(report)
            found = pdu_from(pdu)
        self._proven = True
        return found

    def forget(self) -> None:
        """Expect no answer any more; a worn engine is left with it."""
        if self._engine is not None:
            with self._engine.lock:
                self._engine.forget(self._access, self._handles)
        self._handles.clear()
        self._question = self._engine = None

    def give_up(self) -> None:
        """Forget who the device is: what never answers may have been replaced."""
        self._meeting = next(_meetings)

    @property
    def _key(self) -> PeerAddress:
        return peer_address(self._address, self._access.port, self._meeting)

    def _know_user(self, engine: Engine) -> None:
        """Have our keys with the device, even where another device of its engine id had others."""
        if not self._asked_by_id:
            return
        if len(self._asked_by_id) not in _ENGINE_ID_BYTES:
            self.give_up()
            raise PeerError(Outcome.MALFORMED, "the device tells an engine id that is none")
        engine.know_user(self._asked_by_id, self._access, of_others=self._of_others)

    def _look_who_speaks(self, engine: Engine, datagram: bytes) -> None:
        """Meet a device anew that was replaced.

        pysnmp reads no report of an engine whose users it does not know.
        """
        if self._asked_by_id and engine.signature(datagram)[0] != self._asked_by_id:
            self.give_up()
            self._unheard = None
            raise AskAgain("the device told its engine id")

    def _heed(self, report: Any) -> None:
        """Take from a report what it tells, or raise what it means."""
        with readable():
            oid: Oid = oid_from(report["oid"]) if "oid" in report else ()
        if oid[: len(_UNKNOWN_CONTEXTS)] == _UNKNOWN_CONTEXTS:
            raise PeerError(Outcome.DENIED, "the device does not know this context")
        reason = oid[len(_USM_STATS)] if oid[:-2] == _USM_STATS else None
        if reason == _UNKNOWN_ENGINE:
            if self._asked_by_id:
                self.give_up()
            self._unheard = None
            raise AskAgain("the device told its engine id")
        if reason == _NOT_IN_TIME:
            self._unheard = None
            raise AskAgain("the device told its time")
        if reason == _NOT_DECRYPTED and not self._proven and not self._of_others:
            raise AskAgain("the device cannot decrypt; stretching the key the other way")
        if reason is not None and reason in _DENIALS:
            raise PeerError(Outcome.DENIED, _DENIALS[reason])
        raise NotForUsError("a report that says nothing to us")
