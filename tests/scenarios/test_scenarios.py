"""Every timeline is played, and everything said in it is right: verdicts, outages, alerts."""

import gc
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path

import pytest

from tests.scenarios import alerting, checking
from tests.scenarios.player import play
from tests.scenarios.scenario import TIMELINES, load

pytestmark = pytest.mark.timeout(600)

PROCESSES = 2
NAMES = sorted(path.stem for path in TIMELINES.glob("*.yaml"))


def mistakes_of(name: str, folder: Path) -> list[str]:
    """Play a timeline and return what was said wrong in it."""
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)
    scenario = load(TIMELINES / f"{name}.yaml")
    recording = play(scenario)
    return [
        *checking.mistakes(scenario, recording),
        *alerting.mistakes(scenario, recording, folder),
    ]


@pytest.fixture(scope="session")
def played(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[list[str]]]]:
    """Play all timelines that were asked for, several at a time."""
    folder = tmp_path_factory.mktemp("promtool")
    asked = [
        item.callspec.params["name"]
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.originalname == _TEST
    ]
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool:
        yield {name: pool.submit(mistakes_of, name, folder) for name in dict.fromkeys(asked)}
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_said_is_right(played: dict[str, Future[list[str]]], name: str):
    wrong = played[name].result()

    assert not wrong, "\n".join(("", *wrong))


_TEST = test_what_is_said_is_right.__name__


def test_there_are_enough_timelines():
    assert len(NAMES) >= 40


def test_no_timeline_looks_behind_the_verdict():
    """Timelines know what people and programs are told, not how it was found."""
    sources = [path.read_text("utf-8") for path in Path(__file__).parent.glob("*.py")]
    forbidden = "collector." + "verdict"

    assert not any(forbidden in source for source in sources)
