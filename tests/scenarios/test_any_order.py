"""The order in which evidence arrives does not matter: what is believed at the end is the same."""

import random

import pytest

from collector.live import Live
from collector.metrics.selfmetrics import SelfMetrics
from collector.wire import Received
from tests.scenarios import reading
from tests.scenarios.player import play
from tests.scenarios.scenario import TIMELINES, load

SHUFFLES = 3
NAMES = (
    "flapping_link",
    "power_proven_by_neighbour",
    "power_then_cable",
    "switch_dead",
)


@pytest.mark.parametrize("name", NAMES)
def test_evidence_in_any_order_gives_the_same_outages(monkeypatch: pytest.MonkeyPatch, name: str):
    """Every report keeps its own time and the time of its arrival; only the order changes."""
    taken: list[Received] = []
    played: list[Live] = []
    take_in = Live.apply

    def keep(live: Live, received: Received) -> None:
        taken.append(received)
        played[:] = [live]
        take_in(live, received)

    scenario = load(TIMELINES / f"{name}.yaml")
    monkeypatch.setattr(Live, "apply", keep)
    play(scenario)
    monkeypatch.undo()
    start, end = scenario.begins.timestamp(), scenario.at(scenario.until)
    (known,) = played
    shuffler = random.Random(name)
    believed = []
    for number in range(SHUFFLES + 1):
        live = Live(known.inventory, known.registry, {}, SelfMetrics("test", ()), start)
        for received in taken:
            live.apply(received)
        live.judge(end)
        believed.append(reading.believed(live))
        assert believed[-1] == believed[0], f"shuffle {number}"
        shuffler.shuffle(taken)
