"""A codec's xAPI, replayed over real HTTPS in the forms of Cisco's reference guides."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from agent.probe import xapi
from agent.probe.outcome import Outcome, PeerError
from agent.probe.point import LoginFate, Media
from agent.probe.xml_reply import parse
from govnet.settings import Login, Secret
from tests.unit.deadlines import ANSWER_SECONDS, HANG_SECONDS

LOGIN = Login(user="giam-sat", password=Secret("mật khẩu:42"))
BASIC = "Basic Z2lhbS1zYXQ6beG6rXQga2jhuql1OjQy"
SYSTEM = """<?xml version="1.0"?>
<Status product="Cisco Codec" version="ce9.15.3.22.fabdcb4b4b2" apiVersion="4">
  <SystemUnit><ProductId>Cisco Webex Room Kit</ProductId>
    <ProductPlatform>Room Kit</ProductPlatform>
    <Software><Version>ce9.15.3.22.fabdcb4b4b2</Version></Software></SystemUnit>
</Status>"""
SIP = """<Status><SIP><Registration item="1"><Reason></Reason><Status>Registered</Status>
  <URI>phong-hop@vc.example</URI></Registration></SIP></Status>"""
H323 = "<Status><H323><Gatekeeper><Status>Rejected</Status></Gatekeeper></H323></Status>"
CALL = """<Status><Call item="4"><AnswerState>Answered</AnswerState><Protocol>sip</Protocol>
  <Status>Connected</Status></Call></Status>"""
MEDIA = """<Status><MediaChannels><Call item="4">
  <Channel item="11"><Direction>Incoming</Direction><Netstat><Jitter>7</Jitter>
    <LastIntervalLost>5</LastIntervalLost><LastIntervalReceived>95</LastIntervalReceived>
    <Loss>12</Loss><Packets>90000</Packets></Netstat><Type>Audio</Type></Channel>
  <Channel item="12"><Direction>Outgoing</Direction><Netstat><Jitter>0</Jitter>
    <Loss>10</Loss><Packets>990</Packets></Netstat><Type>Video</Type></Channel>
  <Channel item="13"><Direction>Outgoing</Direction><Netstat><Loss>0</Loss><Packets>0</Packets>
    </Netstat><Type>Data</Type></Channel>
</Call></MediaChannels></Status>"""
PAGES = {"SystemUnit": SYSTEM, "SIP": SIP, "H323": H323, "Call": CALL, "MediaChannels": MEDIA}


def codec(pages: dict[str, str]) -> Callable[[Any], tuple[int, dict[str, str], bytes]]:
    """Answer like a codec whose only account is ours."""

    def answer(asked: Any) -> tuple[int, dict[str, str], bytes]:
        if asked.headers["Authorization"] != BASIC:
            return 401, {"WWW-Authenticate": 'Basic realm="CODEC"'}, b"Unauthorized"
        what = asked.path.removeprefix("/getxml?location=/Status/")
        return 200, {"Content-Type": "text/xml"}, pages.get(what, "<EmptyResult/>").encode()

    return answer


def always(status: int, body: bytes, **headers: str) -> Callable[[Any], Any]:
    return lambda _: (status, headers, body)


@pytest.fixture
def ask(identity: Any) -> Callable[..., Any]:
    """Ask with our account and with the server's certificate trusted."""

    def status(server: Any, **more: Any) -> Any:
        given = {
            "login": LOGIN,
            "ca_file": str(identity.pem),
            "timeout_seconds": ANSWER_SECONDS,
        } | more
        return xapi.status("127.0.0.1", server.port, **given)

    return status


