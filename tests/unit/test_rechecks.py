"""A site's checks once more, in the centre: who is told, how often, and what is an answer."""

from collections.abc import Callable

import pytest

from collector.derivation.derive import Derivation
from collector.intake.limits import RateLimitedError
from collector.live import Live
from collector.metrics.selfmetrics import SelfMetrics
from collector.rechecks import (
    AHEAD_SECONDS,
    MOST,
    MOST_PER_MINUTE,
    SITE_SECONDS,
    STANDS_SECONDS,
    Looker,
    Rechecks,
    is_answered,
)
from collector.site_check import check_site, site_check
from collector.store.registry import AgentRow, Registry
from collector.wire import AgentIdentity, Received
from govnet.errors import WireError
from govnet.settings import CheckAgain, decode
from inventory.model import Inventory

NOW = 1_790_000_000.0
Make = Callable[..., Received]
PC, OTHER_PC, FAR = (
    AgentIdentity(machine.replace("/", "."), machine.partition("/")[0], machine)
    for machine in ("xa-a/pc-1", "xa-a/pc-2", "xa-b/pc-1")
)
CENTRE, SECOND_OF_CENTRE = (
    AgentIdentity(name, "trung-tam", f"trung-tam/{name}") for name in ("may-1", "may-2")
)
AGENTS = (PC, OTHER_PC, FAR, CENTRE, SECOND_OF_CENTRE)


def live_view(province: Inventory, agents: tuple[AgentIdentity, ...] = AGENTS) -> Live:
    registry = Registry(1, [AgentRow(agent, 0.0, None) for agent in agents], {})
    live = Live(province, registry, {}, SelfMetrics("1"), NOW)
    live.judge(NOW)
    return live


def outcomes(live: Live) -> dict[str, float]:
    found = {}
    for outcome in ("asked", "refused", "answered", "expired"):
        labels = {"outcome": outcome}
        name = "govnet_collector_rechecks_total"
        found[outcome] = live.metrics.registry.get_sample_value(name, labels)
    return {outcome: value for outcome, value in found.items() if value}


# --- who is told ------------------------------------------------------------------------------


def test_who_looks_at_a_site_are_its_vantage_and_the_centres_and_only_by_what_is_there(
    small_province: Inventory,
):
    derivation = Derivation(small_province, AGENTS)
    looks = derivation.looks("xa-a")

    assert set(looks) == {PC, CENTRE}
    assert {check.target for check in looks[CENTRE]} == {"xa-a/tslcd", "xa-a/cpe"}
    assert {check.check for check in looks[PC]} >= {"machine", "lan"}
    assert "facts" not in {check.check for check in looks[PC]}


def test_settings_change_for_those_alone_and_go_back_to_the_very_same(small_province: Inventory):
    derivation = Derivation(small_province, AGENTS)
    before = {agent: derivation.encoded(agent) for agent in AGENTS}
    asked = (CheckAgain(id="1", site="xa-a"),)
    derivation.check_again(asked)
    during = {agent: derivation.encoded(agent) for agent in AGENTS}

    assert {agent for agent in AGENTS if before[agent] != during[agent]} == {PC, CENTRE}
    for agent in (PC, CENTRE):
        assert decode(during[agent]).check_again == asked
        assert decode(during[agent]).checks == decode(before[agent]).checks
    derivation.check_again(())
    # The same objects: nothing was worked out again.
    assert all(derivation.encoded(agent) is before[agent] for agent in AGENTS)


def test_another_request_leaves_those_it_does_not_concern_as_they_are(small_province: Inventory):
    derivation = Derivation(small_province, AGENTS)
    first, second = CheckAgain(id="1", site="xa-a"), CheckAgain(id="2", site="xa-b")
    derivation.check_again((first,))
    of_pc, of_centre = derivation.encoded(PC), derivation.encoded(CENTRE)
    derivation.check_again((first, second))

    assert derivation.encoded(PC) is of_pc
    assert derivation.encoded(CENTRE) != of_centre
    assert derivation.settings(CENTRE).check_again == (first, second)
    assert derivation.settings(FAR).check_again == (second,)


