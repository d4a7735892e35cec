"""The profiles that are shipped can all be used; a bad one is told with all its mistakes."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

from agent.devices import document
from agent.devices.asking import plan
from agent.devices.load import COMMON, parse, profiles, sources
from agent.devices.match import best
from agent.devices.profile import GENERIC
from agent.devices.readers import READERS
from agent.devices.units import UNITS, convert
from govnet.catalogue import CATALOGUE, Source
from govnet.errors import ConfigError
from inventory.model import DeviceKind

GOOD = """
family: maker
name: Switches of a maker
source: a MIB
"""


def mistakes(**texts: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse({name.replace("_", "-"): text for name, text in texts.items()})
    return caught.value.problems


def test_every_shipped_profile_can_be_used():
    found = parse(sources())

    assert GENERIC in found
    assert not [name for name in found if name.startswith(COMMON)]


@pytest.mark.parametrize("family", sorted(profiles()))
def test_a_profile_speaks_of_known_kinds_and_of_what_one_check_measures(family: str):
    profile = profiles()[family]
    checks = {CATALOGUE[name].check for name in profile.metrics()}
    read = {CATALOGUE[name].check for each in profile.readers for name in READERS[each].metrics}

    assert set(profile.kinds) <= {*DeviceKind, "point"}
    assert checks | read <= {"device", "conference"}
    assert len(checks) <= 1
    assert (profile.match is None) == (family == GENERIC)


@pytest.mark.parametrize("family", sorted(profiles()))
def test_a_profile_asks_no_column_twice(family: str):
    columns = [each.column for group in plan(profiles()[family]).groups for each in group]

    assert len(columns) == len(set(columns))


def test_the_page_of_devices_is_current():
    written = (Path(__file__).parents[2] / "docs/devices.md").read_text("utf-8")

    assert written.splitlines() == list(document.lines(profiles().values())), "run: make docs"


def test_readers_announce_measured_rows():
    names = [name for reader in READERS.values() for name in reader.metrics]

    assert {CATALOGUE[name].source for name in names} == {Source.MEASUREMENT}


def test_all_mistakes_of_all_files_are_told_at_once():
    one = """
family: two
kinds: switch
match: {object_ids: [1.3.6.1.4.1.9, cisco.9], description: "("}
include: [interfaces]
readers: [interfaces, arp]
scalars:
  - {metric: govnet_ups_on_mains, oid: 1.3.6.1.2.1.33.1.4.1.0, map: {three: 1}}
  - {metric: govnet_ups_nothing, oid: '33.1'}
tables:
  - index: if_index
    labels: {colour: red}
    columns:
      - {metric: govnet_port_up, column: 1.3.6.1.2.1.2.2.1.8, unit: furlongs}
      - {metric: govnet_device_memory_used_ratio, column: 1.3.6.1.2.1.2.2.1.8, unit: share}
