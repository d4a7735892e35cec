"""Planned work by API, page and command on a running collector; the page in a real browser."""

import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsing import chromium, looked_at

pytestmark = pytest.mark.e2e

Collector = Any
"""`CollectorProcess` of the folder's conftest."""
SEEN_SECONDS = 60.0
"""A command's change is seen within a second; a busy machine takes longer."""
WORK = {"item": "xa-a", "start": 4_000_000_000, "end": 4_000_003_600, "reason": "Thay tủ mạng"}
NOTICES = (
    "Khu vực;Từ;Đến;Lý do\n"
    "Thôn Nghĩa Đức và một phần thôn Lạc Thạnh, xã Đơn Dương;"
    "01/12/2090 07:30;01/12/2090 17:00;Bảo trì lưới điện\n"
    "Khu vực trạm T3;02/12/2090 07:30;02/12/2090 17:00;\n"
)


@pytest.fixture
def collector(collector_process: Callable[..., Collector]) -> Collector:
    return collector_process()


def ask(
    collector: Collector, method: str, path: str, body: str = "", **headers: str
) -> tuple[int, http.client.HTTPMessage, str]:
    connection = http.client.HTTPConnection(*collector.address, timeout=20)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body.encode(), named)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


def post(collector: Collector, path: str, asked: object) -> tuple[int, Any]:
    """Post JSON with the operator's token."""
    token = (collector.data / "operator-token").read_text().strip()
    body = asked if isinstance(asked, str) else json.dumps(asked)
    status, _, answer = ask(collector, "POST", path, body, Authorization=f"Bearer {token}")
    return status, json.loads(answer)


def listed(collector: Collector) -> Any:
    status, body = collector.get("/v1/maintenance")
    assert status == 200
    return json.loads(body)


def govnet(collector: Collector, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "collector.cli", *arguments, "--data", str(collector.data)],
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
    )
    return done.stdout.strip()


def imported(collector: Collector, inventory: Path, folder: Path) -> None:
    path = folder / "cat-dien.csv"
    path.write_text(NOTICES, encoding="utf-8-sig")
    govnet(collector, "maintenance", "import", str(path), "--inventory", str(inventory))
    ends_at = time.monotonic() + SEEN_SECONDS
    while not listed(collector)["notices"]:
        assert time.monotonic() < ends_at
        threading.Event().wait(0.1)


def session(collector: Collector) -> str:
    """Sign in; return the cookie."""
    link = govnet(collector, "login-link").removeprefix(collector.url)
    return str(ask(collector, "GET", link)[1]["Set-Cookie"]).split(";")[0]


def test_the_api_adds_ends_confirms_and_rejects(
    collector: Collector, small_inventory_file: Path, tmp_path: Path
):
    status, answer = post(collector, "/v1/maintenance", WORK)
    assert status == 200
    (entry,) = answer["entries"]
    assert (entry["state"], entry["confirmed_by"], entry["kind"]) == (
        "confirmed",
        "api",
        "maintenance",
    )
    status, answer = post(collector, f"/v1/maintenance/{entry['id']}", {"action": "end"})
    assert (status, answer["entries"][0]["state"]) == (200, "ended")
    assert [one["id"] for one in listed(collector)["past"]] == [entry["id"]]

    imported(collector, small_inventory_file, tmp_path)
    first, second = listed(collector)["notices"]
    sites = {one["item"] for one in first["proposals"]}
    assert sites == {"xa-a", "trung-tam"}
    change = {"action": "confirm", "sites": ["xa-a"]}
    assert post(collector, f"/v1/maintenance/{first['id']}", change)[0] == 200
    assert [one["item"] for one in listed(collector)["entries"]] == ["xa-a"]
    assert post(collector, f"/v1/maintenance/{second['id']}", {"action": "reject"})[0] == 200
    assert [one["id"] for one in listed(collector)["notices"]] == [first["id"]]
    assert "power cut confirmed" in govnet(collector, "agents", "changes")


REFUSED = (
    ("", "{", 400, "bad_json"),
    ("", {"item": "xa-a"}, 400, "bad_schema"),
    ("", WORK | {"more": 1}, 400, "bad_schema"),
    ("", WORK | {"start": -1}, 400, "bad_schema"),
    ("", WORK | {"item": "x", "reason": "", "end": 1}, 422, "bad_maintenance"),
    ("", WORK | {"reason": "x" * 100_000}, 413, "body_too_large"),
    ("/n9", {"action": "confirm"}, 404, "not_found"),
    ("/9", {"action": "end"}, 404, "not_found"),
    ("/x", {"action": "end"}, 404, "not_found"),
    ("/9", {"action": "burn"}, 400, "bad_schema"),
    ("/n9", {"action": "confirm", "sites": ["xa-x"]}, 422, "bad_maintenance"),
)
"""Path below `/v1/maintenance`, what is asked, status and word of the answer."""


def test_what_cannot_be_is_refused_with_its_reason(collector: Collector):
    answers = [post(collector, f"/v1/maintenance{path}", asked) for path, asked, _, _ in REFUSED]

    assert [(status, error) for _, _, status, error in REFUSED] == [
        (status, answer["error"]) for status, answer in answers
    ]
    assert len(answers[4][1]["problems"]) == 3
    assert listed(collector) == {"entries": [], "notices": [], "past": []}


def test_a_session_reads_the_api_and_changes_nothing_by_it(collector: Collector):
    cookie = session(collector)

    assert ask(collector, "GET", "/v1/maintenance", Cookie=cookie)[0] == 200
    assert ask(collector, "POST", "/v1/maintenance", json.dumps(WORK), Cookie=cookie)[0] == 401