def test_a_key_to_be_replaced_is_told_during_a_request_too(small_province: Inventory):
    derivation = Derivation(small_province, AGENTS)
    derivation.check_again((CheckAgain(id="1", site="xa-a"),))
    derivation.encoded(PC)
    derivation.renew({PC.agent: "k1"})

    told = decode(derivation.encoded(PC))
    assert (told.renew_key, len(told.check_again)) == ("k1", 1)


# --- how often --------------------------------------------------------------------------------


@pytest.fixture
def rechecks() -> Rechecks:
    return Rechecks(SelfMetrics("1").rechecks)


def test_a_site_is_asked_once_a_minute_and_who_comes_too_early_is_told_when(rechecks: Rechecks):
    rechecks.ask("xa-a", NOW, NOW, "test")
    with pytest.raises(RateLimitedError, match="xa-a is checked at most once in 60 s") as refused:
        rechecks.ask("xa-a", NOW + 10, NOW + 10, "test")

    assert refused.value.retry_seconds == SITE_SECONDS - 10
    rechecks.ask("xa-b", NOW + 10, NOW + 10, "test")
    rechecks.ask("xa-a", NOW + 60, NOW + 60, "test")


def test_a_request_begins_when_it_was_planned_and_ends_ten_minutes_later(rechecks: Rechecks):
    asked = rechecks.ask("xa-a", NOW + 3600, NOW, "test")

    def told(at: float) -> bool:
        return rechecks.current(at) == (CheckAgain(id=asked.id, site="xa-a"),)

    assert not told(NOW + 3599.9)
    assert told(NOW + 3600)
    assert told(NOW + 3600 + STANDS_SECONDS - 0.1)
    assert not told(NOW + 3600 + STANDS_SECONDS)


def test_a_whole_conference_is_planned_one_point_a_second_and_never_all_at_once(
    rechecks: Rechecks,
):
    for number in range(226):
        rechecks.ask(f"xa-{number}", NOW + 3600 + number, NOW, "test")
    refused = []
    for number in range(226):
        try:
            rechecks.ask(f"phuong-{number}", NOW + 9000, NOW, "test")
        except RateLimitedError as exc:
            refused.append(exc)

    assert len(refused) == 226 - MOST_PER_MINUTE


def test_only_so_much_may_wait_and_not_for_longer_than_two_days(rechecks: Rechecks):
    with pytest.raises(WireError, match="at: expected at most"):
        rechecks.ask("xa-a", NOW + AHEAD_SECONDS + 1, NOW, "test")
    with pytest.raises(WireError, match="at: expected at most"):
        rechecks.ask("xa-a", float("nan"), float("nan"), "test")
    for number in range(MOST):
        rechecks.ask(f"xa-{number}", NOW + 2 * number, NOW, "test")
    with pytest.raises(RateLimitedError, match="at most 2000 requests"):
        rechecks.ask("xa-more", NOW + 2 * MOST, NOW, "test")
    rechecks.expire(NOW + STANDS_SECONDS)
    rechecks.ask("xa-more", NOW + 2 * MOST, NOW + STANDS_SECONDS, "test")


# --- what is an answer --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ([], False),
        ([Looker("a", NOW + 1, is_heard=True)], True),
        ([Looker("a", NOW - 1, is_heard=True)], False),
        ([Looker("a", None, is_heard=True)], False),
        ([Looker("a", NOW + 1, is_heard=True), Looker("b", NOW - 1, is_heard=True)], False),
        # A site that is cut off cannot answer; that the centre looked is all there will be.
        ([Looker("a", NOW + 1, is_heard=True), Looker("b", NOW - 900, is_heard=False)], True),
        ([Looker("b", NOW - 900, is_heard=False)], False),
    ],
)
def test_it_is_answered_when_everybody_who_is_heard_has_looked_since(
    rechecks: Rechecks, seen: list[Looker], *, expected: bool
):
    asked = rechecks.ask("xa-a", NOW, NOW, "test")

    assert is_answered(asked, seen) is expected


def seen_by_centre(received: Make, at: float, age_seconds: float = 0.0) -> Received:
    results = {
        ("always_on", "xa-a/cpe"): [("govnet_target_reachable", 1.0)],
        ("link", "xa-a/tslcd"): [("govnet_link_reachable", 1.0, {"end": "site"})],
    }
    return received("trung-tam/may-1", at, results, agent="may-1", age_seconds=age_seconds)


