"""Ask a Cisco or Tandberg codec what it knows: xAPI over HTTPS, `GET /getxml?location=/Status/…`.

Basic authentication; the role USER suffices. 401 means alive. Names are those of the xAPI
reference guides (TC7, CE9, RoomOS): SystemUnit, SIP Registration, H323 Gatekeeper, Call,
MediaChannels Netstat. Nothing is changed and nothing is dialled.
"""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from agent.probe import point_round
from agent.probe.api import OK, Reply
from agent.probe.outcome import Outcome, PeerError
from agent.probe.point import LoginFate, Media, PointFacts
from agent.probe.xml_reply import number_at, parse, text_at

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_LIMIT_BYTES = 262144
_SECONDS = 0.001  # Netstat counts milliseconds.
_DIRECTIONS = {"Incoming": "receive", "Outgoing": "transmit"}
_REGISTERED = {"Registered": True, "Failed": False, "Registering": False, "Deregister": False}
_GATEKEEPER = {"Registered": True, "Rejected": False}
_IN_CALL = frozenset(("Connected", "OnHold", "Preserved", "RemotePreserved"))
_NOT_YET_OR_NO_MORE = frozenset(
    ("Idle", "Dialling", "Ringing", "Connecting", "EarlyMedia", "Disconnecting")
)


def read_system(status: "Element", facts: PointFacts) -> PointFacts:
    """Add model and software of `/Status/SystemUnit`."""
    unit = status.find(".//SystemUnit")
    if unit is None:
        return facts
    model = text_at(unit, "ProductPlatform") or text_at(unit, "ProductId")
    return replace(facts, model=model, firmware=text_at(unit, "Software/Version"))


def read_sip(status: "Element", facts: PointFacts) -> PointFacts:
    """Add the registration of `/Status/SIP`; one of several is enough, "Inactive" is none."""
    words = [
        _REGISTERED[word]
        for each in status.iter("Registration")
        if (word := text_at(each, "Status")) in _REGISTERED
    ]
    return _registered(facts, "sip", words)


def read_h323(status: "Element", facts: PointFacts) -> PointFacts:
    """Add the registration of `/Status/H323`; "Inactive" is none."""
    words = [
        _GATEKEEPER[word]
        for each in status.iter("Gatekeeper")
        if (word := text_at(each, "Status")) in _GATEKEEPER
    ]
    return _registered(facts, "h323", words)


def _registered(facts: PointFacts, protocol: str, words: list[bool]) -> PointFacts:
    if not words:
        return facts
    return replace(facts, registered={**facts.registered, protocol: any(words)})


def read_calls(status: "Element", facts: PointFacts) -> PointFacts:
    """Add whether `/Status/Call` lists a call that stands; ringing is not yet one.

    An error, and a call in a state that nobody knows, is no word about it.
    """
    states = {text_at(call, "Status") for call in status.iter("Call")}
    if states & _IN_CALL:
        return replace(facts, in_call=True)
    if status.get("status", "OK") != "OK" or states - _NOT_YET_OR_NO_MORE:
        return facts
    return replace(facts, in_call=False)


def read_media(status: "Element", facts: PointFacts) -> PointFacts:
    """Add every stream of `/Status/MediaChannels`: loss of the last interval, else of the call."""
    media = []
    for channel in status.iter("Channel"):
        direction = _DIRECTIONS.get(text_at(channel, "Direction"))
        netstat = channel.find("Netstat")
        if direction is None or netstat is None:
            continue
        lost = number_at(netstat, "LastIntervalLost")
        received = number_at(netstat, "LastIntervalReceived")
        if lost is None or received is None:
            lost, received = number_at(netstat, "Loss"), number_at(netstat, "Packets")
        ratio = None
        if lost is not None and received is not None and lost + received:
            ratio = lost / (lost + received)
        jitter = number_at(netstat, "Jitter")
        media.append(Media(direction, ratio, None if jitter is None else jitter * _SECONDS, None))
    return replace(facts, media=tuple(media))


_QUESTIONS = (("SIP", read_sip), ("H323", read_h323), ("Call", read_calls))


class _Codec(point_round.Round):
    """One round of questions, and how far it has come, also after a failure."""

    def ask(self) -> None:
        """Ask everything; raises OSError at the first question that is not answered."""
        self._api.connect()
        headers, self.login = self._api.login_headers(self._login)
        reply = self._get("SystemUnit", headers)
        if reply.refused:
            self.first = reply
            self.login = LoginFate.REFUSED if headers else self.login
            return
        facts = read_system(_status_of(reply), PointFacts())
        self.first, self.facts = reply, facts
        self.login = LoginFate.ACCEPTED if headers else self.login
        for what, read in _QUESTIONS:
            self.facts = read(_status_of(self._get(what, headers)), self.facts)
        if self.facts.in_call:
            answer = self._get("MediaChannels", headers)
            self.facts = read_media(_status_of(answer), self.facts)

    def _get(self, what: str, headers: tuple[tuple[str, str], ...]) -> Reply:
        path = f"/getxml?location=/Status/{what}"
        return self._api.ask("GET", path, headers=headers, limit_bytes=_LIMIT_BYTES)


def _status_of(reply: Reply) -> "Element":
    if reply.status_code != OK:
        raise PeerError(Outcome.MALFORMED, f"no xAPI there: HTTP status {reply.status_code}")
    if reply.truncated:
        raise PeerError(Outcome.MALFORMED, f"an answer of more than {_LIMIT_BYTES} bytes")
    root = parse(reply.body)
    if root.tag not in ("Status", "XmlDoc", "EmptyResult"):
        raise PeerError(Outcome.MALFORMED, "no xAPI there: XML of another kind")
    return root


status = partial(point_round.status, _Codec)
"""Ask a codec (`point_round.status`)."""
