"""Availability of the month for the pages: from the database, kept for minutes, of a part."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from collector.maintenance.records import Book
from collector.pages.month_figures import KEPT_SECONDS, Counted, MonthFigures
from collector.pages.site_routes import past_of
from collector.store import open_store
from collector.store.worker import StoreWorker
from collector.verdict.outages.book import OutageBook
from collector.verdict.outages.derive import outages_of
from collector.verdict.outages.expected import View
from collector.verdict.outages.saved import save_judged
from collector.verdict.spans import Span, SpanKind, SpansChanged
from inventory.model import Inventory

AT = 1_790_000_000.0
"""21/09/2026 in the province."""
HOUR = 3600.0


class Counting:
    """The figures on a store, with an inventory and a clock that a test changes."""

    def __init__(self, folder: Path, inventory: Inventory) -> None:
        self.inventory, self.now = inventory, AT
        self.store = open_store(folder)
        self.worker = StoreWorker(self.store)

    def run(self, *asked: Callable[[MonthFigures], Coroutine[Any, Any, Counted]]) -> list[Counted]:
        """Return the answers of one holder, asked in turn."""

        async def answers() -> list[Counted]:
            figures = MonthFigures(self.worker, lambda: self.inventory, Book, lambda: self.now)
            return [await one(figures) for one in asked]

        return asyncio.run(answers())

    def judged(self, item: str, kind: SpanKind, *spans: tuple[str, float, float | None]) -> None:
        """Save what was so of an item, and the outages made from it."""
        site = item.partition("/")[0]
        made = tuple(
            Span(item, site, kind, status, "link" if status == "down" else None, start, end)
            for status, start, end in spans
        )
        book = OutageBook()
        book.take(item, outages_of(made), AT)
        save_judged(self.store, [SpansChanged(item, 0.0, made)], book.take_changes())


@pytest.fixture
def counting(tmp_path: Path, small_province: Inventory) -> Iterator[Counting]:
    made = Counting(tmp_path, small_province)
    yield made
    made.worker.close()


def test_lines_are_counted_as_their_carrier_has_to_answer_for_them(counting: Counting):
    counting.judged(
        "xa-a/tslcd",
        SpanKind.LINK,
        ("up", AT - 10 * HOUR, AT - HOUR),
        ("down", AT - HOUR, None),
    )

    (found,) = counting.run(MonthFigures.links)

    figures = found.figures["xa-a/tslcd"][View.CARRIER]
    assert (figures.up_seconds, figures.down_seconds) == (9 * HOUR, HOUR)
    assert figures.unmeasured_seconds > 0
    assert found.figures["xa-b/tslcd"][View.CARRIER].availability is None


def test_a_unit_has_the_figures_of_its_sites_only_and_their_sum(counting: Counting):
    counting.judged("xa-a", SpanKind.SITE, ("up", AT - 10 * HOUR, None))
    counting.judged("xa-b", SpanKind.SITE, ("up", AT - 10 * HOUR, None))
    counting.judged("xa-c", SpanKind.SITE, ("down", AT - 10 * HOUR, None))

    (found,) = counting.run(lambda figures: figures.sites("xa", {"xa-a", "xa-b"}))

    assert set(found.figures) == {"xa-a", "xa-b"}
    assert found.total()[View.ALWAYS].up_seconds == 20 * HOUR
    assert found.total()[View.ALWAYS].down_seconds == 0


def test_what_was_counted_stands_for_minutes_and_no_longer(counting: Counting):
    async def later(figures: MonthFigures, seconds: float = 0.0) -> Counted:
        counting.now += seconds
        return await figures.links()

    async def reloaded(figures: MonthFigures) -> Counted:
        counting.inventory = msgspec.structs.replace(counting.inventory)
        return await figures.links()

    first, soon, after, anew = counting.run(
        later,
        lambda figures: later(figures, KEPT_SECONDS / 2),
        lambda figures: later(figures, KEPT_SECONDS),
        reloaded,
    )

    assert soon is first
    assert after is not first
    assert after.until == AT + 1.5 * KEPT_SECONDS
    assert anew is not after


def test_the_past_of_a_site_is_that_of_its_things(counting: Counting):
    counting.judged(
        "xa-a", SpanKind.SITE, ("down", AT - 9 * HOUR, AT - HOUR), ("up", AT - HOUR, None)
    )
    counting.judged("xa-a/pc-1", SpanKind.MACHINE, ("up", AT - HOUR, None))

    past = past_of(counting.store, "xa-a", ["xa-a", "xa-a/tslcd"], AT - 2 * HOUR)

    assert set(past.spans) == {"xa-a"}
    assert [case.outage.item for case in past.cases] == ["xa-a"]
    assert [belief.causes for belief in past.beliefs] == [("link",)]
    assert past_of(counting.store, "xa-b", ["xa-b"], 0.0).cases == []
