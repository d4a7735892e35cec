"""Parents first: nothing is said of a child before its parent was looked at."""

import pytest

from collector.verdict.shared.company import hold_seconds
from collector.verdict.shared.records import Others, Silence
from collector.verdict.shared.share import share
from tests.watched_sites import INTERVAL, SECONDS, START, Cut, Watched, cut_all, sites

MOST = 5 * INTERVAL


def test_a_lone_silence_is_published_as_soon_as_it_is_certain() -> None:
    province = Watched(sites(10), [Cut("xa-003", START)])

    ((key, said),) = province.say(START + MOST).causes.items()

    assert said.held_until == key[1] + 3 * INTERVAL


def test_a_centre_that_is_lost_never_shows_a_site_with_another_cause() -> None:
    all_sites = sites(30)
    province = Watched(all_sites, cut_all(all_sites))

    published = province.published(START, START + MOST)

    assert len(published) == 30
    assert {cause for _, _, cause in published} == {"centre"}


def test_a_carrier_that_is_lost_never_shows_a_site_with_another_cause() -> None:
    all_sites = sites(30)
    lost = [site for site in all_sites if site.carrier == "vnpt"]
    province = Watched(all_sites, cut_all(lost))

    published = province.published(START, START + MOST)

    assert len(published) == 15
    assert {cause for _, _, cause in published} == {"carrier"}


def test_what_nobody_may_look_at_holds_for_an_interval_at_most() -> None:
    all_sites = sites(1)
    province = Watched(all_sites, cut_all(all_sites))

    ((when, _, cause),) = province.published(START, START + MOST)

    (silence,) = province.silences(START + MOST)
    assert when - silence.detected_at <= INTERVAL + SECONDS
    assert cause == "undetermined"


def test_a_carriers_only_site_waits_for_any_other() -> None:
    all_sites = [*sites(5, "vnpt"), *sites(6, "viettel")[5:]]
    province = Watched(all_sites, [Cut("xa-005", START)])

    ((key, said),) = province.say(START + MOST).causes.items()

    assert said.held_until == key[1] + 3 * INTERVAL


def test_a_site_that_was_silent_for_long_is_no_parent_to_wait_for() -> None:
    all_sites = [*sites(5, "vnpt"), *sites(7, "viettel")[5:]]
    cuts = [Cut("xa-005", START), Cut("xa-006", START - 7200)]

    said = Watched(all_sites, cuts).say(START + MOST).causes

    ((site, onset),) = [key for key in said if key[0] == "xa-005"]
    assert said[site, onset].held_until == onset + 3 * INTERVAL


def test_a_proven_cause_waits_for_nobody() -> None:
    all_sites = sites(4)
    province = Watched(all_sites, cut_all(all_sites, cause="power", is_proven=True))

    for (_, onset), said in province.say(START + MOST).causes.items():
        assert said.held_until == onset + 3 * INTERVAL


@pytest.mark.parametrize(("heard_after", "is_held"), [(80, True), (120, False)])
def test_a_late_report_from_before_the_cut_does_not_show_that_the_parent_lives(
    heard_after: float, *, is_held: bool
) -> None:
    """This site's next report was due after 60 s; the other was heard 20 s later than that."""
    silence = Silence(
        "xa-a", "vnpt", "", START, START, START + 180, None, "undetermined", is_proven=False
    )
    other = Others("xa-b", "vnpt", "")

    (said,) = share(
        [silence],
        lambda since, at: [other] if since < START + heard_after <= at else [],
        centre_silent_since=lambda _at: None,
        interval_seconds=60.0,
        now=START + 185,
    ).causes.values()

    assert (said.held_until > START + 185) is is_held


@pytest.mark.parametrize(
    ("interval_seconds", "hold"), [(0.5, 1.0), (20.0, 40.0), (40.0, 60.0), (60.0, 60.0), (300, 300)]
)
def test_a_hold_is_an_interval_long_and_two_where_they_are_short(
    interval_seconds: float, hold: float
) -> None:
    assert hold_seconds(interval_seconds) == hold
