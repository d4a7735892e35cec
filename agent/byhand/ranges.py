"""Numbers on a command line that lie in a range; a mistake is told before anything is asked."""

import argparse
from collections.abc import Callable


def whole(least: int, most: int) -> Callable[[str], int]:
    """Return the type of an option that is a whole number from `least` to `most`."""

    def read(text: str) -> int:
        # int() would also take spaces, underscores and digits of other scripts.
        if not (text.isascii() and text.isdecimal() and least <= int(text) <= most):
            raise argparse.ArgumentTypeError(
                f"expected a whole number from {least} to {most}, got {text!r}"
            )
        return int(text)

    return read


port = whole(1, 65535)
"""The type of a port."""
dscp = whole(0, 63)
"""The type of a mark (RFC 2474)."""
count = whole(1, 65535)
"""The type of a number of packets."""
