"""From marks to spans: backdating, what is held, and causes that stand."""

from collections.abc import Callable

from collector.verdict.notes import EvidenceNote
from collector.verdict.retelling import silences_of, spans_of
from collector.verdict.shared.records import SharedCause
from collector.verdict.site.findings import Finding
from collector.verdict.site.graph import graphs
from collector.verdict.spans import SpanKind
from collector.verdict.timeline import Mark
from inventory.model import Inventory

NOTE = EvidenceNote("many_at_once", (3, 4))


def alone(_onset: float) -> None:
    """Nobody else says anything."""


def down(at: float, onset: float, cause: str = "undetermined", **more: bool) -> Mark:
    return Mark(at, Finding("down", cause, onset, **more))  # type: ignore[arg-type]


def mark(at: float, status: str, cause: str | None = None, onset: float | None = None) -> Mark:
    return Mark(at, Finding(status, cause, onset))


def said(
    *marks: Mark,
    company: Callable[[float], SharedCause | None] = alone,
    kind: SpanKind = SpanKind.SITE,
    now: float = 1e9,
) -> list[tuple[str, str | None, float, float | None]]:
    spans = spans_of("xa-b", "xa-b", kind, marks, company, now=now)
    return [(span.status, span.cause, span.start, span.end) for span in spans]


def test_a_fault_is_told_from_its_first_missed_sign_on() -> None:
    assert said(mark(0, "up"), down(180, 60), mark(600, "up")) == [
        ("up", None, 0, 60),
        ("down", "undetermined", 60, 600),
        ("up", None, 600, None),
    ]


def test_what_was_degraded_only_until_it_was_certain_is_not_told() -> None:
    marks = (mark(0, "up"), mark(180, "degraded", "undetermined", 60), down(200, 60))

    assert said(*marks) == [("up", None, 0, 60), ("down", "undetermined", 60, None)]


def test_a_fault_does_not_reach_back_into_the_one_before() -> None:
    marks = (mark(0, "up"), down(180, 60, "power"), mark(300, "up"), down(420, 250, "link"))

    assert said(*marks)[1:] == [
        ("down", "power", 60, 300),
        ("down", "link", 300, None),
    ]


def test_an_item_that_was_never_up_is_down_since_its_onset() -> None:
    assert said(mark(100, "unknown"), down(220, 100)) == [("down", "undetermined", 100, None)]


def test_a_cause_that_was_found_stands_until_evidence_says_another() -> None:
    marks = (mark(0, "up"), down(180, 60, "power"), down(300, 60), down(420, 60, "link"))

    assert said(*marks)[1:] == [("down", "power", 60, 420), ("down", "link", 420, None)]


def test_a_cause_does_not_reach_into_the_next_outage() -> None:
    marks = (mark(0, "up"), down(180, 60, "power"), mark(300, "up"), down(600, 480))

    assert said(*marks)[-1] == ("down", "undetermined", 480, None)


def test_a_fault_that_comes_back_reaches_up_to_where_it_was_thought_to_end() -> None:
    marks = (mark(0, "up"), down(180, 60), mark(300, "up"), down(420, 250))

    assert said(*marks) == [("up", None, 0, 60), ("down", "undetermined", 60, None)]


def test_an_outage_begins_after_a_time_in_which_nobody_could_look() -> None:
    marks = (mark(0, "up"), mark(100, "unknown"), mark(400, "up"), down(520, 90))

    assert said(*marks)[1:] == [("unknown", None, 100, 400), ("down", "undetermined", 400, None)]


def test_a_cause_stands_over_a_time_in_which_nobody_could_look() -> None:
    marks = (mark(0, "up"), down(180, 60, "power"), mark(300, "unknown"), down(600, 60))

    assert said(*marks)[1:] == [
        ("down", "power", 60, 300),
        ("unknown", None, 300, 600),
        ("down", "power", 600, None),
    ]


def test_what_is_held_by_itself_or_by_others_is_not_said_yet() -> None:
    held = Mark(180, Finding("down", "equipment", 60, is_held=True))
    assert said(mark(0, "up"), held, kind=SpanKind.DEVICE) == [("up", None, 0, None)]

    def others(_onset: float) -> SharedCause:
        return SharedCause("centre", (NOTE,), "e", 240.0)

    marks = (mark(0, "up"), down(180, 60))
    assert said(*marks, company=others, now=239.0) == [("up", None, 0, None)]
    assert said(*marks, company=others, now=240.0)[-1] == ("down", "centre", 60, None)


def named(cause: str, *, is_named: bool = True) -> Callable[[float], SharedCause]:
    return lambda _onset: SharedCause(cause, (NOTE,), "e", 0.0, is_named)


def test_company_names_the_cause_that_own_evidence_leaves_open() -> None:
    marks = (mark(0, "up"), down(180, 60))
    assert said(*marks, company=named("carrier"))[-1][1] == "carrier"

    proven = (mark(0, "up"), down(180, 60, "power", is_proven=True))
    assert said(*proven, company=named("carrier"))[-1][1] == "power"


def test_company_that_names_nothing_leaves_each_phase_its_own_cause() -> None:
    marks = (mark(0, "up"), down(180, 60, "power", is_proven=True), down(420, 60, "link"))

    assert said(*marks, company=named("power", is_named=False))[1:] == [
        ("down", "power", 60, 420),
        ("down", "link", 420, None),
    ]


def test_a_circuit_behind_which_the_power_failed_is_only_not_reached() -> None:
    marks = (mark(0, "up"), down(180, 60))

    told = said(*marks, company=named("power"), kind=SpanKind.LINK)
    assert told[-1] == ("unreachable", "power", 60, None)
    told = said(*marks, company=named("carrier"), kind=SpanKind.LINK)
    assert told[-1] == ("down", "carrier", 60, None)


def test_company_says_nothing_of_devices() -> None:
    marks = (mark(0, "up"), down(180, 60, "equipment"))

    assert said(*marks, company=named("centre"), kind=SpanKind.DEVICE)[-1][1] == "equipment"


def test_a_silence_ends_with_a_sign_of_life_and_not_because_nobody_looks(
    small_province: Inventory,
) -> None:
    graph = graphs(small_province)["xa-b"]
    marks = (
        mark(0, "up"),
        down(180, 60),
        mark(300, "unknown"),
        down(420, 60, "link"),
        mark(600, "degraded"),
        down(900, 800),
    )

    first, second = silences_of(graph, marks, 60.0)
    assert (first.onset, first.detected_at, first.ended_at) == (60, 180, 600)
    assert (second.onset, second.ended_at, second.carrier) == (800, None, "vnpt")
