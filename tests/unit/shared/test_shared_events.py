"""Many sites at once are one event, and those who fail by themselves are none."""

import re

from collector.verdict.shared.events import STORM_SECONDS, storms
from collector.verdict.shared.records import Event, Silence
from collector.verdict.shared.share import share
from tests.watched_sites import INTERVAL, START, Cut, Watched, cut_all, sites

LATER = START + 10 * INTERVAL
AREAS = " ".join(f"khu-{number}" for number in range(40))


def storm_of_32() -> Watched:
    """32 of 92 communes lose power one after the other within an hour, each in its own area."""
    all_sites = sites(92, areas=AREAS)
    cuts = [
        Cut(site.site, START + 113 * index, cause="power", is_proven=True)
        for index, site in enumerate(all_sites[:32])
    ]
    return Watched(all_sites, cuts)


def test_a_storm_that_builds_up_over_an_hour_is_one_event() -> None:
    (event,) = storm_of_32().say(START + 4500).events

    assert len(event.sites) == 32
    assert (event.cause, event.carrier, event.power_area) == ("power", "", "")
    assert event.causes == (("power", 32),)


def test_an_event_keeps_its_id_while_sites_join() -> None:
    province = storm_of_32()
    events: list[Event] = []
    for minute in range(75):
        events += province.say(START + 60 * minute).events

    assert len({event.id for event in events}) == 1
    assert re.fullmatch(r"20260921T141[56]Z-[0-9a-f]{4}", events[0].id)
    assert len(events[0].sites) == 5
    assert len(events[-1].sites) == 32


def test_an_event_keeps_its_id_when_one_joins_that_was_cut_off_earlier() -> None:
    def silence(number: int, onset: float, detected_at: float) -> Silence:
        site = f"xa-{number}"
        return Silence(site, "", "", onset, onset, detected_at, None, "power", is_proven=True)

    five = [silence(number, START, START + 180) for number in range(5)]
    late = silence(5, START - 100, START + 300)

    def event(silences: list[Silence]) -> Event:
        (found,) = share(
            silences,
            lambda _since, _at: (),
            centre_silent_since=lambda _at: None,
            interval_seconds=INTERVAL,
            now=START + 600,
        ).events
        return found

    assert event([*five, late]).id == event(five).id
    assert event([*five, late]).started_at == START - 100


def test_a_mixed_storm_has_no_common_cause_but_says_how_many_have_which() -> None:
    province = storm_of_32()
    province.cuts[:12] = [Cut(cut.site, cut.start) for cut in province.cuts[:12]]

    (event,) = province.say(START + 4500).events

    assert event.cause == "undetermined"
    assert event.causes == (("power", 20), ("undetermined", 12))


def test_four_sites_are_no_event() -> None:
    all_sites = sites(92)
    province = Watched(all_sites, cut_all(all_sites[:4]))

    assert province.say(LATER).events == ()
    assert "in_event" not in province.codes(LATER)


def test_single_faults_over_a_day_never_add_up() -> None:
    all_sites = sites(92)
    cuts = [
        Cut(site.site, START + 1200 * index, START + 1200 * index + 7200)
        for index, site in enumerate(all_sites)
    ]

    assert Watched(all_sites, cuts).say(START + 120_000).events == ()


def test_short_faults_that_do_not_overlap_are_no_storm() -> None:
    all_sites = sites(92)
    cuts = [
        Cut(site.site, START + 240 * index, START + 240 * index + 200)
        for index, site in enumerate(all_sites[:20])
    ]

    assert Watched(all_sites, cuts).say(START + 20_000).events == ()


def test_an_event_ends_with_the_last_of_its_sites() -> None:
    all_sites = sites(20)
    cuts = [
        Cut(site.site, START, START + 1800 + 600 * index)
        for index, site in enumerate(all_sites[:6])
    ]
    province = Watched(all_sites, cuts)

    (lasting,) = province.say(START + 3600).events
    assert lasting.ended_at is None
    assert len(lasting.sites) == 6
    assert lasting.silent == ("xa-003", "xa-004", "xa-005")
    (over,) = province.say(START + 7200).events
    assert over.ended_at is not None
    assert START + 4800 <= over.ended_at <= START + 4860
    assert over.silent == ()


def test_a_carrier_that_loses_more_sites_later_is_the_same_event() -> None:
    all_sites = [*sites(10, "vnpt"), *sites(20, "viettel")[10:]]
    cuts = [*cut_all(all_sites[:7]), *cut_all(all_sites[7:10], START + 900)]

    (event,) = Watched(all_sites, cuts).say(START + 3600).events

    assert (event.carrier, event.cause, len(event.sites)) == ("vnpt", "carrier", 10)


def test_a_carrier_that_fails_again_the_next_day_is_another_event() -> None:
    all_sites = [*sites(10, "vnpt"), *sites(20, "viettel")[10:]]
    days = [START, START + 86_400]
    cuts = [cut for day in days for cut in cut_all(all_sites[:10], day, day + 3600)]

    events = Watched(all_sites, cuts).say(START + 100_000).events

    assert [len(event.sites) for event in events] == [10, 10]


def test_a_site_that_was_back_before_the_storm_is_not_in_it() -> None:
    all_sites = sites(92)
    cuts = [Cut("xa-090", START, START + 300), *cut_all(all_sites[:6], START + 1200)]

    (event,) = Watched(all_sites, cuts).say(START + 3600).events

    assert "xa-090" not in event.sites


def test_a_storm_and_a_carrier_that_is_down_are_two_events() -> None:
    all_sites = [*sites(10, "vnpt"), *sites(30, "viettel", areas=AREAS)[10:]]
    powerless = cut_all(all_sites[10:16], START + 10, cause="power", is_proven=True)
    province = Watched(all_sites, [*cut_all(all_sites[:10]), *powerless])

    events = province.say(LATER).events

    assert sorted((event.cause, len(event.sites)) for event in events) == [
        ("carrier", 10),
        ("power", 6),
    ]
    assert len({event.id for event in events}) == 2


def test_of_a_very_large_province_five_sites_are_no_storm() -> None:
    together = [
        Silence(f"xa-{number}", "vnpt", "", START, START, START + 180, None, "power", True)
        for number in range(5)
    ]

    assert len(storms(together, least=5)) == 1
    assert storms(together, least=200) == []


def test_a_storm_ends_when_nobody_joins_for_long() -> None:
    def burst(start: float, name: str) -> list[Silence]:
        return [
            Silence(f"{name}-{number}", "vnpt", "", start, start, start + 180, None, "power", True)
            for number in range(5)
        ]

    apart = [*burst(START, "a"), *burst(START + STORM_SECONDS + 1, "b")]
    close = [*burst(START, "a"), *burst(START + STORM_SECONDS, "b")]

    assert [len(storm) for storm in storms(apart, 5)] == [5, 5]
    assert [len(storm) for storm in storms(close, 5)] == [10]
