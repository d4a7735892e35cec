"""Accounts in a real browser: signing in and out, guessing, a part of the province, a telephone."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.accounts import PASSWORD, TWO_COMMUNES
from tests.e2e.browsing import chromium, looked_at

pytestmark = pytest.mark.e2e

Collector = Any
"""`CollectorProcess` of the folder's conftest."""
CHOSEN = "Chín bỏ làm mười nhé"
SHOTS = os.environ.get("GOVNET_SHOTS")
"""Folder for pictures of every page, for somebody who looks at them."""


@pytest.fixture
def collector(collector_process: Callable[..., Collector], tmp_path: Path) -> Collector:
    inventory = tmp_path / "two-communes.yaml"
    inventory.write_text(TWO_COMMUNES, encoding="utf-8")
    return collector_process(inventory=inventory)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Give a browser of somebody without scripts."""
    with browser.new_context(locale="vi-VN", java_script_enabled=False) as made:
        yield made


def users(collector: Collector, *words: str, typed: str = "") -> str:
    more = ("--inventory", str(collector.inventory)) if words[0] == "add" else ()
    done = subprocess.run(
        [
            *(sys.executable, "-m", "collector.cli", "users"),
            *(*words, *more, "--data", str(collector.data)),
        ],
        input=typed,
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
    )
    return done.stdout.strip()


def chosen(page: Page, link: str, password: str = PASSWORD) -> None:
    """Choose a password by a link."""
    page.goto(link)
    page.get_by_label("Mật khẩu mới", exact=True).fill(password)
    page.get_by_label("Nhập lại mật khẩu mới").fill(password)
    page.get_by_role("button", name="Đặt mật khẩu").click()
    expect(page.get_by_role("status")).to_contain_text("Đã đặt mật khẩu")


def sign_in(page: Page, name: str, password: str = PASSWORD, code: str = "") -> None:
    page.get_by_label("Tên tài khoản").fill(name)
    page.get_by_label("Mật khẩu", exact=True).fill(password)
    page.get_by_label("Mã xác thực").fill(code)
    page.get_by_role("button", name="Đăng nhập").click()


def test_somebody_of_a_commune_signs_in_sees_their_part_and_signs_out(
    collector: Collector, context: BrowserContext
):
    link = users(
        collector, "add", "lan", "--role", "operator", "--scope", "xa-don", "--title", "Trực ca"
    )
    page = context.new_page()
    chosen(page, link)
    page.goto(f"{collector.url}/maintenance")
    sign_in(page, "lan")

    expect(page).to_have_url(f"{collector.url}/maintenance")
    expect(page.get_by_role("banner")).to_contain_text("Trực ca")
    expect(page.get_by_role("banner")).to_contain_text("Xã Đơn Dương, Tỉnh Lâm Đồng")
    page.get_by_label("Điểm, thiết bị hoặc hệ thống").fill("don/cpe")
    page.get_by_label("Từ", exact=True).fill("01/12/2090 08:00")
    page.get_by_label("Đến", exact=True).fill("01/12/2090 09:00")
    page.get_by_label("Lý do").fill("Thay tủ mạng")
    page.get_by_role("button", name="Ghi").click()
    expect(page.get_by_role("status")).to_contain_text("Đã ghi")
    expect(page.get_by_role("cell", name="lan", exact=True)).to_have_count(1)
    page.get_by_role("link", name="Bây giờ").click()
    expect(page.locator("tbody th")).to_have_text(
        [
            "Trạm y tế Đơn Dương\nTrạm y tế Đơn Dương",
            "Trụ sở Đơn Dương\nXã Đơn Dương",
        ],
        use_inner_text=True,
    )
    elsewhere = page.request.get(f"{collector.url}/v1/sites/duc")
    assert (elsewhere.status, elsewhere.json()["error"]) == (403, "forbidden")
    assert page.request.get(f"{collector.url}/v1/sites/don").status == 200
    page.get_by_role("button", name="Đăng xuất").click()
    expect(page.get_by_role("status")).to_contain_text("Đã đăng xuất")
    page.goto(collector.url)
    assert page.get_by_role("heading").inner_text() == "Đăng nhập"
    assert page.request.get(f"{collector.url}/v1/sites/don").status == 401


def test_guessing_is_slowed_down_and_said(collector: Collector, context: BrowserContext):
    page = context.new_page()
    chosen(page, users(collector, "add", "lan"))
    for number in range(5):
        sign_in(page, "lan", f"sai lần {number}")
        expect(page.get_by_label("Mật khẩu", exact=True)).to_have_value("")
    expect(page.get_by_role("alert")).to_contain_text("hãy đợi 30 giây")

    sign_in(page, "lan")
    expect(page.get_by_role("alert")).to_contain_text("rồi thử lại")
    counted = collector.counted("govnet_collector_logins_total")
    assert counted["wrong_password"] == 5
    assert counted["account_locked"] == 1


def test_a_password_from_the_command_is_changed_first_and_a_telephone_is_added(
    collector: Collector, context: BrowserContext
):
    users(collector, "add", "lan")
    users(collector, "passwd", "lan", typed=f"{PASSWORD}\n")
    page = context.new_page()
    page.goto(collector.url)
    sign_in(page, "lan")
    expect(page.get_by_role("status")).to_contain_text("chọn mật khẩu của riêng bạn")
    page.goto(f"{collector.url}/maintenance")
    assert page.url == f"{collector.url}/account"
    page.get_by_label("Mật khẩu hiện nay").fill(PASSWORD)
    page.get_by_label("Mật khẩu mới", exact=True).fill(CHOSEN)
    page.get_by_label("Nhập lại mật khẩu mới").fill(CHOSEN)
    page.get_by_role("button", name="Đổi mật khẩu").click()
    expect(page.get_by_role("status")).to_contain_text("Đã đổi mật khẩu")

    telephone = pyotp.TOTP(page.locator(".secret").inner_text().replace(" ", ""))
    page.get_by_label("Mã trên điện thoại").fill(telephone.now())
    page.get_by_label("Mật khẩu để bật mã").fill(CHOSEN)
    page.get_by_role("button", name="Bật mã xác thực").click()
    expect(page.get_by_role("status")).to_contain_text("Đã bật mã xác thực")
    page.get_by_role("button", name="Đăng xuất").click()
    sign_in(page, "lan", CHOSEN)
    expect(page.get_by_role("alert")).to_contain_text("không đúng")
    assert "on" in users(collector, "list").splitlines()[1].split()
    users(collector, "totp", "lan", "--off")
    sign_in(page, "lan", CHOSEN)
    expect(page.get_by_role("link", name="lan")).to_have_count(1)
    users(collector, "disable", "lan")
    page.reload()
    assert page.get_by_role("heading").inner_text() == "Đăng nhập"


def test_nothing_is_cut_off_or_hard_to_read(browser: Browser, collector: Collector):
    """No sideways scrolling; axe-core (WCAG 2) finds nothing on any of these pages."""
    link = users(collector, "add", "lan", "--scope", "xa-don", "--title", "Lãnh đạo xã Đơn Dương")
    with browser.new_context(locale="vi-VN") as context:
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        shown(page, link, "password")
        chosen(page, link)
        shown(page, f"{collector.url}/login?done=set", "sign-in")
        sign_in(page, "lan")
        expect(page).to_have_url(f"{collector.url}/")
        for path, name in (("/", "now"), ("/maintenance", "maintenance"), ("/account", "account")):
            shown(page, f"{collector.url}{path}", name)
        assert complaints == []
        shown(page, f"{collector.url}/no-such-page", "forbidden")


def shown(page: Page, url: str, name: str) -> None:
    """Look at a page, and take its picture where pictures are wanted."""
    for width, scheme in looked_at(page, url):
        if SHOTS and scheme == "light":
            page.screenshot(path=f"{SHOTS}/{name}-{width}.png")
