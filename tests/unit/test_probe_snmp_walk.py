"""Walks over tables of honest, odd and hostile SNMP devices."""

from collections.abc import Iterator, Sequence
from itertools import count

import pytest

from agent.probe.outcome import Outcome
from govnet.errors import CheckError
from govnet.settings import Secret, SnmpAccess
from tests.snmp_device import (
    COMMUNITY,
    GET_NEXT,
    IN,
    OUT,
    Asked,
    Start,
    answer,
    devices,
    dotted,
    elements,
    integer,
    tlv,
    tree,
    walk,
)
from tests.unit.deadlines import LeapingClock


@pytest.fixture
def device() -> Iterator[Start]:
    with devices() as start:
        yield start


def port_table(rows: Sequence[int], *columns: str) -> dict[str, bytes]:
    return {f"{column}.{row}": integer(row, 0x41) for column in columns for row in rows}


@pytest.mark.usefixtures("asked_once")
def test_the_columns_of_a_table_are_asked_together_and_end_one_by_one(device: Start):
    values = (
        port_table(range(1, 101), IN) | port_table([3, 70], OUT) | {f"{OUT[:-2]}99.1": b"\2\1\0"}
    )
    one = device(tree(values))

    found = walk(one, IN, OUT, f"{IN[:-2]}11")

    assert {IN: {str(row): row for row in range(1, 101)}, OUT: {"3": 3, "70": 70}} == {
        column: rows for column, rows in found.columns.items() if rows
    }
    assert found.columns[f"{IN[:-2]}11"] == {}
    assert len(one.asked) < 8


def test_indexes_of_several_arcs_are_kept(device: Start):
    found = walk(device(tree({f"{IN}.10.0.0.1.2": integer(5)})), IN)

    assert found.columns == {IN: {"10.0.0.1.2": 5}}


@pytest.mark.parametrize("rows", [1, 48])
def test_version_1_walks_by_getnext(device: Start, rows: int):
    one = device(tree(port_table(range(1, rows + 1), IN, OUT)))
    one.access = SnmpAccess(version="1", community=Secret(COMMUNITY), port=one.port)

    found = walk(one, IN, OUT)

    assert {row: int(row) for row in map(str, range(1, rows + 1))} == found.columns[OUT]
    assert found.columns[IN] == found.columns[OUT]
    assert {GET_NEXT} == {asked.kind for asked in one.asked}


def test_a_table_that_is_the_last_thing_in_the_device_ends(device: Start):
    assert walk(device(tree(port_table([1, 2], OUT))), OUT).columns == {OUT: {"1": 1, "2": 2}}


def test_an_answer_of_one_row_and_a_half_is_read_as_far_as_it_goes(device: Start):
    honest = tree(port_table(range(1, 30), IN, OUT))

    def script(asked: Asked) -> Sequence[bytes]:
        whole = elements(elements(honest(asked)[0])[0][1])
        binds = [elements(bind) for _, bind in elements(elements(whole[2][1])[3][1])]
        first_three = [(dotted(name), tlv(tag, value)) for (_, name), (tag, value) in binds[:3]]
        return [answer(asked.request_id, first_three)]

    found = walk(device(script), IN, OUT)

    assert [29, 29] == [len(rows) for rows in found.columns.values()]


def test_a_column_that_fails_costs_no_other(device: Start):
    honest = tree(port_table(range(1, 10), IN, OUT))

    def script(asked: Asked) -> Sequence[bytes]:
        failing = [at for at, name in enumerate(asked.oids, 1) if name.startswith(OUT)]
        if failing:
            return [answer(asked.request_id, [], error=(5, failing[0]))]
        return honest(asked)

    found = walk(device(script), IN, OUT)

    assert (9, 0) == (len(found.columns[IN]), len(found.columns[OUT]))


def test_a_device_that_finds_answers_too_big_is_asked_for_less(device: Start):
    honest = tree(port_table(range(1, 20), IN, OUT))

    def script(asked: Asked) -> Sequence[bytes]:
        if asked.repetitions * len(asked.oids) > 2:
            return [answer(asked.request_id, [], error=(1, 0))]
        return honest(asked)

    found = walk(device(script), IN, OUT)

    assert [19, 19] == [len(rows) for rows in found.columns.values()]


@pytest.mark.parametrize("error", [(1, 0), (5, 0), (5, 99), (16, 0)])
def test_a_device_that_only_complains_has_no_rows(device: Start, error: tuple[int, int]):
    one = device(lambda asked: [answer(asked.request_id, [], error=error)])

    found = walk(one, IN, OUT)

    assert (Outcome.ANSWERED, {IN: {}, OUT: {}}) == (found.outcome, found.columns)


def test_a_column_out_of_order_is_read_to_its_end(device: Start):
    """ZTE and BDCOM list forwarding tables as they hash them."""
    order = [IN, f"{IN}.7", f"{IN}.3", f"{IN}.9", OUT]

    def script(asked: Asked) -> Sequence[bytes]:
        after = order.index(asked.oids[0]) + 1
        return [answer(asked.request_id, [(order[after], integer(after))])]

    found = walk(device(script), IN)

    assert {"7": 1, "3": 2, "9": 3} == found.columns[IN]


def test_a_walk_that_goes_in_a_circle_is_an_error_that_names_the_device(device: Start):
    one = device(
        lambda asked: [answer(asked.request_id, [(f"{IN}.7", integer(1)), (f"{IN}.3", integer(1))])]
    )

    with pytest.raises(CheckError, match=rf"127\.0\.0\.1: the walk over {IN} does not advance"):
        walk(one, IN)


def test_a_walk_without_end_stops_at_the_cap_of_rows(device: Start):
    rows = count(1)

    def script(asked: Asked) -> Sequence[bytes]:
        binds = [(f"{IN}.{next(rows)}", integer(1)) for _ in range(500)]
        return [answer(asked.request_id, binds)]

    with pytest.raises(CheckError, match="more than 3000 rows"):
        walk(device(script), IN, max_rows=3000)


def test_a_walk_of_long_strings_stops_when_there_is_no_room(device: Start):
    rows = count(1)

    def script(asked: Asked) -> Sequence[bytes]:
        binds = [(f"{IN}.{next(rows)}", tlv(4, b"x" * 4096)) for _ in range(15)]
        return [answer(asked.request_id, binds)]

    with pytest.raises(CheckError, match="more than 4 MiB of values"):
        walk(device(script), IN)


def test_a_walk_without_end_stops_when_the_time_is_over(device: Start):
    rows = count(1)
    clock = LeapingClock()

    def script(asked: Asked) -> Sequence[bytes]:
        row = next(rows)
        if row > 50:
            clock.leap()
        return [answer(asked.request_id, [(f"{IN}.{row}", integer(1))])]

    with pytest.raises(CheckError, match="not over in 20 s, though it answers"):
        walk(device(script), IN, clock=clock)


def test_an_answer_without_values_is_an_error(device: Start):
    with pytest.raises(CheckError, match="an answer without values"):
        walk(device(lambda asked: [answer(asked.request_id, [])]), IN)
