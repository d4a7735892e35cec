"""A site's checks once more, as the agent does it: the plan on a clock that the test moves."""

from dataclasses import replace

import pytest

from agent.measuring.again import ENDS_AFTER_SECONDS, LEAST_SECONDS, WITHIN_SECONDS
from agent.measuring.execute import Finding
from agent.measuring.plan import Plan, Task
from govnet.report import Sample
from govnet.settings import (
    AlwaysOnSettings,
    CheckAgain,
    CheckSettings,
    FactsSettings,
    LinkSettings,
    MachineSettings,
    ServiceSettings,
    Settings,
)

STEP_SECONDS = 0.25
RARELY = 86_400.0
"""After the first runs nothing is due for hours: what runs then was asked for."""
OFFICE = (
    MachineSettings(target="xa-a/pc-1", interval_seconds=RARELY, timeout_seconds=5),
    LinkSettings(target="xa-a/tslcd", interval_seconds=RARELY, timeout_seconds=5, ends=()),
    ServiceSettings(target="thu", interval_seconds=RARELY, timeout_seconds=5, url="http://a"),
    FactsSettings(target="xa-a/pc-1", interval_seconds=RARELY, timeout_seconds=60),
)
CENTRE = (
    *(
        AlwaysOnSettings(
            target=f"{site}/cpe", interval_seconds=RARELY, timeout_seconds=5, address="198.18.0.1"
        )
        for site in ("xa-a", "xa-b", "ttdl")
    ),
    OFFICE[2],
)
FIRST = CheckAgain(id="1", site="xa-a")
SECOND = CheckAgain(id="2", site="xa-a")
OTHER = CheckAgain(id="3", site="xa-b")
OWN = CheckAgain(id="4", site="ttdl")
FOUND = Finding(0.1, None, (Sample("govnet_machine_cpus", 1.0),))


class Days:
    """An agent's plan as time passes: its checks end at once, but for those that hang."""

    def __init__(
        self, *asked: CheckAgain, site: str = "xa-a", checks: tuple[CheckSettings, ...] = OFFICE
    ) -> None:
        self.plan = Plan("a")
        self.now = 0.0
        self.runs: list[tuple[float, str]] = []
        self.reports: list[float] = []
        """When a report on extra runs became due."""
        self.hanging: set[str] = set()
        self.hung: list[Task] = []
        self._site = site
        self._checks = checks
        self.order(*asked)
        self.pass_time(20)
        self.runs.clear()

    def order(self, *asked: CheckAgain) -> None:
        self.plan.take_over(
            Settings(
                agent="a",
                site=self._site,
                machine=f"{self._site}/pc-1",
                check_again=asked,
                checks=self._checks,
            ),
            self.now,
        )

    def pass_time(self, seconds: float) -> None:
        until = self.now + seconds
        while self.now < until:
            for task in self.plan.due(self.now):
                self.plan.begin(task, self.now)
                self.runs.append((self.now, task.settings.target))
                if task.settings.target in self.hanging:
                    self.hung.append(task)
                else:
                    self.plan.finish(task, FOUND, self.now)
            self.plan.overruns(self.now)
            if self.plan.has_run_again(self.now):
                self.reports.append(self.now)
            self.now += STEP_SECONDS

    def let_go(self) -> None:
        """Let what hangs come home."""
        for task in self.hung:
            self.plan.finish(task, FOUND, self.now)
        self.hung.clear()

    @property
    def ran(self) -> list[str]:
        return sorted(target for _, target in self.runs)


ALL = ["thu", "xa-a/pc-1", "xa-a/tslcd"]
"""Everything of the office but what its machine is."""


def test_asked_checks_run_once_more_within_seconds_and_a_report_follows_at_once():
    days = Days()
    days.order(FIRST)
    asked_at = days.now
    days.pass_time(3600)

    assert days.ran == ALL
    starts = [at for at, _ in days.runs]
    assert asked_at <= min(starts) <= max(starts) <= asked_at + WITHIN_SECONDS
    assert len(days.reports) == 1
    assert max(starts) <= days.reports[0] <= max(starts) + STEP_SECONDS


def test_what_stood_in_the_first_settings_is_not_carried_out_because_everything_runs_anyway():
    days = Days(FIRST)
    days.order(FIRST)
    days.pass_time(300)

    assert days.runs == []
    assert days.reports == []


def test_other_settings_in_between_do_not_carry_a_request_out_twice():
    days = Days()
    days.order(FIRST)
    days.pass_time(300)
    days.order(FIRST, OTHER)
    days.pass_time(300)

    assert days.ran == ALL