def test_codec_in_a_call_says_everything(
    https_server: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    server = https_server(codec(PAGES))
    seen = ask(server)

    assert (seen.outcome, seen.status_code, seen.login) == (
        Outcome.ANSWERED,
        200,
        LoginFate.ACCEPTED,
    )
    assert seen.facts is not None
    assert (seen.facts.model, seen.facts.firmware) == ("Room Kit", "ce9.15.3.22.fabdcb4b4b2")
    assert seen.facts.registered == {"sip": True, "h323": False}
    assert seen.facts.in_call is True
    assert seen.facts.media == (
        Media("receive", 0.05, 0.007, None),
        Media("transmit", 0.01, 0.0, None),
        Media("transmit", None, None, None),
    )
    assert seen.rtt_seconds is not None
    assert seen.handshake is not None
    assert [asked.path.rpartition("/")[2] for asked in server.asked] == list(PAGES)


def test_idle_codec_is_not_asked_for_streams_it_has_not(
    https_server: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    inactive = SIP.replace("Registered", "Inactive")
    server = https_server(codec({"SystemUnit": SYSTEM, "SIP": inactive}))
    seen = ask(server)

    assert seen.facts is not None
    assert seen.facts.registered == {}
    assert seen.facts.in_call is False
    assert len(server.asked) == 4


@pytest.mark.parametrize("word", ["Ringing", "Dialling", "Disconnecting"])
def test_ringing_is_not_in_a_call(
    https_server: Callable[..., Any], ask: Callable[..., Any], word: str
) -> None:
    seen = ask(https_server(codec(PAGES | {"Call": CALL.replace("Connected", word)})))

    assert seen.facts.in_call is False


@pytest.mark.parametrize(
    "page",
    [
        '<Status status="Error"><Reason>No match</Reason></Status>',
        '<Status><Call status="NoPermission"/></Status>',
        CALL.replace("Connected", "Teleported"),
    ],
)
def test_what_is_no_word_about_calls_is_none(
    https_server: Callable[..., Any], ask: Callable[..., Any], page: str
) -> None:
    assert ask(https_server(codec(PAGES | {"Call": page}))).facts.in_call is None


def test_old_software_wraps_and_names_its_answers(
    https_server: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    wrapped = SYSTEM.replace('<?xml version="1.0"?>', "").replace(
        "<Status ", '<Status xmlns="http://www.tandberg.no/XML/CUIL/1.0" '
    )
    pages = {
        "SystemUnit": f'<XmlDoc resultId="">{wrapped}</XmlDoc>',
        "SIP": SIP.replace("<SIP>", '<SIP><Profile item="1">').replace(
            "</SIP>", "</Profile></SIP>"
        ),
    }
    seen = ask(https_server(codec(pages)))

    assert seen.facts.model == "Room Kit"
    assert seen.facts.registered == {"sip": True}


def test_without_a_login_401_is_alive(
    https_server: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    server = https_server(codec(PAGES))
    seen = ask(server, login=None)

    assert (seen.outcome, seen.status_code, seen.login) == (Outcome.ANSWERED, 401, LoginFate.NONE)
    assert seen.facts is None
    assert server.asked[0].headers["Authorization"] is None


def test_refused_login_is_told_and_sent_once(
    https_server: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    server = https_server(codec(PAGES))
    seen = ask(server, login=Login(user="ai", password=Secret("sai")))

    assert (seen.outcome, seen.login) == (Outcome.ANSWERED, LoginFate.REFUSED)
    assert len(server.asked) == 1


def test_login_is_held_back_from_a_certificate_that_nobody_vouches_for(
    https_server: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    server = https_server(codec(PAGES))
    seen = ask(server, ca_file=None)

    assert (seen.outcome, seen.status_code) == (Outcome.ANSWERED, 401)
    assert seen.login is LoginFate.HELD_BACK
    assert [asked.headers["Authorization"] for asked in server.asked] == [None]


def test_login_goes_to_an_untrusted_certificate_where_the_settings_say_so(
    https_server: Callable[..., Any], ask: Callable[..., Any], expired_identity: Any
) -> None:
    server = https_server(codec(PAGES), expired_identity)
    seen = ask(server, verify_certificate=False)

    assert seen.login is LoginFate.ACCEPTED
    assert seen.handshake.verify_error


def test_password_is_nowhere_in_what_is_told(
    https_server: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    told: list[str] = []
    for answer in (codec(PAGES), always(200, b"<oops"), always(403, b""), always(500, b"x")):
        seen = ask(https_server(answer), trace=told.append)
        told += [repr(seen), str(seen), seen.detail]

    whole = "\n".join(told)
    assert "asked GET /getxml?location=/Status/SystemUnit" in whole
    for secret in (LOGIN.password.reveal(), BASIC, BASIC.split()[1]):
        assert secret not in whole


BOMB = b"""<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><Status><SystemUnit>&b;</SystemUnit></Status>"""
OUTSIDE = b"""<!DOCTYPE s [<!ENTITY e SYSTEM "file:///etc/passwd">]>
<Status><SystemUnit><ProductId>&e;</ProductId></SystemUnit></Status>"""


@pytest.mark.parametrize(
    ("status", "body", "detail"),
    [
        (200, BOMB, "document type"),
        (200, OUTSIDE, "document type"),
        (200, BOMB.decode().encode("utf-16"), "not UTF-8"),
        (200, b"<Status><SystemUnit></Status>", "not well-formed"),
        (200, b"<Status>&e;</Status>", "not well-formed"),
        (200, b"", "not well-formed"),
        (200, b"<html/>", "XML of another kind"),
        (200, b"<Status>" + b"x" * 300_000 + b"</Status>", "more than 262144 bytes"),
        (404, b"Not Found", "HTTP status 404"),
        (302, b"", "HTTP status 302"),
        (500, b"", "HTTP status 500"),
    ],
)
def test_what_is_no_xapi_is_a_finding(
    https_server: Callable[..., Any],
    ask: Callable[..., Any],
    status: int,
    body: bytes,
    detail: str,
) -> None:
    seen = ask(https_server(always(status, body, Location="https://198.18.0.1/")))

    assert seen.outcome is Outcome.MALFORMED
    assert detail in seen.detail
    assert seen.facts is None


def test_what_was_said_before_nonsense_came_is_kept(
    https_server: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    seen = ask(https_server(codec(PAGES | {"H323": "<Status>"})))

    assert seen.outcome is Outcome.ANSWERED
    assert seen.facts.registered == {"sip": True}
    assert seen.facts.in_call is None
    assert seen.detail == "not well-formed XML"


def test_codec_that_never_answers_is_a_timeout(
    https_server: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    over = threading.Event()

    def wait(_: Any) -> tuple[int, dict[str, str], bytes]:
        over.wait(HANG_SECONDS)
        return 200, {}, b""

    seen = ask(https_server(wait), timeout_seconds=0.4)
    over.set()

    assert seen.outcome is Outcome.TIMEOUT


def test_connection_that_is_closed_after_each_answer_is_opened_again(
    https_server: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    replay = codec(PAGES)

    def answer(asked: Any) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = replay(asked)
        return status, headers | {"Connection": "close"}, body

    seen = ask(https_server(answer))

    assert seen.facts.registered == {"sip": True, "h323": False}


def test_closed_port_is_refused(closed_port: int) -> None:
    seen = xapi.status("127.0.0.1", closed_port, login=LOGIN, timeout_seconds=ANSWER_SECONDS)

    assert seen.outcome is Outcome.REFUSED
    assert seen.login is LoginFate.UNTRIED


def test_deep_xml_is_read_or_refused_and_nothing_breaks() -> None:
    assert parse(b"<a>" * 50_000 + b"</a>" * 50_000).tag == "a"
    with pytest.raises(PeerError):
        parse(b"<a>" * 50_000)