speed: 1
source: a MIB
"""
    words = (
        "family, name, kinds, match, include, readers, info, scalars, tables, unsupported, source"
    )

    assert [
        "other.yaml: line 2: 'name' stands twice",
        f"one.yaml: expected only {words}, got 'speed'",
        "one.yaml: family: expected the file's name, 'one', got 'two'",
        "one.yaml: name: expected a text, got None",
        "one.yaml: kinds: expected a list, got 'switch'",
        "one.yaml: match.object_ids[1]: expected an OID like 1.3.6.1.2.1.1.1.0, got 'cisco.9'",
        (
            "one.yaml: match.description: expected a regular expression"
            " (missing ), unterminated subpattern at position 0), got '('"
        ),
        f"one.yaml: readers: expected one of {', '.join(sorted(READERS))}, got 'arp'",
        "one.yaml: scalars[0].map: expected an integer, got 'three'",
        (
            "one.yaml: scalars[1].metric: expected a metric of the catalogue that a check gives,"
            " got 'govnet_ups_nothing'"
        ),
        "one.yaml: scalars[1].oid: expected an OID like 1.3.6.1.2.1.1.1.0, got '33.1'",
        (
            "one.yaml: tables[0].columns[0].unit: expected one of "
            f"{', '.join(sorted(UNITS))}, got 'furlongs'"
        ),
        "one.yaml: tables[0].columns[0].metric: expected the labels port, got 'colour, port'",
        "one.yaml: tables[0].columns[1].with: expected whole, which share needs, got {}",
        "one.yaml: tables[0].columns[1].metric: expected the labels memory, got 'colour, port'",
        "one.yaml: include: expected a common file, got 'interfaces'",
    ] == mistakes(other="name: a\nname: b", one=one)


def test_a_file_that_is_no_yaml_is_told_with_its_line():
    (problem,) = mistakes(maker="family: [maker")

    assert problem.startswith("maker.yaml: line 2: ")


def test_common_files_go_one_step_deep():
    problem = "common-a.yaml: include: expected a file that includes none, got 'common-b'"

    common = "{name: n, source: s, family: common-%s, include: [common-%s]}"
    assert problem in mistakes(common_a=common % ("a", "b"), common_b=common % ("b", "a"))


def family(name: str, match: str, kinds: str = "[]") -> str:
    return f"{{family: {name}, name: n, source: s, kinds: {kinds}, match: {match}}}"


def test_the_longest_object_id_wins_then_the_description_then_the_kind():
    found = parse(
        {
            "maker": family("maker", "{object_ids: [1.3.6.1.4.1.9]}"),
            "router": family("router", "{object_ids: [1.3.6.1.4.1.9.1]}", "[cpe]"),
            "switch": family("switch", "{object_ids: [1.3.6.1.4.1.9.1]}", "[switch]"),
            "special": family("special", "{object_ids: [1.3.6.1.4.1.9.1], description: NX-OS}"),
            "wordy": family("wordy", "{description: Linux}"),
            "generic": GOOD.replace("maker", "generic", 1),
        }
    )

    def chosen(object_id: str, description: str = "", kind: str = "") -> str | None:
        profile = best(found, object_id, description, kind)
        return profile.family if profile else None

    assert chosen("1.3.6.1.4.1.9.12.3") == "maker"
    assert chosen("1.3.6.1.4.1.91") is None
    assert chosen("1.3.6.1.4.1.9.1.5", kind="switch") == "switch"
    assert chosen("1.3.6.1.4.1.9.1.5") == "router"
    assert chosen("1.3.6.1.4.1.9.1.5", "Cisco NX-OS 9", "switch") == "special"
    assert chosen("1.3.6.1.4.1.8072.3.2.10", "Linux pc 6.1") == "wordy"


@pytest.mark.parametrize(
    "module",
    [
        *("ports", "interfaces", "match", "values", "units", "entities", "samples"),
        *("light", "ups", "printer"),
    ],
)
def test_examples_in_the_documentation_hold(module: str):
    assert doctest.testmod(import_module(f"agent.devices.{module}")).failed == 0


def test_a_value_that_is_no_finite_number_is_absent():
    assert convert("number_in_text", b"nan", {}) is None
    assert convert("number_in_text", b"-3.5 ", {}) == -3.5
    assert convert("number_in_text", b"N/A", {}) is None


@pytest.mark.parametrize(
    ("value", "row", "expected"),
    [
        (325, {"scale": 9, "precision": 1, "status": 1}, 32.5),
        (41, {"scale": 9, "precision": 0, "status": 1}, 41.0),
        (3300, {"scale": 8, "precision": 0}, 3.3),
        (7, {"scale": 10, "precision": -2}, 7000.0),
        (7, {"scale": 9, "precision": 0, "status": 2}, None),
        (7, {"scale": 9, "precision": 1615384784, "status": 1}, None),
        (b"7", {"scale": 9}, None),
    ],
)
def test_sensors_are_read_as_rfc_3433_says(value: int, row: dict[str, int], expected: float | None):
    assert convert("entity_sensor", value, row) == expected
