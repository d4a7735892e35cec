"""Outages made from spans: what opens one, what closes one, what is the same one again."""

from collector.verdict.outages.derive import FLAP_SECONDS, outages_of
from collector.verdict.outages.records import Phase
from collector.verdict.spans import Span, SpanKind
from collector.verdict.verdicts import EvidenceNote

NOTE = EvidenceNote("agents_silent", (100.0,))


def spans(*course: tuple[float, str] | tuple[float, str, str]) -> list[Span]:
    """Return spans by their starts; the last one lasts."""
    starts = [part[0] for part in course]
    ends: list[float | None] = [*starts[1:], None]
    return [
        Span(
            "xa-a",
            "xa-a",
            SpanKind.SITE,
            part[1],
            part[2] if len(part) > 2 else None,
            part[0],
            end,
            (NOTE,) if part[1] == "down" else (),
        )
        for part, end in zip(course, ends, strict=True)
    ]


def test_a_site_that_is_down_is_an_outage_that_lasts():
    (outage,) = outages_of(spans((0, "up"), (100, "down", "link")))

    assert (outage.started_at, outage.ended_at, outage.count) == (100, None, 1)
    assert outage.phases == (Phase(100, None, "link", (NOTE,)),)


def test_the_end_of_working_hours_closes_nothing():
    (outage,) = outages_of(
        spans((0, "up"), (100, "down", "power"), (500, "off_hours"), (90_000, "down", "power"))
    )

    assert (outage.started_at, outage.ended_at, outage.count) == (100, None, 1)
    assert len(outage.phases) == 1


def test_neither_maintenance_nor_blindness_closes_an_outage():
    (outage,) = outages_of(
        spans(
            (100, "down", "power"),
            (500, "maintenance"),
            (5000, "unknown"),
            (9000, "unreachable"),
            (10_000, "degraded"),
        )
    )

    assert outage.ended_at == 10_000
    assert outage.phases == (Phase(100, 10_000, "power", (NOTE,)),)


def test_what_is_only_unreachable_is_no_outage_of_its_own():
    assert outages_of(spans((0, "up"), (100, "unreachable", "link"), (500, "up"))) == ()


def test_another_cause_is_another_phase():
    (outage,) = outages_of(
        spans((0, "up"), (100, "down", "power"), (700, "down", "link"), (900, "up"))
    )

    assert [(one.start, one.end, one.cause) for one in outage.phases] == [
        (100, 700, "power"),
        (700, 900, "link"),
    ]


def test_flapping_is_one_outage_with_a_count():
    (outage,) = outages_of(
        spans(
            (0, "up"),
            (100, "down", "link"),
            (200, "up"),
            (300, "down", "link"),
            (400, "up"),
            (400 + FLAP_SECONDS - 1, "down", "link"),
            (2000, "up"),
        )
    )

    assert (outage.started_at, outage.ended_at, outage.count) == (100, 2000, 3)


def test_after_working_long_enough_it_is_another_outage():
    first, second = outages_of(
        spans((100, "down", "link"), (200, "up"), (200 + FLAP_SECONDS, "down", "link"))
    )

    assert (first.ended_at, first.count) == (200, 1)
    assert (second.started_at, second.count) == (200 + FLAP_SECONDS, 1)


def test_time_in_which_nobody_looked_is_no_working():
    (outage,) = outages_of(
        spans((100, "down", "link"), (200, "up"), (300, "unknown"), (90_000, "down", "link"))
    )

    assert outage.count == 2


def test_what_need_not_be_watched_any_more_is_no_outage_any_more():
    (outage,) = outages_of(spans((100, "down", "link"), (200, "exempt")))

    assert outage.ended_at == 200


def test_an_item_that_is_judged_no_more_has_no_open_outage():
    (ended,) = [
        Span("xa-a", "xa-a", SpanKind.SITE, "down", "link", 100.0, 900.0),
    ]

    assert outages_of([ended])[0].ended_at == 900.0
