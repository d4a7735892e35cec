"""What the kernel knows of the clock, whoever sets it. Linux; elsewhere nothing is known."""

import ctypes
from typing import Final

_UNSYNCHRONISED: Final = 0x40
"""STA_UNSYNC of <sys/timex.h>."""
_TIMEX_BYTES: Final = 512
"""More than `struct timex` has anywhere."""
_STATUS_AT: Final = 40
"""Where its `int status` stands with 64-bit longs: modes, offset, freq, maxerror, esterror."""


def is_synchronised() -> bool | None:
    """Return what the kernel knows (adjtimex(2) that only reads), None if it does not tell."""
    timex = ctypes.create_string_buffer(_TIMEX_BYTES)
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(timex)
    except (OSError, AttributeError, TypeError):  # TypeError: Windows
        return None
    if state < 0 or ctypes.sizeof(ctypes.c_long) != ctypes.sizeof(ctypes.c_int64):
        return None
    return not ctypes.c_int.from_buffer(timex, _STATUS_AT).value & _UNSYNCHRONISED
