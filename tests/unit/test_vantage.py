"""Who measures for a site: slow to change, never somebody who is off while others are there."""

from collections.abc import Callable, Mapping

import msgspec
import pytest

from collector.derivation.vantage import Duty, assign
from collector.live import Live
from collector.metrics.selfmetrics import SelfMetrics
from collector.store.registry import AgentRow, Registry
from collector.wire import AgentIdentity, Received
from govnet.settings import LinkSettings
from inventory.model import Inventory, Machine

HOUR, DAY = 3600.0, 24 * 3600.0
NOW = 1_790_000_000.0
ONE, TWO, THREE = (AgentIdentity(f"a{n}", "xa-a", f"xa-a/pc-{n}") for n in (1, 2, 3))


@pytest.fixture
def inventory(small_province: Inventory) -> Inventory:
    """Return a province whose site xa-a has no marked vantage."""
    return _with(small_province)


def _with(inventory: Inventory, *vantages: AgentIdentity) -> Inventory:
    machines = tuple(
        Machine(id=one.machine, profile="pc", vantage=one in vantages) for one in (ONE, TWO, THREE)
    )
    site = msgspec.structs.replace(inventory.sites["xa-a"], machines=machines)
    return msgspec.structs.replace(inventory, sites=inventory.sites | {"xa-a": site})


def duty(
    inventory: Inventory,
    ago: Mapping[AgentIdentity, float],
    *before: AgentIdentity,
    listening: float = 30 * DAY,
) -> tuple[AgentIdentity, ...]:
    """Return who is on duty; `ago` is how long ago an agent was heard, in seconds."""
    told: Duty = {"xa-a": before} if before else {}
    heard = {agent: NOW - seconds for agent, seconds in ago.items()}
    since = NOW - listening
    return assign(inventory, (THREE, TWO, ONE), told, heard.get, since=since, now=NOW)["xa-a"]


def test_the_lowest_machine_begins(inventory: Inventory) -> None:
    assert duty(inventory, {}, listening=0) == (ONE,)
    assert duty(inventory, dict.fromkeys((ONE, TWO, THREE), 0.0)) == (ONE,)


def test_a_machine_that_is_off_for_weeks_hands_over_to_one_that_is_heard(
    inventory: Inventory,
) -> None:
    assert duty(inventory, {ONE: 14 * DAY, TWO: 14 * DAY, THREE: 60}, ONE) == (THREE,)
    assert duty(inventory, {ONE: 14 * DAY, THREE: 2 * HOUR}, ONE) == (ONE,)


def test_a_night_changes_nothing(inventory: Inventory) -> None:
    assert duty(inventory, {ONE: 15 * HOUR, TWO: 60}, ONE) == (ONE,)


def test_without_a_mark_nobody_takes_the_duty_back(inventory: Inventory) -> None:
    assert duty(inventory, {ONE: 0, TWO: 12 * HOUR}, TWO) == (TWO,)


def test_a_marked_vantage_comes_back_when_it_is_heard(inventory: Inventory) -> None:
    marked = _with(inventory, THREE)

    assert duty(marked, {ONE: 0, TWO: 0, THREE: 2 * DAY}, THREE) == (ONE,)
    assert duty(marked, {ONE: 0, TWO: 0, THREE: 2 * HOUR}, ONE) == (ONE,)
    assert duty(marked, {ONE: 0, TWO: 0, THREE: 60}, ONE) == (THREE,)
    assert duty(marked, {ONE: 0, TWO: 0, THREE: 15 * HOUR}, THREE) == (THREE,)


def test_one_marked_vantage_that_is_heard_is_enough(inventory: Inventory) -> None:
    marked = _with(inventory, TWO, THREE)

    assert duty(marked, {ONE: 0, TWO: 9 * DAY, THREE: 60}, TWO, THREE) == (TWO, THREE)


def test_an_agent_that_was_never_heard_is_waited_for_an_hour(inventory: Inventory) -> None:
    marked = _with(inventory, THREE)

    assert duty(marked, {ONE: 0}, listening=0.5 * HOUR) == (THREE,)
    assert duty(marked, {ONE: 0}, THREE, listening=2 * HOUR) == (ONE,)


def test_who_is_revoked_is_followed_at_once(inventory: Inventory) -> None:
    gone = AgentIdentity("a0", "xa-a", "xa-a/pc-0")

    assert duty(inventory, {TWO: 60}, gone, listening=0) == (ONE,)


def test_settings_change_only_when_the_duty_does(
    inventory: Inventory, received: Callable[..., Received]
) -> None:
    def measures(agent: AgentIdentity) -> bool:
        checks = live.derivation.settings(agent).checks
        return any(isinstance(check, LinkSettings) for check in checks)

    agents = {one: received(one.machine, NOW).identity for one in (ONE, TWO)}
    registry = Registry(1, [AgentRow(agent, 0.0, None) for agent in agents.values()], {})
    live = Live(inventory, registry, {}, SelfMetrics("1"), NOW)
    live.apply(received(ONE.machine, NOW))
    live.judge(NOW)
    before = live.derivation
    at_first = measures(agents[ONE]), measures(agents[TWO])
    for hour in range(1, 24):
        live.apply(received(TWO.machine, NOW + hour * HOUR))
        live.judge(NOW + hour * HOUR)
    for_a_day = live.derivation is before
    live.apply(received(TWO.machine, NOW + 25 * HOUR))
    live.judge(NOW + 25 * HOUR)

    assert at_first == (True, False)
    assert for_a_day
    assert (measures(agents[ONE]), measures(agents[TWO])) == (False, True)
