"""The first page of a simulated province in a browser: a fault comes by itself, and is handled.

The page's own timer is taken away, so that what it learns it learns by events.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from collector.server import STOP_SECONDS
from tests.accounts import PASSWORD, TWO_COMMUNES
from tests.e2e.browsing import WAIT_MILLISECONDS, chromium

pytestmark = pytest.mark.e2e

Collector = Any
"""`CollectorProcess` of the folder's conftest."""
ROOT = Path(__file__).parents[2]
WITHIN_SECONDS = 5.0
"""From the verdict to the page."""
FAULT_AFTER_SECONDS = 8
MACHINES = ("trung-tam/giam-sat", "don/pc-1", "tram/pc-1", "duc/pc-1")
INVENTORY = TWO_COMMUNES.replace(
    "unit: so, networks: [198.18.0.0/24]}",
    "unit: so, networks: [198.18.0.0/24],\n"
    "     machines: [{id: giam-sat, profile: pc, vantage: true}]}",
)
ONLY_EVENTS = """
  const later = window.setTimeout;
  window.setTimeout = (what, after, ...more) => after >= 5000 ? 0 : later(what, after, ...more);
"""


@pytest.fixture
def collector(collector_process: Callable[..., Collector], tmp_path: Path) -> Collector:
    inventory = tmp_path / "two-communes.yaml"
    inventory.write_text(INVENTORY, encoding="utf-8")
    return collector_process("--report-interval", "1", inventory=inventory, is_started=False)


@contextmanager
def simulated(collector: Collector, folder: Path) -> Iterator[None]:
    """Start it and let every machine report; both communes' lines are cut after a while."""
    keys = [collector.enrol(*machine.split("/")) for machine in MACHINES]
    collector.start()
    agents = [
        {"agent": key.identity.agent, "machine": key.identity.machine, "key_id": key.key}
        | {"key": key.secret.hex()}
        for key in keys
    ]
    (folder / "agents.json").write_text(json.dumps(agents))
    faults = [
        {"kind": "link_cut", "item": site, "from_seconds": FAULT_AFTER_SECONDS}
        for site in ("don", "duc")
    ]
    (folder / "faults.json").write_text(json.dumps(faults))
    simulator = subprocess.Popen(
        [
            *(sys.executable, "-m", "simulator.cli", "--collector", collector.url),
            *("--agents", str(folder / "agents.json"), "--faults", str(folder / "faults.json")),
            *("--spread", "0"),
        ],
        cwd=ROOT,
    )
    try:
        yield
    finally:
        simulator.terminate()
        simulator.wait(60)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


def verdict_at(page: Page, url: str, site: str, within_seconds: float) -> float:
    """Wait until the API says that a site is down; return when that was (monotonic)."""
    found: Any = None
    ends_at = time.monotonic() + within_seconds
    while time.monotonic() < ends_at:
        found = page.request.get(f"{url}/v1/sites/{site}").json()
        if found["site"]["status"] == "down":
            return time.monotonic()
        page.wait_for_timeout(200)
    raise AssertionError(f"{site} was not down within {within_seconds} s: {found}")


def govnet(collector: Collector, *words: str) -> str:
    done = subprocess.run(
        [*(sys.executable, "-m", "collector.cli", *words), "--data", str(collector.data)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
    )
    return done.stdout.strip()


def test_a_fault_appears_by_itself_and_is_handled_by_who_may(
    collector: Collector, browser: Browser, tmp_path: Path
):
    url = collector.url
    with browser.new_context(locale="vi-VN") as context, simulated(collector, tmp_path):
        context.add_init_script(ONLY_EVENTS)
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(govnet(collector, "login-link"))
        page.evaluate("window.sameDocument = true")
        box = page.get_by_label("Tìm điểm hoặc đơn vị")
        box.fill("bang th")

        known_at = verdict_at(page, url, "don", 90)
        page.locator(".tile.bad", has_text="Đơn Dương").wait_for(timeout=WAIT_MILLISECONDS)
        assert time.monotonic() - known_at < WITHIN_SECONDS
        card = page.locator(".outage", has_text="Trụ sở Đơn Dương")
        card.wait_for(timeout=WAIT_MILLISECONDS)
        assert page.evaluate("window.sameDocument")
        assert box.input_value() == "bang th"
        assert page.evaluate("document.activeElement.id") == "q"

        card.get_by_role("button", name="Nhận việc").click()
        page.get_by_role("status").filter(has_text="có người nhận việc").wait_for()
        expect(card).to_contain_text("nhận việc lúc")
        card.get_by_role("link", name="Ghi người nhận").click()
        page.get_by_label("Số phiếu").fill("VT-17")
        page.get_by_role("button", name="Ghi", exact=True).click()
        page.get_by_role("status").filter(has_text="Đã ghi").wait_for()
        expect(card).to_contain_text("số phiếu VT-17")
        page.locator(".outage", has_text="Trụ sở Đức Trọng").wait_for(timeout=WAIT_MILLISECONDS)

        page.goto(f"{url}/?q=duc+trong")
        expect(page.locator("tbody th").first).to_contain_text("Đức Trọng")
        for path in ("/", "/?map=outline", "/?wall=1"):
            page.goto(f"{url}{path}")
            violations = Axe().run(page).response["violations"]
            assert [] == [(one["id"], one["nodes"][0]["html"]) for one in violations]
        assert complaints == []
        a_part_is_all_that_its_operator_sees(collector, browser)

        # The page's stream does not hold up a collector that stops: so long would it be waited for.
        asked_at = time.monotonic()
        assert collector.stop() == 0
        assert time.monotonic() - asked_at < STOP_SECONDS


def a_part_is_all_that_its_operator_sees(collector: Collector, browser: Browser) -> None:
    """Sign in as an operator of one of the two communes that are out."""
    rights = ("--role", "operator", "--scope", "xa-don", "--inventory", str(collector.inventory))
    link = govnet(collector, "users", "add", "truc-xa", *rights)
    with browser.new_context(locale="vi-VN", java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(link)
        page.get_by_label("Mật khẩu mới", exact=True).fill(PASSWORD)
        page.get_by_label("Nhập lại mật khẩu mới").fill(PASSWORD)
        page.get_by_role("button", name="Đặt mật khẩu").click()
        expect(page.get_by_role("status")).to_contain_text("Đã đặt mật khẩu")
        page.goto(collector.url)
        page.get_by_label("Tên tài khoản").fill("truc-xa")
        page.get_by_label("Mật khẩu", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Đăng nhập").click()

        expect(page.locator(".outage", has_text="Trụ sở Đơn Dương")).to_contain_text("VT-17")
        page.wait_for_load_state()
        assert "Đức Trọng" not in page.content()
        assert page.request.get(f"{collector.url}/v1/sites/duc").status == 403
        refused = page.request.post(
            f"{collector.url}/",
            form={"action": "check", "site": "duc"},
            headers={"Sec-Fetch-Site": "same-origin"},
        )
        assert refused.status == 403
