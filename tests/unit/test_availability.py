"""What every second of a month counts as."""

import pytest

from collector.verdict.outages.availability import (
    Confirmed,
    Counted,
    Counting,
    Figures,
    Stretch,
    charged,
    counted,
    figures,
)
from collector.verdict.spans import Span, SpanKind


def span(
    start: float, end: float | None, status: str, cause: str | None = None, item: str = "xa-a"
) -> Span:
    kind = SpanKind.LINK if "/" in item else SpanKind.SITE
    return Span(item, "xa-a", kind, status, cause, start, end)


def course(times: list[Counting]) -> list[tuple[float, float, str]]:
    return [(one.start, one.end, one.counted.name.lower()) for one in times]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("up", Counted.UP),
        ("degraded", Counted.UP),
        ("down", Counted.DOWN),
        ("unreachable", Counted.DOWN),
        ("unknown", Counted.UNMEASURED),
        ("never_seen", Counted.UNMEASURED),
        ("absent", Counted.UNMEASURED),
        ("maintenance", Counted.EXCLUDED),
        ("exempt", Counted.EXCLUDED),
    ],
)
def test_every_status_counts_as_one_thing(status: str, expected: Counted):
    assert [one.counted for one in counted([span(0, 10, status)], until=10)] == [expected]


def test_what_is_not_expected_is_excluded_whatever_was_so():
    stretches = [Stretch(0, 100, is_expected=False), Stretch(100, 200, is_expected=True)]
    times = counted([span(0, 150, "down"), span(150, None, "up")], until=200)

    assert figures(stretches, times) == {
        "": Figures(up_seconds=50, down_seconds=50, excluded_seconds=100)
    }


def test_where_nothing_is_known_nothing_was_measured():
    stretches = [Stretch(0, 1000, is_expected=True)]
    times = counted([span(200, 300, "up"), span(400, None, "down")], until=500)

    assert figures(stretches, times) == {
        "": Figures(up_seconds=100, down_seconds=100, unmeasured_seconds=800)
    }


def test_a_site_that_changes_units_is_counted_for_each():
    stretches = [
        Stretch(0, 100, is_expected=True, unit="xa-cu"),
        Stretch(100, 300, is_expected=True, unit="xa-moi"),
    ]
    times = counted([span(0, 150, "up"), span(150, 300, "down")], until=300)

    assert figures(stretches, times) == {
        "xa-cu": Figures(up_seconds=100),
        "xa-moi": Figures(up_seconds=50, down_seconds=150),
    }


def test_shares_are_of_what_was_measured_and_of_what_was_expected():
    made = Figures(up_seconds=90, down_seconds=10, excluded_seconds=500, unmeasured_seconds=300)

    assert (made.availability, made.measured_share) == (0.9, 0.25)
    assert (Figures().availability, Figures().measured_share) == (None, None)


def test_a_carrier_is_charged_only_for_link_and_carrier():
    link = [
        span(0, 100, "up", item="xa-a/tslcd"),
        span(100, 900, "down", item="xa-a/tslcd"),
        span(900, None, "up", item="xa-a/tslcd"),
    ]
    site = [
        span(0, 100, "up"),
        span(100, 200, "down", "undetermined"),
        span(200, 400, "down", "power"),
        span(400, 600, "down", "carrier"),
        span(600, 800, "down", "link"),
        span(800, None, "up"),
    ]

    assert course(charged(link, site, [], until=1000)) == [
        (0, 100, "up"),
        (100, 200, "undetermined"),
        (200, 400, "excluded"),
        (400, 600, "down"),
        (600, 800, "down"),
        (800, 900, "undetermined"),
        (900, 1000, "up"),
    ]


def test_a_backup_that_fails_alone_is_charged_by_its_own_cause():
    link = [span(0, 100, "down", "link", item="xa-a/du-phong")]
    site = [span(0, 100, "degraded")]

    assert course(charged(link, site, [], until=100)) == [(0, 100, "down")]


def test_what_an_operator_said_counts_more_than_the_guess():
    link = [span(0, 300, "down", "link", item="xa-a/tslcd")]
    said = [Confirmed(100, 200, "power")]

    assert course(charged(link, [], said, until=300)) == [
        (0, 100, "down"),
        (100, 200, "excluded"),
        (200, 300, "down"),
    ]


def test_whole_minutes_add_up_to_the_month():
    made = Figures(up_seconds=100, down_seconds=100, excluded_seconds=40, unmeasured_seconds=0)

    assert made.minutes() == (2, 2, 0, 0, 0) or sum(made.minutes()) == 4
    assert sum(made.minutes()) == 4
