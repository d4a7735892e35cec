"""A site that meets a mistake in the program is left as it was; all others are judged on."""

import logging
from typing import cast

import pytest

from collector.verdict.evidence.starts import Start
from inventory.model import Lifecycle
from tests.judged_province import Judged, with_site

OF_A = ("xa-a/pc-1",)


ODD = "xa-b/pc-1"


@pytest.fixture
def broken(alive: Judged) -> Judged:
    """Return the province with a site of which nothing can be made: its evidence is no evidence."""
    alive.evidence.starts[ODD] = cast("list[Start]", None)
    return alive


def mend(province: Judged) -> None:
    del province.evidence.starts[ODD]


def test_the_others_are_judged_on(broken: Judged):
    broken.minutes(5, "xa-a/pc-1", a=True, b=False, c=False, d=True)

    assert broken.status("xa-c") == "down"
    assert broken.status("xa-a") == "up"
    assert broken.status("xa-b") == "up"  # As it was.
    assert broken.judgement.failing == 1


def test_it_is_logged_once(broken: Judged, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.ERROR):
        broken.minutes(5, *OF_A, a=True, b=False, c=True, d=True)

    assert [record.message for record in caplog.records] == ["a site cannot be judged"]


def test_what_was_missed_is_made_good(broken: Judged):
    broken.minutes(5, *OF_A, a=True, b=False, c=True, d=True)
    broken.minutes(3, *OF_A, a=True, b=True, c=True, d=True)

    mend(broken)
    broken.minutes(2, *OF_A, a=True, b=True, c=True, d=True)

    assert broken.judgement.failing == 0
    assert [status for status, _, _ in broken.story("xa-b")][-3:] == ["up", "down", "up"]
    outages = [
        case.outage for case in broken.judgement.record.book.cases() if case.outage.item == "xa-b"
    ]
    assert [one.ended_at is not None for one in outages] == [True]


def test_a_site_that_leaves_the_inventory_fails_no_more(broken: Judged):
    broken.minutes(1, *OF_A, a=True, b=False, c=True, d=True)
    left = with_site(broken.inventory, "xa-b", lifecycle=Lifecycle.RETIRED)

    broken.judgement.replace_inventory(left, broken.now)
    broken.judge()

    assert broken.judgement.failing == 0


def test_all_that_fell_due_with_it_are_judged(broken: Judged):
    broken.now += 10 * 60.0  # Nobody is heard any more: all of them are due at once.
    broken.judge()

    assert broken.judgement.failing == 1
    assert [broken.site(f"xa-{letter}").status for letter in "acd"] == ["unknown"] * 3
