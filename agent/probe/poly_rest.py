"""Ask a Poly endpoint (Group Series, Studio X, G7500) what it knows, by its REST interface.

1. POST /rest/session with the login gives a session cookie; without a login, GET /rest/session
   shows only that the interface is there (401 and 403 mean alive).
2. /rest/system, /rest/system/sipservers, /rest/system/h323gatekeepers, /rest/conferences/active,
   and while in a call …/connections/ID/mediastat.
3. The session is closed again in any case: an endpoint keeps only a few. Nothing else is changed.

Names are those of the Poly VideoOS REST API Reference Guide.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from agent.probe import point_round
from agent.probe.api import NOT_FOUND, OK, Api, Reply
from agent.probe.outcome import Outcome, PeerError
from agent.probe.point import LoginFate, Media, PointFacts
from govnet.settings import Login

_LIMIT_BYTES = 262144
_SECONDS = 0.001  # jitter and latency are milliseconds.
_PERCENT = 0.01
_MOST_MILLISECONDS = 3_600_000
_CONNECTIONS_LIMIT = 4
_TEXT_LIMIT = 200
_DIRECTIONS = {"RX": "receive", "TX": "transmit"}
_SERVERS = {"up": True, "down": False}


def read_system(answer: Any, facts: PointFacts) -> PointFacts:
    """Add model and software of /rest/system."""
    if not isinstance(answer, dict):
        return facts
    return replace(
        facts, model=_text(answer.get("model")), firmware=_text(answer.get("softwareVersion"))
    )


def read_servers(protocol: str, answer: Any, facts: PointFacts) -> PointFacts:
    """Add whether one of the servers of a protocol takes the endpoint; none in use, nothing."""
    words = [
        _SERVERS[word]
        for each in _records(answer)
        if (word := _text(each.get("state")).lower()) in _SERVERS
    ]
    if not words:
        return facts
    return replace(facts, registered={**facts.registered, protocol: any(words)})


def read_conference(answer: Any, facts: PointFacts) -> tuple[PointFacts, tuple[str, ...]]:
    """Add whether a connection stands; return the paths of their statistics as well.

    No connection means no call; one that is neither connected nor without a state is no word.
    """
    if not isinstance(answer, dict) or not isinstance(answer.get("connections"), list):
        return facts, ()
    connections = answer["connections"]
    standing = [
        each
        for each in _records(connections)
        if _text(each.get("state")).lower() in ("", "connected")
    ]
    if connections and not standing:
        return facts, ()
    conference = answer.get("id")
    number = conference if _is_number(conference) else 0
    paths = tuple(
        f"/rest/conferences/{number}/connections/{each['id']}/mediastat"
        for each in standing[:_CONNECTIONS_LIMIT]
        if _is_number(each.get("id"))
    )
    return replace(facts, in_call=bool(standing)), paths


def read_media(answer: Any, facts: PointFacts) -> PointFacts:
    """Add the streams of one connection's mediastat."""
    media = []
    for each in _records(answer):
        direction = _DIRECTIONS.get(_text(each.get("mediaDirection")).upper())
        if direction is not None:
            media.append(
                Media(
                    direction,
                    _number(each.get("percentPacketLoss"), _PERCENT, most=100),
                    _number(each.get("jitter"), _SECONDS, most=_MOST_MILLISECONDS),
                    _number(each.get("latency"), _SECONDS, most=_MOST_MILLISECONDS),
                )
            )
    return replace(facts, media=(*facts.media, *media))


def _records(answer: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(answer, list):
        yield from (each for each in answer if isinstance(each, dict))


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 31


def _number(value: Any, scale: float, *, most: float) -> float | None:
    """Return a measured number; None for what is none, and for -1, which stands for unknown."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value * scale if 0 <= value <= most else None


def _text(value: Any) -> str:
    text = value.strip()[:_TEXT_LIMIT] if isinstance(value, str) else ""
    return "".join(char if char.isprintable() else "?" for char in text)


def _decoded(reply: Reply) -> Any:
    """Return the JSON of an answer. Raises PeerError(MALFORMED) if it is none."""
    if reply.status_code != OK or reply.truncated:
        raise PeerError(Outcome.MALFORMED, f"no answer to use: HTTP status {reply.status_code}")
    try:
        return json.loads(reply.body)
    except (ValueError, RecursionError) as exc:
        raise PeerError(Outcome.MALFORMED, "no JSON") from exc


class _Endpoint(point_round.Round):
    """One session, and how far it has come, also after a failure."""

    asking_share = 0.85

    def __init__(self, api: Api, login: Login | None) -> None:
        super().__init__(api, login)
        self._headers: tuple[tuple[str, str], ...] = ()

    def ask(self) -> None:
        """Ask everything; raises OSError at the first question that is not answered."""
        self._api.connect()
        if self._login is None or not self._api.trusted:
            self.login = LoginFate.NONE if self._login is None else LoginFate.HELD_BACK
            reply = self._api.ask("GET", "/rest/session", limit_bytes=_LIMIT_BYTES)
            if not reply.refused:
                _decoded(reply)
            self.first = reply
            return
        if not self._open(self._login):
            return
        self.facts = read_system(self._get("/rest/system"), PointFacts())
        self.facts = read_servers("sip", self._get("/rest/system/sipservers"), self.facts)
        self.facts = read_servers("h323", self._get("/rest/system/h323gatekeepers"), self.facts)
        self.facts, paths = read_conference(self._get("/rest/conferences/active"), self.facts)
        for path in paths:
            self.facts = read_media(self._get(path), self.facts)

    def _open(self, login: Login) -> bool:
        """Open a session; False if the endpoint does not take the login."""
        wanted = {"action": "Login", "user": login.user, "password": login.password.reveal()}
        reply = self._api.ask(
            "POST",
            "/rest/session",
            headers=(("Content-Type", "application/json"),),
            body=json.dumps(wanted).encode(),
            secret_body=True,
            limit_bytes=_LIMIT_BYTES,
        )
        if reply.refused:
            self.first, self.login = reply, LoginFate.REFUSED
            return False
        answer = _decoded(reply)
        self.first = reply
        cookie = reply.cookies.get("session_id", "") or _session(answer)
        if not cookie or (isinstance(answer, dict) and answer.get("success") is False):
            self.login = LoginFate.REFUSED
            return False
        self.login = LoginFate.ACCEPTED
        self._headers = (("Cookie", f"session_id={cookie}"),)
        return True

    def _get(self, path: str) -> Any:
        """Return what is answered, None for what this software does not have."""
        reply = self._api.ask("GET", path, headers=self._headers, limit_bytes=_LIMIT_BYTES)
        return None if reply.status_code == NOT_FOUND else _decoded(reply)

    def close(self) -> None:
        """Give the session back, if there is one; Group Series names it in another way."""
        if not self._headers:
            return
        for path in ("/rest/session", "/rest/sessions/self"):
            reply = self._api.ask("DELETE", path, headers=self._headers, limit_bytes=_LIMIT_BYTES)
            if reply.status_code < 300:  # noqa: PLR2004 - any 2xx: it is closed
                return


def _session(answer: Any) -> str:
    """Return the session id that stands in the answer itself, if it could be a cookie."""
    session = answer.get("session") if isinstance(answer, dict) else None
    name = session.get("sessionId") if isinstance(session, dict) else None
    usable = isinstance(name, str) and name.isascii() and name.isprintable() and ";" not in name
    return name if isinstance(name, str) and usable else ""


status = partial(point_round.status, _Endpoint)
"""Ask an endpoint (`point_round.status`)."""
