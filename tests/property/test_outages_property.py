"""Outages follow from spans alone, in whatever order it became known what was so."""

from collections.abc import Sequence
from itertools import pairwise

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from collector.verdict.outages.book import OutageBook
from collector.verdict.outages.derive import FLAP_SECONDS, Draft, outages_of
from collector.verdict.spans import Span, SpanKind

STATUSES = ("up", "degraded", "down", "unreachable", "unknown", "off_hours", "maintenance")
CAUSES = ("power", "link", "undetermined")


@st.composite
def timelines(draw: st.DrawFn) -> list[Span]:
    """Draw the spans of one item; the last one lasts."""
    at, course = 0.0, []
    for _ in range(draw(st.integers(1, 12))):
        status = draw(st.sampled_from(STATUSES))
        cause = draw(st.sampled_from(CAUSES)) if status == "down" else None
        end = at + draw(st.sampled_from([60.0, 300.0, 599.0, 600.0, 7200.0]))
        course.append(Span("xa-a", "xa-a", SpanKind.SITE, status, cause, at, end))
        at = end
    course[-1] = msgspec.structs.replace(course[-1], end=None)
    return course


def seen(book: OutageBook) -> list[tuple[object, ...]]:
    """Return what the book holds, numbers aside."""
    living = [case.outage for case in book.cases() if not case.is_withdrawn]
    rows = [(one.started_at, one.ended_at, one.count, one.phases) for one in living]
    return sorted(rows, key=lambda row: row[0])


def drawn(drafts: Sequence[Draft]) -> list[tuple[object, ...]]:
    return [(one.started_at, one.ended_at, one.count, one.phases) for one in drafts]


@given(timelines(), st.data())
def test_a_span_cut_in_two_changes_no_outage(course: list[Span], data: st.DataObject):
    index = data.draw(st.integers(0, len(course) - 1))
    span = course[index]
    middle = (span.start + (span.end if span.end is not None else span.start + 500.0)) / 2
    halves = [
        msgspec.structs.replace(span, end=middle),
        msgspec.structs.replace(span, start=middle),
    ]

    assert outages_of(course) == outages_of([*course[:index], *halves, *course[index + 1 :]])


@given(timelines())
def test_outages_are_exactly_what_was_down_and_not_seen_to_work(course: list[Span]):
    outages = outages_of(course)

    for span in course:
        inside = [
            phase
            for outage in outages
            for phase in outage.phases
            if phase.start <= span.start and (phase.end is None or span.start < phase.end)
        ]
        if span.status == "down":
            assert len(inside) == 1
        if span.status in {"up", "degraded"}:
            assert not inside
    for earlier, later in pairwise(outages):
        assert earlier.ended_at is not None
        assert later.started_at - earlier.ended_at >= FLAP_SECONDS


@given(timelines())
def test_the_count_is_how_often_an_item_went_down(course: list[Span]):
    went_down, is_down = 0, False
    for span in course:
        if span.status == "down" and not is_down:
            went_down, is_down = went_down + 1, True
        elif span.status in {"up", "degraded"}:
            is_down = False

    assert went_down == sum(outage.count for outage in outages_of(course))


@given(st.lists(timelines(), min_size=1, max_size=5), st.data())
def test_in_whatever_order_beliefs_change_the_outages_are_the_same(
    courses: list[list[Span]], data: st.DataObject
):
    last = outages_of(courses[-1])
    others = data.draw(st.permutations(courses[:-1]))
    book = OutageBook()
    for now, course in enumerate(others):
        book.take("xa-a", outages_of(course), now=float(now))
    book.take("xa-a", last, now=1e6)

    assert drawn(last) == seen(book)
    numbers = [case.outage.number for case in book.cases()]
    assert numbers == sorted(set(numbers))
    for case in book.cases():
        if case.merged_into is not None:
            assert case.is_withdrawn


@given(timelines(), st.data())
def test_a_timeline_taken_in_parts_gives_the_outages_of_the_whole(
    course: list[Span], data: st.DataObject
):
    """What is derived from a later moment on continues what was known before."""
    book = OutageBook()
    index = data.draw(st.integers(0, len(course) - 1))
    since = course[index].start
    begin = [one for one in course if one.start < since]
    if begin:
        begin[-1] = msgspec.structs.replace(begin[-1], end=None)
        book.take("xa-a", outages_of(begin), now=since)
    known = book.current("xa-a")
    book.take("xa-a", outages_of(course[index:]), now=1e6, since=since)

    went_on = course[index].status == "down" or known is None
    if went_on and course[index].status != "up":
        total = sum(one.count for one in outages_of(course))
        assert total == sum(row[2] for row in seen(book))  # type: ignore[misc]
