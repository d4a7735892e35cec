"""The second step of signing in: codes by time (RFC 6238) from an app on the telephone."""

from typing import Final

import pyotp

STEP_SECONDS: Final = 30
SKEW_STEPS: Final = 1
"""So many steps a telephone's clock may be before or behind."""
ISSUER: Final = "govnet"
_SECRET_LENGTH: Final = 32


def new_secret() -> str:
    """Return a secret of 160 random bits, in base 32 as apps take it."""
    return str(pyotp.random_base32(_SECRET_LENGTH))


def is_secret(text: str) -> bool:
    """Whether a text is what `new_secret` makes."""
    return len(text) == _SECRET_LENGTH and set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


def uri(secret: str, name: str, province: str) -> str:
    """Return the address by which apps take a secret over."""
    return str(pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=f"{ISSUER} {province}"))


def step_of(secret: str, code: str, now: float, after: int) -> int | None:
    """Return which step a code is of, None if it is wrong, or of `after` or an earlier step.

    A code that was used is never taken again (RFC 6238 §5.2).
    """
    typed = "".join(code.split())
    if not (typed.isascii() and typed.isdigit()):
        return None
    present, generator = int(now) // STEP_SECONDS, pyotp.TOTP(secret)
    for step in range(present - SKEW_STEPS, present + SKEW_STEPS + 1):
        if step > after and pyotp.utils.strings_equal(typed, generator.at(step * STEP_SECONDS)):
            return step
    return None
