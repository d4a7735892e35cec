"""What sites that fall silent together say about the cause."""

import pytest

from collector.verdict.shared.feeders import Feeders
from collector.verdict.shared.records import Others, Silence
from collector.verdict.shared.share import share
from tests.watched_sites import INTERVAL, START, Cut, Watched, cut_all, sites

LATER = START + 10 * INTERVAL


def of_carrier(carrier: str, watched: list[Others]) -> list[Others]:
    return [site for site in watched if site.carrier == carrier]


def test_a_lone_silence_keeps_the_cause_of_its_own_evidence() -> None:
    province = Watched(sites(10), [Cut("xa-003", START)])

    (said,) = province.say(LATER).causes.values()

    assert (said.cause, said.notes, said.event) == ("undetermined", (), None)


def test_nothing_is_said_where_nobody_is_silent() -> None:
    said = Watched(sites(10), []).say(LATER)

    assert not said.causes
    assert not said.events


def test_most_of_several_carriers_at_once_is_the_centre() -> None:
    all_sites = sites(10)
    province = Watched(all_sites, cut_all(all_sites[:8]))

    assert set(province.causes(LATER).values()) == {"centre"}
    assert province.codes(LATER) == {"many_at_once", "in_event"}


def test_sites_that_reach_their_carriers_but_not_the_centre_do_not_accuse_the_carriers() -> None:
    """Late reports of a lost uplink: every next hop answered, the centre's end did not."""
    all_sites = sites(10)
    province = Watched(all_sites, cut_all(all_sites[:8], cause="carrier"))

    assert set(province.causes(LATER).values()) == {"centre"}


def test_a_site_that_reaches_its_carrier_but_not_the_centre_had_power() -> None:
    all_sites = sites(10)
    areas = [Others(one.site, one.carrier, "x") for one in all_sites[:2]]
    cuts = [
        Cut("xa-000", START, cause="carrier"),
        Cut("xa-001", START, cause="power", is_proven=True),
    ]
    province = Watched([*areas, *all_sites[2:]], cuts)

    assert province.causes(LATER)["xa-000"] == "carrier"


def test_two_sites_never_accuse_the_centre() -> None:
    all_sites = sites(3)
    province = Watched(all_sites, cut_all(all_sites[:2]))

    assert set(province.causes(LATER).values()) == {"undetermined"}


@pytest.mark.parametrize("carriers", ["vnpt", "vnpt viettel"])
def test_as_many_silent_as_alive_are_not_most(carriers: str) -> None:
    all_sites = sites(12, carriers)
    province = Watched(all_sites, cut_all(all_sites[:6]))

    assert set(province.causes(LATER).values()) == {"undetermined"}
    assert province.codes(LATER) == {"in_event"}


def test_with_one_carrier_in_the_province_centre_and_carrier_are_not_told_apart() -> None:
    all_sites = sites(10, "vnpt")
    province = Watched(all_sites, cut_all(all_sites))

    assert set(province.causes(LATER).values()) == {"undetermined"}
    assert "centre_or_carrier" in province.codes(LATER)
    assert len(province.say(LATER).events) == 1


def test_the_centres_agent_and_one_site_at_once_is_the_centre() -> None:
    province = Watched(sites(10), [Cut("xa-003", START)])
    province.centre_cut = (START - 5, START + 10_000)

    assert province.causes(LATER) == {"xa-003": "centre"}
    assert province.codes(LATER) == {"centre_silent_together"}


def test_a_centres_agent_that_was_silent_long_before_says_nothing() -> None:
    province = Watched(sites(10), [Cut("xa-003", START)])
    province.centre_cut = (START - 3600, START + 10_000)

    assert province.causes(LATER) == {"xa-003": "undetermined"}


def test_one_carrier_lost_while_another_lives_is_the_carrier() -> None:
    all_sites = sites(20)
    province = Watched(all_sites, cut_all(of_carrier("vnpt", all_sites)))

    assert set(province.causes(LATER).values()) == {"carrier"}
    assert "carrier_down" in province.codes(LATER)
    (event,) = province.say(LATER).events
    assert (event.cause, event.carrier, len(event.sites)) == ("carrier", "vnpt", 10)


def test_half_of_a_carriers_sites_do_not_accuse_it() -> None:
    all_sites = sites(20)
    province = Watched(all_sites, cut_all(of_carrier("vnpt", all_sites)[:5]))

    assert set(province.causes(LATER).values()) == {"undetermined"}


