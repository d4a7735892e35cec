"""Take the pictures of the pages in three sizes from `govnet demo`, with its scripted faults.

`make screenshots`; needs Chromium and about two minutes.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page

from tests.e2e.browsing import DESK, PHONE, chromium
from tests.e2e.first_day.picture import weigh
from tests.e2e.running_demo import ROOT, started

TO = ROOT / "docs/img"
SIZES = {"phone": PHONE, "desk": DESK, "wide": (1920, 1080)}
SHOWN = {
    "now": "/",
    "wall": "/?wall=1",
    "site": "/sites/dam-rong-2",
    "links": "/links",
    "conference": "/conferences/giao-ban-2026-12",
    "differences": "/differences",
    "coverage": "/coverage",
    "inventory": "/inventory?q=duc+trong",
    "admin": "/admin",
}
"""Name of the picture -> page; the site is one that the demo darkens for good."""
FAULTS_AFTER_SECONDS = 45.0
"""From the first page to when every scripted fault has its cause."""
MOST_BYTES = 1_500_000
"""All pictures of pages together."""


def main() -> int:
    """Run the demo and write the pictures."""
    with TemporaryDirectory() as folder, started(Path(folder)) as demo, chromium() as browser:
        link = demo.wait_for(r"(http://\S+/login\?once=\S+)")
        written = list(photographed(browser, link, SHOWN, FAULTS_AFTER_SECONDS))
    total = sum(picture.stat().st_size for picture in written)
    print(f"{len(written)} pictures, {total:,} bytes")
    assert total < MOST_BYTES
    return 0


def photographed(
    browser: Browser, link: str, shown: Mapping[str, str], after_seconds: float
) -> Iterator[Path]:
    """Follow a one-time link, wait for the faults, write every page in every size."""
    url = link.partition("/login")[0]
    with browser.new_context(locale="vi-VN") as context:
        page = context.new_page()
        page.goto(f"{url}/login")
        for size in SIZES:
            yield photograph(page, "login", size)
        page.goto(link)
        page.locator(".outage").first.wait_for(timeout=60_000)
        page.wait_for_timeout(after_seconds * 1000)
        for name, path in shown.items():
            for size in SIZES:
                page.goto(f"{url}{path}")
                yield photograph(page, name, size)


def photograph(page: Page, name: str, size: str) -> Path:
    """Write what a window of that size shows."""
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    picture = TO / f"page-{name}-{size}.png"
    page.screenshot(path=picture)
    weigh(picture)
    return picture


if __name__ == "__main__":
    sys.exit(main())
