"""The inventory against reality on a running collector: page, metrics, commands, approval."""

import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, expect

from collector.siting import Siting
from collector.store import open_store
from collector.store.device_facts import save_devices
from collector.store.enrolment import enrol_by_token
from collector.store.machine_facts import Told
from collector.store.tokens import create
from govnet.enrolment import EnrolRequest
from govnet.surroundings import SeenNeighbour, SeenStation, Surroundings, pack
from inventory.load import load
from tests.e2e.browsing import chromium, looked_at

pytestmark = pytest.mark.e2e

Collector = Any
"""`CollectorProcess` of the folder's conftest."""
SEEN_SECONDS = 60.0
"""What changes is compared within five seconds; a busy machine takes longer."""
AROUND = Surroundings(
    model="AR651",
    serial="2150083",
    neighbours=(
        SeenNeighbour(
            port="GE0/0/1",
            name="SW-Tang-2",
            mac="02:00:00:00:00:22",
            address="198.18.1.22",
            capabilities=("bridge",),
            description="S5735-L24T4S-A1",
        ),
        SeenNeighbour(port="GE0/0/2", name="Dien-thoai-1", capabilities=("bridge", "telephone")),
    ),
    stations=tuple(SeenStation(mac=f"02:00:00:00:01:{number:02x}") for number in range(7)),
)


@pytest.fixture
def collector(collector_process: Callable[..., Collector]) -> Collector:
    """Start a collector: three agents wait, and the router of xa-a told what stands around it."""
    process = collector_process()
    store = open_store(process.data)
    try:
        siting = Siting(load(process.inventory))
        _, secret = create(store, None, 9, time.time(), 3600.0)
        for number, code in ((1, ""), (2, ""), (3, "")):
            request = EnrolRequest(
                secret=secret,
                key=f"{number:064x}",
                hardware={},
                hostname=f"PC-VAN-THU-{number}",
                code=code,
            )
            enrol_by_token(store, siting, request, f"198.19.77.{number}", time.time())
        save_devices(store, [Told("xa-a/cpe", "a", time.time(), pack(AROUND))])
    finally:
        store.close()
    return process


