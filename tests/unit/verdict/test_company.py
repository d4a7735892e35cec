"""Sites that vanish together: one cause, one event, and nobody is told before its parent."""

from collections.abc import Callable

import msgspec
import pytest

from collector.wire import Received
from inventory.model import Inventory
from tests.judged_province import CENTRE, SILENT, START, Judged

MINUTE = 60.0
LETTERS = "abcde"
Make = Callable[..., Judged]


@pytest.fixture
def province_of(small_province: Inventory, received: Callable[..., Received]) -> Make:
    """Make the province with carriers and power areas by commune letter, all alive."""

    def make(carriers: str = "", areas: str = "") -> Judged:
        sites = dict(small_province.sites)
        for letter, carrier, area in zip(
            LETTERS, carriers or "vvvvv", areas or "-----", strict=True
        ):
            site = sites[f"xa-{letter}"]
            name = {"v": "vnpt", "t": "viettel"}[carrier]
            link = msgspec.structs.replace(site.links[0], carrier=name)
            power_area = None if area == "-" else f"khu-{area}"
            sites[f"xa-{letter}"] = msgspec.structs.replace(
                site, links=(link,), power_area=power_area
            )
        province = Judged(msgspec.structs.replace(small_province, sites=sites), received)
        minutes(province, 3)
        return province

    return make


def minutes(province: Judged, number: int, away: str = "", *, centre: bool = True) -> None:
    """Let these communes be away, and the others live."""
    for _ in range(number):
        province.now += MINUTE
        for letter in LETTERS:
            if letter not in away and centre:
                province.hear(f"xa-{letter}/pc-1")
        if centre:
            province.look(**{letter: letter not in away for letter in LETTERS})
        province.judge()


def causes(province: Judged) -> dict[str, str | None]:
    sites = province.judge().sites
    return {
        letter: sites[f"xa-{letter}"].cause
        for letter in LETTERS
        if sites[f"xa-{letter}"].status == "down"
    }


def test_most_sites_of_two_carriers_that_vanish_together_are_blamed_on_the_centre(
    province_of: Make,
) -> None:
    province = province_of("vvttt")
    minutes(province, 6, "abcd")

    assert causes(province) == dict.fromkeys("abcd", "centre")
    assert "many_at_once" in province.codes("xa-a")
    (event,) = province.judge().events
    assert event.sites == ("xa-a", "xa-b", "xa-c", "xa-d")
    assert {province.site(f"xa-{letter}").event for letter in "abcd"} == {event.id}


def test_with_one_carrier_the_centre_cannot_be_told_from_it(province_of: Make) -> None:
    province = province_of()
    minutes(province, 6, "abcd")

    assert causes(province) == dict.fromkeys("abcd", "undetermined")
    (event,) = province.judge().events
    assert event.cause == "undetermined"
    assert "centre_or_carrier" in province.codes("xa-a")


def test_all_sites_of_one_carrier_while_the_other_lives_are_the_carriers(
    province_of: Make,
) -> None:
    province = province_of("vvvtt")
    minutes(province, 6, "abc")

    assert causes(province) == dict.fromkeys("abc", "carrier")
    (event,) = province.judge().events
    assert (event.cause, event.carrier) == ("carrier", "vnpt")


def test_two_sites_accuse_neither_carrier_nor_centre(province_of: Make) -> None:
    province = province_of("vvvtt")
    minutes(province, 6, "ab")

    assert causes(province) == dict.fromkeys("ab", "undetermined")
    assert province.judge().events == ()


def test_one_power_area_on_two_carriers_is_the_power(province_of: Make) -> None:
    province = province_of("vtvtv", "11222")
    minutes(province, 6, "ab")

    assert causes(province) == dict.fromkeys("ab", "power")


def test_one_power_area_on_one_carrier_stays_undetermined(province_of: Make) -> None:
    province = province_of("vvtvt", "11222")
    minutes(province, 6, "ab")

    assert causes(province) == dict.fromkeys("ab", "undetermined")
    assert "feeder_or_carrier" in province.codes("xa-a")


def test_a_neighbour_proven_without_mains_is_a_witness_for_its_power_area(
    province_of: Make,
) -> None:
    province = province_of("vtvtv", "12122")
    for on_mains in (1.0, 0.0):
        province.now += 10
        results = {("machine", "xa-c/pc-1"): [("govnet_machine_on_mains", on_mains)]}
        province.hear("xa-c/pc-1", results)  # type: ignore[arg-type]
    minutes(province, 6, "ac")

    assert causes(province) == {"a": "power", "c": "power"}
    assert "same_power_area" in province.codes("xa-a")


