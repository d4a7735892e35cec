"""Numbers of outages, and what was believed of them in turn."""

import pytest

from collector.verdict.outages.book import OutageBook
from collector.verdict.outages.derive import Draft
from collector.verdict.outages.records import Belief, Handling, Phase
from collector.verdict.spans import Span, SpanKind
from collector.verdict.verdicts import EvidenceNote

NOTE = EvidenceNote("agents_silent", (100.0,))
HOUR = 3600.0


def draft(*phases: tuple[float, float | None, str]) -> Draft:
    made = tuple(Phase(start, end, cause, (NOTE,)) for start, end, cause in phases)
    return Draft("xa-a", "xa-a", SpanKind.SITE, made[0].start, made[-1].end, made)


@pytest.fixture
def book() -> OutageBook:
    return OutageBook(next_number=7)


def test_a_new_outage_gets_the_next_number_and_its_first_belief(book: OutageBook):
    beliefs = book.take("xa-a", [draft((100.0, None, "link"))], now=300.0)

    assert beliefs == (Belief(7, 300.0, True, 100.0, None, ("link",), (NOTE,)),)
    assert book.case(7) == book.current("xa-a")


def test_what_is_known_already_is_no_new_belief(book: OutageBook):
    book.take("xa-a", [draft((100.0, None, "link"))], now=300.0)
    before = book.cases()

    assert book.take("xa-a", [draft((100.0, None, "link"))], now=301.0) == ()
    assert book.cases() is before


def test_an_outage_that_goes_on_and_ends_is_not_corrected(book: OutageBook):
    book.take("xa-a", [draft((100.0, None, "power"))], now=300.0)
    grown = draft((100.0, 5000.0, "power"), (5000.0, None, "link"))
    book.take("xa-a", [grown], now=5100.0)
    ended = draft((100.0, 5000.0, "power"), (5000.0, 9000.0, "link"))
    (belief,) = book.take("xa-a", [ended], now=9060.0)

    case = book.case(7)
    assert case is not None
    assert not case.is_corrected
    assert (belief.ended_at, belief.causes) == (9000.0, ("power", "link"))


def test_another_cause_of_what_is_past_is_a_correction(book: OutageBook):
    book.take("xa-a", [draft((100.0, None, "undetermined"))], now=300.0)
    book.take("xa-a", [draft((100.0, 3 * HOUR, "undetermined"))], now=3 * HOUR)
    (belief,) = book.take("xa-a", [draft((100.0, 3 * HOUR, "link"))], now=3 * HOUR + 60.0)

    case = book.case(7)
    assert case is not None
    assert case.is_corrected
    assert (belief.number, belief.causes, belief.because) == (7, ("link",), (NOTE,))


def test_a_cause_that_becomes_clear_in_the_first_minutes_is_no_correction(book: OutageBook):
    book.take("xa-a", [draft((1000.0, None, "undetermined"))], now=1180.0)
    book.take("xa-a", [draft((1000.0, None, "power"))], now=1240.0)

    case = book.case(7)
    assert case is not None
    assert (case.cause, case.is_corrected) == ("power", False)


def test_an_outage_that_was_none_is_withdrawn_and_kept(book: OutageBook):
    book.take("xa-a", [draft((100.0, None, "link"))], now=300.0)
    (belief,) = book.take("xa-a", [], now=HOUR)

    case = book.case(7)
    assert case is not None
    assert (case.is_withdrawn, case.is_corrected, case.merged_into) == (True, True, None)
    assert (belief.number, belief.is_outage) == (7, False)
    assert book.current("xa-a") is None


def test_an_outage_that_comes_back_keeps_its_number(book: OutageBook):
    book.take("xa-a", [draft((100.0, 900.0, "link"))], now=1000.0)
    book.take("xa-a", [], now=HOUR)
    book.take("xa-a", [draft((150.0, 900.0, "link"))], now=2 * HOUR)

    case = book.case(7)
    assert case is not None
    assert (case.is_withdrawn, case.outage.started_at) == (False, 150.0)
    assert len(book.cases()) == 1


def test_of_two_outages_that_were_one_the_lower_number_stays(book: OutageBook):
    first, second = (100.0, HOUR, "link"), (2 * HOUR, 3 * HOUR, "link")
    book.take("xa-a", [draft(first), draft(second)], now=4 * HOUR)
    book.take("xa-a", [draft((100.0, 3 * HOUR, "link"))], now=5 * HOUR)

    whole, part = book.cases()
    assert (whole.outage.number, whole.outage.ended_at, whole.is_withdrawn) == (
        7,
        3 * HOUR,
        False,
    )
    assert (part.outage.number, part.is_withdrawn, part.merged_into) == (8, True, 7)


def test_an_outage_that_was_two_leaves_its_number_to_the_first(book: OutageBook):
    book.take("xa-a", [draft((100.0, 3 * HOUR, "link"))], now=4 * HOUR)
    first, second = (100.0, HOUR, "link"), (2 * HOUR, 3 * HOUR, "link")
    book.take("xa-a", [draft(first), draft(second)], now=5 * HOUR)

    assert [(case.outage.number, case.outage.started_at) for case in book.cases()] == [
        (7, 100.0),
        (8, 2 * HOUR),
    ]


