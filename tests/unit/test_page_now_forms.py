"""The forms of the first page, through the collector's own applications: who, what, and in words.

Every name in the inventory and every text that somebody types is one that would do harm where it
is not escaped.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest

from collector.accounts.viewer import COOKIE
from collector.store import open_store
from collector.store.audit import entries
from collector.verdict.outages.derive import Draft
from collector.verdict.outages.find import one
from collector.verdict.outages.records import Handling, Phase
from collector.verdict.spans import SpanKind
from inventory.load import load
from tests.accounts import TWO_COMMUNES, people, signed_in
from tests.scenarios.centre import Centre, Clock

NOW = 1_790_000_000.0
FORM = "application/x-www-form-urlencoded"
EVIL = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'{{7*7}}"
DON, DUC, LINK = "1", "2", "3"
PATHS = ("/", "/?map=outline", "/?wall=1", "/?w=1", f"/?{urlencode({'q': EVIL, 'since': EVIL})}")


def evil_inventory() -> str:
    """Return two communes, with coordinates and contacts, whose names are payloads."""
    quoted = EVIL.replace("'", "''")
    text = TWO_COMMUNES
    for name in ("Trụ sở Đơn Dương", "VNPT", "Xã Đơn Dương", "Trụ sở Đức Trọng"):
        text = re.sub(rf"name: {name}(?=[\n,}}])", f"name: '{name} {quoted}'", text)
    contact = f"contacts: [{{role: 'Trực {quoted}', telephone: '0900 000 001'}}]"
    return text.replace("    unit: xa-don\n", f"    unit: xa-don\n    {contact}\n").replace(
        "kind: commune, parent", "kind: commune, latitude: 11.8, longitude: 108.4, parent"
    )


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """Give a centre where both communes, and a line of the first, are out."""
    file = tmp_path_factory.mktemp("province") / "inventory.yaml"
    file.write_text(evil_inventory(), encoding="utf-8")
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
        made.work()
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def who(centre: Centre) -> dict[str, dict[str, str]]:
    store = open_store(centre.data)
    try:
        return {
            name: {"Cookie": f"{COOKIE}={signed_in(store, name, rights, NOW)}"}
            for name, rights in people().items()
        }
    finally:
        store.close()


Who = dict[str, dict[str, str]]


def sent(centre: Centre, who: dict[str, str], **fields: str) -> tuple[int, dict[str, str], str]:
    headers = who | {"Sec-Fetch-Site": "same-origin", "Content-Type": FORM}
    status, given, body = centre.request("POST", "/", headers, urlencode(fields).encode())
    return status, given, body.decode()


def shown(centre: Centre, who: dict[str, str], path: str = "/") -> str:
    status, _, body = centre.request("GET", path, who, b"")
    assert status == 200, body.decode()
    return body.decode()


def handling(centre: Centre, number: str) -> Handling:
    store = open_store(centre.data)
    try:
        found = one(store, int(number))
    finally:
        store.close()
    assert found is not None
    return found[0].handling


def test_an_outage_is_acknowledged_with_what_failed_with_it_under_the_name_of_the_account(
    centre: Centre, who: Who
):
    back = urlencode({"q": "don", "map": "outline"})
    status, given, _ = sent(centre, who["truc-don"], action="ack", number=DON, back=back)

    assert (status, given["Location"]) == (303, "/?q=don&map=outline&done=ack#outage-1")
    assert handling(centre, DON).acknowledged_by == "truc-don"
    assert handling(centre, LINK).acknowledged_by == "truc-don"
    page = shown(centre, who["truc-don"], "/?done=ack")
    assert "Đã ghi: có người nhận việc." in page
    assert "truc-don nhận việc lúc 21/09/2026 21:13" in page
    assert sent(centre, who["truc-don"], action="unack", number=DON)[0] == 303
    assert handling(centre, DON).acknowledged_by is None


def test_a_cause_is_confirmed_and_left_to_the_judgement_again(centre: Centre, who: Who):
    form = shown(centre, who["truc"], f"/?w={DON}")
    assert '<option value="" selected>Theo hệ thống (' in form

    assert sent(centre, who["truc"], action="say", number=DON, cause="lan")[0] == 303
    confirmed = handling(centre, DON)
    assert (confirmed.cause, confirmed.cause_by) == ("lan", "truc")
    page = shown(centre, who["truc"], f"/?w={DON}")
    assert "nguyên nhân do người trực xác nhận" in page
    assert '<option value="lan" selected>Mạng nội bộ</option>' in page

    assert sent(centre, who["truc"], action="say", number=DON, cause="mưa")[0] == 400
    assert handling(centre, DON).cause == "lan"
    assert sent(centre, who["truc"], action="say", number=DON)[0] == 303
    assert handling(centre, DON).cause is None


def test_what_is_written_is_saved_once_and_shown_as_text(centre: Centre, who: Who):
    fields = {"assignee": f"Đội {EVIL}", "ticket": EVIL, "note": EVIL}
    first = sent(centre, who["truc"], action="say", number=DON, **fields)
    again = sent(centre, who["truc"], action="say", number=DON, **fields)

    assert first[1]["Location"] == "/?done=say#outage-1"
    assert again[1]["Location"] == "/?done=same#outage-1"
    assert handling(centre, DON).note == EVIL
    store = open_store(centre.data)
    try:
        told = [one for one in entries(store, 100) if one.action == "outage note"]
    finally:
        store.close()
    assert [(one.subject, one.who) for one in told] == [("1", "truc")]
    taken = sent(centre, who["truc"], action="say", number=DON, assignee="Đội 2")
    assert taken[0] == 303
    assert handling(centre, DON).note == ""
    sent(centre, who["truc"], action="say", number=DON, **fields)


class Parts(HTMLParser):
    """What a browser makes of a page: its tags, its attributes, where its scripts come from."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.scripts: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        if tag == "script":
            self.scripts.append(dict(attrs).get("src"))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", ["xem-don", "truc"])
