"""The pages of sites, units and lines on a running collector, in a real browser."""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from collector.store import open_store
from collector.verdict.notes import EvidenceNote
from collector.verdict.outages.book import OutageBook
from collector.verdict.outages.derive import outages_of
from collector.verdict.outages.saved import save_judged
from collector.verdict.spans import Span, SpanKind, SpansChanged
from tests.accounts import TWO_COMMUNES
from tests.e2e.browsing import chromium

pytestmark = pytest.mark.e2e

Collector = Any
"""`CollectorProcess` of the folder's conftest."""
DESK, PHONE, WALL = (1366, 768), (390, 844), (1920, 1080)
DAY = 86_400.0
MERGED = """\
  - {id: boc-bo, name: Xã Bộc Bố, kind: commune, lifecycle: retired}
  - id: bang-thanh
    name: Xã Bằng Thành
    kind: commune
    parent: tinh
    lineage: [{unit: boc-bo, kind: merged, on: 2025-07-01}]
"""
PAGES = ("/sites/don", "/units", "/units/xa-don", "/links")


@pytest.fixture
def collector(tmp_path: Path, collector_process: Callable[..., Collector]) -> Collector:
    """Start a collector whose commune Đơn Dương was cut off for an hour five days ago."""
    file = tmp_path / "province.yaml"
    file.write_text(TWO_COMMUNES.replace("profiles:\n", f"{MERGED}profiles:\n", 1), "utf-8")
    process = collector_process(inventory=file, is_started=False)
    store = open_store(process.data)
    now, book, changed = time.time(), OutageBook(), []
    try:
        for item, kind in (("don", SpanKind.SITE), ("don/tslcd", SpanKind.LINK)):
            start = now - 5 * DAY
            silent = (EvidenceNote("agents_silent", (start,)),)
            spans = (
                Span(item, "don", kind, "up", None, now - 20 * DAY, start),
                Span(item, "don", kind, "down", "link", start, start + 3600, silent),
                Span(item, "don", kind, "up", None, start + 3600, None),
            )
            book.take(item, outages_of(spans[:2]), start + 60)
            book.take(item, outages_of(spans), start + 3700)
            changed.append(SpansChanged(item, 0.0, spans))
        save_judged(store, changed, book.take_changes())
    finally:
        store.close()
    process.start()
    return process


@pytest.fixture
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


def signed_in(collector: Collector, page: Page) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "collector.cli", "login-link", "--data", str(collector.data)],
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
    )
    page.goto(done.stdout.strip())


def test_from_the_first_page_to_a_site_its_unit_and_its_line(
    browser: Browser, collector: Collector
):
    """Works without scripts; nothing is cut off; axe-core (WCAG 2) finds nothing."""
    with browser.new_context(locale="vi-VN", java_script_enabled=False) as context:
        page = context.new_page()
        signed_in(collector, page)
        page.get_by_role("link", name="Trụ sở Đơn Dương").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^Trụ sở Đơn Dương"))
        page.wait_for_load_state()
        outage = page.locator('[data-live="outages"] tbody tr').filter(has_text="Trụ sở Đơn Dương")
        assert "Đường truyền" in outage.inner_text()
        assert "1 giờ" in outage.inner_text()
        month = page.locator('[data-live="month"] figcaption').first.inner_text()
        assert "mất kết nối 1 giờ" in month
        assert "không đo được 10 ngày" in month
        picture = page.get_by_role("img", name=re.compile("^Chuỗi phụ thuộc"))
        assert picture.count() == 1
        assert "không dùng để chấm công" in page.content()

        page.get_by_role("link", name="Xã Đơn Dương").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Xã Đơn Dương")
        page.get_by_role("link", name="Đơn vị", exact=True).click()
        page.get_by_label("Tìm đơn vị, cả tên cũ").fill("boc bo")
        page.get_by_role("button", name="Tìm").click()
        expect(page.locator(".units tbody th a")).to_have_text(["Xã Bằng Thành"])

        page.get_by_role("link", name="Đường truyền", exact=True).click()
        row = page.locator('[data-live="lines"] tbody tr').filter(has_text="Trụ sở Đơn Dương")
        expect(row).to_contain_text("VNPT")
        with page.expect_download() as download:
            page.get_by_role("link", name="Tải CSV").click()
        text = download.value.path().read_text(encoding="utf-8")
        assert text.startswith("\ufeffĐiểm;")
        assert "Trụ sở Đơn Dương;Xã Đơn Dương" in text
        assert page.goto(f"{collector.url}/sites/khong-co").status == 404
        assert page.goto(f"{collector.url}/units/khong-co").status == 404

    with browser.new_context(locale="vi-VN") as context:
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        signed_in(collector, page)
        for path, scheme in product(PAGES, ("light", "dark")):
            page.emulate_media(color_scheme=scheme)
            page.goto(f"{collector.url}{path}")
            for width, height in (DESK, PHONE, WALL):
                page.set_viewport_size({"width": width, "height": height})
                assert width == page.evaluate("document.documentElement.scrollWidth"), path
            violations = Axe().run(page).response["violations"]
            assert [] == [(path, one["id"], one["nodes"][0]["html"]) for one in violations]
        assert complaints == []
