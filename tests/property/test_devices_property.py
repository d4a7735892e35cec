"""Whatever a device answers, its samples are finite, labelled as the catalogue says, and once.

Whatever stands in a profile, it is read or refused.
"""

import json
import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agent.devices.around import Site, around
from agent.devices.asking import plan
from agent.devices.load import COMMON, parse, profiles, sources
from agent.devices.question import Subject
from agent.devices.samples import info, of_data, of_readers, once_each
from agent.devices.strict import read
from agent.devices.values import MAX_LABEL_CHARACTERS, Answers, is_of_a_maker
from govnet.catalogue import CATALOGUE
from govnet.errors import ConfigError
from govnet.report import MAX_FACT_CHARACTERS, MAX_FACTS
from govnet.surroundings import Surroundings, pack

VALUES = st.one_of(
    st.integers(-(1 << 31), (1 << 64) - 1),
    st.sampled_from([0, 1, 2, 3, 6, -1, 2147483647]),
    st.binary(max_size=80),
    st.sampled_from([b"GE0/0/1", b"\0", b"N/A", b"nan", b"-1e999", b"0.5"]),
    st.from_regex(r"1\.3(\.[0-9]{1,5}){1,4}", fullmatch=True),
)
INDEXES = st.one_of(
    st.sampled_from(["1", "2", "1.1", "0.1.1", "1.0.17.34.51.68.170", "1.198.18.7.9"]),
    st.lists(st.integers(0, 1 << 32), min_size=1, max_size=9).map(
        lambda pieces: ".".join(map(str, pieces))
    ),
)


@st.composite
def asked(draw: st.DrawFn) -> tuple[str, Answers]:
    """Return a family and answers to some of what it asks."""
    family = draw(st.sampled_from(sorted(profiles())))
    wanted = plan(profiles()[family])
    columns = sorted(each.column for group in wanted.groups for each in group)
    chosen = draw(st.sets(st.sampled_from(columns), max_size=15)) if columns else set()
    some: Any = st.dictionaries(INDEXES, VALUES, max_size=4)
    return family, Answers(
        {oid: draw(VALUES) for oid in (*wanted.slow_scalars, *wanted.fast_scalars)},
        {column: draw(some) for column in sorted(chosen)},
    )


@given(asked(), st.text(max_size=40), st.none() | st.integers(0, (1 << 32) - 1))
def test_any_answer_gives_good_samples_or_none(
    given_answers: tuple[str, Answers], description: str, uptime_ticks: int | None
):
    family, answers = given_answers
    profile = profiles()[family]
    subject = Subject(description, uptime_ticks, {"00:11:22:33:44:aa": "xa-a/pc-1"})
    found = list(
        once_each(
            [
                *of_data(profile, answers, subject),
                *of_readers(profile.readers, answers, subject),
            ]
        )
    )

    for sample in found:
        metric = CATALOGUE[sample.name]
        assert tuple(sample.labels or {}) == metric.sample_labels
        assert math.isfinite(sample.value)
        for text in (sample.labels or {}).values():
            assert len(text) <= MAX_LABEL_CHARACTERS
            assert text.isprintable()
    for text in info(profile, answers, description).values():
        assert len(text) <= MAX_LABEL_CHARACTERS
        assert text.isprintable()


@given(asked())
def test_any_answer_gives_facts_within_their_bounds(given_answers: tuple[str, Answers]):
    _, answers = given_answers
    site = Site(declared={"00:11:22:33:44:aa": "xa-a/pc-1"})
    found = around(answers, site)
    facts = pack(Surroundings(neighbours=found.neighbours, stations=found.stations))

    assert len(facts) <= MAX_FACTS
    for text in facts.values():
        assert len(text) <= MAX_FACT_CHARACTERS
        assert text.isprintable()
    assert all(station.item or is_of_a_maker(station.mac) for station in found.stations)


JUNK = st.sampled_from(
    [None, True, 5, -1.5, "", "x", "1.3.6.1", "(", [], [None], [[]], {}, {"x": 1}, {1: 2}]
)


def places(data: Any) -> list[tuple[Any, Any]]:
    """Return every container below with every key in it."""
    if isinstance(data, dict):
        return [(data, key) for key in data] + [each for key in data for each in places(data[key])]
    if isinstance(data, list):
        return [(data, at) for at in range(len(data))] + [p for each in data for p in places(each)]
    return []


@given(st.data())
def test_a_spoilt_profile_is_read_or_refused_with_its_place(data: st.DataObject):
    texts = sources()
    stem = data.draw(st.sampled_from(sorted(texts)))
    common = {name: text for name, text in texts.items() if name.startswith(COMMON)}
    plain = read(texts[stem])
    holder, key = data.draw(st.sampled_from(places(plain)))
    holder[key] = data.draw(JUNK)
    problems: list[str] = []
    try:
        parse({**common, stem: json.dumps(plain)})
    except ConfigError as exc:
        problems = exc.problems

    assert all(problem.startswith(f"{stem}.yaml: ") for problem in problems)