def test_no_name_and_no_note_becomes_a_script(centre: Centre, who: Who, path: str, name: str):
    sent(centre, who["truc"], action="say", number=DON, note=EVIL, ticket=EVIL)
    page = shown(centre, who[name], path)

    assert "&lt;script&gt;" in page
    assert "{{7*7}}" in page
    parts = Parts()
    parts.feed(page)
    assert parts.scripts == ["/static/refresh.js"]
    assert "img" not in parts.tags
    assert not [name for name in parts.attributes if name.startswith("on") or name == "style"]


def test_what_is_elsewhere_is_refused_and_who_only_looks_has_no_form(centre: Centre, who: Who):
    refused = [
        sent(centre, who["truc-don"], action="ack", number=DUC),
        sent(centre, who["truc-don"], action="say", number=DUC, note="a"),
        sent(centre, who["truc-don"], action="check", site="duc"),
        sent(centre, who["xem-don"], action="ack", number=DON),
        sent(centre, who["xem"], action="check", site="don"),
    ]

    assert [status for status, _, _ in refused] == [403] * 5
    assert handling(centre, DUC) == Handling()
    page = shown(centre, who["xem-don"])
    assert 'name="action"' not in page
    assert "Đức Trọng" not in page
    assert 'id="outage-2"' not in page
    assert 'id="outage-1"' in page
    assert 'id="outage-2"' in shown(centre, who["xem"])


def test_a_site_is_checked_again_and_too_often_is_said_in_words(centre: Centre, who: Who):
    first = sent(centre, who["truc-don"], action="check", site="don", number=DON)
    again = sent(centre, who["truc-don"], action="check", site="don", number=DON)

    assert first[1]["Location"] == "/?done=check#outage-1"
    done = shown(centre, who["truc-don"], "/?done=check")
    assert "Đã yêu cầu kiểm tra lại; kết quả có sau khoảng 80 giây." in done
    assert again[0] == 429
    assert "Vừa có yêu cầu kiểm tra. Hãy thử lại sau 60 giây." in again[2]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"action": "ack", "number": "99"}, 404),
        ({"action": "ack", "number": "x"}, 404),
        ({"action": "ack"}, 404),
        ({"action": "nothing"}, 400),
        ({}, 400),
        ({"action": "say", "number": DON, "ticket": "x" * 101}, 422),
        ({"action": "say", "number": DON, "note": "a\x07b"}, 422),
        ({"action": "check", "site": "khong-co"}, 422),
    ],
)
def test_what_makes_no_sense_changes_nothing(
    centre: Centre, who: Who, fields: dict[str, str], status: int
):
    before = handling(centre, DON)

    assert sent(centre, who["truc"], **fields)[0] == status
    assert handling(centre, DON) == before


def test_a_form_of_another_site_is_refused(centre: Centre, who: Who):
    headers = who["truc"] | {"Sec-Fetch-Site": "cross-site", "Content-Type": FORM}
    body = urlencode({"action": "ack", "number": DON}).encode()

    assert centre.request("POST", "/", headers, body)[0] == 403


def test_the_events_are_for_who_is_signed_in(centre: Centre):
    assert centre.request("GET", "/events", {}, b"")[0] == 401


def test_an_open_form_keeps_the_page_from_loading_itself_anew(centre: Centre, who: Who):
    assert 'http-equiv="refresh"' in shown(centre, who["truc"])
    page = shown(centre, who["truc"], "/?w=1")
    assert 'http-equiv="refresh"' not in page
    assert 'name="assignee"' in page
