"""A spool is looked into while its agent works on it: what waits, and nothing is changed."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.spool.reader import read_marks, read_refused, read_waiting
from agent.spool.spool import Spool

NOW = 1_790_000_000.0


def waiting(directory: Path) -> dict[int, bytes]:
    return {one.seq: one.report for one in read_waiting(directory, read_marks(directory))}


def fill(spool: Spool, count: int) -> None:
    for _ in range(count):
        seq = spool.next_seq()
        spool.add(seq, b"%d" % seq)


def test_a_folder_without_a_spool_holds_nothing(tmp_path: Path):
    assert waiting(tmp_path / "spool") == {}
    assert read_marks(tmp_path / "spool").incarnation == ""


def test_what_waits_is_seen_while_the_agent_holds_the_spool(tmp_path: Path):
    with Spool(tmp_path, clock=lambda: NOW) as spool:
        fill(spool, 6)
        spool.accept([6, 2])
        spool.quarantine({4: "bad_report"})
        before = {path: path.read_bytes() for path in tmp_path.rglob("*.segment")}

        assert waiting(tmp_path) == {1: b"1", 3: b"3", 5: b"5"}
        assert read_marks(tmp_path).incarnation == spool.incarnation
        assert read_marks(tmp_path).totals == [2, 1, 0, 0]
        assert [(one.seq, one.reason) for one in read_refused(tmp_path, 5)] == [(4, "bad_report")]
        assert {path: path.read_bytes() for path in tmp_path.rglob("*.segment")} == before


def test_every_report_has_the_time_it_was_put_on_disk(tmp_path: Path):
    now = [NOW]
    with Spool(tmp_path, clock=lambda: now[0]) as spool:
        fill(spool, 1)
        now[0] += 60
        fill(spool, 1)

        seen = [one.added_at for one in read_waiting(tmp_path, read_marks(tmp_path))]

    assert seen == [NOW, NOW + 60]


@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("add"), st.integers(1, 5)),
            st.tuples(st.just("accept"), st.integers(1, 40)),
            st.tuples(st.just("reopen"), st.just(0)),
        ),
        max_size=60,
    )
)
@settings(deadline=None, max_examples=40)
def test_the_reader_sees_what_the_spool_itself_offers(
    steps: list[tuple[str, int]], tmp_path_factory: pytest.TempPathFactory
):
    directory = tmp_path_factory.mktemp("spool")
    spool = Spool(directory, clock=lambda: NOW, max_bytes=64 << 10)
    for step, number in steps:
        if step == "add":
            fill(spool, number)
        elif step == "accept":
            spool.accept(range(number, number + 3))
        else:
            spool.close()
            spool = Spool(directory, clock=lambda: NOW, max_bytes=64 << 10)
        assert waiting(directory) == {one.seq: one.report for one in spool.oldest(1 << 30, 1 << 30)}
    spool.close()
