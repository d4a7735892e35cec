"""Every path of the API and of the pages, asked by everybody: who gets in, and who sees what.

The tables (`who_gets_in.py`) name every path: one that is added without a row fails here.
"""

import json
import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from unittest.mock import Mock
from urllib.parse import urlencode

import openpyxl
import pytest
from starlette.routing import Mount, Route

from collector import pages
from collector.accounts.viewer import COOKIE
from collector.maintenance import changes as plan
from collector.maintenance.records import Announced, Candidate, Match, Planned
from collector.pages.rules import RULES, STRICTEST, rule_of
from collector.siting import Siting
from collector.store import Store, open_store
from collector.store.audit import entries
from collector.store.enrolment import enrol_by_token
from collector.store.machine_facts import Told, save_told
from collector.store.tokens import create
from collector.verdict.outages.book import OutageBook
from collector.verdict.outages.derive import Draft
from collector.verdict.outages.records import Phase
from collector.verdict.outages.saved import save_judged
from collector.verdict.spans import SpanKind
from collector.web.access import make_link
from collector.web.operations import OPERATIONS
from govnet.enrolment import EnrolRequest
from inventory.load import load
from inventory.model import Inventory
from tests.accounts import TWO_COMMUNES, people, signed_in
from tests.scenarios.centre import Centre, Clock
from tests.unit.who_gets_in import (
    API,
    CONFERENCE,
    ELSEWHERE,
    GIVEN,
    LINK,
    NOBODY,
    PAGES,
    PROGRAM,
    WHO,
    Asked,
)

NOW = 1_790_000_000.0
FORM = "application/x-www-form-urlencoded"


def noted(store: Store) -> None:
    """Write down an outage of each part, and what a machine of each is."""
    book = OutageBook()
    for site in ("don", "duc"):
        phase = Phase(NOW - 900.0, NOW - 600.0, "power")
        draft = Draft(site, site, SpanKind.SITE, NOW - 900.0, NOW - 600.0, (phase,))
        book.take(site, [draft], now=NOW)
    save_judged(store, [], book.take_changes())
    facts = {"os.name": "Linux"}
    save_told(store, [Told(f"{site}/pc-1", "a", NOW, facts) for site in ("don", "duc")])


def planned(store: Store) -> None:
    """Plan work in each part and of a service; the utility's list names one hamlet of each."""
    for item in ("don/cpe", "duc", "mot-cua"):
        plan.add(store, [Planned(item=item, start=NOW, end=NOW + 900.0, reason="Thay tủ")], NOW)
    for area, sites in (("Thôn 1", ("don",)), ("Thôn 2", ("duc",)), ("Thôn 3", ("tram", "duc"))):
        candidates = [Candidate(site, Match.UNIT) for site in sites]
        announced = Announced(area=area, start=NOW + 60.0, end=NOW + 90.0, reason="")
        plan.propose(store, [(announced, candidates)], "lich.csv", NOW)


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    file = tmp_path_factory.mktemp("province") / "inventory.yaml"
    file.write_text(TWO_COMMUNES, encoding="utf-8")
    made = Centre(file, None, Clock(NOW))
    try:
        made.enrol(load(file))
        made.start()
        made.work()
        yield made
    finally:
        made.close()


def waiting(store: Store, inventory: Inventory) -> None:
    """Let a machine of nowhere wait for approval."""
    _, secret = create(store, None, 1, NOW, 3600.0)
    request = EnrolRequest(secret=secret, key="0b" * 32, hostname="may-la")
    enrol_by_token(store, Siting(inventory), request, "192.0.2.1", NOW)


@pytest.fixture(scope="module")
def headers(centre: Centre) -> dict[str, dict[str, str]]:
    """Return what each of WHO sends."""
    store = open_store(centre.data)
    try:
        noted(store)
        planned(store)
        waiting(store, load(centre.data.parent / "inventory.yaml"))
        cookies = {name: signed_in(store, name, rights, NOW) for name, rights in people().items()}
        link = make_link(store, NOW)
    finally:
        store.close()
    centre.work()  # Whoever holds the registry in memory reads that somebody waits.
    _, given, _ = centre.request("GET", f"/login?once={link}", {}, b"")
    return {
        NOBODY: {},
        **{name: {"Cookie": f"{COOKIE}={cookie}"} for name, cookie in cookies.items()},
        LINK: {"Cookie": given["Set-Cookie"].partition(";")[0]},
        PROGRAM: centre.operator(),
    }


