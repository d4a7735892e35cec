import msgspec

from collector.intake.records import InboxRecord, Settled, SettledReport
from collector.intake.replay import choose


def _batch(agent: str, site: str = "xa-a") -> InboxRecord:
    return InboxRecord(agent, site, f"{site}/pc", "k1", "0" * 16, 0.0, "", "gzip", b"")


def _note(position: int, *reports: tuple[int, int], is_timed: bool = True) -> Settled:
    return Settled(position, [SettledReport(seq, at_ms, is_timed) for seq, at_ms in reports])


def _is_centre(site: str) -> bool:
    return site == "trung-tam"


def test_of_an_agent_the_first_batch_and_the_newest_report_are_taken_in():
    """A backlog may come last; what it says is older."""
    notes = [_note(10, (5, 500)), _note(30, (9, 900)), _note(50, (6, 600)), _note(70, (1, 100))]
    records = [
        item for note in notes for item in ((note.position, _batch("a")), (note.position + 1, note))
    ]

    assert choose(records, 1_000, _is_centre) == {10: notes[0], 30: notes[1]}


def test_everything_behind_the_checkpoint_and_of_the_centre_is_taken_in():
    notes = {position: _note(position, (position, position)) for position in (10, 20, 30, 40, 50)}
    records = [
        item
        for position, note in notes.items()
        for item in ((position, _batch("a")), (position + 5, note))
    ]
    assert list(choose(records, 30, _is_centre)) == [10, 20, 30, 40, 50]
    assert list(choose(records, 50, _is_centre)) == [10, 40, 50]

    centre = [(position, _batch("c", "trung-tam")) for position in (11, 21, 31)]
    assert list(choose(centre, 1_000, _is_centre)) == [11, 21, 31]


def test_what_was_never_settled_is_taken_in_without_a_note():
    assert choose([(10, _batch("a")), (20, _batch("b"))], 1_000, _is_centre) == {10: None, 20: None}


def test_what_has_no_time_is_newer_than_nothing():
    records = [
        (10, _batch("a")),
        (11, _note(10, (1, 100))),
        (20, _batch("a")),
        (21, _note(20, (2, 900), is_timed=False)),
        (30, _batch("a")),
        (31, _note(30)),
    ]

    assert list(choose(records, 1_000, _is_centre)) == [10]


def test_the_newest_report_is_the_one_with_the_highest_number_whatever_time_it_was_given():
    """A wrong clock's time may have been contradicted later; between spools the time decides."""
    old, new = _batch("a"), msgspec.structs.replace(_batch("a"), incarnation="f" * 16)
    records = [
        (10, old),
        (11, _note(10, (1, 100))),
        (20, old),
        (21, _note(20, (2, 900))),
        (30, old),
        (31, _note(30, (3, 500))),
    ]
    assert list(choose(records, 1_000, _is_centre)) == [10, 30]

    installed_anew = [*records, (40, new), (41, _note(40, (1, 600)))]
    assert list(choose(installed_anew, 1_000, _is_centre)) == [10, 40]
