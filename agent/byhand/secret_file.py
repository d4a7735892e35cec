"""Secrets for a question by hand: from a file or standard input, never from the command line.

What stands on a command line stands in the list of processes and in the shell's history as well.
"""

import sys
from pathlib import Path

from govnet.errors import CheckError
from govnet.settings import Secret


def read(option: str, file: str) -> Secret:
    """Return the first line of a file, of standard input for `-`.

    Raises CheckError, naming the option, if there is none.
    """
    try:
        text = sys.stdin.readline() if file == "-" else Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise CheckError(f"{option}: không đọc được tệp {file!r}") from exc
    secret = text.partition("\n")[0].rstrip("\r")
    if not secret:
        raise CheckError(f"{option}: dòng đầu của {file!r} không có gì")
    return Secret(secret)
