"""Where in a TOML file an option stands; tomllib keeps no positions. Pure."""

import re
from pathlib import Path


def place(lines: list[str], name: str) -> tuple[int, int]:
    """Find line and column of an option; tomllib keeps no positions.

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


def syntax_problem(path: Path, text: str, message: str) -> str:
    """Turn tomllib's `... (at line 3, column 5)` into our form."""
    match = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", message)
    if match is None:
        return f"{path}:1:1: {message}"
    last = len(text.splitlines()) or 1
    return f"{path}:{match[2] or last}:{match[3] or 1}: {match[1]}"
