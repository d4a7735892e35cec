"""A Poly endpoint's REST interface, replayed over real HTTPS in the forms of Poly's guide."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from agent.probe import poly_rest
from agent.probe.outcome import Outcome
from agent.probe.point import LoginFate, Media
from govnet.settings import Login, Secret
from tests.unit.deadlines import ANSWER_SECONDS, LeapingClock

LOGIN = Login(user="giam-sat", password=Secret('mật"khẩu'))
SESSION = "PSN0HPCF1234567890"
PAGES: dict[str, Any] = {
    "/rest/system": {"model": "StudioX50", "softwareVersion": "3.10.0-362035", "state": "READY"},
    "/rest/system/sipservers": [{"address": "198.18.0.9", "state": "UP"}],
    "/rest/system/h323gatekeepers": [{"address": "198.18.0.9", "state": "down"}],
    "/rest/conferences/active": {
        "id": 3,
        "connections": [
            {"id": 7, "state": "CONNECTED", "callType": "SIP"},
            {"id": 8, "state": "DISCONNECTED"},
        ],
    },
    "/rest/conferences/3/connections/7/mediastat": [
        {
            "mediaDirection": "RX",
            "mediaType": "AUDIO",
            "jitter": 12,
            "latency": 40,
            "packetLoss": 4,
            "percentPacketLoss": 0.5,
        },
        {"mediaDirection": "TX", "mediaType": "VIDEO", "jitter": -1, "percentPacketLoss": True},
        {"mediaDirection": "BOTH", "mediaType": "VIDEO"},
    ],
}


class Endpoint:
    """Answers like an endpoint whose only account is ours; counts the sessions that are open."""

    def __init__(self, pages: dict[str, Any], **how: Any) -> None:
        self.pages = pages
        self.how = how
        self.open = 0

    def __call__(self, asked: Any) -> tuple[int, dict[str, str], bytes]:
        if asked.method == "POST":
            wanted = json.loads(asked.body)
            right = (wanted["user"], wanted["password"]) == (LOGIN.user, LOGIN.password.reveal())
            if not right or asked.path != "/rest/session":
                return 403, {}, b'{"success": false, "reason": "NotAuthenticated"}'
            self.open += 1
            body = {"success": True, "session": {"sessionId": SESSION}}
            cookie = {"Set-Cookie": f"session_id={SESSION}; Path=/; HttpOnly"}
            return 200, {} if self.how.get("bodily") else cookie, json.dumps(body).encode()
        if asked.headers["Cookie"] != f"session_id={SESSION}":
            return 401, {}, b""
        if asked.method == "DELETE":
            if asked.path != self.how.get("closed_at", "/rest/session"):
                return 404, {}, b""
            self.open -= 1
            return 204, {}, b""
        if asked.path not in self.pages:
            return 404, {}, b""
        page = self.pages[asked.path]
        return 200, {}, page if isinstance(page, bytes) else json.dumps(page).encode()


@pytest.fixture
def ask(identity: Any) -> Callable[..., Any]:
    """Ask with our account and with the server's certificate trusted."""

    def status(server: Any, **more: Any) -> Any:
        given = {
            "login": LOGIN,
            "ca_file": str(identity.pem),
            "timeout_seconds": ANSWER_SECONDS,
        } | more
        return poly_rest.status("127.0.0.1", server.port, **given)

    return status


@pytest.mark.parametrize("how", [{}, {"bodily": True}, {"closed_at": "/rest/sessions/self"}])
def test_endpoint_in_a_call_says_everything_and_keeps_no_session(
    https_server: Callable[..., Any], ask: Callable[..., Any], how: dict[str, Any]
) -> None:
    endpoint = Endpoint(PAGES, **how)
    seen = ask(https_server(endpoint))

    assert (seen.outcome, seen.status_code, seen.login, seen.detail) == (
        Outcome.ANSWERED,
        200,
        LoginFate.ACCEPTED,
        "",
    )
    assert (seen.facts.model, seen.facts.firmware) == ("StudioX50", "3.10.0-362035")
    assert seen.facts.registered == {"sip": True, "h323": False}
    assert seen.facts.in_call is True
    assert seen.facts.media == (
        Media("receive", 0.005, 0.012, 0.04),
        Media("transmit", None, None, None),
    )
    assert endpoint.open == 0


