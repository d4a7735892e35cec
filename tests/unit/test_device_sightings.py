"""When what a device sees around it is told: a table that churns costs a thin line nothing."""

from agent.checks.sightings import (
    GATHERED_SECONDS,
    NEIGHBOURS_SECONDS,
    STATIONS_SECONDS,
    Sightings,
)
from agent.devices.around import Around
from govnet.surroundings import SeenNeighbour, SeenStation, Surroundings, unpack

SWITCH = "xa-a/sw1"
ITSELF = Surroundings(name="sw1", family="none")


def station(number: int, address: str = "", port: str = "") -> SeenStation:
    return SeenStation(mac=f"00:11:22:33:44:{number:02x}", address=address, port=port)


class Rounds:
    """A device that is learnt again and again."""

    def __init__(self) -> None:
        self.sightings = Sightings()

    def learn(
        self,
        at: float,
        *stations: SeenStation,
        name: str = "sw1",
        target: str = SWITCH,
        wireless: frozenset[str] = frozenset(),
    ) -> tuple[str, list[SeenStation]]:
        """Return the name and the stations that are told then."""
        itself = Surroundings(name=name)
        self.sightings.note(target, itself, Around((), stations, wireless), at)
        found = unpack(self.sightings.facts(target))
        return found.name, list(found.stations)


def test_nothing_is_told_of_a_device_that_was_not_learnt():
    assert Sightings().facts(SWITCH) == {}


def test_what_is_seen_first_is_told_at_once():
    assert Rounds().learn(0, station(1)) == ("sw1", [station(1)])


def test_stations_that_come_and_go_are_told_at_most_every_six_hours():
    rounds = Rounds()
    rounds.learn(0, station(1))

    assert rounds.learn(300, station(2))[1] == [station(1)]
    assert rounds.learn(STATIONS_SECONDS - 1, station(3))[1] == [station(1)]
    assert rounds.learn(STATIONS_SECONDS)[1] == [station(1), station(2), station(3)]
    assert rounds.learn(STATIONS_SECONDS + 300, station(4))[1] == [
        station(1),
        station(2),
        station(3),
    ]


def test_the_same_stations_are_the_same_facts():
    rounds = Rounds()
    rounds.learn(0, station(2), station(1))
    first = rounds.sightings.facts(SWITCH)
    rounds.learn(STATIONS_SECONDS, station(1), station(2))

    assert rounds.sightings.facts(SWITCH) is first


def test_who_was_not_seen_for_a_day_is_forgotten():
    rounds = Rounds()
    rounds.learn(0, station(1))
    rounds.learn(10, station(2))

    assert rounds.learn(GATHERED_SECONDS, station(3))[1] == [station(2), station(3)]


def test_a_port_and_an_address_that_are_known_stay_so():
    rounds = Rounds()
    rounds.learn(0, station(1, port="GE1"))
    rounds.learn(300, station(1, address="198.18.7.10"))

    assert rounds.learn(STATIONS_SECONDS)[1] == [station(1, port="GE1", address="198.18.7.10")]


def test_who_a_device_is_is_told_at_most_every_hour():
    rounds = Rounds()
    rounds.learn(0)

    assert rounds.learn(NEIGHBOURS_SECONDS - 1, name="other")[0] == "sw1"
    assert rounds.learn(NEIGHBOURS_SECONDS, name="other")[0] == "other"


def test_neighbours_are_told_in_one_order():
    one, other = SeenNeighbour(port="GE1", name="a"), SeenNeighbour(port="GE2", name="b")
    sightings = Sightings()
    sightings.note(SWITCH, ITSELF, Around((other, one)), 0)
    first = sightings.facts(SWITCH)
    sightings.note(SWITCH, ITSELF, Around((one, other)), NEIGHBOURS_SECONDS)

    assert sightings.facts(SWITCH) is first
    assert unpack(first).neighbours == (one, other)


def test_who_was_seen_at_the_radio_of_one_device_is_told_by_none():
    rounds = Rounds()
    rounds.learn(0, target="xa-a/ap1", wireless=frozenset((station(1).mac,)))

    assert rounds.learn(60, station(1), station(2))[1] == [station(2)]