def test_from_the_request_to_the_answer_as_a_page_or_a_program_sees_it(
    small_province: Inventory, received: Make
):
    live = live_view(small_province, (PC, CENTRE))
    link = {("link", "xa-a/tslcd"): [("govnet_link_reachable", 1.0, {"end": "gateway"})]}
    live.apply(seen_by_centre(received, NOW, age_seconds=40.0))
    live.apply(received("xa-a/pc-1", NOW, link, age_seconds=30.0))
    live.judge(NOW + 1)
    plain = live.settings_digest(PC)
    asked = check_site(live, "xa-a", NOW + 5, NOW + 5, "test")

    assert live.settings_digest(PC) != plain
    assert {each.machine: each.looked_at for each in asked.lookers} == {
        "xa-a/pc-1": NOW - 30,
        "trung-tam/may-1": NOW - 40,
    }
    assert (asked.newest_at, asked.asked_at, asked.look_again_at, asked.is_answered) == (
        NOW - 30,
        NOW + 5,
        NOW + 5 + 60 + 20,
        False,
    )

    live.apply(seen_by_centre(received, NOW + 20))
    live.judge(NOW + 21)
    assert not site_check(live, "xa-a", NOW + 21).is_answered
    # What it had measured before the request is no answer, however new the report is.
    live.apply(received("xa-a/pc-1", NOW + 22, link, age_seconds=18.0))
    live.judge(NOW + 23)
    assert not site_check(live, "xa-a", NOW + 23).is_answered
    live.apply(received("xa-a/pc-1", NOW + 30, link, age_seconds=1.0))
    live.judge(NOW + 31)

    answered = site_check(live, "xa-a", NOW + 31)
    assert answered.is_answered
    assert answered.newest_at == NOW + 29
    live.judge(NOW + 5 + STANDS_SECONDS)
    assert live.settings_digest(PC) == plain
    assert outcomes(live) == {"asked": 1, "answered": 1}


def test_a_request_that_nobody_answers_expires_and_is_counted(small_province: Inventory):
    live = live_view(small_province)
    check_site(live, "xa-a", NOW, NOW, "test")
    live.judge(NOW + STANDS_SECONDS)

    assert outcomes(live) == {"asked": 1, "expired": 1}


def test_what_was_asked_stands_when_the_inventory_is_read_again_or_somebody_enrols(
    small_province: Inventory,
):
    live = live_view(small_province)
    check_site(live, "xa-a", NOW, NOW, "test")
    during = live.settings_digest(PC)
    live.replace_inventory(small_province, NOW + 5)
    assert live.settings_digest(PC) == during
    live.registry_changed([])
    live.judge(NOW + 6)
    assert live.settings_digest(PC) == during


def test_a_planned_request_reaches_agents_when_its_time_has_come(small_province: Inventory):
    live = live_view(small_province)
    plain = live.settings_digest(PC)
    planned = check_site(live, "xa-a", NOW + 100, NOW, "test")
    live.judge(NOW + 99)
    assert live.settings_digest(PC) == plain
    live.judge(NOW + 100)

    assert live.settings_digest(PC) != plain
    assert planned.asked_at == NOW + 100


def test_who_plans_a_request_is_told_of_that_one_and_who_looks_of_the_one_that_stands(
    small_province: Inventory,
):
    live = live_view(small_province)
    check_site(live, "xa-a", NOW, NOW, "test")
    planned = check_site(live, "xa-a", NOW + 500, NOW + 1, "test")

    assert planned.asked_at == NOW + 500
    assert site_check(live, "xa-a", NOW + 2).asked_at == NOW
    assert site_check(live, "xa-a", NOW + 500).asked_at == NOW + 500


@pytest.mark.parametrize(
    ("site", "problem"),
    [
        ("xa-nowhere", "no such site"),
        ("xa-f", "no agent looks at xa-f"),
        ("xa-g", "no agent looks at xa-g"),
    ],
)
def test_who_asks_for_what_nobody_can_check_is_told_so(
    small_province: Inventory, site: str, problem: str
):
    live = live_view(small_province)

    with pytest.raises(WireError, match=problem):
        check_site(live, site, NOW, NOW, "test")
    assert outcomes(live) == {}
