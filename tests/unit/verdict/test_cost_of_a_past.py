"""What a call costs depends on what is new, not on how much happened before."""

from collector.verdict import judge
from collector.verdict.company import clusters
from collector.verdict.shared.records import Silence
from collector.verdict.site.assess import Rules
from collector.verdict.site.graph import graphs
from collector.verdict.timeline import HELD_SECONDS, Timeline
from inventory.calendar import Schedule
from tests.judged_province import Judged

LOOKS_OF_A_PHASE = 5


def flap(province: Judged, phases: int, letters: str = "b") -> None:
    """Let routers fail and work by turns; nothing is judged meanwhile."""
    for phase in range(phases):
        for _ in range(LOOKS_OF_A_PHASE):
            province.now += 60.0
            province.look(a=True, **dict.fromkeys(letters, bool(phase % 2)))
            for letter in letters if phase % 2 else "":
                province.hear(f"xa-{letter}/pc-1")
    province.evidence.listen_until(province.now)


def test_what_was_held_long_ago_is_not_looked_at_again(alive: Judged):
    flap(alive, 41)
    rules = Rules.of(alive.inventory, Schedule(alive.inventory))
    timeline = Timeline(graphs(alive.inventory)["xa-b"])
    began = alive.now - 40 * LOOKS_OF_A_PHASE * 60.0
    timeline.judge(alive.evidence, rules, (), alive.now, began)
    assert timeline.moments > 100

    timeline.judge(alive.evidence, rules, (), alive.now + HELD_SECONDS)
    timeline.judge(alive.evidence, rules, (), alive.now + 2 * HELD_SECONDS)

    assert timeline.moments <= 20


def test_a_backlog_of_many_sites_is_judged_in_several_calls(alive: Judged):
    flap(alive, 161, "bcd")

    alive.judgement.judge(alive.now)
    waiting = alive.judgement.waiting
    for _ in range(3):
        alive.judgement.judge(alive.now)

    assert 161 * 3 * 3 > judge.MOMENTS_AT_ONCE
    assert waiting > 0
    assert alive.judgement.waiting == 0
    assert [alive.status(f"xa-{letter}") for letter in "bcd"] == ["down"] * 3


def silence(site: str, onset: float) -> Silence:
    return Silence(site, "vnpt", "", onset - 60.0, onset, onset + 120.0, onset + 300.0, "", False)


def test_a_site_that_flaps_keeps_itself_no_company():
    """What was found of its first hours is not asked again with each new silence."""
    flaps = [silence("xa-a", 600.0 * number) for number in range(100)]
    near = silence("xa-b", 600.0 * 50 + 1.0)

    alone = clusters({"xa-a": flaps})
    once = clusters({"xa-a": flaps, "xa-b": [near]})

    assert [len(cluster) for cluster in alone] == [1] * 100
    assert sorted({len(cluster) for cluster in once}) == [1, 13]  # An hour before and after.
    assert sum(len(cluster) for cluster in once) == 101
