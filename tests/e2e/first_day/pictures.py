"""The pictures of docs/first-day.md and docs/ngay-dau-tien.md, taken while the day goes on.

`pytest --update-golden tests/e2e/test_first_day.py` takes them anew: what commands really printed,
as a terminal shows it, and the page as a browser in the centre does. Else nothing is drawn.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.e2e.first_day.network import Roads
from tests.e2e.first_day.pc import ROOT

IMAGES = ROOT / "docs" / "img"
CHROMIUM = "/usr/bin/chromium"
_OPTIONS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
_DESK = (1280, 800)
_TOKEN = re.compile(r"\bgn1\.\S+")
_TERMINAL = """<!doctype html><meta charset="utf-8"><style>
body { margin: 0; background: #fff }
pre { margin: 0; padding: 14px 18px; width: 122ch; box-sizing: content-box; background: #1d2127;
      color: #e6e6e6; font: 14px/1.45 "DejaVu Sans Mono", monospace; white-space: pre-wrap }
b { color: #8fd18f; font-weight: normal }
</style><pre>%s</pre>"""


class Pictures:
    """Pictures of one day; `is_wanted` says whether any is taken."""

    def __init__(self, *, is_wanted: bool) -> None:
        self._is_wanted = is_wanted

    def terminal(self, name: str, *typed: tuple[str, str]) -> None:
        """Draw commands, each with what it printed."""
        if not self._is_wanted:
            return
        shown = "\n".join(
            f"<b>$ {escape(command)}</b>\n{escape(_TOKEN.sub('MÃ', said.rstrip()))}"
            for command, said in typed
        )
        with _browser(Path(CHROMIUM)) as browser:
            page = browser.new_page(viewport={"width": _DESK[0], "height": _DESK[1]})
            page.set_content(_TERMINAL % shown)
            page.locator("pre").screenshot(path=IMAGES / name)

    def page(self, name: str, roads: Roads, link: str, folder: Path) -> None:
        """Photograph the page that a one-time link opens, by a browser in the centre."""
        if not self._is_wanted:
            return
        program = folder / "chromium-in-the-centre"
        program.write_text(f'#!/bin/sh\nexec {" ".join(roads.within("centre"))} {CHROMIUM} "$@"\n')
        program.chmod(0o755)
        with _browser(program) as browser:
            # The day's own CA is not among those that the browser knows.
            context = browser.new_context(
                ignore_https_errors=True,
                locale="vi-VN",
                viewport={"width": _DESK[0], "height": _DESK[1]},
            )
            page = context.new_page()
            page.goto(link)
            page.screenshot(path=IMAGES / name)


def shortened(text: str, first: int, last: int) -> str:
    """Return the first and last lines of a long text."""
    lines = text.rstrip().splitlines()
    if len(lines) <= first + last + 1:
        return text
    return "\n".join([*lines[:first], "  ...", *lines[-last:]])


@contextmanager
def _browser(program: Path) -> Iterator[Browser]:
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(_OPTIONS))
        yield browser
        browser.close()
