"""Reading a TOML file, and where in it an option stands, which tomllib does not keep."""

import re
import tomllib
from pathlib import Path
from typing import Any

from govnet.errors import ConfigError


def read_toml(path: Path) -> tuple[str, dict[str, Any]]:
    """Return the text of a file and what it says.

    Raises ConfigError, with `file:line:column` for what is no TOML.
    """
    try:
        # Editors of Windows begin a file with a mark.
        text = path.read_text(encoding="utf-8-sig")
    except OSError as exc:
        raise ConfigError([f"{path}: cannot be read: {exc.strerror or exc}"]) from exc
    except UnicodeDecodeError as exc:
        raise ConfigError([f"{path}: expected UTF-8 text, got {exc.reason}"]) from exc
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError([_syntax_problem(path, text, str(exc))]) from exc
    except RecursionError as exc:
        raise ConfigError([f"{path}: expected options, found lists in lists without end"]) from exc
    except ValueError as exc:
        # Python reads no number of thousands of digits, and does not say where it stands.
        raise ConfigError([f"{path}: expected numbers of a few digits: {exc}"]) from exc


def lines_of(text: str) -> list[str]:
    """Return the lines as TOML and editors count them.

    Python's own splitting takes other marks for the end of one, which may stand in a comment.
    """
    return text.split("\n")


def place(lines: list[str], name: str) -> tuple[int, int]:
    """Find line and column of an option.

    `table[2].option` is an option of the third `[[table]]`, `table.option` of `[table]`; without it
    there the table's own line.
    """
    table, number, option = _split(name)
    if table is None:
        return _first_line(lines, 0, len(lines), option) or (1, 1)
    heads = [at for at, line in enumerate(lines) if _is_head_of(line, table)]
    if number >= len(heads):
        return _first_line(lines, 0, len(lines), table) or (1, 1)
    head = heads[number]
    end = next(
        (at for at in range(head + 1, len(lines)) if lines[at].lstrip().startswith("[")), len(lines)
    )
    return _first_line(lines, head + 1, end, option) or _spot(lines, head)


def _split(name: str) -> tuple[str | None, int, str]:
    found = re.fullmatch(r"(\w+)(?:\[(\d+)\])?\.(.+)", name)
    return (found[1], int(found[2] or 0), found[3]) if found else (None, 0, name)


def _is_head_of(line: str, table: str) -> bool:
    return re.match(rf"""\s*\[\[?\s*["']?{re.escape(table)}["']?\s*\]\]?""", line) is not None


def _first_line(lines: list[str], start: int, end: int, name: str) -> tuple[int, int] | None:
    key = re.compile(rf"""\s*(\[\[?\s*)?["']?{re.escape(name)}["']?\s*[=.\]]""")
    return next((_spot(lines, at) for at in range(start, end) if key.match(lines[at])), None)


def _spot(lines: list[str], at: int) -> tuple[int, int]:
    return at + 1, len(lines[at]) - len(lines[at].lstrip()) + 1


def _syntax_problem(path: Path, text: str, message: str) -> str:
    """Turn tomllib's `... (at line 3, column 5)` into our form."""
    match = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", message)
    if match is None:
        return f"{path}:1:1: {message}"
    last = len(lines_of(text.removesuffix("\n")))
    return f"{path}:{match[2] or last}:{match[3] or 1}: {match[1]}"