def test_a_large_carrier_lost_and_one_other_site_is_not_the_centre() -> None:
    """More vanished than live, of two carriers; but the other carrier's sites prove the centre."""
    all_sites = sites(30, "vnpt vnpt viettel")
    lost = [*of_carrier("vnpt", all_sites), of_carrier("viettel", all_sites)[0]]
    province = Watched(all_sites, cut_all(lost))

    causes = province.causes(LATER)

    assert causes.pop("xa-002") == "undetermined"
    assert set(causes.values()) == {"carrier"}


def test_a_proven_cause_is_never_changed_by_company() -> None:
    all_sites = sites(10)
    cuts = [*cut_all(all_sites[1:]), Cut("xa-000", START, cause="lan", is_proven=True)]
    province = Watched(all_sites, cuts)

    causes = province.causes(LATER)

    assert causes.pop("xa-000") == "lan"
    assert set(causes.values()) == {"centre"}


def test_proven_power_cuts_do_not_accuse_the_centre() -> None:
    all_sites = sites(12)
    proven = cut_all(all_sites[:7], cause="power", is_proven=True)
    province = Watched(all_sites, [*proven, *cut_all(all_sites[7:9])])

    assert set(province.causes(LATER).values()) == {"power", "undetermined"}


def test_a_path_that_is_gone_beyond_the_gateway_may_be_the_carrier() -> None:
    all_sites = sites(20)
    province = Watched(all_sites, cut_all(of_carrier("vnpt", all_sites), cause="link"))

    assert set(province.causes(LATER).values()) == {"carrier"}


def test_living_sites_of_no_known_carrier_do_not_accuse_one() -> None:
    all_sites = [*sites(6, "vnpt"), *(Others(f"xa-1{index:02}", "", "") for index in range(8))]
    province = Watched(all_sites, cut_all(all_sites[:6]))

    assert set(province.causes(LATER).values()) == {"undetermined"}


def test_a_neighbour_proven_without_power_says_power() -> None:
    all_sites = [*sites(10), *sites(12, areas="don-duong")[10:]]
    cuts = [Cut("xa-010", START), Cut("xa-011", START, cause="power", is_proven=True)]
    province = Watched(all_sites, cuts)

    assert province.causes(LATER) == {"xa-010": "power", "xa-011": "power"}
    assert province.codes(LATER) == {"same_power_area"}


def test_a_neighbour_that_lives_on_battery_says_power() -> None:
    all_sites = [*sites(10), *sites(12, areas="don-duong")[10:]]
    province = Watched(all_sites, [Cut("xa-010", START)])
    province.on_battery = {"xa-011": START + 10}

    assert province.causes(LATER) == {"xa-010": "power"}


@pytest.mark.parametrize("proven_at", [START - 3600, START + 3600])
def test_a_power_cut_of_another_time_says_nothing(proven_at: float) -> None:
    all_sites = [*sites(10), *sites(12, areas="don-duong")[10:]]
    cuts = [Cut("xa-010", START), Cut("xa-011", proven_at, cause="power", is_proven=True)]

    province = Watched(all_sites, cuts)

    assert province.causes(START + 7200)["xa-010"] == "undetermined"


def test_power_is_not_said_where_most_of_the_area_lives() -> None:
    all_sites = [*sites(10), *sites(18, areas="don-duong")[10:]]
    cuts = [Cut("xa-010", START), Cut("xa-011", START, cause="power", is_proven=True)]

    assert Watched(all_sites, cuts).causes(LATER)["xa-010"] == "undetermined"


def test_a_site_that_had_power_is_not_without_power_for_its_neighbour() -> None:
    all_sites = [*sites(10), *sites(12, areas="don-duong")[10:]]
    cuts = [
        Cut("xa-010", START, cause="link"),
        Cut("xa-011", START, cause="power", is_proven=True),
    ]

    assert Watched(all_sites, cuts).causes(LATER)["xa-010"] == "link"


def test_no_number_of_dark_neighbours_takes_the_power_from_a_site_that_had_it() -> None:
    all_sites = [*sites(10), *sites(13, areas="don-duong")[10:]]
    cuts = [
        Cut("xa-010", START, cause="link"),
        *cut_all(all_sites[11:], cause="power", is_proven=True),
    ]

    assert Watched(all_sites, cuts).causes(LATER)["xa-010"] == "link"


