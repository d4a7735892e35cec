"""When an X.509 certificate expires, read from its DER bytes (RFC 5280 §4.1, X.690).

The standard library tells `notAfter` only for certificates it could verify, and the expired and
self-signed ones are the very ones we must report. This reads the one path to `notAfter` and checks
nothing else: whether a certificate is trusted is for the TLS library to say.
"""

import calendar
import time

from govnet.errors import CheckError

LIMIT_BYTES = 65536

_INTEGER, _SEQUENCE, _UTC_TIME, _GENERALIZED_TIME, _VERSION = 0x02, 0x30, 0x17, 0x18, 0xA0
_LENGTH_OCTETS_LIMIT = 3  # Lengths up to 16 MiB: far beyond LIMIT_BYTES already.


def _element(der: bytes, start: int, end: int) -> tuple[int, int, int]:
    """Return tag, first content byte and end of the element at `start`, all within `end`."""
    if start + 2 > end:
        raise CheckError("the certificate ends too early")
    tag, length = der[start], der[start + 1]
    content = start + 2
    if length & 0x80:
        octets = length & 0x7F
        if not 1 <= octets <= _LENGTH_OCTETS_LIMIT or content + octets > end:
            raise CheckError("the certificate has a length that DER does not allow")
        length = int.from_bytes(der[content : content + octets], "big")
        content += octets
    if content + length > end:
        raise CheckError("the certificate ends too early")
    return tag, content, content + length


def _expect(der: bytes, start: int, end: int, tag: int, what: str) -> tuple[int, int]:
    found, content, stop = _element(der, start, end)
    if found != tag:
        raise CheckError(f"the certificate has tag {found:#04x} where its {what} should be")
    return content, stop


def _time_at(tag: int, text: bytes) -> float:
    """Return epoch seconds of a UTCTime (two-digit year) or GeneralizedTime, both ending in Z.

    RFC 5280 §4.1.2.5: seconds are always there, fractions and other zones never; two-digit years
    from 50 are of the 20th century.
    """
    year_digits = {_UTC_TIME: 2, _GENERALIZED_TIME: 4}.get(tag)
    if year_digits is None or len(text) != year_digits + 11 or text[-1:] != b"Z":
        raise CheckError(f"the certificate's expiry {text[:20]!r} is not a time of RFC 5280")
    digits = text[:-1]
    if not digits.isdigit():
        raise CheckError(f"the certificate's expiry {text!r} is not a time of RFC 5280")
    year = int(digits[:year_digits])
    if tag == _UTC_TIME:
        year += 1900 if year >= 50 else 2000  # noqa: PLR2004 - the pivot of RFC 5280
    try:
        # strptime knows month lengths and leap years; it also takes second 60 and 61.
        moment = time.strptime(f"{year:04d}" + digits[year_digits:].decode(), "%Y%m%d%H%M%S")
    except ValueError as exc:
        raise CheckError(f"the certificate's expiry {text!r} is not a date") from exc
    return float(calendar.timegm(moment))


def expires_at(der: bytes) -> float:
    """Return the certificate's notAfter as epoch seconds; before 1970 it is negative.

    Raises CheckError when the bytes are no certificate.

    1. Certificate SEQUENCE, in it the tbsCertificate SEQUENCE.
    2. Skip [0] version (absent in version 1), serialNumber, signature, issuer.
    3. validity SEQUENCE: skip notBefore, read notAfter.
    """
    if len(der) > LIMIT_BYTES:
        raise CheckError(f"a certificate of {len(der)} bytes; at most {LIMIT_BYTES} are read")
    position, end = _expect(der, 0, len(der), _SEQUENCE, "frame")
    position, end = _expect(der, position, end, _SEQUENCE, "body")
    tag, _, stop = _element(der, position, end)
    if tag == _VERSION:
        position = stop
    _, position = _expect(der, position, end, _INTEGER, "serial number")
    _, position = _expect(der, position, end, _SEQUENCE, "signature algorithm")
    _, position = _expect(der, position, end, _SEQUENCE, "issuer")
    position, end = _expect(der, position, end, _SEQUENCE, "validity")
    _, _, position = _element(der, position, end)
    tag, content, stop = _element(der, position, end)
    return _time_at(tag, der[content:stop])
