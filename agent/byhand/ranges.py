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


def add_train(
    parser: argparse.ArgumentParser, packets: str, *, number: int, spacing_seconds: float
) -> None:
    """Add how many packets are sent and how far apart; `packets` is what they are called."""
    parser.add_argument(
        "--count", type=count, default=number, help=f"{packets} (default: {number})"
    )
    parser.add_argument(
        "--spacing",
        type=float,
        default=spacing_seconds,
        metavar="SECONDS",
        help=f"time between two of them (default: {spacing_seconds})",
    )
