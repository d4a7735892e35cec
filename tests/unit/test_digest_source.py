"""The digest tells what stands in the database."""

from pathlib import Path

import pytest

from collector.alerts.digest import build
from collector.alerts.digest_source import recent
from collector.store import Store, open_store
from collector.verdict.outages.book import OutageBook
from collector.verdict.outages.saved import save_judged
from collector.verdict.spans import Span, SpanKind
from inventory.model import Inventory

NOW = 1_790_000_000.0


def span(start: float, end: float | None, status: str) -> Span:
    cause = "link" if status == "down" else None
    return Span("xa-b", "xa-b", SpanKind.SITE, status, cause, start, end)


@pytest.fixture
def store(tmp_path: Path):
    opened = open_store(tmp_path)
    yield opened
    opened.close()


def test_two_outages_that_turn_out_to_be_one_are_no_outage_less(
    store: Store, small_province: Inventory
):
    book = OutageBook()
    first, second = NOW - 9000.0, NOW - 5000.0
    apart = [
        span(first - 900.0, first, "up"),
        span(first, first + 900.0, "down"),
        span(first + 900.0, second, "up"),
        span(second, None, "down"),
    ]
    book.take_spans("xa-b", apart, now=NOW - 4000.0)
    book.take_spans("xa-b", [apart[0], span(first, None, "down")], now=NOW - 1000.0)
    save_judged(store, (), book.take_changes())

    known = recent(store, NOW - 36_000.0)
    assert [one.merged_into for one in known] == [1, None]
    corrected = build(small_province, known, NOW).corrected
    assert not any("không có sự cố" in line for line in corrected)