def until(is_so: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + SEEN_SECONDS
    while not is_so():
        assert time.monotonic() < ends_at
        threading.Event().wait(0.2)


def govnet(collector: Collector, *arguments: str, status: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "collector.cli", *arguments, "--data", str(collector.data)],
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == status, done.stderr
    return done.stdout.strip()


def waiting(collector: Collector) -> dict[str, str]:
    """Return host name -> agent of those that wait."""
    listed = json.loads(govnet(collector, "agents", "list", "--json"))
    return {one["hostname"]: one["agent"] for one in listed if one["state"] == "pending"}


def metrics(collector: Collector) -> str:
    return str(collector.get("/metrics/verdicts")[1].decode())


def ask(
    collector: Collector, method: str, path: str, body: str = "", **headers: str
) -> tuple[int, http.client.HTTPMessage, str]:
    connection = http.client.HTTPConnection(*collector.address, timeout=20)
    try:
        connection.request(method, path, body.encode(), headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


def test_a_form_approves_for_who_is_signed_in_on_our_own_page(collector: Collector):
    agents = waiting(collector)
    first = agents["PC-VAN-THU-1"]
    link = govnet(collector, "login-link").removeprefix(collector.url)
    cookie = str(ask(collector, "GET", link)[1]["Set-Cookie"]).split(";")[0]
    own = f"http://{collector.address[0]}:{collector.address[1]}"
    form = urlencode({"one": first, f"site-{first}": "xa-a"})

    def post(body: str, **headers: str) -> tuple[int, http.client.HTTPMessage, str]:
        return ask(collector, "POST", "/differences", body, **headers)

    assert post(form, Origin=own)[0] == 401
    assert post(form, Cookie=cookie)[0] == 403
    assert post(form, Cookie=cookie, Origin="http://evil.example")[0] == 403
    assert len(waiting(collector)) == 3

    wrong = urlencode({"agent": [first, "x"], f"site-{first}": "<b>"}, doseq=True)
    status, _, page = post(wrong, Cookie=cookie, Origin=own)
    assert status == 422
    assert "máy PC-VAN-THU-1: không có điểm «&lt;b&gt;» đang hoạt động" in page
    assert "máy x không còn chờ duyệt" in page
    assert post("action=approve", Cookie=cookie, Origin=own)[0] == 422
    assert post("action=approve_known", Cookie=cookie, Origin=own)[0] == 422

    status, headers, _ = post(form, Cookie=cookie, Origin=own)
    assert (status, headers["Location"]) == (303, "/differences?done=1")
    assert set(waiting(collector)) == {"PC-VAN-THU-2", "PC-VAN-THU-3"}
    assert "login-link" in govnet(collector, "agents", "changes").splitlines()[-1]
    assert post(form, Cookie=cookie, Origin=own)[0] == 422


def test_metrics_follow_what_is_seen_and_what_is_approved(collector: Collector):
    def shown(line: str) -> bool:
        return line in metrics(collector).splitlines()

    until(lambda: shown('govnet_site_undeclared{kind="agent_waiting"} 3.0'))
    assert shown('govnet_site_undeclared{site="xa-a",kind="neighbour"} 1.0')
    assert shown('govnet_site_undeclared{site="xa-a",kind="station"} 3.0')
    assert shown('govnet_site_undeclared{site="trung-tam",kind="agent_beyond_count"} 1.0')
    assert shown('govnet_site_declared_never_seen{site="trung-tam",kind="site"} 1.0')

    agents = waiting(collector)
    govnet(
        collector,
        *("agents", "approve", *agents.values(), "--site", "xa-a"),
        *("--inventory", str(collector.inventory)),
    )
    until(lambda: shown('govnet_site_undeclared{kind="agent_waiting"} 0.0'))


def test_what_is_seen_is_proposed_accepted_and_then_gone(collector: Collector):
    inventory = ("--inventory", str(collector.inventory))
    seen = govnet(collector, "inventory", "seen", *inventory)
    assert "SW-Tang-2" in seen
    assert "Dien-thoai" not in seen
    proposed = govnet(collector, "inventory", "suggest", "--site", "xa-a", *inventory)
    assert "xa-a/sw-tang-2" in proposed
    assert "xa-a/cpe" in proposed

    before = Path(collector.inventory).read_text(encoding="utf-8")
    wrong = ("inventory", "suggest", "--accept", "xa-a/sw-tang-3", *inventory)
    govnet(collector, *wrong, status=2)
    govnet(collector, "inventory", "suggest", "--accept", "xa-a/cpe", *inventory, status=2)
    assert before == Path(collector.inventory).read_text(encoding="utf-8")

    accepted = ("inventory", "suggest", "--accept", "xa-a/cpe", "xa-a/sw-tang-2", "--yes")
    assert "devices[cpe].model: (không có) -> AR651" in govnet(collector, *accepted, *inventory)
    govnet(collector, "reload")
    device = load(collector.inventory).sites["xa-a"].devices[-1]
    assert (device.id, device.mac, device.upstream) == (
        "xa-a/sw-tang-2",
        "02:00:00:00:00:22",
        "xa-a/cpe",
    )
    left = json.loads(govnet(collector, "inventory", "suggest", "--json", *inventory))
    assert [one["id"] for one in left if one["site"] == "xa-a"] == []


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


def test_a_person_approves_on_the_page_singly_and_in_bulk(browser: Browser, collector: Collector):
    with browser.new_context(locale="vi-VN", java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(govnet(collector, "login-link"))
        page.get_by_role("link", name="Đối chiếu danh mục").click()
        page.get_by_role("button", name="Duyệt PC-VAN-THU-1").click()
        expect(page.get_by_role("alert")).to_contain_text("máy PC-VAN-THU-1: hãy ghi mã điểm")
        page.get_by_label("Điểm của PC-VAN-THU-1").fill("xa-a")
        page.get_by_role("button", name="Duyệt PC-VAN-THU-1").click()
        expect(page.get_by_role("status")).to_contain_text("Đã duyệt 1 máy")

        for number in (2, 3):
            page.get_by_label(f"Chọn PC-VAN-THU-{number}").check()
            page.get_by_label(f"Điểm của PC-VAN-THU-{number}").fill("xa-a")
        page.get_by_role("button", name="Duyệt các máy đã đánh dấu").click()
        expect(page.get_by_role("status")).to_contain_text("Đã duyệt 2 máy")
        page.wait_for_load_state()
        assert page.get_by_role("heading", name="Máy chờ duyệt").count() == 0
        page.get_by_label("Tìm").fill("tang 2")
        page.get_by_role("button", name="Tìm").click()
        expect(page.locator("td.name")).to_have_text(["SW-Tang-2"])
    assert waiting(collector) == {}


def test_nothing_is_cut_off_or_hard_to_read(browser: Browser, collector: Collector):
    """No sideways scrolling; axe-core (WCAG 2) finds nothing."""
    until(lambda: "govnet_site_undeclared{" in metrics(collector))
    with browser.new_context(locale="vi-VN") as context:
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(govnet(collector, "login-link"))
        for _ in looked_at(page, f"{collector.url}/differences"):
            assert page.locator(".waiting tbody tr").count() == 3
        assert complaints == []
