"""Pictures for the docs, by Chromium: a terminal's text, a workbook's sheet; PNG."""

import html
import re
from collections.abc import Sequence
from pathlib import Path

from openpyxl import load_workbook
from playwright.sync_api import Browser

from tests.e2e.first_day.png import shrink

DESK, PHONE = (1366, 768), (390, 844)
MOST_BYTES = 150_000
"""A picture of the docs is not larger than this."""
_STYLE = """
html { background: #fff }
body { margin: 0; display: inline-block; font: 15px/1.45 "DejaVu Sans", sans-serif; color: #1b1f24 }
pre { margin: 0; padding: 14px 18px; background: #14202b; color: #e6edf3; min-width: 900px;
  font: 15px/1.4 "DejaVu Sans Mono", monospace }
pre i { display: inline-block; width: 9.03px; text-align: center; font: 14.5px/1 "DejaVu Sans" }
pre b i { font-weight: bold }
pre b { color: #7ee0a0 }
p { margin: 8px 4px }
table { border-collapse: collapse; font-size: 12px }
th, td { border: 1px solid #b9c2cc; padding: 3px 7px; text-align: left; white-space: nowrap }
thead th, tbody th { background: #eceff3; font-weight: normal; color: #57606a; text-align: center }
tr.headers td { background: #1f4e78; color: #fff; font-weight: bold; text-align: center;
  white-space: normal }
"""


def shoot(browser: Browser, body: str, to: Path) -> None:
    """Write a picture of an HTML body that is as large as its content."""
    with browser.new_context(viewport={"width": DESK[0], "height": DESK[1]}) as context:
        page = context.new_page()
        page.set_content(f'<meta charset="utf-8"><style>{_STYLE}</style><body>{body}</body>')
        page.locator("body").screenshot(path=to)
    weigh(to)


def weigh(picture: Path) -> None:
    """Make a picture small and print its size; it fails if it is too large for the docs."""
    shrink(picture)
    size = picture.stat().st_size
    print(f"{picture.name}: {size:,} bytes")
    assert size < MOST_BYTES, picture


def terminal(*typed: tuple[str, str], rows: int = 60) -> str:
    """Return what a terminal shows of commands and what they printed, at most so many rows each."""
    parts = []
    for command, said in typed:
        lines = said.rstrip().splitlines()
        cut = [*lines[:rows], "..."] if len(lines) > rows else lines
        parts.append(f"<b>$ {html.escape(command)}</b>\n" + html.escape("\n".join(cut)))
    # Of these letters Chromium's fixed-width font here has no forms of its own.
    text = re.sub(
        "[\N{LATIN CAPITAL LETTER A WITH DOT BELOW}-\u1ef9]", r"<i>\g<0></i>", "\n".join(parts)
    )
    return f"<pre>{text}</pre>"


def sheet(book: Path, title: str, headers: Sequence[str], rows: range) -> str:
    """Return those columns and rows of a sheet as a table, with Excel's letters and numbers."""
    cells = load_workbook(book)[title]
    shown = [cell for cell in cells[1] if cell.value in headers]
    letters = "".join(f"<th>{cell.column_letter}</th>" for cell in shown)
    lines = []
    for number in (1, *rows):
        texts = (_text(cells.cell(number, cell.column).value) for cell in shown)
        tag = ' class="headers"' if number == 1 else ""
        lines.append(
            f"<tr{tag}><th>{number}</th>{''.join(f'<td>{one}</td>' for one in texts)}</tr>"
        )
    caption = f"Nội dung bảng {book.name}, tờ «{title}» (vài cột, vài dòng)"
    return (
        f"<p>{html.escape(caption)}</p><table><thead><tr><th></th>{letters}</tr></thead>"
        f"<tbody>{''.join(lines)}</tbody></table>"
    )


def _text(value: object) -> str:
    if value is None:
        return ""
    day = getattr(value, "strftime", None)
    return html.escape(day("%d/%m/%Y") if day else str(value))
