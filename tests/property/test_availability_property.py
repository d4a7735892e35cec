"""Every second of a period is exactly one of up, down, excluded, unmeasured, undetermined."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from collector.verdict.outages.availability import (
    Confirmed,
    Counting,
    Figures,
    Stretch,
    charged,
    counted,
    figures,
)
from collector.verdict.spans import Span, SpanKind
from govnet.catalogue import CAUSES, STATUSES

PERIOD = 100_000


@st.composite
def periods(draw: st.DrawFn) -> list[Stretch]:
    """Draw a period cut into stretches."""
    edges = sorted({0, PERIOD, *draw(st.lists(st.integers(1, PERIOD - 1), max_size=8))})
    return [
        Stretch(start, end, draw(st.booleans()), draw(st.sampled_from(["", "xa-cu", "xa-moi"])))
        for start, end in itertools.pairwise(edges)
    ]


@st.composite
def courses(draw: st.DrawFn, item: str = "xa-a") -> list[Span]:
    """Draw the spans of an item, maybe with a gap, of fractions of seconds."""
    edges = sorted(set(draw(st.lists(st.floats(-500, PERIOD + 500), min_size=2, max_size=10))))
    found = []
    for start, end in itertools.pairwise(edges):
        if draw(st.integers(0, 4)):
            status = draw(st.sampled_from(STATUSES))
            cause = draw(st.sampled_from([None, *CAUSES])) if status == "down" else None
            kind = SpanKind.LINK if "/" in item else SpanKind.SITE
            found.append(Span(item, "xa-a", kind, status, cause, start, end))
    return found


@st.composite
def sayings(draw: st.DrawFn) -> list[Confirmed]:
    edges = sorted(set(draw(st.lists(st.integers(0, PERIOD), max_size=4))))
    return [
        Confirmed(float(start), float(end), draw(st.sampled_from(CAUSES)))
        for start, end in itertools.pairwise(edges)
    ]


def check(stretches: list[Stretch], times: list[Counting]) -> dict[str, Figures]:
    """Check the sums, by unit and altogether."""
    made = figures(stretches, times)
    for unit, one in made.items():
        assert one.total_seconds == sum(
            stretch.end - stretch.start for stretch in stretches if stretch.unit == unit
        )
        assert one.excluded_seconds >= sum(
            stretch.end - stretch.start
            for stretch in stretches
            if stretch.unit == unit and not stretch.is_expected
        )
        assert sum(one.minutes()) == round(one.total_seconds / 60)
    whole = sum(made.values(), start=Figures())
    assert whole.total_seconds == PERIOD
    return made


@given(periods(), courses())
def test_the_sum_is_the_period(stretches: list[Stretch], spans: list[Span]):
    check(stretches, counted(spans, PERIOD))


@given(periods(), courses("xa-a/tslcd"), courses(), sayings())
def test_the_sum_is_the_period_in_the_carriers_view_too(
    stretches: list[Stretch], link: list[Span], site: list[Span], said: list[Confirmed]
):
    users = check(stretches, counted(link, PERIOD))
    carrier = check(stretches, charged(link, site, said, PERIOD))

    for unit, figure in carrier.items():
        assert figure.up_seconds == users[unit].up_seconds
        assert figure.unmeasured_seconds == users[unit].unmeasured_seconds
        assert figure.down_seconds <= users[unit].down_seconds


@given(periods(), courses(), st.data())
def test_a_span_cut_in_two_changes_no_figure(
    stretches: list[Stretch], spans: list[Span], data: st.DataObject
):
    halves = []
    for one in spans:
        end = one.end if one.end is not None else PERIOD
        middle = data.draw(st.floats(one.start, end))
        halves += [
            Span(one.item, one.site, one.kind, one.status, one.cause, one.start, middle),
            Span(one.item, one.site, one.kind, one.status, one.cause, middle, end),
        ]

    assert figures(stretches, counted(spans, PERIOD)) == figures(stretches, counted(halves, PERIOD))
