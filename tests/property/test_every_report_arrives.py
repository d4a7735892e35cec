"""Every report that was made arrives, once, with its time right, whatever happens on the way.

The real spool and sender of one PC, the real ingest and inbox of one collector; between them a
network that loses, doubles, delays and forges. On either side the mains fail at any write, the
disk fills up, the process is killed; the PC's clock steps and its boots change. The model is
small: what `Spool.add` returned for (`World.promised`), when that really was, and what reached
the live view (`World.arrived`).
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.property.lossy_world import World

# Most of it is for making an example of a failure small.
pytestmark = pytest.mark.timeout(600)

NETWORK = st.sampled_from(
    [*["good"] * 5, "lost", "cut", "slow", "twice", "late", "portal", "stale"]
)
CALLS = st.one_of(st.none(), st.integers(0, 12))
SHARES = st.sampled_from([0.0, 0.3, 0.7, 1.0])


def _moves() -> st.SearchStrategy[dict[str, Any]]:
    def move(kind: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
        return st.fixed_dictionaries({"kind": st.just(kind), **fields})

    is_power, is_pc = st.booleans(), st.booleans()
    seconds = st.sampled_from([3600.0, -3600.0, 5.0, -5.0, 4e8, -4e8, 3e7, -3e7])
    report = move("report", count=st.integers(1, 8), pc_calls=CALLS, kept_share=SHARES)
    send = move(
        "send",
        network=st.lists(NETWORK, max_size=4),
        pc_calls=CALLS,
        centre_calls=CALLS,
        kept_share=SHARES,
    )
    return st.one_of(
        *(report, send) * 3,
        move("pc_clock", seconds=seconds),
        move("pc_stop", is_power=is_power, kept_share=SHARES),
        move("centre_stop", is_power=is_power, kept_share=SHARES),
        move("room", is_pc=is_pc, full=st.booleans()),
        move("failing_flush", is_pc=is_pc),
    )


@contextmanager
def _world(make_rig: Callable[..., Any]) -> Iterator[World]:
    root = Path(tempfile.mkdtemp(prefix="every-report-"))
    world = World(root, make_rig)
    try:
        yield world
    finally:
        world.close()
        shutil.rmtree(root)


SCRIPTS = st.one_of(
    st.lists(_moves(), max_size=10),
    # Hypothesis draws short lists by itself; most of what goes wrong needs a history.
    st.lists(_moves(), min_size=25, max_size=60),
)


@given(script=SCRIPTS)
@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_report_arrives_once_with_its_time_right(
    ingest_rig: Callable[..., Any], script: list[dict[str, Any]]
):
    with _world(ingest_rig) as world:
        for move in script:
            world.play(move)
        world.heal()
        world.check()