def test_idle_endpoint_without_the_newer_pages(
    https_server: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    idle = {"/rest/conferences/active": {"id": -1, "connections": []}}
    seen = ask(https_server(Endpoint(idle)))

    assert seen.facts.in_call is False
    assert seen.facts.registered == {}
    assert seen.facts.model == ""


@pytest.mark.parametrize("state", ["RINGING", "whatever"])
def test_connection_that_does_not_stand_is_no_word_about_calls(
    https_server: Callable[..., Any], ask: Callable[..., Any], state: str
) -> None:
    page = {"id": 0, "connections": [{"id": 1, "state": state}]}
    seen = ask(https_server(Endpoint({"/rest/conferences/active": page})))

    assert seen.facts.in_call is None


def test_nothing_but_sessions_is_changed(
    https_server: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    server = https_server(Endpoint(PAGES))
    ask(server)

    changes = [(asked.method, asked.path) for asked in server.asked if asked.method != "GET"]
    assert changes == [("POST", "/rest/session"), ("DELETE", "/rest/session")]


@pytest.mark.parametrize(
    ("more", "fate"),
    [
        ({"login": None}, LoginFate.NONE),
        ({"ca_file": None}, LoginFate.HELD_BACK),
        ({"login": Login(user="ai", password=Secret("sai"))}, LoginFate.REFUSED),
    ],
)
def test_endpoint_without_a_login_that_counts_is_alive(
    https_server: Callable[..., Any],
    ask: Callable[..., Any],
    more: dict[str, Any],
    fate: LoginFate,
) -> None:
    server = https_server(Endpoint(PAGES))
    seen = ask(server, **more)

    assert (seen.outcome, seen.login, seen.facts) == (Outcome.ANSWERED, fate, None)
    assert len(server.asked) == 1
    assert (server.asked[0].body == b"") == (fate is not LoginFate.REFUSED)


def test_success_false_is_a_refused_login(
    https_server: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    seen = ask(https_server(lambda _: (200, {}, b'{"success": false}')))

    assert seen.login is LoginFate.REFUSED


def test_session_is_closed_after_nonsense_too(
    https_server: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    endpoint = Endpoint(PAGES | {"/rest/system/sipservers": b"[" * 200_000})
    seen = ask(https_server(endpoint))

    assert seen.outcome is Outcome.ANSWERED
    assert seen.detail == "no JSON"
    assert endpoint.open == 0


def test_session_is_closed_when_time_is_over(
    https_server: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    """Of 200 s all but 20 are over when the second page comes."""
    clock = LeapingClock()
    endpoint = Endpoint(PAGES)

    def answer(asked: Any) -> tuple[int, dict[str, str], bytes]:
        if asked.path == "/rest/system/sipservers":
            clock.leap(180.0)
        return endpoint(asked)

    server = https_server(answer)
    seen = ask(server, timeout_seconds=200.0, clock=clock)

    assert seen.outcome is Outcome.ANSWERED
    assert seen.facts is not None
    assert "/rest/conferences/active" not in [asked.path for asked in server.asked]
    assert endpoint.open == 0


@pytest.mark.parametrize(
    "page",
    [b"null", b"3", b'"x"', b"{}", b"[]", b"[[]]", b'[{"state": 5}]', b'{"connections": [1]}'],
)
def test_wrong_kinds_of_json_are_said_by_nobody(
    https_server: Callable[..., Any], ask: Callable[..., Any], page: bytes
) -> None:
    seen = ask(https_server(Endpoint(dict.fromkeys(PAGES, page))))

    assert seen.outcome is Outcome.ANSWERED
    assert seen.facts.registered == {}
    assert seen.facts.media == ()


@pytest.mark.parametrize("reply", [(200, {}, b"<html>"), (404, {}, b""), (200, {}, b"x" * 300_000)])
def test_what_is_no_rest_interface_is_a_finding(
    https_server: Callable[..., Any], ask: Callable[..., Any], reply: tuple[int, Any, bytes]
) -> None:
    seen = ask(https_server(lambda _: reply))

    assert seen.outcome is Outcome.MALFORMED
    assert seen.facts is None


def test_secrets_are_nowhere_in_what_is_told(
    https_server: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    told: list[str] = []
    for answer in (Endpoint(PAGES), Endpoint({"/rest/system": b"oops"}), lambda _: (403, {}, b"")):
        seen = ask(https_server(answer), trace=told.append)
        told += [repr(seen), seen.detail]

    whole = "\n".join(told)
    assert "asked POST /rest/session" in whole
    assert LOGIN.password.reveal() not in whole
    assert SESSION not in whole