def test_a_form_is_taken_from_our_own_page_by_who_is_signed_in(collector: Collector):
    cookie = session(collector)
    form = urlencode(
        {
            "action": "add",
            "item": "xa-a",
            "start": "2090-12-01T08:00",
            "end": "01/12/2090 09:00",
            "reason": "<b>Thay tủ</b>",
            "kind": "maintenance",
        }
    )
    own = f"http://{collector.address[0]}:{collector.address[1]}"

    assert ask(collector, "POST", "/maintenance", form, Origin=own)[0] == 401
    foreign = ask(collector, "POST", "/maintenance", form, Cookie=cookie, Origin="http://evil.test")
    assert foreign[0] == 403
    assert "không đến từ trang của trung tâm" in foreign[2]
    assert ask(collector, "POST", "/maintenance", form, Cookie=cookie)[0] == 403
    assert listed(collector)["entries"] == []

    status, headers, _ = ask(collector, "POST", "/maintenance", form, Cookie=cookie, Origin=own)
    assert (status, headers["Location"]) == (303, "/maintenance?done=add")
    assert listed(collector)["entries"][0]["confirmed_by"] == "login-link"
    status, headers, page = ask(collector, "GET", "/maintenance", Cookie=cookie)
    assert (status, headers["Referrer-Policy"]) == (200, "same-origin")
    assert "&lt;b&gt;Thay tủ&lt;/b&gt;" in page
    long = ask(collector, "POST", "/maintenance", "a" * 100_000, Cookie=cookie, Origin=own)
    assert long[0] == 413
    odd = ask(collector, "POST", "/maintenance", "action=burn", Cookie=cookie, Origin=own)
    assert odd[0] == 422
    assert ask(collector, "GET", "/maintenance")[0] == 401


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@contextmanager
def opened(browser: Browser, collector: Collector, **options: object) -> Iterator[Page]:
    """Give the page to somebody who is signed in; scripts are off."""
    with browser.new_context(locale="vi-VN", java_script_enabled=False, **options) as context:
        page = context.new_page()
        page.goto(govnet(collector, "login-link"))
        page.get_by_role("link", name="Bảo trì, cắt điện").click()
        yield page


def test_a_person_confirms_adds_and_ends_on_the_page(
    browser: Browser, collector: Collector, small_inventory_file: Path, tmp_path: Path
):
    imported(collector, small_inventory_file, tmp_path)
    with opened(browser, collector) as page:
        first, second = page.locator(".proposal").nth(0), page.locator(".proposal").nth(1)
        said, alert = page.get_by_role("status"), page.get_by_role("alert")
        first.get_by_role("button", name="Xác nhận").click()
        expect(alert).to_contain_text("hãy đánh dấu hoặc ghi ít nhất một điểm")
        first.get_by_label("Trụ sở xã A").check()
        first.get_by_role("button", name="Không điểm nào").click()
        expect(alert).to_contain_text("hãy bỏ chọn")
        first.get_by_label("Trụ sở xã A").check()
        first.get_by_role("button", name="Xác nhận").click()
        expect(said).to_contain_text("Đã xác nhận")
        second.get_by_label("Điểm khác").fill("trung-tam")
        second.get_by_role("button", name="Xác nhận").click()
        expect(page.locator(".proposal")).to_have_count(1)
        first.get_by_role("button", name="Không điểm nào khác").click()
        expect(page.locator(".proposal")).to_have_count(0)

        page.get_by_label("Điểm, thiết bị hoặc hệ thống").fill("xa-a/cpe")
        page.get_by_label("Từ", exact=True).fill("mai")
        page.get_by_label("Đến", exact=True).fill("01/12/2090 09:00")
        page.get_by_label("Lý do").fill("Nâng cấp")
        page.get_by_role("button", name="Ghi").click()
        expect(alert).to_contain_text("Từ: cần giờ dạng 01/12/2026 08:00, đang là «mai».")
        expect(page.get_by_label("Lý do")).to_have_value("Nâng cấp")
        page.get_by_label("Từ", exact=True).fill("2020-12-01 08:00")
        page.get_by_label("Đến", exact=True).fill("2020-12-01 09:00")
        page.get_by_role("button", name="Ghi").click()
        expect(said).to_contain_text("Đã ghi")
        page.get_by_role("button", name="Huỷ: Trụ sở xã A").click()
        expect(said).to_contain_text("Đã kết thúc")

    found = listed(collector)
    assert [(one["item"], one["state"]) for one in found["entries"]] == [("trung-tam", "confirmed")]
    assert {(one["item"], one["state"]) for one in found["past"]} == {
        ("xa-a", "ended"),
        ("xa-a/cpe", "confirmed"),
        ("trung-tam", "rejected"),
    }


def test_nothing_is_cut_off_or_hard_to_read(
    browser: Browser, collector: Collector, small_inventory_file: Path, tmp_path: Path
):
    """No sideways scrolling; axe-core (WCAG 2) finds nothing."""
    imported(collector, small_inventory_file, tmp_path)
    now = time.time()
    for start, end in ((now - 60, now + 3600), (now + 600, now + 900), (now - 90, now - 60)):
        post(collector, "/v1/maintenance", WORK | {"start": start, "end": end})
    with browser.new_context(locale="vi-VN") as context:
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(govnet(collector, "login-link"))
        for _ in looked_at(page, f"{collector.url}/maintenance"):
            assert page.locator("tbody .badge").count() == 3
        assert complaints == []
