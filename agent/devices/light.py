"""Optical power in dBm, and the texts that devices write it in.

"No light" is never a number of dBm: SFF-8472 (table 9-16) counts power in steps of 0.1 µW, so that
-40 dBm is its smallest step and what devices write when they mean nothing at all; 0 µW has no
logarithm.
"""

import math

from agent.devices.values import whole_text
from agent.probe.snmp import Value

DARK = -math.inf
"""What a reading of no light is in dBm."""

DARKEST_DBM = -40.0
NO_READING_DBM = -60.0
"""Below that a number is a word for "nothing known" and not a word for darkness."""
BRIGHTEST_DBM = 35.0
"""A module gives less than 3 W; an amplifier of a carrier is no module in a port."""

_DBM_DIGITS = 3


def dbm(milliwatts: float) -> float:
    """Return a power in dBm, to the thousandth; 0 mW and less is DARK.

    >>> dbm(0.536), dbm(0)
    (-2.708, -inf)
    """
    return round(10 * math.log10(milliwatts), _DBM_DIGITS) if milliwatts > 0 else DARK


def number_in_text(value: Value | None) -> float | None:
    """Return the number that a text begins with: b"-2.71 dBm" is -2.71, b"N/A" is none."""
    try:
        found = float(whole_text(value).split()[0])
    except (ValueError, IndexError):
        return None
    return found if math.isfinite(found) else None


def lanes(value: Value | None) -> tuple[float, ...]:
    """Return the numbers of a text with one for each lane, separated by commas or NUL.

    >>> lanes(b"-1.25,-1.39,-2.47,-1.34")
    (-1.25, -1.39, -2.47, -1.34)
    """
    plain = value if isinstance(value, bytes) else str(value or "").encode()
    found = (number_in_text(piece) for piece in plain.replace(b"\0", b",").split(b","))
    return tuple(each for each in found if each is not None)
