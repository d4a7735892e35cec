"""Make the pictures of docs/first-day.md again, from a day that is really lived.

`make screenshots`; needs root, Chromium and about two minutes. It is the day of test_first_day.py
with fewer PCs; paths on a PC are shown as they are on one that was installed.
"""

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.first_day.day import COLLECTOR, Day
from tests.e2e.first_day.network import CENTRE_ADDRESS, NOWHERE, Roads, run
from tests.e2e.first_day.pc import ROOT, Pc
from tests.e2e.first_day.picture import DESK, PHONE, sheet, shoot, terminal, weigh
from tests.e2e.first_day.workbook import SITES, Written, edit_files, fill_in

TO = ROOT / "docs/img"
SILENT = frozenset((17, 68, 103, 151, 206))
CHROMIUM_OPTIONS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
PLACE_OF_URL = '# url = "https://giam-sat.tinh.example:8470"'
"""The line of collector.toml that the docs say to edit."""
COLUMNS = (
    "Mã điểm",
    "Tên điểm",
    "Mã ngắn",
    "Hồ sơ mẫu",
    "Dải mạng",
    "Nhà mạng",
    "Mã kênh",
    "Địa chỉ luôn bật",
    "Số máy tính làm việc",
    "Ngày kiểm đếm",
    "Nguồn số liệu",
)


def main() -> int:
    """Live the day and write the pictures."""
    TO.mkdir(exist_ok=True)
    os.environ["TZ"] = "Asia/Ho_Chi_Minh"
    roads = Roads()
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        day = Day(roads, Path(folder))
        try:
            roads.build(SITES, SILENT)
            within = Path(folder, "chromium-in-the-centre")
            words = shlex.join((*roads.within("centre"), "/usr/bin/chromium"))
            within.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
            within.chmod(0o700)
            browser = playwright.chromium.launch(
                executable_path=within, args=list(CHROMIUM_OPTIONS)
            )
            live(day, browser)
            browser.close()
        finally:
            day.end()
            roads.close()
    return 0


def live(day: Day, browser: Browser) -> None:
    """Go through the day, and take a picture where the docs have a place for one."""
    with day.step("the inventory and the workbook"):
        by_number = inventory(day, browser)
    with day.step("every site is judged"):
        day.govnet("tls", "init", "--name", CENTRE_ADDRESS)
        day.serve("--config", "collector.toml", "--report-interval", "15")
        centre = day.unpack("centre", "giam-sat")
        centre.enrol(day.govnet("token", "create", "--site", "ttdl"))
        centre.start()
        day.wait(
            "every site is judged", lambda: set(day.statuses().values()) == {"up", "down"}, 300
        )
    with day.step("the pages"), signed_in(browser, day, DESK) as page:
        page.goto(COLLECTOR)
        page.locator(".count.bad").wait_for()
        photograph(page, "judged")
    with day.step("PCs join"):
        pcs(day, browser, by_number)
    with day.step("govnet doctor"):
        said = day.govnet("doctor").replace(f"{day.folder.parent}/", "/root/")
        shoot(browser, terminal(("govnet doctor", said)), TO / "first-day-doctor.png")


def inventory(day: Day, browser: Browser) -> dict[int, Written]:
    """Make the inventory; return its sites by number."""
    said = day.govnet("init", "--province", "68", "--centre-machine", "giam-sat", "lam-dong")
    command = "govnet init --province 68 lam-dong"
    shoot(browser, terminal((command, said)), TO / "first-day-init.png")
    day.folder /= "lam-dong"
    edit_files(day.folder)
    options = day.folder / "collector.toml"
    text = options.read_text("utf-8")
    assert PLACE_OF_URL in text
    options.write_text(text.replace(PLACE_OF_URL, f'url = "{COLLECTOR}"'), "utf-8")
    day.govnet("inventory", "template", "sites.xlsx")
    sites = fill_in(day.folder / "sites.xlsx", {})
    table = sheet(day.folder / "sites.xlsx", "Điểm", COLUMNS, range(3, 15))
    shoot(browser, table, TO / "first-day-workbook.png")
    day.govnet("inventory", "import", "sites.xlsx", "--yes")
    who = ("-c", "user.name=Trung tâm", "-c", "user.email=centre@tinh.example")
    for words in (("init", "-q"), ("add", "."), (*who, "commit", "-qm", "Danh mục ban đầu")):
        run("git", "-C", str(day.folder), *words)
    return {site.number: site for site in sites}


def pcs(day: Day, browser: Browser, by_number: dict[int, Written]) -> None:
    """Let PCs join in the three ways, and some that must wait."""
    word = day.govnet("token", "create", "--province", "--uses", "500")
    day.roads.plug_in("nowhere", f"{NOWHERE}.2")
    day.roads.plug_in("lan", "198.18.41.20")
    known = day.unpack("lan", "pc-mot-cua-41")
    known.enrol(word)
    coded = day.unpack("nowhere", "pc-van-thu-21")
    enrolled = coded.enrol(word, "--code", by_number[21].code)
    waiting = [day.unpack("nowhere", f"pc-phong-hop-{number}") for number in (1, 2, 3)]
    for pc in waiting:
        pc.enrol(word)
    for pc in (known, coded, *waiting):
        pc.start()
    day.wait("it is connected", lambda: "Đã kết nối" in coded.status(), 60)
    day.wait("they wait", lambda: day.get("/v1/agents").count('"pending"') >= len(waiting), 60)
    shown = (
        (f"govnet-agent enrol gn1.... --code {by_number[21].code}", as_installed(coded, enrolled)),
        ("govnet-agent status", as_installed(coded, coded.status())),
    )
    shoot(browser, terminal(*shown), TO / "first-day-status.png")
    with signed_in(browser, day, DESK) as page:
        page.goto(f"{COLLECTOR}/differences")
        photograph(page, "differences")
    with signed_in(browser, day, PHONE) as page:
        page.goto(f"{COLLECTOR}/differences#cho-duyet")
        photograph(page, "differences-phone")
    site = by_number[60].id
    day.govnet("agents", "approve", "--from", f"{NOWHERE}.0/24", "--site", site)
    day.wait("they report", lambda: all("Đã kết nối" in pc.status() for pc in waiting), 90)


@contextmanager
def signed_in(browser: Browser, day: Day, size: tuple[int, int]) -> Iterator[Page]:
    """Give a page of a person who followed a one-time link."""
    viewport = {"width": size[0], "height": size[1]}
    with browser.new_context(viewport=viewport, locale="vi-VN", ignore_https_errors=True) as one:
        page = one.new_page()
        page.goto(day.govnet("login-link").strip())
        yield page


def photograph(page: Page, name: str) -> None:
    """Write a picture of what the window shows."""
    picture = TO / f"first-day-{name}.png"
    page.screenshot(path=picture)
    weigh(picture)


def as_installed(pc: Pc, said: str) -> str:
    """Return what a PC said with the paths that an installed agent has."""
    installed = {str(pc.toml): "/etc/govnet/agent.toml", str(pc.state): "/var/lib/govnet-agent"}
    for here, there in installed.items():
        said = said.replace(here, there)
    return said


if __name__ == "__main__":
    sys.exit(main())
