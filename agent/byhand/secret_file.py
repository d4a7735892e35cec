"""Secrets for a question by hand: from a file or standard input, never from the command line.

What stands on a command line stands in the list of processes and in the shell's history as well.
"""

import sys
from pathlib import Path

from govnet.errors import ConfigError
from govnet.settings import Secret


def read(option: str, file: str | None) -> Secret:
    """Return the one line of a file, or of standard input for `-`; nothing for None.

    Raises ConfigError, naming the option, for a file that cannot be read or is empty.
    """
    if file is None:
        return Secret("")
    try:
        text = sys.stdin.readline() if file == "-" else Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError([f"{option}: expected a file to read, got {file!r}: {exc}"]) from exc
    secret = text.strip("\r\n")
    if not secret:
        raise ConfigError([f"{option}: expected one line, got nothing in {file!r}"])
    return Secret(secret)
