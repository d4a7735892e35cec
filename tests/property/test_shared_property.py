"""What silent sites say of each other, whatever befalls them."""

import random
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from collector.verdict.shared.groups import SPAN_WINDOWS, together, window_seconds
from collector.verdict.shared.records import Silence
from govnet.catalogue import CAUSES
from tests.watched_sites import INTERVAL, START, Cut, Watched, cut_all, sites

ENDS = START + 4 * 3600
SITES = sites(24, "vnpt viettel vnpt", "a b c d")
OWN = st.sampled_from(
    [("undetermined", False), ("link", False), ("power", True), ("lan", True), ("link", True)]
)


@st.composite
def cuts(draw: st.DrawFn) -> list[Cut]:
    """Draw bursts of cuts, at most one at a time for each site."""
    made: dict[str, Cut] = {}
    for _ in range(draw(st.integers(1, 5))):
        start = START + draw(st.integers(0, 7000))
        lasts = draw(st.sampled_from([100, 400, 3000, 100_000]))
        for site in draw(st.lists(st.sampled_from(SITES), unique=True, max_size=20)):
            at = start + draw(st.sampled_from([0, 1, 59, 200]))
            cause, is_proven = draw(OWN)
            made.setdefault(site.site, Cut(site.site, at, at + lasts, cause, is_proven))
    return list(made.values())


@given(cuts=cuts(), seed=st.integers(0, 1000), after=st.integers(0, 8000))
def test_the_order_of_what_is_known_does_not_matter(cuts: list[Cut], seed: int, after: int) -> None:
    province = Watched(SITES, cuts)
    expected = province.say(START + after)

    def shuffled(silences: list[Silence]) -> list[Silence]:
        return random.Random(seed).sample(silences, len(silences))

    province.order = shuffled
    backwards = dict(reversed(province.sites.items()))
    province.sites = backwards

    assert province.say(START + after) == expected


@given(cuts=cuts())
def test_what_was_said_of_what_is_over_stays(cuts: list[Cut]) -> None:
    province = Watched(SITES, [cut for cut in cuts if cut.end < ENDS])

    assert province.say(ENDS) == province.say(ENDS + 50_000)


@given(cuts=cuts(), after=st.integers(0, 8000))
def test_every_silence_is_answered_and_proven_causes_stay(cuts: list[Cut], after: int) -> None:
    province = Watched(SITES, cuts)
    silences = province.silences(START + after)

    said = province.say(START + after)

    assert said.causes.keys() == {(one.site, one.onset) for one in silences}
    events = {event.id: event for event in said.events}
    assert len(events) == len(said.events)
    for one in silences:
        shared = said.causes[one.site, one.onset]
        assert shared.cause in CAUSES
        assert not one.is_proven or shared.cause == one.cause
        assert one.detected_at <= shared.held_until <= one.detected_at + 1.5 * INTERVAL
        assert shared.event is None or one.site in events[shared.event].sites
    for event in said.events:
        assert set(event.silent) <= set(event.sites)
        assert sum(number for _, number in event.causes) == len(event.sites)
        assert (event.ended_at is None) == bool(event.silent)


@given(cuts=cuts())
@settings(max_examples=40)
def test_a_silence_that_is_published_stays_published(cuts: list[Cut]) -> None:
    province = Watched(SITES, cuts)
    published: set[tuple[str, float]] = set()
    for now in range(int(START), int(START) + 8000, 97):
        said = province.say(float(now)).causes
        assert all(said[key].held_until <= now for key in published)
        published |= {key for key, one in said.items() if one.held_until <= now}


@given(number=st.integers(3, 25), after=st.floats(0, 600), lost=st.sampled_from(["all", "vnpt"]))
@settings(max_examples=12)
def test_no_site_is_said_to_be_cut_off_before_what_all_have_in_common(
    number: int, after: float, lost: str
) -> None:
    """Whenever the centre or a carrier fails between two reports, its cause is said at once."""
    all_sites = [*sites(number, "vnpt"), *sites(2 * number, "viettel")[number:]]
    gone = [site for site in all_sites if lost in ("all", site.carrier)]
    province = Watched(all_sites, cut_all(gone, START + after))

    published = province.published(START + after, START + after + 300)

    assert len(published) == len(gone)
    assert {cause for _, _, cause in published} == {"centre" if lost == "all" else "carrier"}


@given(onsets=st.lists(st.integers(0, 2000), max_size=60))
def test_groups_are_bounded_and_hold_each_silence_once(onsets: list[int]) -> None:
    window = window_seconds(INTERVAL)
    silences = [
        Silence(f"xa-{index}", "", "", at, at, at, None, "undetermined", is_proven=False)
        for index, at in enumerate(sorted(onsets))
    ]

    groups = together(silences, window)

    assert [one for group in groups for one in group] == silences
    for group in groups:
        assert group[-1].onset - group[0].onset <= SPAN_WINDOWS * window
        for earlier, later in pairwise(group):
            assert later.onset - earlier.onset <= window
