"""A question before something is written."""

import sys
from typing import Final

from govnet.errors import ConfigError

_YES: Final = ("c", "có", "co", "y", "yes")


def is_confirmed() -> bool:
    """Ask on the terminal. Raises ConfigError where there is none."""
    if not sys.stdin.isatty():
        raise ConfigError(
            ["--yes: expected where nobody can be asked, got neither it nor a terminal"]
        )
    try:
        answer = input("Ghi các thay đổi này? [c/K] ")
    except EOFError:
        answer = ""
    return answer.strip().casefold() in _YES
