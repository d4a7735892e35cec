"""Coverage, inventory, log and administration in a real browser, without scripts."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.accounts import PASSWORD, TWO_COMMUNES
from tests.e2e.browsing import chromium, looked_at

pytestmark = pytest.mark.e2e

Collector = Any
"""`CollectorProcess` of the folder's conftest."""
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
    with chromium() as made:
        yield made


def chosen(page: Page, link: str) -> None:
    """Choose a password by a link."""
    page.goto(link)
    page.get_by_label("Mật khẩu mới", exact=True).fill(PASSWORD)
    page.get_by_label("Nhập lại mật khẩu mới").fill(PASSWORD)
    page.get_by_role("button", name="Đặt mật khẩu").click()
    expect(page.get_by_role("status")).to_contain_text("Đã đặt mật khẩu")


def sign_in(page: Page, collector: Collector, name: str) -> None:
    page.goto(f"{collector.url}/login")
    page.get_by_label("Tên tài khoản").fill(name)
    page.get_by_label("Mật khẩu", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    expect(page).to_have_url(f"{collector.url}/")


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
        expect(page.locator("tbody th")).to_have_text(
            ["Bộ định tuyến\nduc/cpe"], use_inner_text=True
        )
        page.goto(f"{collector.url}/admin?tab=users")
        page.get_by_label("Tên tài khoản").fill("lan")
        page.locator("select[name=scope]").select_option("xa-don")
        page.get_by_role("button", name="Thêm và tạo liên kết").click()
        made = page.locator("pre").inner_text().partition("/password")
        page.get_by_role("link", name="Sổ tay", exact=True).click()
        page.get_by_label("Tìm", exact=True).fill("mat dien")
        page.get_by_role("button", name="Tìm").click()
        page.get_by_role("link", name="Một điểm mất liên lạc").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Một điểm mất liên lạc")
        page.get_by_role("link", name="Nhật ký").click()
        expect(page.get_by_role("rowheader", name="Thêm tài khoản").first).to_be_visible()
    with browser.new_context(locale="vi-VN", java_script_enabled=False) as context:
        page = context.new_page()
        chosen(page, f"{collector.url}{made[1]}{made[2]}")
        sign_in(page, collector, "lan")
        page.get_by_role("link", name="Độ phủ").click()
        expect(page.locator("main")).to_contain_text("Xã Đơn Dương")
        page.wait_for_load_state()
        assert "Đức Trọng" not in page.content()
        assert page.request.get(f"{collector.url}/coverage?unit=xa-duc").status == 403
        assert page.request.get(f"{collector.url}/admin").status == 403
    with browser.new_context(locale="vi-VN") as context:
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        sign_in(page, collector, "quan-tri")
        for path in PATHS:
            for _ in looked_at(page, f"{collector.url}{path}"):
                pass
        assert complaints == []