def test_power_is_not_said_where_as_many_of_the_area_had_it() -> None:
    all_sites = [*sites(20), *sites(24, areas="don-duong")[20:]]
    cuts = [
        Cut("xa-020", START),
        Cut("xa-021", START, cause="power", is_proven=True),
        *cut_all(all_sites[22:], cause="link"),
    ]

    assert Watched(all_sites, cuts).causes(LATER)["xa-020"] == "undetermined"


def test_a_dark_area_does_not_take_the_power_from_a_site_that_had_it() -> None:
    all_sites = [*sites(20), *sites(23, areas="don-duong")[20:]]
    cuts = [*cut_all(all_sites[20:22]), Cut("xa-022", START, cause="link")]

    assert Watched(all_sites, cuts).causes(LATER) == {
        "xa-020": "power",
        "xa-021": "power",
        "xa-022": "link",
    }


def test_a_power_cut_that_was_over_before_says_nothing() -> None:
    def silence(site: str, onset: float, ended_at: float, *, is_proven: bool) -> Silence:
        cause = "power" if is_proven else "undetermined"
        return Silence(site, "vnpt", "x", onset, onset, onset, ended_at, cause, is_proven)

    before = silence("xa-a", START, START + 50, is_proven=True)
    during = silence("xa-b", START, START + 70, is_proven=True)
    feeders = Feeders([before, during], 120.0, lambda _start, _end: ())

    one = silence("xa-c", START + 60, START + 900, is_proven=False)
    assert feeders.dark_neighbour(one) == "xa-b"


def test_an_area_lost_on_two_living_carriers_is_power() -> None:
    all_sites = [*sites(10), *sites(12, areas="don-duong")[10:]]
    province = Watched(all_sites, cut_all(all_sites[10:]))

    assert set(province.causes(LATER).values()) == {"power"}
    assert province.codes(LATER) == {"area_on_carriers"}


def test_an_area_lost_on_one_carrier_is_not_told_from_the_carriers_node() -> None:
    all_sites = [*sites(10), *sites(13, "vnpt", areas="don-duong")[10:]]
    province = Watched(all_sites, cut_all(all_sites[10:]))

    assert set(province.causes(LATER).values()) == {"undetermined"}
    assert province.codes(LATER) == {"feeder_or_carrier"}


def test_all_of_a_carrier_in_one_area_may_be_the_feeder() -> None:
    all_sites = [*sites(10, "viettel"), *sites(13, "vnpt", areas="don-duong")[10:]]
    province = Watched(all_sites, cut_all(all_sites[10:]))

    assert set(province.causes(LATER).values()) == {"undetermined"}


def test_all_of_a_carrier_in_one_area_where_one_had_power_is_the_carrier() -> None:
    all_sites = [*sites(10, "viettel"), *sites(13, "vnpt", areas="don-duong")[10:]]
    cuts = [*cut_all(all_sites[10:12]), Cut("xa-012", START, cause="link")]

    assert set(Watched(all_sites, cuts).causes(LATER).values()) == {"carrier"}


def test_all_of_a_carrier_in_an_area_where_another_lives_is_the_carrier() -> None:
    all_sites = [
        *sites(10, "viettel"),
        *sites(13, "vnpt", areas="don-duong")[10:],
        *sites(14, "viettel", areas="don-duong")[13:],
    ]
    province = Watched(all_sites, cut_all(all_sites[10:13]))

    assert set(province.causes(LATER).values()) == {"carrier"}


def test_sites_that_fell_silent_hours_apart_say_nothing_of_each_other() -> None:
    all_sites = sites(8)
    cuts = [Cut(site.site, START + 3600 * index) for index, site in enumerate(all_sites[:6])]

    assert set(Watched(all_sites, cuts).causes(START + 40_000).values()) == {"undetermined"}


def test_before_others_can_have_been_heard_again_their_silence_accuses_nobody() -> None:
    """Sites that are looked at often are known to be silent before the others' next report."""
    all_sites = sites(10)
    province = Watched(all_sites, [])
    silences = [
        Silence(one.site, one.carrier, "", START, START, START + 15, None, "undetermined", False)
        for one in all_sites[:3]
    ]

    for seconds in (16, 45, 80, 100, 151, 300):
        said = share(
            silences,
            lambda since, at: [one for one in province.alive_at(since, at) if one.site > "xa-002"],
            centre_silent_since=province.centre_silent_since,
            interval_seconds=INTERVAL,
            now=START + seconds,
        )
        assert {one.cause for one in said.causes.values()} == {"undetermined"}
