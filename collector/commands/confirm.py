"""A question before something is written."""

import sys
from typing import Final

from govnet.errors import ConfigError

_YES: Final = ("c", "co", "y", "yes")


def is_confirmed() -> bool:
    """Ask on the terminal. Raises ConfigError where there is none."""
    from inventory.names import search_key  # noqa: PLC0415

    if not sys.stdin.isatty():
        raise ConfigError(
            ["--yes: expected where nobody can be asked, got neither it nor a terminal"]
        )
    try:
        answer = input("Ghi các thay đổi này? [c/K] ")
    except EOFError:
        answer = ""
    return search_key(answer) in _YES
