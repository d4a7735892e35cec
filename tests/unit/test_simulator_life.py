"""What a simulated machine's next run finds of the one before."""

import random

import pytest

from agent.checks.contract import PreviousRun
from simulator.life import Life
from simulator.network import Stop


@pytest.fixture
def life() -> Life:
    """Return a machine that made its last report at second 1000 of its own clock."""
    found = Life(random.Random(1))
    found.alive_at = 1000.0
    return found


@pytest.mark.parametrize(
    ("stops", "is_new_boot", "is_clean"),
    [
        ((Stop.POWER,), True, False),
        ((Stop.SWITCHED_OFF,), True, True),
        ((Stop.CRASH,), False, False),
        ((Stop.CRASH, Stop.SWITCHED_OFF), True, False),
        ((Stop.SWITCHED_OFF, Stop.POWER), True, True),
        ((Stop.POWER, Stop.SWITCHED_OFF), True, False),
    ],
)
def test_a_stop_is_remembered_as_it_was(
    *, life: Life, stops: tuple[Stop, ...], is_new_boot: bool, is_clean: bool
):
    boot = life.boot_id
    for how in stops:
        life.stop(how)
    life.go_on(500.0)

    assert is_new_boot is (life.boot_id != boot)
    assert PreviousRun(1000.0, is_clean) == life.previous
    assert is_new_boot is (life.uptime_seconds(500.0) < 60.0)


def test_without_a_stop_nothing_changes(life: Life):
    before = (life.boot_id, life.booted_at)
    life.go_on(500.0)

    assert before == (life.boot_id, life.booted_at)
    assert life.previous is None
    assert life.uptime_seconds(0.0) > 0
