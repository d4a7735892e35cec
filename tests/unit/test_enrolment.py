"""Tokens and messages of enrolment: what one side writes the other reads, and nothing else."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govnet.enrolment import (
    HARDWARE,
    EnrolAnswer,
    EnrolmentToken,
    EnrolRequest,
    NewKeyRequest,
    component_digest,
    decode,
    encode,
)
from govnet.errors import WireError

KEY = "ab" * 32
words = st.text(st.characters(categories=["L", "N"]), max_size=40)


@given(st.lists(words, min_size=1, max_size=4), words, words)
def test_a_token_reads_back_from_its_text(collectors: list[str], ca: str, secret: str):
    token = EnrolmentToken(tuple(collectors), ca, secret)

    assert token == EnrolmentToken.parse(f"  {token.text()}\n")


@given(st.text(max_size=80))
def test_what_is_no_token_is_refused_and_not_repeated(text: str):
    with pytest.raises(ValueError, match="expected a token") as caught:
        EnrolmentToken.parse("gn1." + text)
    assert len(text) < 12 or text not in str(caught.value)


def test_a_token_cut_short_says_so():
    word = EnrolmentToken(("https://198.18.0.10:8443",), "0" * 64, "5" * 32).text()

    with pytest.raises(ValueError, match="not copied whole"):
        EnrolmentToken.parse(word[:-9])


@pytest.mark.parametrize(
    "message",
    [
        EnrolRequest(secret="5" * 32, key=KEY, hardware={"board": "0011aabb"}, hostname="PC-Đạt"),
        EnrolAnswer(agent="a1", key_id="k1", state="active", site="xa-a", machine="xa-a/pc-001"),
        NewKeyRequest(key_id="k2", key=KEY),
    ],
)
def test_messages_read_back(message: EnrolRequest | EnrolAnswer | NewKeyRequest):
    assert message == decode(type(message), encode(message))  # type: ignore[type-var]


def test_secrets_do_not_show():
    request = EnrolRequest(secret="s3cret", key=KEY)

    assert "s3cret" not in repr(request)
    assert KEY not in repr(request)
    assert KEY not in repr(NewKeyRequest(key_id="k2", key=KEY))
    assert "s3cret" not in repr(EnrolmentToken(("https://h",), "", "s3cret"))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"v": 2}, "wrong_version"),
        ({"key": "short"}, "bad_schema"),
        ({"key": None}, "bad_schema"),
        ({"hardware": {"window_title": "0011aabb"}}, "bad_schema"),
        ({"hardware": {"board": "serial number 123"}}, "bad_schema"),
        ({"hostname": "x" * 257}, "bad_schema"),
        ({"hostname": "two\nlines"}, "bad_schema"),
    ],
)
def test_a_wrong_field_is_refused_with_its_name(change: dict[str, object], reason: str):
    plain = json.loads(encode(EnrolRequest(secret="5" * 32, key=KEY))) | change

    with pytest.raises(WireError) as caught:
        decode(EnrolRequest, json.dumps(plain).encode())
    assert reason == caught.value.reason


@given(st.binary(max_size=200))
def test_garbage_is_refused(body: bytes):
    with pytest.raises(WireError):
        decode(EnrolRequest, b"\xff" + body)


def test_a_component_is_known_by_a_digest_whatever_its_case():
    assert component_digest("mac", "AA:bb:cc:00:11:22") == component_digest(
        "mac", " aa:bb:cc:00:11:22 "
    )
    assert 3 == len({component_digest(part, "same") for part in HARDWARE})
