"""As `test_verdict_any_order`, with what collectors and agents go through beside the weather.

Re-imaged machines, reports that come twice, clocks that are corrected, starts of the collector in
between, planned work that is entered late, a clock of the centre that jumps.
"""

import random
from collections.abc import Callable

import msgspec
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from collector.series.labels import Targets
from collector.verdict.evidence.evidence import Evidence
from collector.verdict.judge import Judge, Windows
from collector.verdict.outages.book import OutageBook
from collector.wire import Received
from inventory.calendar import Expectation, Window
from inventory.model import Inventory
from tests.property.test_verdict_any_order import (
    CENTRE,
    MINUTES,
    START,
    WEATHER,
    Weather,
    outcome,
    reports_of,
)

END = START + (MINUTES + 30) * 60.0
MACHINES_REIMAGED = 4


def odd(reports: list[Received], rng: random.Random) -> list[Received]:
    """Return the reports as they come from machines with their troubles."""
    machines = sorted({one.identity.machine for one in reports} - {CENTRE})
    reimaged = {
        machine: START + rng.uniform(0, MINUTES * 60)
        for machine in rng.sample(machines, MACHINES_REIMAGED)
    }
    made = []
    for one in reports:
        report = one
        if one.at > reimaged.get(one.identity.machine, END):
            report = msgspec.structs.replace(report, incarnation="f" * 16)
        if rng.random() < 0.05:
            early = rng.choice((20.0, 90.0, 400.0))
            report = msgspec.structs.replace(report, at=max(START, one.at - early))
        made += [report] * rng.choice((1, 1, 1, 2))
    return made


def windows_of(rng: random.Random) -> Windows:
    """Return planned work at some sites."""
    found = {}
    for letter in rng.sample("abcd", 2):
        start = START + rng.uniform(0, MINUTES * 60)
        end = start + rng.uniform(60, 3600)
        found[f"xa-{letter}"] = (Window(f"xa-{letter}", start, end, Expectation.MAINTENANCE),)
    return found


class Collector:
    """A collector that may be started again: what it knows is on its disk."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self.evidence = Evidence(Targets(inventory))
        self.evidence.listen(START - 86_400)
        self.judge = Judge(inventory, self.evidence, START - 300)
        self.items = [f"xa-{letter}{more}" for letter in "abcd" for more in ("", "/tslcd", "/cpe")]
        self.windows: Windows = {}

    def plan(self, windows: Windows) -> None:
        self.windows = windows
        self.judge.set_windows(windows)

    def tick(self, now: float) -> None:
        self.evidence.listen_until(now)
        self.judge.judge(now)

    def restart(self, now: float) -> None:
        """Start again at once, with the spans and outages that were saved."""
        cases = self.judge.record.book.cases()
        book = OutageBook(cases, 1 + max([case.outage.number for case in cases], default=0))
        spans = [span for item in self.items for span in self.judge.record.spans(item)]
        self.judge = Judge(self.inventory, self.evidence, now, book=book, spans=spans)
        self.judge.set_windows(self.windows)

    def end(self) -> object:
        """Judge to the end; return everything but where nothing was heard yet."""
        for _ in range(3):
            self.tick(END)
        outages, spans = outcome(self.judge)  # type: ignore[misc]
        return outages, [span for span in spans if span[1] != "never_seen"]


@settings(max_examples=10, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(st.lists(WEATHER, max_size=4), st.integers(0, 2**32))
def test_troubles_on_the_way_change_no_outage(
    small_province: Inventory,
    received: Callable[..., Received],
    weather: list[Weather],
    seed: int,
) -> None:
    rng = random.Random(seed)
    reports = odd(reports_of(weather, received, rng), rng)
    windows = windows_of(rng)
    restarts = {rng.randrange(50, 500) for _ in range(3)}

    live = Collector(small_province)
    now, number = START, 0
    for report in reports:
        while now + 10.0 < report.received_at:
            now, number = now + 10.0, number + 1
            live.tick(now)
            if number in restarts:
                live.restart(now)
            if number == 300:
                live.plan(windows)
            if number == 350:
                live.judge.judge(now - 7200.0)  # The centre's clock jumped, and was set again.
                live.judge.judge(now + 7200.0)
                live.judge.judge(now)
        live.evidence.apply(report)
    once = Collector(small_province)
    once.plan(windows)
    for report in rng.sample(reports, len(reports)):
        once.evidence.apply(report)

    assert live.end() == once.end()
