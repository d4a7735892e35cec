"""Who is told that verdicts changed, and the stream that tells it."""

import asyncio
from typing import Any, cast

import pytest

from collector.accounts.viewer import Viewer, remember
from collector.pages import pulse_routes
from collector.pages.pulse import KEPT, Pulse
from collector.pages.pulse_routes import MOST_OF_ONE, PulseRoutes
from collector.verdict.outages.records import Case, Handling, Outage, Phase
from collector.verdict.spans import SpanKind
from collector.verdict.verdicts import SiteVerdict, Verdicts
from govnet.errors import WireError

AT = 1_790_000_000.0


def verdicts(at: float, **statuses: str) -> Verdicts:
    sites = {site: SiteVerdict(site, status, None, AT, at, ()) for site, status in statuses.items()}
    return Verdicts(at, sites, {}, frozenset())


def outage(site: str, handling: Handling | None = None) -> Case:
    phases = (Phase(AT, None, "power"),)
    whole = Outage(1, site, site, SpanKind.SITE, AT, None, 1, phases)
    return Case(whole, handling=handling or Handling())


def test_a_change_is_news_for_who_sees_the_site_and_for_nobody_else():
    pulse = Pulse()
    start = pulse.look(verdicts(AT, a="up", b="up"), ())
    assert start == pulse.look(verdicts(AT + 1, a="up", b="up"), ())
    changed = pulse.look(verdicts(AT + 2, a="down", b="up"), ())

    assert pulse.is_news(start, None)
    assert pulse.is_news(start, frozenset({"a"}))
    assert not pulse.is_news(start, frozenset({"b"}))
    assert not pulse.is_news(changed, None)


def test_what_somebody_says_of_an_outage_is_news():
    pulse, same = Pulse(), verdicts(AT, a="down")
    start = pulse.look(same, (outage("a"),))
    assert start == pulse.look(same, (outage("a"),))
    pulse.look(same, (outage("a", Handling("lan", AT)),))

    assert pulse.is_news(start, frozenset({"a"}))
    assert not pulse.is_news(start, frozenset({"b"}))


def test_a_site_that_left_the_inventory_is_news():
    pulse = Pulse()
    start = pulse.look(verdicts(AT, a="up", b="up"), ())
    pulse.look(verdicts(AT + 1, a="up"), ())

    assert pulse.is_news(start, frozenset({"b"}))


def test_who_was_away_for_too_long_is_told_in_any_case():
    pulse = Pulse()
    start = pulse.look(verdicts(AT, a="up"), ())
    for number in range(1, KEPT + 2):
        pulse.look(verdicts(AT + number, a="down" if number % 2 else "up"), ())

    assert pulse.is_news(start, frozenset({"b"}))


class Streams:
    """The route on verdicts that the test sets, without a server."""

    def __init__(self) -> None:
        self.verdicts = verdicts(AT, a="up", b="up")
        self.viewer: Viewer | None = Viewer(who="lan", sites=frozenset({"a"}))
        self.is_stopping = False
        book = type("Book", (), {"cases": lambda _: ()})()
        record = type("Record", (), {"book": book})()
        self.judgement = type("Judgement", (), {"record": record})()
        self.routes = PulseRoutes(cast("Any", self), self.signed_in, lambda: self.is_stopping)

    async def signed_in(self, _: object) -> Viewer | None:
        return self.viewer

    async def opened(self) -> Any:
        request = type("Request", (), {"state": type("State", (), {})()})()
        assert self.viewer is not None
        remember(cast("Any", request), self.viewer)
        response = await self.routes.events(cast("Any", request))
        return cast("Any", response).body_iterator


@pytest.fixture
def streams(monkeypatch: pytest.MonkeyPatch) -> Streams:
    for name, value in (("LOOK", 0.005), ("APART", 0.0), ("SESSION", 0.01), ("HEARTBEAT", 0.05)):
        monkeypatch.setattr(pulse_routes, f"{name}_SECONDS", value)
    return Streams()


def test_a_stream_tells_of_a_change_and_beats_in_silence(streams: Streams):
    async def run() -> list[str]:
        told = await streams.opened()
        said = [await anext(told), await anext(told)]
        streams.verdicts = verdicts(AT + 1, a="down", b="up")
        while not said[-1].startswith("event"):
            said.append(await anext(told))
        await told.aclose()
        return said

    first, beat, *_, event = asyncio.run(run())
    assert first == "retry: 5000\n\n"
    assert beat == ": \n\n"
    assert event == "event: verdicts\nid: 1\ndata: 1\n\n"


def test_a_stream_ends_with_the_session_and_with_the_collector(streams: Streams):
    async def run(what: str) -> int:
        told = await streams.opened()
        await anext(told)
        setattr(streams, what, None if what == "viewer" else True)
        return len([text async for text in told if text.startswith("event")])

    assert asyncio.run(run("is_stopping")) == 0
    streams.is_stopping = False
    assert asyncio.run(run("viewer")) == 0


def test_streams_of_one_account_are_bounded_and_freed_when_they_end(streams: Streams):
    async def run() -> None:
        opened = [await streams.opened() for _ in range(MOST_OF_ONE)]
        for told in opened:
            await anext(told)
        with pytest.raises(WireError):
            await streams.opened()
        await opened[0].aclose()
        again = await streams.opened()
        await anext(again)
        for told in (*opened[1:], again):
            await told.aclose()

    asyncio.run(run())


def test_streams_that_are_all_asked_for_at_once_are_bounded_too(streams: Streams):
    async def run() -> int:
        opened = [await streams.opened() for _ in range(3 * MOST_OF_ONE)]
        begun = [await anext(told, None) for told in opened]
        for told in opened:
            await told.aclose()
        return sum(text is not None for text in begun)

    assert asyncio.run(run()) == MOST_OF_ONE
