"""Passwords: which may be chosen, and how they rest.

The rules follow NIST SP 800-63B §3.1.1.2: long enough, not a common one, not the account's own
name; no mixture of characters is asked for, and none has to be replaced because it is old. They
rest as argon2id (RFC 9106) with the parameters that the RFC recommends for little memory.
"""

import re
import unicodedata
from functools import cached_property
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH: Final = 12
MAX_LENGTH: Final = 200
"""Longer ones would only cost the time to hash them."""
_MIN_DIFFERENT: Final = 5
_NOT_LETTERS: Final = re.compile(r"[\W_]+")

COMMON: Final = frozenset(
    {
        "123456789012",
        "1234567890123",
        "12345678901234",
        "123456789abc",
        "1q2w3e4r5t6y",
        "1qaz2wsx3edc",
        "abc123456789",
        "abcd12345678",
        "abcdefghijkl",
        "admin1234567",
        "administrator",
        "adminadminadmin",
        "changemechangeme",
        "correcthorsebatterystaple",
        "govnetgovnet",
        "iloveyou1234",
        "khongcomatkhau",
        "letmeinletmein",
        "matkhau12345",
        "matkhau123456",
        "matkhaumatkhau",
        "password1234",
        "password12345",
        "password123456",
        "passwordpassword",
        "qazwsxedcrfv",
        "qwerty123456",
        "qwertyuiop12",
        "qwertyuiop123",
        "qwertyuiopas",
        "thongtin1234",
        "tslcd1234567",
        "vietnam12345",
        "vietnam123456",
        "vnpt12345678",
        "welcome12345",
        "zaq12wsxcde3",
    }
)
"""What is tried first, as it stands without case, spaces and signs. All are long enough."""


def as_kept(typed: str) -> str:
    """Return a password as it counts, however keyboards and forms write the same characters.

    NFKC as NIST SP 800-63B §3.1.1.2 wants it: "ậ" is one character or three. Spaces around it do
    not count, as forms lose them.
    """
    return unicodedata.normalize("NFKC", typed).strip()


def mistakes(typed: str, name: str) -> tuple[str, ...]:
    """Return why an account of that name may not have that password, in Vietnamese."""
    password, found = as_kept(typed), []
    if len(password) < MIN_LENGTH:
        found.append(f"Mật khẩu cần ít nhất {MIN_LENGTH} ký tự; một câu dài dễ nhớ là tốt nhất.")
    if len(password) > MAX_LENGTH:
        found.append(f"Mật khẩu dài nhất {MAX_LENGTH} ký tự.")
    plain = _NOT_LETTERS.sub("", password.lower())
    own = _NOT_LETTERS.sub("", name.lower())
    # Digits and signs around a name leave it what others try first.
    if own and plain.strip("0123456789") == own.strip("0123456789"):
        found.append("Mật khẩu không được là tên tài khoản.")
    if plain in COMMON or (password and len(set(plain)) < _MIN_DIFFERENT):
        found.append("Mật khẩu này quá phổ biến, người khác đoán được ngay.")
    return tuple(found)


class Hashes:
    """Makes and compares hashes; slow on purpose (about 50 ms, 64 MiB): never on the event loop."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()

    @cached_property
    def _nobody(self) -> str:
        """What is compared with where there is no password, for the time that it takes."""
        return self._hasher.hash("nobody has this password")

    def made(self, password: str) -> str:
        """Return the hash to keep."""
        return self._hasher.hash(as_kept(password))

    def fits(self, kept: str | None, password: str) -> bool:
        """Whether that is the password; without a kept hash it takes as long, and is not."""
        try:
            self._hasher.verify(kept or self._nobody, as_kept(password))
        except (VerificationError, InvalidHashError):
            return False
        return kept is not None
