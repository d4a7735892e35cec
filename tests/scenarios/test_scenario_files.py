"""Mistakes in a scenario file are found before it is played, all of them with their place."""

from pathlib import Path

import pytest

from govnet.errors import ConfigError
from tests.scenarios.scenario import TIMELINES, load

USUAL = """\
description: thử
start: "2026-11-30 09:00"
until: "10:00"
"""


def problems(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "thu.yaml"
    path.write_text(USUAL + text, "utf-8")
    with pytest.raises(ConfigError) as caught:
        load(path)
    return [problem.removeprefix(f"{path}: ") for problem in caught.value.problems]


@pytest.mark.parametrize("path", sorted(TIMELINES.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_timeline_can_be_read_and_forbids_something(path: Path):
    assert load(path).never, "it says nothing of what must not be said"


def test_every_wrong_time_and_word_is_found(tmp_path: Path):
    text = """\
faults: [{kind: link_cut, items: [xa-a], from: "9:30"}]
"""
    (found,) = problems(tmp_path, text)

    assert found.startswith('faults[0].start: expected a time like "10:00" or "+1d 07:15:30"')
    assert found.endswith("found '9:30'")


def test_unknown_words_and_times_outside_are_found(tmp_path: Path):
    text = """\
expect:
  - {at: "11:00", site: xa-a, status: broken, items: {xa-b/vc: up}}
never: [{causes: [fire]}]
"""
    found = problems(tmp_path, text)

    assert found[0] == "expect[0].at: expected a time from start to until, found '11:00'"
    assert found[1].endswith("found 'broken'")
    assert found[2].endswith("found 'fire'")
    assert found[3] == "expect[0].items: expected items of xa-a, found 'xa-b/vc'"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("colour: red\n", "unknown field `colour`"),
        ("faults: [{kind: flood, items: [xa-a], from: '09:10'}]\n", "flood"),
        ("faults: [{kind: link_cut, items: [xa-a], from: 10:10}]\n", "Expected `str`"),
    ],
)
def test_what_is_no_scenario_is_refused(tmp_path: Path, text: str, expected: str):
    assert expected in problems(tmp_path, text)[0]
