import calendar

import pytest

from agent.probe.certificate import expires_at
from govnet.errors import CheckError


def _element(tag: int, content: bytes, length: bytes | None = None) -> bytes:
    if length is None:
        length = bytes([len(content)])
    return bytes([tag]) + length + content


def _certificate(
    not_after: bytes, tag: int = 0x17, version: bytes = b"\xa0\x03\x02\x01\x02"
) -> bytes:
    """Return the part of a certificate up to its validity, as DER would have it."""
    validity = _element(0x30, _element(0x17, b"200101000000Z") + _element(tag, not_after))
    empty = _element(0x30, b"")
    body = version + _element(0x02, b"\x01") + empty + empty + validity
    return _element(0x30, _element(0x30, body))


def _at(*moment: int) -> float:
    return float(calendar.timegm((*moment, 0, 0, 0)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"491231235959Z", _at(2049, 12, 31, 23, 59, 59)),
        (b"500101000000Z", _at(1950, 1, 1, 0, 0, 0)),
        (b"240229120000Z", _at(2024, 2, 29, 12, 0, 0)),
    ],
)
def test_two_digit_years_turn_at_fifty(text: bytes, expected: float) -> None:
    assert expires_at(_certificate(text)) == expected


def test_no_expiry_is_the_end_of_the_year_9999() -> None:
    """RFC 5280 §4.1.2.5: this value says that there is no well-defined expiry."""
    assert expires_at(_certificate(b"99991231235959Z", 0x18)) == _at(9999, 12, 31, 23, 59, 59)


def test_version_1_has_no_version_field() -> None:
    assert expires_at(_certificate(b"310203040506Z", version=b"")) == _at(2031, 2, 3, 4, 5, 6)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        (b"2401010000Z", 0x17),
        (b"240101000000+0700", 0x17),
        (b"240101000000z", 0x17),
        (b"2401010000 0Z", 0x17),
        (b"20240101000000.5Z", 0x18),
        (b"20240101000000Z", 0x17),
        (b"240101000000Z", 0x04),
    ],
)
def test_other_forms_of_time_are_refused(text: bytes, tag: int) -> None:
    with pytest.raises(CheckError, match="is not a time of RFC 5280"):
        expires_at(_certificate(text, tag))


@pytest.mark.parametrize("text", [b"241301000000Z", b"230229000000Z", b"240101250000Z"])
def test_impossible_dates_are_refused(text: bytes) -> None:
    with pytest.raises(CheckError, match="is not a date"):
        expires_at(_certificate(text))


@pytest.mark.parametrize(
    ("der", "message"),
    [
        (b"", "ends too early"),
        (b"\x30", "ends too early"),
        (b"\x30\x05\x30", "ends too early"),
        (b"\x30\x80\x00\x00", "a length that DER does not allow"),
        (b"\x30\x84\x00\x00\x00\x01\x00", "a length that DER does not allow"),
        (b"\x30\x82\x01", "a length that DER does not allow"),
        (b"\x31\x00", "tag 0x31 where its frame should be"),
        (b"\x30" + bytes(70000), "70001 bytes; at most 65536"),
    ],
)
def test_what_is_no_certificate_is_refused(der: bytes, message: str) -> None:
    with pytest.raises(CheckError, match=message):
        expires_at(der)
