"""A registrar's list, replayed over real HTTPS in the two forms that are known."""

import doctest
import json
from collections.abc import Callable
from typing import Any

import pytest

from agent.probe import registrar
from agent.probe.outcome import Outcome
from agent.probe.point import LoginFate
from agent.probe.registrar import Registration
from govnet.settings import Login, Secret
from tests.unit.deadlines import ANSWER_SECONDS

LOGIN = Login(user="doc", password=Secret("chỉ đọc"))
XML = """<?xml version="1.0"?><Status xmlns="http://www.tandberg.no/XML/CUIL/1.0" product="VCS">
<Registrations item="1">
  <Registration item="1"><Protocol item="1">SIP</Protocol><Node item="1">198.18.0.5</Node>
    <SIP item="1"><AOR item="1">sip:Xa-A@vc.example</AOR>
      <Contact item="1">&lt;sip:xa-a@198.18.7.10:5061;transport=tls&gt;</Contact>
      <Path item="1"><URI item="1">sip:proxy@198.18.0.99;lr</URI></Path></SIP></Registration>
  <Registration item="2"><Protocol item="1">H323</Protocol>
    <H323 item="1"><CallSignalAddresses item="1"><Address item="1">198.18.8.10:1720</Address>
      </CallSignalAddresses><Aliases item="1"><Alias item="1"><Type item="1">E164</Type>
      <Value item="1">2002</Value></Alias><Alias item="2"><Type item="1">H323Id</Type>
      <Value item="1">Xa-B</Value></Alias></Aliases></H323></Registration>
</Registrations></Status>"""
JSON = [
    {
        "peer": "local",
        "num_recs": 3,
        "records": [
            {"alias": "sip:xa-a@vc.example", "number": "2001", "protocol": "SIP", "active": True},
            {"alias": "xa-c", "protocol": "H323", "active": False},
            {"alias": 5},
        ],
    }
]


def answering(pages: dict[str, bytes]) -> Callable[[Any], tuple[int, dict[str, str], bytes]]:
    def answer(asked: Any) -> tuple[int, dict[str, str], bytes]:
        if asked.headers["Authorization"] is None:
            return 401, {}, b""
        page = pages.get(asked.path.strip("/").partition("/")[0].partition("?")[0])
        return (404, {}, b"Not Found") if page is None else (200, {}, page)

    return answer


@pytest.fixture
def ask(identity: Any) -> Callable[..., Any]:
    """Ask with our account and with the server's certificate trusted."""

    def registrations(server: Any, **more: Any) -> Any:
        given = {
            "login": LOGIN,
            "ca_file": str(identity.pem),
            "timeout_seconds": ANSWER_SECONDS,
        } | more
        return registrar.registrations("127.0.0.1", server.port, **given)

    return registrations


def test_list_in_xml(https_server: Callable[..., Any], ask: Callable[..., Any]) -> None:
    seen = ask(https_server(answering({"getxml": XML.encode()})))

    assert (seen.outcome, seen.status_code, seen.login) == (
        Outcome.ANSWERED,
        200,
        LoginFate.ACCEPTED,
    )
    assert seen.records == (
        Registration(frozenset({"xa-a@vc.example"}), frozenset({"198.18.7.10"})),
        Registration(frozenset({"2002", "xa-b"}), frozenset({"198.18.8.10"})),
    )


def test_list_in_json_where_there_is_no_xml(
    https_server: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    seen = ask(https_server(answering({"api": json.dumps(JSON).encode()})))

    assert seen.records == (
        Registration(frozenset({"xa-a@vc.example", "2001"}), frozenset()),
        Registration(frozenset(), frozenset()),
    )


@pytest.mark.parametrize(
    "pages",
    [
        {"getxml": b"<Status><Registrations/></Status>"},
        {"api": b'[{"peer": "local", "records": []}]'},
    ],
)
def test_empty_list_is_a_list(
    https_server: Callable[..., Any], ask: Callable[..., Any], pages: dict[str, bytes]
) -> None:
    assert ask(https_server(answering(pages))).records == ()


@pytest.mark.parametrize(
    ("more", "fate"), [({"login": None}, LoginFate.NONE), ({"ca_file": None}, LoginFate.HELD_BACK)]
)
def test_without_a_login_there_is_no_list(
    https_server: Callable[..., Any],
    ask: Callable[..., Any],
    more: dict[str, Any],
    fate: LoginFate,
) -> None:
    server = https_server(answering({"getxml": XML.encode()}))
    seen = ask(server, **more)

    assert (seen.status_code, seen.login, seen.records) == (401, fate, None)
    assert server.asked[0].headers["Authorization"] is None


def test_refused_login_is_told(https_server: Callable[..., Any], ask: Callable[..., Any]) -> None:
    seen = ask(https_server(lambda _: (403, {}, b"")))

    assert (seen.login, seen.records) == (LoginFate.REFUSED, None)


@pytest.mark.parametrize(
    "pages",
    [
        {"getxml": b"<html/>"},
        {"getxml": b"<EmptyResult/>"},
        {"getxml": b'<Status status="Error"><Reason>No permission</Reason></Status>'},
        {"getxml": b'<Status><Registrations status="NoPermission"/></Status>'},
        {"api": b"[]"},
        {"getxml": b"<Status>"},
        {"getxml": b'<!DOCTYPE a [<!ENTITY b "c">]><Status>&b;</Status>'},
        {"getxml": b"x" * (9 << 20)},
        {"api": b"{}"},
        {"api": b"[5]"},
        {"api": b"[" * 100_000},
        {},
    ],
)
def test_what_is_no_list_is_a_finding(
    https_server: Callable[..., Any], ask: Callable[..., Any], pages: dict[str, bytes]
) -> None:
    seen = ask(https_server(answering(pages)))

    assert seen.outcome is Outcome.MALFORMED
    assert seen.records is None


def test_secrets_are_nowhere_in_what_is_told(
    https_server: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    told: list[str] = []
    for pages in ({"getxml": XML.encode()}, {}):
        seen = ask(https_server(answering(pages)), trace=told.append)
        told += [repr(seen), seen.detail]

    whole = "\n".join(told)
    assert "2 registrations" in whole
    for secret in (LOGIN.password.reveal(), "ZG9j"):
        assert secret not in whole


def test_examples_hold() -> None:
    assert doctest.testmod(registrar).failed == 0