def test_what_is_found_when_it_is_over_alarms_nobody(book: OutageBook):
    book.take("xa-a", [draft((100.0, 900.0, "power"))], now=HOUR)

    assert [case.is_found_late for case in book.cases()] == [True]


def test_what_is_found_late_and_fails_again_is_of_the_present(book: OutageBook):
    book.take("xa-a", [draft((100.0, 900.0, "power"))], now=1000.0)
    again = draft((100.0, 900.0, "power"), (1200.0, None, "power"))
    book.take("xa-a", [again], now=1300.0)

    assert [(case.outage.count, case.is_found_late) for case in book.cases()] == [(2, False)]


def test_what_was_before_the_derived_time_keeps_its_beginning(book: OutageBook):
    book.take("xa-a", [draft((100.0, None, "power"))], now=300.0)
    ended = draft((5000.0, 6000.0, "power"), (6000.0, 7000.0, "link"))
    book.take("xa-a", [ended], now=7000.0, since=5000.0)

    (case,) = book.cases()
    assert [(one.start, one.end, one.cause) for one in case.outage.phases] == [
        (100.0, 6000.0, "power"),
        (6000.0, 7000.0, "link"),
    ]


def test_what_had_ended_before_the_derived_time_stays(book: OutageBook):
    book.take("xa-a", [draft((100.0, 200.0, "power"))], now=300.0)
    book.take("xa-a", [], now=7000.0, since=5000.0)

    assert [case.is_withdrawn for case in book.cases()] == [False]


def test_what_turns_out_to_have_ended_when_the_derived_time_begins_ends_there(book: OutageBook):
    book.take("xa-a", [draft((100.0, None, "power"))], now=300.0)
    book.take("xa-a", [], now=7000.0, since=5000.0)

    assert [(case.outage.ended_at, case.is_withdrawn) for case in book.cases()] == [(5000.0, False)]


def span(start: float, end: float | None, status: str, code: str, cause: str = "") -> Span:
    notes = (EvidenceNote(code, (start,)),)
    return Span("xa-a", "xa-a", SpanKind.SITE, status, cause or None, start, end, notes)


def test_every_belief_names_the_evidence_that_is_new(book: OutageBook):
    up, silent = span(0, 1000, "up", "agents_heard"), "agents_silent"
    course = [up, span(1000, None, "down", silent, "undetermined")]
    (opened,) = book.take_spans("xa-a", course, now=1200.0)
    course[1:] = [
        span(1000, 9000, "down", silent, "undetermined"),
        span(9000, None, "up", "target_answers"),
    ]
    (ended,) = book.take_spans("xa-a", course, now=9010.0)
    course[1] = span(1000, 9000, "down", "server_silent", "power")
    (explained,) = book.take_spans("xa-a", course, now=9900.0)
    (withdrawn,) = book.take_spans("xa-a", [span(0, None, "up", "agents_heard")], now=9990.0)

    assert [belief.because[0].code for belief in (opened, ended, explained, withdrawn)] == [
        "agents_silent",
        "target_answers",
        "server_silent",
        "agents_heard",
    ]


def test_what_people_said_stands_beside_the_guess(book: OutageBook):
    book.take("xa-a", [draft((100.0, None, "power"))], now=300.0)
    book.handled({7: Handling(cause="link"), 99: Handling(ticket="T-1")})

    case = book.case(7)
    assert case is not None
    assert (case.cause, case.outage.cause) == ("link", "power")


def test_changes_are_told_once_and_can_be_put_back(book: OutageBook):
    book.take("xa-a", [draft((100.0, None, "power"))], now=300.0)
    changes = book.take_changes()

    assert [case.outage.number for case in changes.cases] == [7]
    assert len(changes.beliefs) == 1
    assert not book.take_changes()
    book.put_back(changes)
    assert book.take_changes() == changes


def test_what_turns_out_to_have_ended_before_the_books_time_is_still_known():
    book = OutageBook(since=HOUR)
    book.take("xa-a", [draft((100.0, 2 * HOUR, "power"))], now=3 * HOUR)
    book.take("xa-a", [draft((100.0, 200.0, "power"))], now=4 * HOUR)

    assert [(case.outage.ended_at, case.is_withdrawn) for case in book.cases()] == [(200.0, False)]


def test_what_is_forgotten_gives_its_number_to_nobody(book: OutageBook):
    book.take("xa-a", [draft((100.0, 200.0, "power"))], now=300.0)
    book.forget(before=1000.0)
    assert len(book.cases()) == 1  # Not saved yet.
    book.take_changes()
    book.forget(before=1000.0)

    assert book.cases() == ()
    book.take("xa-a", [draft((100.0, 200.0, "power"))], now=9000.0)
    assert book.cases() == ()  # Not found anew.
    book.take("xa-a", [draft((9000.0, None, "power"))], now=9200.0)
    assert [case.outage.number for case in book.cases()] == [8]
