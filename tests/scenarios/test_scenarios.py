"""Every timeline is played, and everything said in it is right: verdicts, outages, alerts."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios import alerting, checking
from tests.scenarios.player import play
from tests.scenarios.scenario import TIMELINES, load

pytestmark = pytest.mark.timeout(600)

NAMES = sorted(path.stem for path in TIMELINES.glob("*.yaml"))


@pytest.fixture
def rare_collections() -> Iterator[None]:
    """Let garbage be looked for rarely: a whole collector keeps millions of objects."""
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()


@pytest.mark.usefixtures("rare_collections")
@pytest.mark.parametrize("name", NAMES)
def test_what_is_said_is_right(name: str, tmp_path: Path):
    scenario = load(TIMELINES / f"{name}.yaml")
    recording = play(scenario)

    wrong = [
        *checking.mistakes(scenario, recording),
        *alerting.mistakes(scenario, recording, tmp_path),
    ]
    assert not wrong, "\n".join(("", *wrong))


def test_there_are_enough_timelines():
    assert len(NAMES) >= 40


def test_no_timeline_looks_behind_the_verdict():
    """Timelines know what people and programs are told, not how it was found."""
    sources = [path.read_text("utf-8") for path in Path(__file__).parent.glob("*.py")]
    forbidden = "collector." + "verdict"

    assert not any(forbidden in source for source in sources)