Headers = dict[str, dict[str, str]]


def asked(centre: Centre, who: dict[str, str], method: str, path: str) -> int:
    given = GIVEN | {"id": CONFERENCE if "/conferences" in path else "1"}
    parts = re.sub(r"\{(\w+)\}", lambda part: given[part[1]], path)
    # An address of its own for each path, or so many mistakes would be too many.
    host = f"127.0.1.{[*API, *PAGES].index((method, path))}"
    return centre.request(method, parts, who, b"", host)[0]


def read(centre: Centre, who: dict[str, str], path: str) -> Any:
    status, _, body = centre.request("GET", path, who, b"")
    assert status == 200, (path, body)
    return json.loads(body)


def test_the_tables_name_every_operation_and_every_page():
    assert set(API) | ELSEWHERE == {(one.method, one.path) for one in OPERATIONS}
    nothing = Mock()
    routes = pages.routes(
        *(nothing, nothing, nothing, nothing),
        conferences=nothing,
        failures=nothing,
        worker=nothing,
        registry=nothing,
        compare=nothing,
        signed_in=nothing,
        is_stopping=nothing,
        data=nothing,
        law=nothing,
    )
    served = {
        (method, route.path)
        for route in routes
        if isinstance(route, Route)
        for method in route.methods or ()
        if method != "HEAD"
    }
    assert [type(route) for route in routes if not isinstance(route, Route)] == [Mount]
    assert set(RULES) == served
    assert set(PAGES) - {("GET", "/no-such-page")} | {("GET", "/events")} == served


@pytest.mark.parametrize("row", [*API.items(), *PAGES.items()], ids=lambda row: " ".join(row[0]))
def test_everybody_gets_as_far_as_the_table_says(
    centre: Centre, headers: Headers, row: tuple[Asked, tuple[int, ...]]
):
    (method, path), expected = row

    found = tuple(asked(centre, headers[who], method, path) for who in WHO)
    assert dict(zip(WHO, found, strict=True)) == dict(zip(WHO, expected, strict=True))


@pytest.mark.parametrize("name", ["xem-don", "truc-don"])
def test_who_sees_a_part_reads_that_part_and_nothing_else(
    centre: Centre, headers: Headers, name: str
):
    who = headers[name]

    assert [one["id"] for one in read(centre, who, "/v1/sites")["sites"]] == ["don", "tram"]
    assert read(centre, who, "/v1/sites/tram")["site"]["id"] == "tram"
    agents = read(centre, who, "/v1/agents")["agents"]
    assert {one["machine"] for one in agents} == {"don/pc-1", "tram/pc-1"}
    assert "" in {one["site"] for one in read(centre, headers["xem"], "/v1/agents")["agents"]}
    assert read(centre, who, "/v1/machines/don/pc-1/facts")["machine"] == "don/pc-1"
    assert [one["site"] for one in read(centre, who, "/v1/outages")["outages"]] == ["don"]
    assert read(centre, who, "/v1/outages/1")["outage"]["site"] == "don"
    book = read(centre, who, "/v1/maintenance")
    assert [one["item"] for one in book["entries"]] == ["don/cpe"]
    assert [one["area"] for one in book["notices"]] == ["Thôn 1", "Thôn 3"]
    assert [[one["item"] for one in notice["proposals"]] for notice in book["notices"]] == [
        ["don"],
        ["tram"],
    ]
    everything = " ".join(
        centre.request("GET", path, who, b"")[2].decode()
        for path in (
            *("/", "/?q=trong", "/maintenance", "/v1/sites", "/v1/agents", "/v1/outages"),
            *("/sites/don", "/units", "/units?q=trong", "/units/xa-don", "/links", "/links.csv"),
            *("/coverage", "/coverage?unit=xa-don", "/coverage.csv"),
            *("/inventory", "/inventory.csv", "/log", "/log.csv"),
        )
    )
    assert "Đơn Dương" in everything
    assert "Đức Trọng" not in everything
    assert "duc" not in re.findall(r"\bduc\b(?![ -]trong)", everything)


