"""The system's Chromium, and what every page is looked at for."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

CHROMIUM = "/usr/bin/chromium"
WAIT_MILLISECONDS = 60_000
"""How long something is waited for that a page will show: a busy machine takes its time."""
OPTIONS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
DESK, PHONE = (1366, 768), (390, 844)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run the browser; what is expected of its pages is waited for."""
    expect.set_options(timeout=WAIT_MILLISECONDS)
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=list(OPTIONS))
        yield made
        made.close()


def looked_at(page: Page, url: str) -> Iterator[tuple[int, str]]:
    """Open a page in both sizes, light and dark; yield width and scheme once it is seen to be well.

    No sideways scrolling, and axe-core (WCAG 2) finds nothing.
    """
    for (width, height), scheme in product((DESK, PHONE), ("light", "dark")):
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
        page.goto(url)

        assert width == page.evaluate("document.documentElement.scrollWidth")
        violations = Axe().run(page).response["violations"]
        assert [] == [(one["id"], one["nodes"][0]["html"]) for one in violations]
        yield width, scheme
