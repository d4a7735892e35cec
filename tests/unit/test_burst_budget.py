"""Bursts stay within their day's budget, spread over the day, whatever restarts in between."""

from pathlib import Path

import pytest

from agent.checks.burst_budget import FILE_NAME, MOST_A_DAY, spend
from govnet.errors import CheckError

DAY = 20_000 * 86_400.0
COST = 300_000


def moments_of_a_day(
    state_dir: Path, budget: int, day: float = DAY, target: str = "xa-a/tslcd"
) -> list[int]:
    """Return the seconds of the day at which tests ran, asked once a minute."""
    return [
        minute * 60
        for minute in range(1440)
        if spend(target, COST, budget, now=day + minute * 60, state_dir=state_dir)
    ]


@pytest.mark.parametrize(("budget", "expected"), [(COST, 1), (1_000_000, 3), (10**9, MOST_A_DAY)])
def test_a_day_has_as_many_tests_as_it_pays_for(tmp_path: Path, budget: int, expected: int):
    assert len(moments_of_a_day(tmp_path, budget)) == expected
    assert len(moments_of_a_day(tmp_path, budget, DAY + 86_400)) == expected


def test_every_test_has_its_own_share_of_the_day_and_no_two_paths_the_same_moments(tmp_path: Path):
    first = moments_of_a_day(tmp_path, 4 * COST)
    second = moments_of_a_day(tmp_path, 4 * COST, target="xa-b/tslcd")

    assert [moment // 21_600 for moment in first] == [0, 1, 2, 3]
    assert first != second
    assert first != moments_of_a_day(tmp_path, 4 * COST, DAY + 86_400)


def test_a_restart_buys_nothing(tmp_path: Path):
    now = DAY + moments_of_a_day(tmp_path, COST)[0]
    assert not spend("xa-a/tslcd", COST, COST, now=now + 60, state_dir=tmp_path)


def test_a_smaller_budget_counts_what_was_used_before(tmp_path: Path):
    for hour in range(12):
        spend("xa-a/tslcd", COST, 10**9, now=DAY + hour * 3600 + 3599, state_dir=tmp_path)
    later = [
        spend("xa-a/tslcd", COST, 2 * COST, now=DAY + minute * 60, state_dir=tmp_path)
        for minute in range(720, 1440)
    ]
    assert not any(later)


def test_shares_in_which_the_machine_was_off_are_not_made_up_for(tmp_path: Path):
    end = DAY + 86_399
    assert spend("xa-a/tslcd", COST, 10**9, now=end, state_dir=tmp_path)
    assert not spend("xa-a/tslcd", COST, 10**9, now=end, state_dir=tmp_path)


def test_by_hand_nothing_is_tested():
    assert not spend("xa-a/tslcd", COST, 10**9, now=DAY + 86_399, state_dir=None)


@pytest.mark.parametrize("damaged", [b"", b"[]", b'{"xa-a/tslcd": 7}', b"\xff"])
def test_a_damaged_file_is_begun_anew(tmp_path: Path, damaged: bytes):
    (tmp_path / FILE_NAME).write_bytes(damaged)
    assert spend("xa-a/tslcd", COST, 10**9, now=DAY + 86_399, state_dir=tmp_path)


def test_what_cannot_be_kept_is_not_spent(tmp_path: Path):
    (tmp_path / f"{FILE_NAME}.new").mkdir()
    with pytest.raises(CheckError, match="cannot be kept"):
        spend("xa-a/tslcd", COST, 10**9, now=DAY + 86_399, state_dir=tmp_path)


def test_a_budget_too_small_for_any_test_is_told(tmp_path: Path):
    with pytest.raises(CheckError, match="10000 bytes a day pay for no test"):
        spend("xa-a/tslcd", COST, 10_000, now=DAY, state_dir=tmp_path)