@pytest.mark.parametrize(
    ("by", "seen"),
    [("site", {"don", "tram"}), ("unit", {"xa-don", "tram-y-te"}), ("link", {"don/tslcd"})],
)
def test_availability_is_told_of_the_part_only(
    centre: Centre, headers: Headers, by: str, seen: set[str]
):
    path = f"/v1/availability?month=2026-09&by={by}"
    part, whole = (
        {one["id"] for one in read(centre, headers[name], path)["rows"]}
        for name in ("xem-don", "xem")
    )

    assert part <= seen
    assert part == whole & seen
    assert whole - seen


@pytest.mark.parametrize(
    "path",
    [
        "/v1/availability?by=carrier",
        "/v1/outages?site=duc",
        "/v1/outages?item=duc/cpe",
        "/v1/outages?item=mot-cua",
        "/v1/sites/khong-co",
        "/v1/sites/trung-tam",
    ],
)
def test_what_is_of_the_province_or_elsewhere_is_refused_with_a_reason(
    centre: Centre, headers: Headers, path: str
):
    status, _, body = centre.request("GET", path, headers["xem-don"], b"")

    assert status == 403
    assert json.loads(body)["error"] == "forbidden"
    assert json.loads(body)["detail"]


def test_a_path_of_a_template_has_its_own_row_and_no_other():
    for (method, template), rule in RULES.items():
        assert rule_of(method, template) is rule
    assert rule_of("HEAD", "/conferences/giao-ban") is RULES["GET", "/conferences/{id}"]
    for path in ("/conferences/a/b", "/conferences/", "/conferences/a/record.xlsx/b", "/room/"):
        assert rule_of("GET", path) is STRICTEST


def test_a_conference_is_shown_to_a_part_with_its_own_points(centre: Centre, headers: Headers):
    who = headers["truc-don"]

    assert [one["id"] for one in read(centre, who, "/v1/conferences")["conferences"]] == [
        "hop-tinh"
    ]
    detail = read(centre, who, "/v1/conferences/hop-tinh")
    assert [one["point"] for one in detail["points"]] == ["don/vc"]
    assert detail["conference"]["points"] == 1
    assert len(read(centre, headers["xem"], "/v1/conferences/hop-tinh")["points"]) == 2
    for path in ("/conferences", "/conferences/hop-tinh"):
        page = centre.request("GET", path, who, b"")[2].decode()
        assert "Họp tỉnh" in page
        assert "Giao ban" not in page
        assert "Đức Trọng" not in page
    book = centre.request("GET", "/conferences/hop-tinh/record.xlsx", who, b"")[2]
    sheet = openpyxl.load_workbook(BytesIO(book)).active
    assert sheet is not None
    texts = " ".join(str(cell) for row in sheet.iter_rows(values_only=True) for cell in row)
    assert "don/vc" in texts
    assert "duc" not in texts


def meet(centre: Centre, who: dict[str, str], path: str, **fields: str) -> int:
    """Send a form of conferences from our own page."""
    own = who | {"Sec-Fetch-Site": "same-origin", "Content-Type": FORM}
    return centre.request("POST", path, own, urlencode(fields).encode())[0]


def test_who_sees_a_part_checks_and_links_its_own_points_and_calls_nothing_off(
    centre: Centre, headers: Headers
):
    part, page = headers["truc-don"], "/conferences/hop-tinh"
    new = {"title": "Họp", "start": "2090-12-01 08:00", "minutes": "60", "all_points": "1"}

    assert meet(centre, part, page, link="don/vc") == 200
    assert meet(centre, part, page, check="don/vc") == 303
    refused = [
        meet(centre, part, page, link="duc/vc"),
        meet(centre, part, page, check="duc/vc"),
        meet(centre, part, page, action="cancel"),
        meet(centre, part, "/conferences", **new),
        meet(centre, part, "/conferences/giao-ban", check="all"),
        meet(centre, part, "/conferences/no-such", check="all"),
        meet(centre, headers["xem"], page, check="don/vc"),
        meet(centre, headers["xem"], page, link="don/vc"),
    ]
    assert refused == [403] * 8
    assert meet(centre, headers["truc"], "/conferences", **new) == 303
    store = open_store(centre.data)
    try:
        done = {(one.action, one.who) for one in entries(store, 100)}
    finally:
        store.close()
    assert {("room links made", "truc-don"), ("conference added", "truc")} <= done


