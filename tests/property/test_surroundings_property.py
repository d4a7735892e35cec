"""What is packed into facts comes out as it was, within the bounds; nonsense as nothing."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from govnet.report import MAX_FACT_CHARACTERS, MAX_FACT_KEY_CHARACTERS, MAX_FACTS
from govnet.surroundings import (
    CAPABILITIES,
    MAX_NEIGHBOURS,
    MAX_STATIONS,
    SeenNeighbour,
    SeenStation,
    Surroundings,
    pack,
    unpack,
)

TEXT = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=64)
PORT = st.text("GE0/1 |;,%", max_size=20)
MAC = st.binary(min_size=6, max_size=6).map(lambda octets: octets.hex(":"))
WHO = st.one_of(
    st.fixed_dictionaries({"mac": MAC}),
    st.fixed_dictionaries({"item": st.sampled_from(("xa-a/pc-1", "xa-a/sw-1", "xa-b/cpe"))}),
)
IPV4 = st.one_of(st.just(""), st.integers(1, 250).map(lambda last: f"198.18.7.{last}"))
WORDS = st.sets(st.sampled_from(sorted(CAPABILITIES.values()))).map(
    lambda words: tuple(word for word in CAPABILITIES.values() if word in words)
)
NEIGHBOURS = st.builds(
    lambda who, **fields: SeenNeighbour(**fields, **who),
    st.one_of(WHO, st.just({})),
    port=PORT,
    name=st.text("sw-1%|;", max_size=20),
    neighbour_port=PORT,
    address=IPV4,
    capabilities=WORDS,
    description=TEXT,
)
STATIONS = st.builds(
    lambda who, **fields: SeenStation(**fields, **who), WHO, port=PORT, address=IPV4
)


@given(
    st.builds(
        Surroundings,
        name=TEXT,
        description=TEXT,
        model=TEXT,
        neighbours=st.lists(NEIGHBOURS, max_size=5).map(tuple),
        stations=st.lists(STATIONS, max_size=40).map(tuple),
    )
)
def test_what_finds_room_comes_out_as_it_was(around: Surroundings):
    found = unpack(pack(around))

    whole = sorted(set(around.neighbours))
    assert [replace(one, description="") for one in found.neighbours] == [
        replace(one, description="") for one in whole
    ]
    assert all(
        kept.description == one.description[: len(kept.description)]
        for kept, one in zip(found.neighbours, whole, strict=True)
    )
    assert found.stations == tuple(sorted(set(around.stations)))
    assert (found.name, found.description, found.model) == (
        around.name,
        around.description,
        around.model,
    )
    assert (found.more_neighbours, found.more_stations) == (0, 0)


@given(
    st.integers(0, 2000),
    st.integers(0, 200),
    st.text("p|%;", max_size=200),
    st.text("n,ế", max_size=300),
    st.integers(1, 90),
)
def test_whatever_a_device_says_the_facts_keep_to_their_bounds(
    stations: int, neighbours: int, port: str, name: str, ports: int
):
    item = f"{'s' * 63}/{'m' * 63}"
    around = Surroundings(
        name=name,
        neighbours=tuple(
            SeenNeighbour(port=f"{number}{port}", name=name, neighbour_port=port, item=item)
            for number in range(neighbours)
        ),
        stations=tuple(
            SeenStation(
                port=f"{number % ports}{port}",
                mac=number.to_bytes(6, "big").hex(":"),
                address="198.18.200.200",
            )
            for number in range(stations)
        ),
    )

    facts = pack(around)
    found = unpack(facts)

    assert len(facts) <= MAX_FACTS
    assert all(len(key) <= MAX_FACT_KEY_CHARACTERS for key in facts)
    assert all(len(text) <= MAX_FACT_CHARACTERS for text in facts.values())
    assert len(found.neighbours) <= MAX_NEIGHBOURS
    assert len(found.stations) <= MAX_STATIONS
    assert len(found.neighbours) + found.more_neighbours == neighbours
    assert len(found.stations) + found.more_stations == stations


@given(
    st.dictionaries(
        st.sampled_from(("neighbour.00", "stations.000", "stations.more", "name")),
        st.text("0123456789abcdef|;,/%ế", max_size=256),
    )
)
def test_facts_of_any_form_are_unpacked(facts: dict[str, str]):
    found = unpack(facts)

    assert all(one.mac or one.item for one in found.stations)
