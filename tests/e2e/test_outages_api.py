"""Outages by the API of a real collector: found, handled, and what is wrong is said."""

import json
import time
from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any

import pytest

from collector.places import operator_token_file
from collector.store import open_store
from collector.verdict.outages.book import OutageBook
from collector.verdict.outages.derive import Draft
from collector.verdict.outages.records import Phase
from collector.verdict.outages.saved import save_changes
from collector.verdict.spans import SpanKind

pytestmark = pytest.mark.e2e

Ask = Callable[..., tuple[int, Any]]
AT = 1_790_000_000.0


def draft(item: str, start: float, end: float | None) -> Draft:
    return Draft(item, item, SpanKind.SITE, start, end, (Phase(start, end, "link"),))


@pytest.fixture
def ask(collector_process: Callable[..., Any]) -> Ask:
    """Return how to ask, as operator, a collector that has seen three outages."""
    collector = collector_process()
    store, book = open_store(collector.data), OutageBook()
    book.take("xa-a", [draft("xa-a", AT, AT + 60), draft("xa-a", AT + 9000, None)], now=AT + 9180)
    book.take("xa-b", [draft("xa-b", AT, None)], now=AT + 180)
    with store.write() as connection:
        save_changes(connection, book.take_changes())
    store.close()
    token = operator_token_file(collector.data).read_text().strip()

    def asked(method: str, path: str, said: object = None) -> tuple[int, Any]:
        body = said if isinstance(said, bytes) else json.dumps(said) if said is not None else None
        connection = HTTPConnection(*collector.address, timeout=20)
        try:
            connection.request(method, path, body, {"Authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    return asked


def test_outages_are_found_handled_and_page_by_page_complete(ask: Ask):
    def numbers(query: str) -> tuple[list[int], int | None]:
        status, found = ask("GET", f"/v1/outages?{query}")
        assert status == 200
        return [one["number"] for one in found["outages"]], found["next_before"]

    assert numbers("") == ([3, 2, 1], None)
    assert numbers("limit=2") == ([3, 2], 2)
    assert numbers("limit=2&before=2") == ([1], None)
    assert numbers("open=1&site=xa-a") == ([2], None)
    assert numbers(f"since={AT + 100}") == ([3, 2], None)
    assert numbers("withdrawn=1") == ([], None)

    status, detail = ask("POST", "/v1/outages/2", {"acknowledged": True, "ticket": "VT-17"})
    assert status == 200
    assert detail == ask("GET", "/v1/outages/2")[1]
    assert detail["outage"]["ticket"] == "VT-17"
    assert detail["outage"]["acknowledged_by"] == "api"
    assert abs(detail["outage"]["acknowledged_at"] - time.time()) < 60
    status, detail = ask("POST", "/v1/outages/2", {"cause": "power"})
    assert (detail["outage"]["cause"], detail["outage"]["confirmed_cause"]) == ("link", "power")
    assert [belief["causes"] for belief in detail["beliefs"]] == [["link"]]


def test_what_is_wrong_is_said(ask: Ask):
    def refused(method: str, path: str, said: object = None) -> tuple[int, str]:
        status, answer = ask(method, path, said)
        return status, answer["error"]

    assert refused("GET", "/v1/outages/9") == (404, "not_found")
    assert refused("GET", "/v1/outages/x") == (404, "not_found")
    assert refused("POST", "/v1/outages/9", {"note": "a"}) == (404, "not_found")
    assert refused("POST", "/v1/outages/1", {"cause": "chuột"}) == (400, "bad_request")
    assert refused("POST", "/v1/outages/1", {}) == (400, "bad_request")
    assert refused("POST", "/v1/outages/1", {"who": "ai"}) == (400, "bad_schema")
    assert refused("POST", "/v1/outages/1", b"{") == (400, "bad_json")
    assert refused("POST", "/v1/outages/1", b" " * 70_000) == (413, "body_too_large")
    status, answer = ask("GET", "/v1/outages?limit=0&since=nan&open=maybe")
    assert status == 400
    assert answer["detail"].count("expected") == 3
    assert refused("GET", "/v1/availability?month=11") == (400, "bad_request")
    assert refused("GET", "/v1/availability?by=person") == (400, "bad_request")


def test_a_month_can_be_asked_for(ask: Ask):
    status, told = ask("GET", "/v1/availability?by=site")

    assert status == 200
    assert told["closed_at"] is None
    assert {row["id"] for row in told["rows"]} >= {"xa-a"}
    for row in told["rows"]:
        assert set(row["views"]) == {"users", "always"}
