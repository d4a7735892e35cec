"""The runner on a clock that the test moves, with checks that run when they are submitted."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent.checks.contract import PreviousRun
from agent.listening.ports import Ports
from agent.measuring.alive import read_previous_run, write_alive
from agent.measuring.runner import LONGEST_WAIT_SECONDS, NEW_RESULTS_SECONDS
from agent.measuring.schedule import FIRST_WITHIN_SECONDS
from govnet.errors import JournalFull
from govnet.settings import (
    AlwaysOnSettings,
    CheckAgain,
    LanSettings,
    MachineSettings,
    ReflectorSettings,
)
from tests.unit.agent_world import World

MACHINE = MachineSettings(target="pc-1", interval_seconds=60)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.spool.close()


def test_a_report_is_made_every_interval_and_holds_the_newest_of_every_check(world: World):
    orders = world.order(MACHINE, LanSettings(target="pc-1", interval_seconds=600))
    world.pass_time(600)

    reports = world.reports()
    assert 9 <= len(reports) <= 12
    assert world.notified == len(reports)
    for report in reports:
        assert [result["check"] for result in report["results"]] == ["agent", "machine", "lan"]
        assert report["settings"] == orders.digest
        assert report["interval_seconds"] == 60
    ages = [report["results"][2]["age_seconds"] for report in reports]
    assert max(ages) > 300
    assert [report["seq"] for report in reports] == list(range(1, len(reports) + 1))


def test_who_asks_for_checks_once_more_gets_a_report_on_all_of_them_within_seconds(world: World):
    checks = (
        replace(MACHINE, target="xa-a/pc-1", interval_seconds=600),
        LanSettings(target="xa-a/pc-1", interval_seconds=600),
    )
    world.order(*checks, interval_seconds=600)
    world.pass_time(200)
    before = len(world.reports())
    runs = len(world.check.contexts)
    orders = world.order(*checks, interval_seconds=600, again=(CheckAgain(id="1", site="xa-a"),))
    world.pass_time(6)

    (report,) = world.reports()[before:]
    assert len(world.check.contexts) == runs + 2
    assert report["settings"] == orders.digest
    assert [result["check"] for result in report["results"]] == ["agent", "machine", "lan"]
    assert all(result.get("age_seconds", 0) <= 5 for result in report["results"])


def test_an_agent_without_settings_still_says_that_it_lives(world: World):
    world.pass_time(61)

    report = world.reports()[0]
    assert report["results"] == []
    assert report["settings"] == ""


def test_the_first_settings_bring_a_complete_report_within_half_a_minute(world: World):
    world.pass_time(20)
    orders = world.order(MACHINE, LanSettings(target="pc-1"))
    world.pass_time(30)

    hello, complete = world.reports()
    assert hello["settings"] == ""
    assert complete["settings"] == orders.digest
    assert [result["check"] for result in complete["results"]] == ["agent", "machine", "lan"]


def test_a_check_is_told_its_deadline_and_what_the_agent_knows(tmp_path: Path):
    previous = PreviousRun(alive_at=1_789_999_000.0, clean_stop=False)
    world = World(tmp_path, previous)
    world.order(replace(MACHINE, timeout_seconds=7))
    world.pass_time(16)
    world.spool.close()

    context = world.check.contexts[0]
    assert context.timeout_seconds == 7
    assert context.deadline - world.clock.mono <= 7
    assert context.previous_run == previous
    assert context.clock_offset_seconds == 0.25
    assert context.state_dir == tmp_path


def test_a_stepped_wall_clock_gives_no_negative_time_and_no_second_seq(world: World):
    world.order(MACHINE)
    world.pass_time(120)
    world.clock.wall -= 10 * 365 * 86400
    world.pass_time(120)
    world.clock.wall += 30 * 365 * 86400
    world.pass_time(120)

    reports = world.reports()
    seqs = [report["seq"] for report in reports]
    monotonic = [report["monotonic_seconds"] for report in reports]
    assert seqs == sorted(set(seqs))
    assert monotonic == sorted(monotonic)
    assert len(reports) >= 6
    for report in reports:
        for result in report["results"]:
            assert result["age_seconds"] >= 0
            assert result["duration_seconds"] >= 0


def test_new_settings_are_followed_without_a_restart(world: World):
    world.order(MACHINE)
    world.pass_time(60)
    world.order(LanSettings(target="pc-1"), interval_seconds=5)
    world.pass_time(30)

    last = world.reports()[-1]
    assert last["interval_seconds"] == 5
    assert [result["check"] for result in last["results"]] == ["agent", "lan"]


def test_a_target_that_is_added_has_its_first_result_soon_and_reports_keep_their_pace(
    world: World,
):
    """New settings are learnt with a report's answer: the next one would be an interval away."""
    world.order(MACHINE, interval_seconds=300)
    world.pass_time(700)
    before = len(world.reports())
    while len(world.reports()) == before:
        world.pass_time(1)
    asked_at = world.clock.mono
    targets = [f"xa-{number}/cpe" for number in range(206)]
    added = [AlwaysOnSettings(target=target, interval_seconds=300) for target in targets]
    world.order(MACHINE, *added, interval_seconds=300)
    world.pass_time(700)

    first, *later = world.reports()[before + 1 :]
    told = [result["target"] for result in first["results"] if result["check"] == "always_on"]
    assert told == targets
    assert first["monotonic_seconds"] - asked_at <= FIRST_WITHIN_SECONDS + NEW_RESULTS_SECONDS + 1
    assert len(later) == 2
    assert later[1]["monotonic_seconds"] - later[0]["monotonic_seconds"] == pytest.approx(300)


