"""Coverage, inventory, log and administration in a real browser, without scripts."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.accounts import PASSWORD, TWO_COMMUNES

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

Collector = Any
"""`CollectorProcess` of the folder's conftest."""
CHROMIUM_OPTIONS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
DESK, PHONE = (1366, 768), (390, 844)
PATHS = (
    *("/coverage", "/coverage?unit=xa-don", "/inventory", "/log"),
    *("/admin", "/admin?tab=tokens", "/admin?tab=users"),
    *("/runbook", "/runbook/GovnetSiteSilent"),
)


@pytest.fixture
def collector(collector_process: Callable[..., Collector], tmp_path: Path) -> Collector:
    inventory = tmp_path / "two-communes.yaml"
    inventory.write_text(TWO_COMMUNES, encoding="utf-8")
    return collector_process(inventory=inventory)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=list(CHROMIUM_OPTIONS)
        )
        yield chromium
        chromium.close()


def chosen(page: Page, link: str) -> None:
    """Choose a password by a link."""
    page.goto(link)
    page.get_by_label("Mật khẩu mới", exact=True).fill(PASSWORD)
    page.get_by_label("Nhập lại mật khẩu mới").fill(PASSWORD)
    page.get_by_role("button", name="Đặt mật khẩu").click()


def sign_in(page: Page, collector: Collector, name: str) -> None:
    page.goto(f"{collector.url}/login")
    page.get_by_label("Tên tài khoản").fill(name)
    page.get_by_label("Mật khẩu", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()


def test_an_admin_finds_things_and_lets_somebody_of_a_commune_in(
    collector: Collector, browser: Browser
):
    words = ("users", "add", "quan-tri", "--role", "admin", "--inventory", collector.inventory)
    link = subprocess.run(
        [sys.executable, "-m", "collector.cli", *map(str, words), "--data", str(collector.data)],
        capture_output=True,
        check=True,
        encoding="utf-8",
    ).stdout.strip()
    with browser.new_context(locale="vi-VN", java_script_enabled=False) as context:
        page = context.new_page()
        chosen(page, link)
        sign_in(page, collector, "quan-tri")
        page.get_by_role("link", name="Kho thiết bị").click()
        page.get_by_label("Tìm", exact=True).fill("duc trong CPE")
        page.get_by_role("button", name="Tìm").click()
        assert page.locator("tbody th").all_inner_texts() == ["Bộ định tuyến\nduc/cpe"]
        page.goto(f"{collector.url}/admin?tab=users")
        page.get_by_label("Tên tài khoản").fill("lan")
        page.locator("select[name=scope]").select_option("xa-don")
        page.get_by_role("button", name="Thêm và tạo liên kết").click()
        made = page.locator("pre").inner_text().partition("/password")
        page.get_by_role("link", name="Sổ tay", exact=True).click()
        page.get_by_label("Tìm", exact=True).fill("mat dien")
        page.get_by_role("button", name="Tìm").click()
        page.get_by_role("link", name="Một điểm mất liên lạc").click()
        assert page.get_by_role("heading", level=1).inner_text() == "Một điểm mất liên lạc"
        page.get_by_role("link", name="Nhật ký").click()
        assert page.get_by_role("rowheader", name="Thêm tài khoản").count() >= 1
    with browser.new_context(locale="vi-VN", java_script_enabled=False) as context:
        page = context.new_page()
        chosen(page, f"{collector.url}{made[1]}{made[2]}")
        sign_in(page, collector, "lan")
        page.get_by_role("link", name="Độ phủ").click()
        assert "Xã Đơn Dương" in page.locator("main").inner_text()
        assert "Đức Trọng" not in page.content()
        assert page.request.get(f"{collector.url}/coverage?unit=xa-duc").status == 403
        assert page.request.get(f"{collector.url}/admin").status == 403
    with browser.new_context(locale="vi-VN") as context:
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        sign_in(page, collector, "quan-tri")
        for path in PATHS:
            looked_at(page, f"{collector.url}{path}")
        assert complaints == []


def looked_at(page: Page, url: str) -> None:
    """Open a page in both sizes, light and dark, and look for what is wrong."""
    for (width, height), scheme in product((DESK, PHONE), ("light", "dark")):
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        page.goto(url)

        assert width == page.evaluate("document.documentElement.scrollWidth")
        violations = Axe().run(page).response["violations"]
        assert [] == [(one["id"], one["nodes"][0]["html"]) for one in violations]