def form(centre: Centre, who: dict[str, str], **fields: str) -> tuple[int, str]:
    """Send the form of planned work from our own page."""
    own = who | {"Sec-Fetch-Site": "same-origin", "Content-Type": FORM}
    status, _, body = centre.request("POST", "/maintenance", own, urlencode(fields).encode())
    return status, body.decode()


WORK = {
    "action": "add",
    "start": "2090-12-01 08:00",
    "end": "2090-12-01 09:00",
    "reason": "Thử",
    "kind": "maintenance",
}


def test_a_form_changes_only_what_its_sender_sees(centre: Centre, headers: Headers):
    who = headers["truc-don"]
    numbers = {
        one["item"]: one["id"] for one in read(centre, headers["xem"], "/v1/maintenance")["entries"]
    }

    refused = [
        form(centre, who, **WORK, item="duc"),
        form(centre, who, **WORK, item="duc/cpe"),
        form(centre, who, **WORK, item="mot-cua"),
        form(centre, who, action="end", id=str(numbers["duc"])),
        form(centre, who, action="confirm", id="n2", site="duc"),
        form(centre, who, action="confirm", id="n3", site="duc"),
        form(centre, who, action="reject", id="n2"),
        form(centre, headers["xem-don"], **WORK, item="don"),
        form(centre, headers["xem"], **WORK, item="don"),
    ]
    assert [status for status, _ in refused] == [403] * 9
    assert "Bạn đang xem: Xã Đơn Dương." in refused[0][1]

    assert form(centre, who, **WORK, item="don")[0] == 303
    assert form(centre, who, action="reject", id="n3")[0] == 303
    assert form(centre, who, action="reject", id="n3")[0] == 422
    notices = read(centre, headers["xem"], "/v1/maintenance")["notices"]
    third = next(one for one in notices if one["id"] == "n3")
    assert {one["item"]: one["state"] for one in third["proposals"]} == {
        "tram": "rejected",
        "duc": "proposed",
    }


def test_what_somebody_did_stands_under_the_name_of_their_account(centre: Centre, headers: Headers):
    assert form(centre, headers["truc"], **WORK, item="tram")[0] == 303
    assert form(centre, headers[LINK], **WORK, item="trung-tam")[0] == 303

    store = open_store(centre.data)
    try:
        done = {
            (one.subject, one.who) for one in entries(store, 100) if "maintenance" in one.action
        }
    finally:
        store.close()
    assert {("tram", "truc"), ("trung-tam", "login-link")} <= done
    page = centre.request("GET", "/maintenance", headers["xem"], b"")[2].decode()
    assert "liên kết một lần" in page
    assert ">truc<" in page


def test_who_only_sees_has_no_button(centre: Centre, headers: Headers):
    for path in ("/maintenance", "/differences", "/conferences", "/conferences/hop-tinh"):
        seen = {
            name: centre.request("GET", path, headers[name], b"")[2].decode()
            for name in ("xem", "truc")
        }

        assert f'action="{path}"' in seen["truc"]
        assert 'name="action"' in seen["truc"]
        assert 'name="action"' not in seen["xem"]
        assert 'name="check"' not in seen["xem"]


def test_the_navigation_leads_to_nothing_that_is_refused(centre: Centre, headers: Headers):
    for name in (*people(), LINK):
        page = centre.request("GET", "/", headers[name], b"")[2].decode()
        links = re.findall(r'<a href="(/[^"]*)"', page.partition("</header>")[0])
        assert ("/admin" in links) == (name in {"quan-tri", LINK})
        assert ("/differences" in links) == (name not in {"xem-don", "truc-don"})
        assert {centre.request("GET", path, headers[name], b"")[0] for path in links} == {200}


def test_the_province_is_told_what_waits_and_a_part_is_not(centre: Centre, headers: Headers):
    page = {
        name: centre.request("GET", "/", headers[name], b"")[2].decode()
        for name in ("xem-don", "xem")
    }

    assert "Xem Đơn Dương" in page["xem-don"]
    assert "Xã Đơn Dương, Tỉnh Lâm Đồng" in page["xem-don"]
    assert "1 máy chờ duyệt" not in page["xem-don"]
    assert "1 máy chờ duyệt" in page["xem"]
    assert "2 điểm" in page["xem-don"]
    assert "4 điểm" in page["xem"]
