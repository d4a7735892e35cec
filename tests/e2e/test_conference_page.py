"""The pages of conferences and of a room in a real browser, scripts off: used, and easy to read."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsing import chromium

pytestmark = pytest.mark.e2e

Collector = Any
"""`CollectorProcess` of the folder's conftest."""
BEGINS = datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")) + timedelta(hours=3)
SIZES = ((1366, 768), (1920, 1080), (390, 844))


@pytest.fixture
def collector(collector_process: Callable[..., Collector], small_inventory_file: Path) -> Collector:
    with small_inventory_file.open("a", encoding="utf-8") as file:
        file.write('    conference_points: [{id: vc, kind: codec, address: "+10"}]\n')
    return collector_process()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@contextmanager
def opened(browser: Browser, collector: Collector, **options: object) -> Iterator[Page]:
    """Give the list to somebody who is signed in."""
    with browser.new_context(locale="vi-VN", **options) as context:
        page = context.new_page()
        command = [sys.executable, "-m", "collector.cli", "login-link"]
        done = subprocess.run(
            [*command, "--data", str(collector.data)], capture_output=True, text=True, check=True
        )
        page.goto(done.stdout.strip())
        page.get_by_role("link", name="Họp", exact=True).click()
        yield page


def enter(page: Page) -> None:
    page.get_by_label("Tên cuộc họp").fill("Giao ban")
    page.get_by_label("Bắt đầu").fill(f"{BEGINS:%d/%m/%Y %H:%M}")
    page.get_by_role("button", name="Ghi").click()


def test_a_conference_is_prepared_without_scripts(browser: Browser, collector: Collector):
    with opened(browser, collector, java_script_enabled=False) as page:
        enter(page)
        expect(page.get_by_role("status")).to_contain_text("Đã ghi cuộc họp")
        expect(page.locator(".counts")).to_contain_text(re.compile(r"1\s+Chưa kiểm tra"))

        page.get_by_role("link", name="Trụ sở xã A").click()
        page.get_by_role("button", name="Tạo liên kết cho phòng họp").click()
        link = page.get_by_label("Liên kết").input_value()
        with browser.new_context(java_script_enabled=False) as telephone:
            room = telephone.new_page()
            room.goto(link)
            room.get_by_role("group", name="Camera").get_by_label("Hỏng").check()
            room.get_by_label("Số điện thoại").fill("0263 111 222")
            room.get_by_role("button", name="Gửi", exact=True).click()
            expect(room.get_by_role("status")).to_contain_text("Đã ghi")

        page.get_by_role("link", name="Trụ sở xã A").click()
        expect(page.locator(".tile")).to_contain_text("Phòng họp báo hỏng: camera.")
        expect(page.get_by_role("table").last).to_contain_text("0263 111 222")
        with page.expect_download() as download:
            page.get_by_role("link", name="Tải biên bản").click()
        assert download.value.suggested_filename == f"giao-ban-{BEGINS:%Y-%m-%d}.xlsx"
        page.get_by_role("button", name="Huỷ cuộc họp").click()
        expect(page.get_by_role("status")).to_contain_text("Đã huỷ cuộc họp")


def test_a_calendar_is_taken_in_as_a_browser_sends_it(browser: Browser, collector: Collector):
    start = f"{BEGINS:%Y%m%dT%H%M%S}"
    event = f"UID:tuan\nDTSTART:{start}\nSUMMARY:Giao ban tuần\nLOCATION:Trụ sở xã A"
    calendar = f"BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\n{event}\nEND:VEVENT\nEND:VCALENDAR\n"
    file = {"name": "lịch.ics", "mimeType": "text/calendar", "buffer": calendar.encode()}
    with opened(browser, collector, java_script_enabled=False) as page:
        page.get_by_label("Tệp lịch").set_input_files(file)  # type: ignore[arg-type]
        page.get_by_role("button", name="Nhập", exact=True).click()

        expect(page.get_by_role("status")).to_contain_text("Đã nhập tệp lịch")
        expect(page.get_by_role("link", name="Giao ban tuần")).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_cut_off_or_hard_to_read(
    browser: Browser, collector: Collector, size: tuple[int, int]
):
    """No sideways scrolling; axe-core (WCAG 2) finds nothing."""
    width, height = size
    viewport = {"width": width, "height": height}
    with opened(browser, collector, viewport=viewport) as page:
        seen = [page.url]
        enter(page)
        seen.append(page.url)
        page.get_by_role("link", name="Trụ sở xã A").click()
        seen.append(page.url)
        page.get_by_role("button", name="Tạo liên kết cho phòng họp").click()
        seen.append(page.get_by_label("Liên kết").input_value())
        for url in seen:
            page.goto(url)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert [one["id"] for one in Axe().run(page).response["violations"]] == []
