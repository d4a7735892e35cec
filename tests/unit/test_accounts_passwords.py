"""Which passwords may be chosen, how they rest, and which codes of a telephone fit."""

import base64
import unicodedata

import pyotp
import pytest

from collector.accounts.codes import STEP_SECONDS, is_secret, new_secret, step_of, uri
from collector.accounts.passwords import COMMON, MIN_LENGTH, mistakes
from tests.accounts import PASSWORD, QUICK

SECRET = base64.b32encode(b"12345678901234567890").decode()
"""That of the test vectors of RFC 6238, appendix B."""


@pytest.mark.parametrize(
    "password",
    [
        PASSWORD,
        "con trau di truoc",
        "x9$kQ!vb27Lm",
        "một hai ba bốn",
        "12 con giáp và 1 con mèo",
        "lan đi chợ Đồng Xuân",
    ],
)
def test_long_ones_may_be_chosen_without_a_mixture_of_characters(password: str):
    assert mistakes(password, "lan") == ()


@pytest.mark.parametrize(
    ("password", "word"),
    [
        ("", "ít nhất 12 ký tự"),
        ("ngan qua 12", "ít nhất 12 ký tự"),
        ("   ngan qua     ", "ít nhất 12 ký tự"),
        ("x" * 100 + "abcdefgh" * 13, "dài nhất 200 ký tự"),
        ("nguyen.lan12345", "tên tài khoản"),
        ("12345NGUYEN-LAN", "tên tài khoản"),
        ("matkhau123456", "quá phổ biến"),
        ("Mat Khau 123456!", "quá phổ biến"),
        ("PASSWORD-1234", "quá phổ biến"),
        ("aaaaaaaaaaaaaa", "quá phổ biến"),
        ("121212121212", "quá phổ biến"),
    ],
)
def test_what_others_try_first_is_refused_with_its_reason(password: str, word: str):
    assert any(word in line for line in mistakes(password, "nguyen.lan"))


def test_every_common_one_is_long_enough_to_be_worth_its_place():
    assert [one for one in COMMON if len(one) < MIN_LENGTH or not one.isalnum()] == []


def test_a_hash_fits_its_password_only_however_its_characters_were_typed():
    kept = QUICK.made(PASSWORD)

    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept
    assert kept != QUICK.made(PASSWORD)
    assert QUICK.fits(kept, PASSWORD)
    assert QUICK.fits(kept, unicodedata.normalize("NFD", PASSWORD))
    assert QUICK.fits(kept, f"{PASSWORD} ")
    assert not QUICK.fits(kept, PASSWORD.lower())
    assert not QUICK.fits("no hash at all", PASSWORD)


def test_without_a_password_nothing_fits_not_even_what_stands_in_for_it():
    assert not QUICK.fits(None, PASSWORD)
    assert not QUICK.fits(None, "nobody has this password")


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
    ],
)
def test_codes_are_those_of_the_standard(at: int, code: str):
    assert step_of(SECRET, code, at, 0) == at // STEP_SECONDS
    assert step_of(SECRET, f" {code[:3]} {code[3:]}", at, 0) == at // STEP_SECONDS


def test_a_telephone_may_be_one_step_off_and_no_code_counts_twice():
    at, code = 1_111_111_109, "081804"
    step = at // STEP_SECONDS

    assert step_of(SECRET, code, at + STEP_SECONDS, 0) == step
    assert step_of(SECRET, code, at - STEP_SECONDS, 0) == step
    assert step_of(SECRET, code, at + 2 * STEP_SECONDS, 0) is None
    assert step_of(SECRET, code, at, step) is None


@pytest.mark.parametrize("code", ["", "08180", "0818044", "٠٨١٨٠٤", "abcdef", "081805"])
def test_what_is_no_code_is_none(code: str):
    assert step_of(SECRET, code, 1_111_111_109, 0) is None


def test_a_new_secret_is_taken_over_by_its_address():
    secret = new_secret()

    assert is_secret(secret)
    assert secret != new_secret()
    assert pyotp.parse_uri(uri(secret, "lan", "Tỉnh Lâm Đồng")).secret == secret
    assert not is_secret(secret.lower())
    assert not is_secret(secret[:-1])