def test_when_the_centres_own_agent_vanishes_nothing_is_said_of_sites(province_of: Make) -> None:
    """Nobody looked: they are unknown, and no site is down."""
    province = province_of()
    minutes(province, 10, centre=False)

    assert causes(province) == {}
    assert province.status("xa-a") == "unknown"


def test_one_late_report_of_the_centres_agent_accuses_nobody(province_of: Make) -> None:
    """Its third look that misses the router comes 2 s early, the one after that 5 s late."""
    province = province_of("vvttt")
    begun = province.now
    said = set()
    for second in range(1, 300):
        province.now = begun + second
        if second % 60 == 0:
            for letter in "bcde":
                province.hear(f"xa-{letter}/pc-1")
        if second in {60, 120, 178, 245}:
            province.look(a=False, b=True, c=True, d=True, e=True)
        said |= set(causes(province).items())

    assert said == {("a", "undetermined")}


def test_a_site_that_vanished_with_the_centres_own_agent_is_the_centre(province_of: Make) -> None:
    province = province_of("vvttt")
    waiting = []
    for _ in range(8):
        minutes(province, 1, LETTERS, centre=False)
        for letter in "bcde":
            province.hear(f"xa-{letter}/pc-1")
        looks = {("always_on", f"xa-{letter}/cpe"): SILENT for letter in "a"}
        waiting.append(province.made(CENTRE, looks))  # type: ignore[arg-type]
    province.now += MINUTE + 1
    for one in waiting:
        province.evidence.apply(msgspec.structs.replace(one, received_at=province.now))

    assert causes(province) == {"a": "centre"}
    assert "centre_silent_together" in province.codes("xa-a")


def test_what_the_centres_agent_noted_while_it_was_cut_off_is_the_centres_fault(
    province_of: Make,
) -> None:
    """Its backlog says that nothing answered: it was the centre that saw nothing."""
    province = province_of("vvttt")
    waiting = []
    for _ in range(8):
        province.now += MINUTE
        looks = {("always_on", f"xa-{letter}/cpe"): SILENT for letter in LETTERS}
        waiting.append(province.made(CENTRE, looks))  # type: ignore[arg-type]
        province.judge()
    province.now += MINUTE + 1
    for one in waiting:
        province.evidence.apply(msgspec.structs.replace(one, received_at=province.now))
    minutes(province, 3)

    faults = {
        (span.cause, span.start)
        for letter in LETTERS
        for span in province.judgement.record.spans(f"xa-{letter}")
        if span.status == "down"
    }
    assert faults == {("centre", START + 4 * MINUTE)}


def test_nobody_is_told_before_its_parent_was_seen_alive(province_of: Make) -> None:
    """Sites that vanish within half a minute are told with the cause that they share at once."""
    province = province_of("vvttt")
    told: list[tuple[str, str | None]] = []
    for second in range(0, 360, 10):
        province.now += 10
        at = START + 3 * MINUTE + 10 + second
        if second % 60 == 50:
            province.look(a=False, b=False, c=False, d=False, e=False)
        assert at == province.now
        verdicts = province.judge()
        told += [
            (letter, verdicts.sites[f"xa-{letter}"].cause)
            for letter in LETTERS
            if verdicts.sites[f"xa-{letter}"].status == "down"
        ]

    assert {letter for letter, _ in told} == set(LETTERS)
    assert {cause for _, cause in told} == {"centre"}


def test_a_site_that_comes_back_leaves_its_event_to_the_others(province_of: Make) -> None:
    province = province_of("vvvtt")
    minutes(province, 6, "abc")
    (before,) = province.judge().events
    minutes(province, 3, "bc")

    (event,) = province.judge().events
    assert event.id == before.id
    assert (event.sites, event.silent) == (("xa-a", "xa-b", "xa-c"), ("xa-b", "xa-c"))
    assert province.site("xa-a").event is None
    assert causes(province) == {"b": "carrier", "c": "carrier"}

    minutes(province, 2)
    (event,) = province.judge().events
    assert event.ended_at == province.now - MINUTE


def test_an_event_of_yesterday_has_nothing_to_do_with_one_of_today(province_of: Make) -> None:
    province = province_of("vvvtt")
    minutes(province, 6, "abc")
    minutes(province, 90)
    minutes(province, 6, "ab")

    assert causes(province) == {"a": "undetermined", "b": "undetermined"}
    assert province.site("xa-a").event is None