def test_settings_that_only_change_what_is_measured_bring_no_report_of_their_own(world: World):
    world.order(MACHINE, LanSettings(target="pc-1"), interval_seconds=300)
    world.pass_time(700)
    before = len(world.reports())
    while len(world.reports()) == before:
        world.pass_time(1)
    world.order(replace(MACHINE, timeout_seconds=7), interval_seconds=300)
    world.pass_time(100)

    assert len(world.reports()) == before + 1


class Door:
    is_open = True

    def close(self) -> None:
        self.is_open = False


def test_a_port_closes_with_the_settings_that_order_its_check_no_more(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    ports = Ports()
    monkeypatch.setattr("agent.measuring.runner.PORTS", ports)
    world.order(MACHINE, ReflectorSettings(target="pc-1"))
    door = ports.hold("reflector", 862, Door, Door)
    world.order(MACHINE, ReflectorSettings(target="pc-1", interval_seconds=30))
    assert door.is_open

    world.order(MACHINE)
    assert not door.is_open


def test_the_runner_looks_up_in_time_whatever_the_intervals(world: World):
    world.order(replace(MACHINE, interval_seconds=86400), interval_seconds=86400)
    world.pass_time(20)

    assert 0 < world.runner.step() <= LONGEST_WAIT_SECONDS


def test_a_check_that_hangs_is_given_up_and_reported(world: World):
    world.pool.hang = True
    world.order(replace(MACHINE, timeout_seconds=10))
    world.pass_time(120)

    assert len(world.pool.lost) == 1
    error = world.reports()[-1]["results"][1]["error"]
    assert error.startswith("not finished after ")


def test_a_full_disk_costs_reports_and_not_the_agent(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def refuse(_seq: int, _report: bytes) -> None:
        raise JournalFull("no space left on device")

    world.order(MACHINE)
    with monkeypatch.context() as patch:
        patch.setattr(world.spool, "add", refuse)
        world.pass_time(300)
    assert [record.message for record in caplog.records] == ["keeping a report failed"]
    assert world.notified == 0

    world.pass_time(61)
    assert world.notified >= 1


def test_a_full_state_folder_is_said_once_while_measuring_goes_on_and_recovers_alone(
    world: World, caplog: pytest.LogCaptureFixture
):
    """The spool and the sign of life fail in turn, each with its own words."""
    caplog.set_level(logging.INFO)
    world.order(MACHINE)
    world.disk.is_full = True
    in_the_way = world.state_dir / "alive.json.new"
    in_the_way.mkdir()
    world.pass_time(600)
    assert sorted(record.message for record in caplog.records) == [
        "keeping a report failed",
        "leaving a sign of life failed",
    ]
    assert len(world.check.contexts) >= 9
    caplog.clear()

    world.disk.is_full = False
    in_the_way.rmdir()
    world.pass_time(120)
    assert sorted(record.message for record in caplog.records) == [
        "keeping a report works again",
        "leaving a sign of life works again",
    ]
    assert world.reports()


# --- sign of life ---------------------------------------------------------------------------------


def test_every_report_leaves_a_sign_of_life_that_is_no_clean_stop(world: World):
    world.order(MACHINE)
    world.pass_time(61)

    previous = read_previous_run(world.state_dir)
    assert previous is not None
    assert not previous.clean_stop
    assert world.clock.wall - 61 <= previous.alive_at <= world.clock.wall


def test_an_orderly_stop_leaves_its_mark(world: World):
    world.runner.stop()
    world.runner.run()

    previous = read_previous_run(world.state_dir)
    assert previous is not None
    assert previous.clean_stop


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"alive_at": "x", "clean_stop": true}', b"\xff\x00", b"{}"]
)
def test_a_damaged_sign_of_life_counts_as_none(tmp_path: Path, content: bytes):
    (tmp_path / "alive.json").write_bytes(content)

    assert read_previous_run(tmp_path) is None


def test_the_sign_of_life_is_read_back(tmp_path: Path):
    write_alive(tmp_path, 1_790_000_000.5, clean_stop=True)

    assert read_previous_run(tmp_path) == PreviousRun(1_790_000_000.5, clean_stop=True)


# --- log ------------------------------------------------------------------------------------------
