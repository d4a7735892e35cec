"""Whom `govnet-agent enrol` believes and tells something, and what it says of the others."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from agent.config import load
from agent.identity.keys import read_keys
from govnet.enrolment import EnrolAnswer, EnrolmentToken, encode
from govnet.errors import ConfigError
from tests.unit.agent_identity.enrolling import (
    ACTIVE,
    HARDWARE,
    SECRET,
    Pc,
    requests_of,
)


def test_a_collector_with_another_ca_learns_nothing(
    pc: Pc, new_authority: Callable[[], Any], start_collector: Callable[..., Any], authority: Any
):
    other = new_authority()
    impostor = start_collector(other.server())
    impostor.on["/v1/ca"] = lambda _: (200, other.pem.encode())
    token = EnrolmentToken((impostor.url,), authority.fingerprint, SECRET)

    assert pc.enrol(token) == 1

    assert [request.path for request in impostor.requests] == ["/v1/ca"]
    nothing_leaked(pc, impostor)
    assert "nothing was sent" in pc.err
    assert "chưa gửi gì đi" in pc.err


def test_a_man_in_the_middle_with_the_right_ca_and_another_certificate_learns_nothing(
    pc: Pc, new_authority: Callable[[], Any], start_collector: Callable[..., Any], authority: Any
):
    impostor = start_collector(new_authority().server())
    impostor.on["/v1/ca"] = lambda _: (200, authority.pem.encode())
    token = EnrolmentToken((impostor.url,), authority.fingerprint, SECRET)

    assert pc.enrol(token) == 1

    assert impostor.connections == 2
    assert [request.path for request in impostor.requests] == ["/v1/ca"]
    nothing_leaked(pc, impostor)
    assert "the certificate is not the collector's" in pc.err


def test_another_machine_of_the_same_ca_is_not_the_collector(
    pc: Pc, start_collector: Callable[..., Any], authority: Any
):
    other = start_collector(authority.server("198.18.0.99"))
    other.on["/v1/ca"] = lambda _: (200, authority.pem.encode())

    assert pc.enrol(EnrolmentToken((other.url,), authority.fingerprint, SECRET)) == 1

    assert [request.path for request in other.requests] == ["/v1/ca"]
    nothing_leaked(pc, other)


def nothing_leaked(pc: Pc, collector: Any) -> None:
    heard = bytes(collector.heard)
    key = json.loads((pc.state / "enrolling.json").read_bytes())["key"]
    assert SECRET.encode() not in heard
    assert key.encode() not in heard
    assert bytes.fromhex(key) not in heard
    assert not any(digest.encode() in heard for digest in HARDWARE.values())
    assert SECRET not in pc.everything_said()
    assert key not in pc.everything_said()
    assert not pc.toml.exists()


def test_only_the_certificate_that_the_token_names_is_trusted(
    pc: Pc, new_authority: Callable[[], Any], collector: Any, authority: Any, token: EnrolmentToken
):
    """Whoever stands in the middle may add a CA of his own to what he passes on."""
    added = new_authority()
    collector.on["/v1/ca"] = lambda _: (200, (added.pem + authority.pem).encode())

    assert pc.enrol(token) == 0

    assert (pc.toml.parent / "ca.pem").read_text().strip() == authority.pem.strip()


PORTAL = b"<html>Please log in</html>"


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/v1/ca", (200, PORTAL)),
        ("/v1/ca", (302, b"")),
        ("/v1/ca", (200, b"\xff-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----")),
        ("/v1/enrol", (200, PORTAL)),
        ("/v1/enrol", (200, b'{"v": 1}')),
        ("/v1/enrol", (500, PORTAL)),
        ("/v1/enrol", (403, b'{"error": ["bad_token"]}')),
        ("/v1/enrol", (200, encode(EnrolAnswer(agent="../x", key_id="k1", state="active")))),
    ],
)
def test_a_log_in_page_or_nonsense_is_a_plain_message(
    pc: Pc, collector: Any, token: EnrolmentToken, path: str, answer: tuple[int, bytes]
):
    collector.on[path] = lambda _: answer

    assert pc.enrol(token) == 1

    assert "Chưa kết nối" in pc.err
    assert "not enrolled" in pc.err
    assert not pc.toml.exists()
    assert read_keys(pc.state) is None


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("token_expired", ("has expired", "mã ghi danh đã hết hạn")),
        ("token_used_up", ("used as often as it may", "đã dùng hết số lần")),
        ("bad_token", ("does not know this token", "không nhận ra mã ghi danh")),
        ("unknown_site_code", ("--code", "không có điểm nào mang mã này")),
        ("key_conflict", ("--new-key", "thêm --new-key")),
        ("method_not_allowed", ("refuses: method_not_allowed", "trung tâm từ chối")),
    ],
)
def test_a_refusal_says_what_to_do(
    pc: Pc, collector: Any, token: EnrolmentToken, reason: str, said: tuple[str, str]
):
    collector.on["/v1/enrol"] = lambda _: collector.refuse(reason)

    assert pc.enrol(token) == 1

    assert all(words in pc.err for words in said)
    assert SECRET not in pc.everything_said()


def test_the_next_address_is_tried_when_the_first_is_out_of_reach_or_busy(
    pc: Pc, collector: Any, authority: Any, start_collector: Callable[..., Any]
):
    dead = start_collector(authority.server())
    dead.stop()
    busy = start_collector(authority.server())
    busy.on = dict(collector.on) | {"/v1/enrol": lambda _: busy.refuse("database_busy")}
    token = EnrolmentToken((dead.url, busy.url, collector.url), authority.fingerprint, SECRET)

    assert pc.enrol(token) == 0

    assert len({request.key for request in (*requests_of(busy), *requests_of(collector))}) == 1
    assert f"Đã kết nối với trung tâm {collector.url}" in pc.out


def test_on_this_machine_a_collector_without_tls_needs_no_ca(
    pc: Pc, start_collector: Callable[..., Any]
):
    plain = start_collector()
    plain.on["/v1/enrol"] = lambda _: (200, encode(ACTIVE))

    assert pc.enrol(EnrolmentToken((plain.url,), "", SECRET)) == 0

    assert [request.path for request in plain.requests] == ["/v1/enrol"]
    assert load(pc.toml).ca_file is None


@pytest.mark.parametrize(
    ("url", "ca", "expected"),
    [
        ("http://198.18.0.10:8480", "", "http:// is for this machine only"),
        ("https://198.18.0.10:8443", "", "the fingerprint of the collector's CA"),
        ("https://198.18.0.10:8443", "12:34", "the fingerprint of the collector's CA"),
        ("ftp://198.18.0.10", "", "expected https://host"),
    ],
)
def test_a_token_that_would_lead_astray_is_refused(pc: Pc, url: str, ca: str, expected: str):
    with pytest.raises(ConfigError, match=expected):
        pc.enrol(EnrolmentToken((url,), ca, SECRET))