def test_the_centre_asks_again_only_the_items_of_the_asked_site():
    days = Days(site="ttdl", checks=CENTRE)
    days.order(FIRST)
    days.pass_time(300)

    assert days.ran == ["xa-a/cpe"]


def test_the_centre_asks_the_services_again_only_for_its_own_site():
    days = Days(site="ttdl", checks=CENTRE)
    days.order(OWN)
    days.pass_time(300)

    assert days.ran == ["thu", "ttdl/cpe"]


def test_a_request_for_a_site_of_which_nothing_is_measured_does_nothing():
    days = Days()
    days.order(OTHER)
    days.pass_time(300)

    assert days.runs == []
    assert days.reports == []


def test_a_second_request_waits_until_the_minute_is_over():
    days = Days()
    days.order(FIRST)
    days.pass_time(6)
    last = max(at for at, _ in days.runs)
    days.runs.clear()
    days.order(FIRST, SECOND)
    days.pass_time(300)

    assert days.ran == ALL
    assert min(at for at, _ in days.runs) >= last + LEAST_SECONDS


def test_requests_that_came_meanwhile_are_carried_out_together():
    days = Days(site="ttdl", checks=CENTRE)
    days.order(FIRST)
    days.pass_time(10)
    days.runs.clear()
    days.order(FIRST, SECOND, OTHER, OWN)
    days.pass_time(600)

    assert days.ran == ["thu", "ttdl/cpe", "xa-a/cpe", "xa-b/cpe"]
    assert len(days.reports) == 2


def test_a_request_that_is_withdrawn_while_it_waits_is_not_carried_out():
    days = Days()
    days.order(FIRST)
    days.pass_time(10)
    days.runs.clear()
    days.order(FIRST, SECOND)
    days.pass_time(10)
    days.order(FIRST)
    days.pass_time(300)

    assert days.runs == []


def test_a_check_that_runs_when_the_round_begins_runs_once_more_when_it_comes_home():
    days = Days()
    plan, link = days.plan, OFFICE[1]
    days.hanging = {link.target}
    days.order(FIRST)
    days.pass_time(WITHIN_SECONDS + 1)
    assert days.hung
    (running,) = days.hung
    days.pass_time(ENDS_AFTER_SECONDS)  # It overran; its thread still hangs.
    days.pass_time(LEAST_SECONDS)
    days.runs.clear()
    days.order(SECOND)
    days.pass_time(2 * WITHIN_SECONDS)
    assert link.target not in days.ran
    days.hanging = set()
    plan.finish(running, FOUND, days.now)
    days.pass_time(5)

    assert days.ran == ALL
    assert len(days.reports) == 2


def test_the_report_does_not_wait_for_a_check_that_hangs():
    days = Days(checks=tuple(replace(check, timeout_seconds=60) for check in OFFICE))
    days.hanging = {"xa-a/tslcd"}
    days.order(FIRST)
    asked_at = days.now
    days.pass_time(300)

    (reported_at,) = days.reports
    assert reported_at == pytest.approx(asked_at + WITHIN_SECONDS + ENDS_AFTER_SECONDS, abs=0.3)
    assert reported_at <= asked_at + 20.3


def test_a_check_that_overruns_is_an_answer_too():
    days = Days()
    days.hanging = {"xa-a/tslcd"}
    days.order(FIRST)
    days.pass_time(300)

    started_at = next(at for at, target in days.runs if target == "xa-a/tslcd")
    (reported_at,) = days.reports
    assert reported_at == pytest.approx(started_at + 5 + 2, abs=0.3)


def test_many_checks_start_no_faster_than_the_agent_can_bear():
    checks = tuple(replace(CENTRE[0], target=f"xa-a/sw-{number}") for number in range(400))
    days = Days(site="ttdl", checks=checks)
    days.order(FIRST)
    asked_at = days.now
    days.pass_time(600)

    assert len(days.runs) == len(checks)
    in_a_second = [sum(at <= other < at + 1 for other, _ in days.runs) for at, _ in days.runs]
    assert max(in_a_second) <= 45
    assert max(at for at, _ in days.runs) <= asked_at + 20


def test_regular_runs_stay_where_they_were():
    checks = tuple(replace(check, interval_seconds=60.0) for check in OFFICE[:3])
    undisturbed, asked = Days(checks=checks), Days(checks=checks)
    asked.pass_time(30)
    undisturbed.pass_time(30)
    asked.order(FIRST)
    for days in (undisturbed, asked):
        days.pass_time(600)

    assert set(undisturbed.runs) <= set(asked.runs)
    assert len(asked.runs) <= len(undisturbed.runs) + len(checks)
