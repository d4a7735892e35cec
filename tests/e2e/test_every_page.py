"""Every page of `govnet demo` in a real browser, as an admin of the whole province sees it."""

import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from collector.pages.rules import RULES
from tests.accounts import PASSWORD
from tests.e2e.browsing import PHONE, chromium
from tests.e2e.running_demo import GOVNET, started

pytestmark = pytest.mark.e2e

CONFERENCE = "giao-ban-2026-12"
FILLED = {
    "{site}": "duc-trong",
    "{unit}": "duc-trong",
    "{id}": CONFERENCE,
    "{alert}": "GovnetSiteSilent",
}
"""What stands for the parts of a path."""
NOT_PAGES = re.compile(r"^/events$|\.(csv|xlsx)$")
"""A stream and files: no page to look at."""
ROOM = "/room/{token}"
AS_OF = re.compile("Tính đến|tính đến")
FIRST_SECONDS = 60.0
"""Within which everything that is worked out again and again was worked out once."""
WITHOUT_AS_OF = {"/about", "/account", "/runbook", "/runbook/{alert}", ROOM}
"""They show no figures: what this is, one's own account, the runbook, the ticks of a room."""


@contextmanager
def watched(page: Page, url: str) -> Iterator[None]:
    """Fail if the page complains, or asks anything of another host."""
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    yield
    assert complaints == []
    assert [one for one in asked if not one.startswith(f"{url}/")] == []


def paths() -> list[str]:
    """Return the pages that are looked at with GET, but for the room, whose link is made below."""
    found = [path for method, path in RULES if method == "GET" and not NOT_PAGES.search(path)]
    return [path for path in found if path != ROOM]


def sign_in(page: Page, url: str, data: str) -> None:
    """Make an admin, choose a password by the link, sign in."""
    command = [str(GOVNET), "users", "add", "quan-tri", "--role", "admin", "--data", data]
    done = subprocess.run(command, capture_output=True, text=True, check=True, encoding="utf-8")
    page.goto(f"{url}/{done.stdout.strip().split('/', 3)[3]}")
    page.get_by_label("Mật khẩu mới", exact=True).fill(PASSWORD)
    page.get_by_label("Nhập lại mật khẩu mới").fill(PASSWORD)
    page.get_by_role("button", name="Đặt mật khẩu").click()
    expect(page.get_by_role("status")).to_contain_text("Đã đặt mật khẩu")
    page.goto(f"{url}/login")
    page.get_by_label("Tên tài khoản").fill("quan-tri")
    page.get_by_label("Mật khẩu", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url(f"{url}/")


def test_every_page_is_whole_in_vietnamese_and_asks_nobody_outside(tmp_path: Path) -> None:
    with started(tmp_path) as demo, chromium() as browser:
        link = demo.wait_for(r"(http://\S+/login\?once=\S+)")
        url = link.partition("/login")[0]
        page = browser.new_page(locale="vi-VN")
        with watched(page, url):
            page.goto(f"{url}/login")
            assert page.get_by_role("heading", level=1).inner_text() == "Đăng nhập"
            sign_in(page, url, demo.wait_for(r"--data (\S+)"))
            for template in paths():
                path = template
                for part, value in FILLED.items():
                    path = path.replace(part, value)
                is_whole(page, f"{url}{path}", has_as_of=template not in WITHOUT_AS_OF)
            names_are_found_without_diacritics(page, url)

            page.goto(f"{url}/conferences/{CONFERENCE}")
            page.locator(".tile h2 a", has_text="Trụ sở UBND xã Đức Trọng").click()
            page.get_by_role("button", name="Tạo liên kết cho phòng họp").click()
            room = page.get_by_label("Liên kết").input_value()
            is_whole(page, room, has_as_of=False)


def is_whole(page: Page, url: str, *, has_as_of: bool) -> None:
    """Look at one page: title, one headline, as-of time; nothing is cut off on a telephone."""
    goes_to(page, url)
    if has_as_of:
        has_something_to_show(page, url)
    assert page.locator("html").get_attribute("lang") == "vi"
    assert page.title().strip(), url
    assert page.get_by_role("heading", level=1).count() == 1, url
    assert page.get_by_role("heading", level=1).inner_text().strip(), url
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0], url
    page.set_viewport_size({"width": 1366, "height": 768})


def goes_to(page: Page, url: str) -> None:
    answer = page.goto(url)
    assert answer is not None
    assert answer.status == 200, url


def has_something_to_show(page: Page, url: str) -> None:
    """Load the page until it tells an as-of time: the collector has just started."""
    ends_at = time.monotonic() + FIRST_SECONDS
    while not AS_OF.search(page.locator("main").inner_text()):
        assert time.monotonic() < ends_at, url
        page.wait_for_timeout(1000)
        goes_to(page, url)


def names_are_found_without_diacritics(page: Page, url: str) -> None:
    for path, row in (
        ("/?q=duc+trong", ".sites tbody th"),
        ("/units?q=duc+trong", ".units tbody th"),
        ("/links?q=duc+trong", ".lines tbody th"),
        ("/inventory?q=duc+trong", "main tbody"),
        (f"/conferences/{CONFERENCE}?q=duc+trong", ".tile h2"),
    ):
        page.goto(f"{url}{path}")
        found = page.locator(row).all_inner_texts()
        assert any("Đức Trọng" in one for one in found), (path, found)
        assert len(found) < 20, path
