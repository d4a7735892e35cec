"""Charts of the pages: what stands where, and that words say the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.pages.charts.chain import MARKS, Part, State, chain
from collector.pages.charts.timeline import COLUMNS, HEIGHT, Strip, strip
from collector.pages.shown import decimal, lasted
from collector.verdict.spans import Span, SpanKind

ZONE = "Asia/Ho_Chi_Minh"
END = 1_790_000_000.0
HOUR, DAY = 3600.0, 86_400.0
STATUSES = (
    "up",
    "degraded",
    "down",
    "unreachable",
    "maintenance",
    "exempt",
    "unknown",
    "off_hours",
)


def span(status: str, start: float, end: float | None) -> Span:
    return Span("xa-a", "xa-a", SpanKind.SITE, status, None, start, end)


def shown(*spans: Span, seconds: float = DAY) -> Strip:
    return strip("Trụ sở", spans, END - seconds, END, ZONE)


def tones(made: Strip) -> list[str]:
    return [bar.tone for bar in made.bars]


def test_what_nobody_measured_is_shown_and_said():
    made = shown(span("up", END - 6 * HOUR, None))

    assert tones(made) == ["unmeasured", "up"]
    assert made.summary == (
        "khả dụng 100,00% thời gian đo được; không đo được 18 giờ, hoạt động 6 giờ"
    )


def test_a_fault_is_never_lost_however_short_and_is_higher_than_what_works():
    made = shown(
        span("up", END - 2 * DAY, END - HOUR),
        span("down", END - HOUR, END - HOUR + 1),
        span("up", END - HOUR + 1, None),
    )

    assert tones(made) == ["up", "down", "up"]
    up, down, _ = made.bars
    assert (down.width, down.height, down.y) == (1, HEIGHT, 0)
    assert up.height < down.height
    assert "mất kết nối 1 giây" in made.summary
    assert "khả dụng 99,99%" in made.summary


def test_planned_work_and_exemption_do_not_count():
    made = shown(
        span("up", END - 2 * DAY, END - 12 * HOUR),
        span("maintenance", END - 12 * HOUR, END - 6 * HOUR),
        span("exempt", END - 6 * HOUR, None),
    )

    assert tones(made) == ["up", "excluded"]
    assert "loại trừ 12 giờ" in made.summary


def test_labels_are_hours_of_a_day_and_dates_of_a_month():
    assert shown().labels == ("21:13", "03:13", "09:13", "15:13", "21:13")
    assert shown(seconds=30 * DAY).labels[0] == "22/08"


@given(
    st.lists(st.tuples(st.sampled_from(STATUSES), st.floats(0.0, 3 * DAY)), max_size=30),
    st.sampled_from((DAY, 30 * DAY)),
)
def test_bars_fill_the_strip_without_gap_or_overlap(
    given_spans: list[tuple[str, float]], seconds: float
):
    starts = sorted(END - before for _, before in given_spans)
    ends = [*starts[1:], None]
    spans = [
        span(status, start, end)
        for (status, _), start, end in zip(given_spans, starts, ends, strict=False)
    ]

    bars = shown(*spans, seconds=seconds).bars

    assert [bar.x for bar in bars] == [sum(one.width for one in bars[:n]) for n in range(len(bars))]
    assert sum(bar.width for bar in bars) == COLUMNS
    assert all(bar.y + bar.height == HEIGHT for bar in bars)


PARTS = (
    Part("Trung tâm", "Hoạt động", State.WORKS),
    Part("Đường truyền", "Mất kết nối", State.BROKEN),
    Part("Bộ định tuyến", "Không tới được", State.BEYOND),
)


def test_a_chain_says_in_words_what_is_broken_and_draws_it_both_ways():
    made = chain("Chuỗi", PARTS)

    assert made.summary == (
        "Trung tâm: Hoạt động; Đường truyền: Mất kết nối (hỏng ở đây);"
        " Bộ định tuyến: Không tới được."
    )
    assert [drawing.kind for drawing in made.drawings] == ["wide", "tall"]
    for drawing in made.drawings:
        assert [box.mark for box in drawing.boxes] == ["", MARKS[State.BROKEN], ""]
        assert [line.is_cut for line in drawing.lines] == [True, True]
        for box in drawing.boxes:
            assert 0 <= box.x <= drawing.width - drawing.box_width
            assert 0 <= box.y <= drawing.height - drawing.box_height


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5.0, "0 giây"),
        (59.4, "59 giây"),
        (60.0, "1 phút"),
        (3600.0, "1 giờ"),
        (3660.0, "1 giờ 1 phút"),
        (3700.0, "1 giờ 2 phút"),
        (86_380.0, "1 ngày"),
        (86_400.0, "1 ngày"),
        (863_990.0, "10 ngày"),
        (97_200.0, "1 ngày 3 giờ"),
    ],
)
def test_a_time_is_rounded_to_its_two_largest_units(seconds: float, text: str):
    assert lasted(seconds) == text


def test_numbers_have_a_decimal_comma():
    assert (decimal(12.34), decimal(70.02, 2)) == ("12,3", "70,02")
